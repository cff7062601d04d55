"""The desk's parts, put together once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple

import redis.asyncio

from desk.audit import Audit
from desk.bulk import Bulk
from desk.gate import Gate
from desk.model import Models
from desk.oidc import Oidc
from desk.ordering import Ordering
from desk.orders import Signer
from desk.resolver import FileResolver
from desk.sessions import Sessions
from desk.users import read_users

if TYPE_CHECKING:
    import httpx

    from desk.config import Config
    from desk.outlet import Outlet
    from desk.resolver import Resolver
    from desk.users import Users

CONNECTIONS: Final = 200
ANSWER_WITHIN_S: Final = 5.0


class Parts(NamedTuple):
    """What the answers are made with."""

    config: Config
    client: redis.asyncio.Redis
    models: Models
    sessions: Sessions
    gate: Gate
    audit: Audit
    ordering: Ordering
    bulk: Bulk
    outlet: Outlet
    users: Users | None
    oidc: Oidc | None
    resolver: Resolver | None
    closing: threading.Event
    """Set when the desk is about to end: streams of events end by themselves."""


def parts_of(config: Config, outlet: Outlet, http: httpx.AsyncClient | None = None) -> Parts:
    """Return the parts of a desk.

    Args:
        config: What it is told.
        outlet: Where orders and the audit go.
        http: To reach the provider by, if not the usual way.

    Raises:
        UsersError: If the file of users cannot be taken.
        ResolverError: If the file of persons cannot.
    """
    client = redis.asyncio.Redis.from_url(
        config.redis_url,
        max_connections=CONNECTIONS,
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=ANSWER_WITHIN_S,
    )
    sessions, audit = Sessions(client), Audit(outlet)
    ordering = Ordering(outlet, audit, Signer(config.key_id, config.key))
    callback = f"{config.url.rstrip('/')}/auth/callback"
    return Parts(
        config=config,
        client=client,
        models=Models(client),
        sessions=sessions,
        gate=Gate(config, sessions),
        audit=audit,
        ordering=ordering,
        bulk=Bulk(ordering, audit),
        outlet=outlet,
        users=read_users(config.users) if config.users else None,
        oidc=Oidc(config.provider, callback, client, http) if config.provider else None,
        resolver=FileResolver(config.persons) if config.persons else None,
        closing=threading.Event(),
    )
