"""`loanwatch up`: one process a role on this machine, and a parent that keeps them running.

A role that ends while it should run is started again, after a wait that doubles with each quick
end. A role that cannot even stay up for `QUICK_S` seconds, `ATTEMPTS` times in a row, ends the
whole house: what it needs is a person. On Ctrl-C and SIGTERM every role gets the time for its
last checkpoint. The roles hold the other end of a pipe, so that they stop when this process
dies, however it dies.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

import orjson
import structlog
import typer

from stream import logs
from stream.roles import Role
from stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

QUICK_S: Final = 10.0
ATTEMPTS: Final = 5
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
DESK: Final = "desk"
GRACE_S: Final = 20.0
"""For a clean stop. A role gives itself 15 s for its last checkpoint and then ends hard."""

app = typer.Typer(add_completion=False)
log = structlog.get_logger()


class RoleDownError(RuntimeError):
    """A role that does not stay up, or was not ready in time."""


@app.command()
def up(
    roles: Annotated[
        list[Role] | None,
        typer.Argument(
            help="Which roles to run; if none is named all, the pager if it has a file."
        ),
    ] = None,
) -> None:
    """Run one process a role and keep them running until told to stop (Ctrl-C, SIGTERM)."""
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="up")
    with_desk = not roles and desk_is_set_up(settings)
    if not roles and not with_desk:
        log.info("no desk: nobody could sign in", do="loanwatch desk init")
    with told_to_stop() as stop, House(roles or usual(settings), settings, desk=with_desk) as house:
        while not stop.wait(0.2):
            house.tend()


def usual(settings: Settings) -> list[Role]:
    """Return all roles, the pager among them if somebody is to be rung."""
    return [role for role in Role if role is not Role.PAGER or settings.pager is not None]


@contextlib.contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """Yield an event that SIGINT and SIGTERM set, and restore their handlers afterwards."""
    stop = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in signals]
    try:
        yield stop
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def desk_is_set_up(settings: Settings) -> bool:
    """Whether somebody could sign in at the desk."""
    return bool(settings.oidc_issuer) or settings.desk_users_file.exists()


def desk_command() -> list[str]:
    """Return the command of the desk's process, which is no role: it reads Redis alone."""
    return [sys.executable, "-m", "stream.cli", "desk", "serve", "--until-stdin-ends"]


def role_command(role: Role) -> list[str]:
    """Return the command of a role's process."""
    return [sys.executable, "-m", "stream.cli", "worker", role.value, "--until-stdin-ends"]


class House:
    """The processes of some roles. `tend` must be called every now and then.

    Args:
        roles: Which roles, one process each.
        settings: Theirs; each gets a metrics port of its own if one is set.
        command: What to run for a role.
        log_to: File descriptor that takes their logs; by default this process's stderr.
        desk: Whether the desk is served as well, under the name `desk`.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        settings: Settings,
        *,
        command: Callable[[Role], list[str]] = role_command,
        log_to: int | None = None,
        desk: bool = False,
    ) -> None:
        self._children = [
            _Child(role, command(role), _environment(role, settings), log_to) for role in roles
        ]
        if desk:
            own = {**os.environ, **settings.to_env()}
            self._children.append(_Child(DESK, desk_command(), own, log_to))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start every role."""
        for child in self._children:
            child.start()

    def tend(self) -> None:
        """Look after the roles once: start again what has ended and waited long enough.

        Raises:
            RoleDownError: If a role does not stay up.
        """
        for child in self._children:
            child.tend()

    def wait_ready(self, timeout_s: float = 120.0) -> None:
        """Tend the roles until each has said that it is ready.

        Raises:
            RoleDownError: If one does not stay up, or is not ready in time.
        """
        end = time.monotonic() + timeout_s
        while late := [child.role for child in self._children if not child.health]:
            self.tend()
            if time.monotonic() > end:
                raise RoleDownError(f"expected {late[0]} to be ready within {timeout_s:g} s")
            time.sleep(0.05)

    @property
    def health(self) -> dict[str, str]:
        """Where each role that is ready serves its health and metrics."""
        return {child.role: child.health for child in self._children if child.health}

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each role that runs."""
        return {child.role: child.process.pid for child in self._children if child.process}

    def stop(self, grace_s: float = GRACE_S) -> None:
        """Let every role finish, and kill those that have not within `grace_s` seconds."""
        for child in self._children:
            child.ask_to_stop()
        end = time.monotonic() + grace_s
        for child in self._children:
            child.finish(max(0.0, end - time.monotonic()))


class _Child:
    """One role's process, its restarts and what it said."""

    def __init__(self, role: str, command: list[str], env: dict[str, str], log_to: int | None):
        self.role = role
        self.process: subprocess.Popen[bytes] | None = None
        self.health = ""
        self._command, self._env, self._log_to = command, env, log_to
        self._quick_ends, self._began, self._start_at = 0, 0.0, 0.0

    def start(self) -> None:
        """Start the process in a session of its own: Ctrl-C is for the parent."""
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log_to,
            start_new_session=True,
        )
        self._began = time.monotonic()
        threading.Thread(target=self._listen, args=[self.process], daemon=True).start()

    def tend(self) -> None:
        """Note an end; start again when its wait is over."""
        if self.process and (code := self.process.poll()) is not None:
            self._ended(code)
        if not self.process and time.monotonic() >= self._start_at:
            self.start()

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process:
            self.process.terminate()

    def finish(self, timeout_s: float) -> None:
        """Wait for the end, or bring it about."""
        if not self.process:
            return
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            log.warning("role did not stop in time", of=self.role)
            self.process.kill()
            self.process.wait()
        self._close()

    def _ended(self, code: int) -> None:
        quick = time.monotonic() - self._began < QUICK_S
        self._quick_ends = self._quick_ends + 1 if quick else 0
        self._close()
        if self._quick_ends >= ATTEMPTS:
            raise RoleDownError(
                f"{self.role} ended {ATTEMPTS} times within {QUICK_S:g} s of its start,"
                f" the last time with exit code {code}: its log says why"
            )
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**self._quick_ends)
        self._start_at = time.monotonic() + wait_s
        log.warning("role ended", of=self.role, exit_code=code, starts_again_in_s=wait_s)

    def _close(self) -> None:
        """Forget the process, and let go of its pipes."""
        if self.process and self.process.stdin:
            self.process.stdin.close()
        self.process, self.health = None, ""

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Read the line that says that the role is ready; pass on anything else."""
        assert process.stdout is not None  # noqa: S101 - made so above
        with process.stdout as lines:
            for line in lines:
                said = _ready(line)
                if said and process is self.process:
                    self.health = said["health"]
                    log.info("role is ready", of=self.role, pid=process.pid, health=self.health)


def _ready(line: bytes) -> dict[str, Any]:
    """Return what a ready line says, nothing for another line."""
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) and "ready" in said else {}


def _environment(role: Role, settings: Settings) -> dict[str, str]:
    """Return a role's environment: ours, its settings, and what only it may have."""
    own = {"LOANWATCH_INSTANCE": settings.instance or _host()}
    if settings.metrics_port:
        own["LOANWATCH_METRICS_PORT"] = str(settings.metrics_port + list(Role).index(role))
    return {**os.environ, **settings.to_env(), **own}


def _host() -> str:
    """Return this machine's name as an instance: a role that comes back is the same member."""
    return re.sub(r"[^\w.-]", "-", socket.gethostname())[:100]
