"""The web server of the permit API, on the role's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

import structlog
import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

log = structlog.get_logger()

CONNECTIONS: Final = 500
STOP_WITHIN_S: Final = 5.0


class ListenError(RuntimeError):
    """The address cannot be listened on."""


class _Server(uvicorn.Server):
    """Leaves signals to the worker."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ApiServer:
    """Listens from the beginning, answers from `serve` on.

    Args:
        app: What answers.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one, which is logged.

    Raises:
        ListenError: If that cannot be done.
    """

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family)
        except OSError as error:
            raise ListenError(f"cannot listen on {host}, port {port}: {error.strerror}") from None
        # asyncio sets this on sockets that it makes itself; without it an answer takes 40 ms more.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                limit_concurrency=CONNECTIONS,
                timeout_graceful_shutdown=int(STOP_WITHIN_S),
            )
        )
        self._ended = asyncio.Event()

    @property
    def address(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def serve(self) -> None:
        """Answer until told to stop."""
        log.info("grants permits", at_address=self.address)
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """Take no further requests, and answer those that are there."""
        self._server.should_exit = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), STOP_WITHIN_S)
