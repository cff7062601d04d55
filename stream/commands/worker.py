"""`loanwatch worker ROLE`: one role in this process.

The same as `faust -A stream.roles.ROLE worker`, but for what is around it: logs are JSON, health
and metrics are served by `stream.health`, and Faust's own web server, which would serve anybody,
stays off. When the role does its work, one line goes to the standard output:

    {"ready":"monitor","pid":4711,"health":"http://127.0.0.1:40123"}
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from typing import Annotated, Any

import faust
import orjson
import typer

from stream import logs
from stream.health import HealthServer
from stream.journal.preflight import preflight
from stream.journal.topic_admin import rights_of
from stream.journal.topic_check import require
from stream.roles import Role
from stream.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    role: Annotated[Role, typer.Argument(help="Which role to run.")],
    until_stdin_ends: Annotated[
        bool,
        typer.Option("--until-stdin-ends", help="Stop when the standard input ends."),
    ] = False,
) -> None:
    """Run one role until it is told to stop (Ctrl-C, SIGTERM)."""
    settings = Settings.from_env()
    logs.configure(settings.log_level, role=role.value)
    if until_stdin_ends:
        stop_at_end_of(sys.stdin.fileno())
    run(role, settings)


def run(role: Role, settings: Settings) -> None:
    """Look at the cluster, build the role's app and run it.

    Raises:
        PreflightError: If the cluster cannot be reached or a right is missing.
        TopicsError: If its topics are not those of the table.
        SystemExit: At the end; 1 if the app crashed.
    """
    rights = rights_of(role)
    preflight(settings, rights, group=role)
    require(settings, rights)
    build_app = importlib.import_module(role.module).build_app
    process = RoleWorker(role, build_app(settings))
    with HealthServer(
        settings.metrics_host, settings.metrics_port, live=process.live, ready=process.ready
    ) as health:
        process.address = f"http://{settings.metrics_host}:{health.port}"
        process.execute_from_commandline()


def stop_at_end_of(descriptor: int) -> None:
    """Send this process SIGTERM when what `descriptor` reads ends, as it does when its writer dies.

    The descriptor and not a file object: a thread that waits inside one holds its lock, which
    makes an interpreter that wants to end abort.
    """

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()


class RoleWorker(faust.Worker):
    """A Faust worker that leaves logging alone and says once, and only then, that it is ready."""

    def __init__(self, role: Role, app: faust.App) -> None:
        super().__init__(app, override_logging=False, redirect_stdouts=False, quiet=True)
        self.spinner = None
        self.role = role
        self.address = ""
        self._at_work = False

    async def on_startup_finished(self) -> None:
        """Say that the role does its work; called by Faust after the first assignment."""
        await super().on_startup_finished()
        self._at_work = True
        sys.stdout.write(_line(ready=self.role, pid=os.getpid(), health=self.address))
        sys.stdout.flush()

    def live(self) -> bool:
        """Return whether the app may still be expected to work."""
        return not self.app.crashed

    def ready(self) -> bool:
        """Return whether the app works: started, not stopping, not crashed."""
        return self._at_work and not self.app.should_stop and self.live()


def _line(**fields: Any) -> str:
    return orjson.dumps(fields).decode() + "\n"
