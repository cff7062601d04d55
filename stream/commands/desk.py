"""`loanwatch desk`: what people see and do. docs/desk.md is for its users."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import orjson
import typer
import uvicorn

from desk.config import Config, Provider
from desk.outlet import KafkaOutlet
from desk.parts import parts_of
from desk.server import app_of
from desk.users import make_trial_users
from schemas.operators import OperatorClass
from stream import logs
from stream.commands.worker import stop_at_end_of
from stream.journal.clients import producer_config
from stream.journal.preflight import preflight
from stream.roles.desk_feed.feed import Feed
from stream.roles.desk_feed.source import GROUP, TOPICS
from stream.roles.desk_feed.store import Store
from stream.settings import Settings
from stream.sources.keys import read_signing_key, read_trust

if TYPE_CHECKING:
    from types import FrameType

    from starlette.applications import Starlette

NEEDS: Final = {"desk-actions": {"WRITE"}, "desk-audit": {"WRITE"}}
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
STOP_WITHIN_S: Final = 5

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app = typer.Typer(add_completion=False, no_args_is_help=True)


class DeskError(ValueError):
    """A desk that cannot be served as it was asked for."""


@app.command()
def init(as_json: Json = False) -> None:
    """Make a local user of each class, for a trial, and print the passwords, this once."""
    settings = Settings.from_env()
    passwords = first_users(settings)
    if as_json:
        typer.echo(orjson.dumps({"users": passwords}))
        return
    typer.echo(f"made {settings.desk_users_file}; these passwords are shown once:")
    for name, password in passwords.items():
        typer.echo(f"  {name:<12} {password}")


def first_users(settings: Settings) -> dict[str, str]:
    """Make the users of a trial; return their passwords.

    Raises:
        UsersError: If there are users.
    """
    return make_trial_users(settings.desk_users_file)


def free_port(settings: Settings) -> int:
    """Return the desk's port, 0 if somebody else listens there."""
    try:
        with socket.create_server((settings.desk_host, settings.desk_port)):
            return settings.desk_port
    except OSError:
        return 0


@app.command()
def rebuild() -> None:
    """Build the read model anew from the topics; the desk goes on with the old one meanwhile."""
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="desk-rebuild")
    preflight(settings, {topic: {"READ"} for topic in TOPICS}, group=GROUP)
    store = Store(settings.redis_url)
    with contextlib.closing(store):
        generation = Feed(settings, store).build()
    if generation is None:
        raise DeskError("a later generation of the read model counts already")
    typer.echo(orjson.dumps({"generation": generation}))


@app.command()
def serve(
    until_stdin_ends: Annotated[
        bool,
        typer.Option("--until-stdin-ends", help="Stop when the standard input ends."),
    ] = False,
) -> None:
    """Serve the page and its API until told to stop (Ctrl-C, SIGTERM)."""
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="desk")
    if until_stdin_ends:
        stop_at_end_of(sys.stdin.fileno())
    preflight(settings, NEEDS)
    listening = listen(settings)
    config = config_of(settings, address_of(listening))
    parts = parts_of(config, KafkaOutlet(config.kafka, config.prefix))
    server = _Server(_uvicorn(app_of(parts)), config.url, parts.closing)
    server.run(sockets=[listening])


class _Server(uvicorn.Server):
    """Says once, and only then, that it answers; ends streams of events when it is to stop."""

    def __init__(self, config: uvicorn.Config, url: str, closing: threading.Event) -> None:
        super().__init__(config)
        self._url, self._closing = url, closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop."""
        self._closing.set()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started:
            line = orjson.dumps({"ready": "desk", "pid": os.getpid(), "health": self._url})
            sys.stdout.write(line.decode() + "\n")
            sys.stdout.flush()


def _uvicorn(asgi: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        asgi,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )


def listen(settings: Settings) -> socket.socket:
    """Listen at the desk's address.

    Raises:
        DeskError: If that cannot be done, or everybody could listen in.
    """
    host, port = settings.desk_host, settings.desk_port
    if host not in LOOPBACK and not _is_private(settings.desk_url):
        raise DeskError(
            f"LOANWATCH_DESK_HOST: expected a loopback address, got `{host}`: behind a proxy with"
            " TLS, or a container's port on the loopback, name that address in LOANWATCH_DESK_URL"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise DeskError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
    # asyncio sets this on sockets that it makes itself; without it an answer takes 40 ms more.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _is_private(url: str) -> bool:
    """Whether nobody can listen in between a browser and this address."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


def address_of(listening: socket.socket) -> str:
    """Return where a socket listens, as a browser writes it."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def config_of(settings: Settings, address: str) -> Config:
    """Return what the desk is told.

    Raises:
        KeysError: If its key cannot be used.
        DeskError: If the provider is not fully named.
    """
    key = read_signing_key(settings.desk_key_file, read_trust(settings.trust_file))
    provider = provider_of(settings)
    return Config(
        redis_url=settings.redis_url,
        url=settings.desk_url or address,
        key_id=key.key_id,
        key=key.private,
        kafka=producer_config(settings, "loanwatch-desk"),
        prefix=settings.topic_prefix,
        users=None if provider else settings.desk_users_file,
        provider=provider,
        persons=settings.desk_persons,
    )


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider at which people sign in, if there is one.

    Raises:
        DeskError: If it is not fully named.
    """
    if not settings.oidc_issuer:
        return None
    if not (settings.oidc_client and settings.oidc_classes):
        raise DeskError(
            "expected LOANWATCH_OIDC_CLIENT and LOANWATCH_OIDC_CLASSES beside LOANWATCH_OIDC_ISSUER"
        )
    if not settings.oidc_issuer.startswith("https://"):
        raise DeskError("LOANWATCH_OIDC_ISSUER: expected an address that begins with https://")
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client,
        client_secret=_secret(settings.oidc_secret_file),
        claim=settings.oidc_claim,
        classes=dict(_classes(settings.oidc_classes)),
    )


def _classes(text: str) -> list[tuple[str, OperatorClass]]:
    pairs = []
    for pair in text.split(","):
        group, _, name = pair.partition("=")
        if name not in OperatorClass.__members__:
            known = ", ".join(OperatorClass)
            raise DeskError(f"LOANWATCH_OIDC_CLASSES: expected one of {known}, got `{name}`")
        pairs.append((group, OperatorClass(name)))
    return pairs


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except OSError as error:
        raise DeskError(
            f"LOANWATCH_OIDC_SECRET_FILE: cannot read {path}: {error.strerror}"
        ) from error
