"""How a head is handed to a witness: a line on the disk, or a request over HTTP."""

from __future__ import annotations

import http.client
import os
import ssl
from typing import TYPE_CHECKING, Final

from schemas.instants import wire
from stream import clock

if TYPE_CHECKING:
    from pathlib import Path
    from urllib.parse import SplitResult

TIMEOUT_S: Final = 10.0
LONGEST_ANSWER: Final = 1 << 20


def append(path: Path, line: bytes) -> None:
    """Append a line to a file; it is on the disk then.

    Raises:
        OSError: If that cannot be done.
    """
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    with os.fdopen(handle, "ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def received() -> bytes:
    """Return the time as a file says it."""
    return wire(clock.now_ms()).encode()


def posted(url: SplitResult, body: bytes, content_type: str) -> bytes:
    """Post something; return the answer.

    Raises:
        OSError: If there is none, or not one of success.
    """
    host, port = url.hostname or "", url.port
    connection = (
        http.client.HTTPSConnection(
            host, port, timeout=TIMEOUT_S, context=ssl.create_default_context()
        )
        if url.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    )
    path = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}"
    try:
        connection.request("POST", path, body, {"Content-Type": content_type})
        response = connection.getresponse()
        answer = response.read(LONGEST_ANSWER)
    except http.client.HTTPException as error:
        raise OSError(f"no answer: {error!r}") from error
    finally:
        connection.close()
    if response.status // 100 != 2:  # noqa: PLR2004 - HTTP's class of success
        raise OSError(f"answered {response.status}")
    return answer
