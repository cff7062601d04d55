"""Server processes: started, watched over, ended; and the ports they take.

A server gets a session of its own, so that Ctrl-C reaches the application first, which can then
still talk to it. One that shall die with its parent gets a watcher: a shell that reads from a
pipe which only the parent holds, and so wakes up however the parent ends, kill -9 included.
(PR_SET_PDEATHSIG would do it without a process, but fires when the starting *thread* ends.)
"""

import os
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

from stream.embedded.errors import BrokerError

HOST = "127.0.0.1"

_ATTEMPTS = 3
_WATCH = 'cat >/dev/null; kill -TERM "$1" 2>/dev/null'


Started = TypeVar("Started")


class PortTakenError(BrokerError):
    """A port was free when it was looked for, and taken when the server wanted it."""


@dataclass
class Server:
    """A server process that this process started."""

    process: subprocess.Popen[bytes] = field(repr=False)
    watcher: subprocess.Popen[bytes] | None = field(repr=False)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    def stop(self, timeout_s: float = 20.0) -> None:
        """End the server in good order, by force after `timeout_s`; again does nothing."""
        self._dismiss_watcher()
        self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _dismiss_watcher(self) -> None:
        """End the watcher before the server: its process id may be another's soon after."""
        if self.watcher and self.watcher.stdin:
            self.watcher.kill()
            self.watcher.stdin.close()
            self.watcher.wait()
            self.watcher = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def spawn(
    command: Sequence[str],
    *,
    folder: Path,
    claimed: BinaryIO,
    output: Path,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server that works in `folder`, holds its claim and prints to the file `output`."""
    with output.open("wb") as sink:
        return subprocess.Popen(  # noqa: S603 - a program that we found, never a shell
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            pass_fds=[claimed.fileno()],
            start_new_session=True,
        )


def watch(pid: int) -> subprocess.Popen[bytes]:
    """Start the watcher that ends process `pid` when this process ends."""
    return subprocess.Popen(  # noqa: S603 - our own text and a number
        ["/bin/sh", "-c", _WATCH, "loanwatch-watcher", str(pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def free_port() -> int:
    """Return a port of the loopback address that nobody has just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def on_port(port: int, attempt: Callable[[int], Started]) -> Started:
    """Start a server on `port`, or on a free one if that is 0.

    A port can be lost to somebody else between looking and starting, the controller's of Kafka
    too; so `attempt` is called again when it raises `PortTakenError`.

    Raises:
        BrokerError: If `port` is taken; whatever else `attempt` raises.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(PortTakenError):
            return attempt(_checked(port) if port else free_port())
    return attempt(_checked(port) if port else free_port())


def _checked(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            raise BrokerError(f"port {port} cannot be had ({why}): choose another, or 0") from None
    return port
