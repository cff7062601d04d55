"""A worker's own small web server: is it alive, is it ready, what has it counted.

    /healthz   200 while the process should live, 503 when it should be started again
    /readyz    200 when it does its work, 503 while it starts, takes over or stops
    /metrics   the registry of `stream.metrics`, as Prometheus reads it

It runs in a thread of its own, so that it answers while the event loop is busy, and it listens on
the loopback unless told otherwise: there is no login, and nothing here needs one.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from stream.metrics import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class HealthServer:
    """Serves health and metrics until closed.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one, see `port`.
        live: Whether the process should go on. Called on each request, from another thread.
        ready: Whether it does its work. Called likewise.

    Raises:
        OSError: If the port is taken.
    """

    def __init__(
        self, host: str, port: int, *, live: Callable[[], bool], ready: Callable[[], bool]
    ) -> None:
        self._checks = {"/healthz": live, "/readyz": ready}
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="health"
        )
        self._thread.daemon = True
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that answers."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        if path == "/metrics":
            return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(REGISTRY)
        if check := self._checks.get(path):
            good = check()
            status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
            return status, "text/plain", b"yes\n" if good else b"no\n"
        return HTTPStatus.NOT_FOUND, "text/plain", b"expected /healthz, /readyz or /metrics\n"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content_type, body = answer(self.path.partition("?")[0])
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing: a probe every second is not an event."""

        return Handler
