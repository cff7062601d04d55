"""The desk as an ASGI application: the page, the API, and signing in and out."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import redis.exceptions
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from desk import problems
from desk.api import ENDPOINTS
from desk.asking import Asking
from desk.door import Door
from desk.gate import Headers
from desk.outlet import NotSentError
from desk.problems import RefusedError, busy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from desk.api import Endpoint
    from desk.parts import Parts

    Handler = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger()

STATIC: Final = Path(__file__).with_name("static")


def app_of(parts: Parts, static: Path = STATIC) -> Starlette:
    """Return the application.

    Args:
        parts: What it is made of; closed when it ends.
        static: Folder of the page; without one only the API is served.
    """
    asking = Asking(parts)
    door = Door(parts, asking.enter)
    routes: list[Any] = [
        Route("/api/openapi.json", asking.openapi, methods=["GET"]),
        Route("/api/sign-in", door.ways, methods=["GET"]),
        Route("/api/sign-in", _refusing(door.sign_in), methods=["POST"]),
        Route("/api/sign-out", _refusing(door.sign_out), methods=["POST"]),
        Route("/api/events", _refusing(asking.events), methods=["GET"]),
        Route("/auth/login", _refusing(door.login), methods=["GET"]),
        Route("/auth/callback", _refusing(door.callback), methods=["GET"]),
        *(_route(asking, each) for each in ENDPOINTS),
    ]
    if static.is_dir():
        routes.append(Mount("/", StaticFiles(directory=static, html=True)))
    return Starlette(
        routes=routes,
        middleware=[Middleware(Headers)],
        exception_handlers={HTTPException: _by_http, Exception: _by_slip},
        lifespan=functools.partial(_lifespan, parts),
    )


@contextlib.asynccontextmanager
async def _lifespan(parts: Parts, _app: Starlette) -> AsyncIterator[None]:
    yield
    parts.closing.set()
    await asyncio.to_thread(parts.outlet.close)
    if parts.oidc is not None:
        await parts.oidc.close()
    await parts.client.aclose()


def _route(asking: Asking, each: Endpoint) -> Route:
    path = each.path.replace("{case_id}", "{case_id:path}")
    return Route(path, _refusing(functools.partial(asking.answer, each)), methods=[each.method])


def _refusing(handler: Handler) -> Handler:
    """Return a handler whose refusals are problem documents."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except RefusedError as error:
            return problems.answer(error)
        except redis.exceptions.RedisError as error:
            log.warning("no read model for now", error=type(error).__name__)
            return problems.answer(busy("READ_MODEL", "the read model is away for now"))
        except NotSentError:
            return problems.answer(busy("QUEUE", "it could not be sent"))

    return handle


async def _by_http(_request: Request, error: Exception) -> Response:
    """Answer a wrong path or method in the same form."""
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    return problems.answer(RefusedError(status, status.name, status.phrase.lower()))


async def _by_slip(request: Request, error: Exception) -> Response:
    """Answer where we are at fault; the log says why, the answer nothing."""
    # Where it happened and of what kind: what was in hand there may be somebody's.
    place = traceback.format_tb(error.__traceback__)[-2:]
    log.error("a slip of ours", of=request.method, error=type(error).__name__, place=place)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return problems.answer(RefusedError(status, "SLIP", "something went wrong here"))
