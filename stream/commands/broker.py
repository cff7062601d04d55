"""`loanwatch broker`: the embedded Kafka and Redis, started from one shell and stopped from any.

    eval "$(loanwatch broker start)"

Who runs where is known by `owner.json` in the folder of each server, which holds a lock as long
as the server lives; so there is no state here that could be wrong.
"""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Annotated, Final

import orjson
import typer

from stream.commands.up import told_to_stop
from stream.embedded import kafka, redis
from stream.embedded.errors import BrokerError
from stream.embedded.maven import hide_login
from stream.embedded.ownership import owner
from stream.embedded.ownership import stop as stop_owner
from stream.embedded.processes import Server
from stream.settings import Settings

EXIT_NOT_RUNNING: Final = 1
_LOOK_S: Final = 0.5

Folder = Annotated[
    Path | None,
    typer.Option("--dir", help="Folder of the servers' data; `broker` in the data folder if none."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def start(
    folder: Folder = None,
    port: Annotated[int, typer.Option(help="Kafka's port; 0 for a free one.")] = 0,
    redis_port: Annotated[int, typer.Option(help="Redis's port; 0 for a free one.")] = 0,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay, and stop the servers on Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start Kafka and Redis on this machine and print how to reach them.

    They go on until `loanwatch broker stop`, or with --foreground until this command ends. The
    first time Kafka is fetched (45 MB); topics stay in the folder over restarts.
    """
    data = _folder(folder)
    with ExitStack() as started:
        broker = started.enter_context(
            kafka.start(data / "kafka", port, die_with_parent=foreground)
        )
        server = started.enter_context(
            redis.start(data / "redis", redis_port, die_with_parent=foreground)
        )
        if foreground:
            with told_to_stop() as told:  # before anybody can know that we are up
                _print_addresses(broker.bootstrap, server.url, as_json=as_json)
                _stay(told, broker, server)
        else:
            _print_addresses(broker.bootstrap, server.url, as_json=as_json)
            started.pop_all()  # leaves them running


@app.command()
def stop(folder: Folder = None) -> None:
    """Stop the servers that run in the folder, whoever started them."""
    data = _folder(folder)
    for name in ("redis", "kafka"):
        typer.echo(f"{name} {'stopped' if stop_owner(data / name) else 'was not running'}")


@app.command()
def status(folder: Folder = None, as_json: Json = False) -> None:
    """Say what runs in the folder; fails if anything does not."""
    data = _folder(folder)
    servers = [_Status.of(name, data / name) for name in ("kafka", "redis")]
    if as_json:
        typer.echo(orjson.dumps({server.name: server for server in servers}))
    else:
        for server in servers:
            typer.echo(server.told())
    if not all(server.running for server in servers):
        raise typer.Exit(EXIT_NOT_RUNNING)


@dataclass(frozen=True)
class _Status:
    """What is known of one server; its address is empty while it starts."""

    name: str
    running: bool
    pid: int | None = None
    address: str = ""

    @classmethod
    def of(cls, name: str, folder: Path) -> _Status:
        who = owner(folder)
        return cls(name, True, who.pid, who.address) if who else cls(name, False)

    def told(self) -> str:
        if not self.running:
            return f"{self.name} is not running"
        return f"{self.name} runs as process {self.pid} on {hide_login(self.address) or '...'}"


def _print_addresses(bootstrap: str, url: str, *, as_json: bool) -> None:
    addresses = {"KAFKA_BOOTSTRAP": bootstrap, "REDIS_URL": url}
    if as_json:
        typer.echo(orjson.dumps(addresses))
    else:
        for name, address in addresses.items():
            typer.echo(f"export {name}={shlex.quote(address)}")


def _stay(told: Event, *servers: Server) -> None:
    """Wait until told to stop.

    Raises:
        BrokerError: If a server ends by itself.
    """
    while not told.wait(_LOOK_S):
        for server in servers:
            if (code := server.process.poll()) is not None:
                name = type(server).__name__
                raise BrokerError(f"{name} (pid {server.pid}) ended with code {code}")


def _folder(folder: Path | None) -> Path:
    return folder or Settings.from_env().data_dir / "broker"
