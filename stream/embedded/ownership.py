"""Who runs in a data folder: one server at a time, known to every process.

The claim is a `flock` on `owner.json`. The server inherits it, so it holds exactly as long as
the server lives, however that ends and whatever became of the process that started it. What the
file says is read only while the claim is held: a stale one can mislead nobody.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from stream.embedded.errors import BrokerError

_FILE = "owner.json"
_POLL_S = 0.02
_PROBE_S = 0.2  # longer than `owner` holds the claim to look


class Owner(msgspec.Struct, frozen=True):
    """The server of a folder: its process and its address, empty while it starts."""

    pid: int
    address: str = ""


@contextmanager
def claim(folder: Path) -> Iterator[BinaryIO]:
    """Make `folder` ours while the block runs, and the server's to whom the file is handed on.

    Raises:
        BrokerError: If another server runs or starts there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _FILE
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        if not _comes_free(file, _PROBE_S):
            raise BrokerError(f"{folder} is in use by another server ({_told(owner(folder))})")
        record(file, Owner(os.getpid()))
        yield file


def record(file: BinaryIO, who: Owner) -> None:
    """Write into a claimed file whose the folder is."""
    text = msgspec.json.encode(who)
    os.pwrite(file.fileno(), text, 0)
    os.ftruncate(file.fileno(), len(text))


def owner(folder: Path) -> Owner | None:
    """Return who runs in `folder`, None if nobody does."""
    try:
        with (folder / _FILE).open("rb") as file:
            if _try_lock(file):
                return None
            return msgspec.json.decode(file.read(), type=Owner)
    except (FileNotFoundError, msgspec.DecodeError):  # never claimed; claimed this very moment
        return None


def stop(folder: Path, timeout_s: float = 20.0) -> bool:
    """End the server in `folder`, from any process, and wait until it is gone.

    Returns:
        False if none runs there.

    Raises:
        BrokerError: If it is still starting, or outlives even SIGKILL.
    """
    who = owner(folder)
    if who is None:
        return False
    if not who.address:
        raise BrokerError(f"{folder}: a server is still being started ({_told(who)}), try again")
    with (folder / _FILE).open("rb") as file:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(who.pid, sign)
            except ProcessLookupError:
                return True
            if _comes_free(file, timeout_s):
                return True
    raise BrokerError(f"{folder}: process {who.pid} does not end")


def _told(who: Owner | None) -> str:
    """Return what a person needs to find the server, without a login."""
    if who is None:
        return "just ending"
    return f"pid {who.pid}, {who.address.rpartition('@')[2] or 'starting'}"


def _comes_free(file: BinaryIO, timeout_s: float) -> bool:
    end = time.monotonic() + timeout_s
    while not _try_lock(file):
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_S)
    return True


def _try_lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
