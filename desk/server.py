"""The desk as an ASGI application: the page, the API, and signing in and out."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import redis.exceptions
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from desk import openapi, problems
from desk.answers import ANSWERS
from desk.answers.ask import Ask
from desk.answers.watch import session_view
from desk.api import ENDPOINTS
from desk.events import Events, read_position
from desk.gate import Headers, body_of
from desk.operator import Operator
from desk.outlet import NotSentError
from desk.problems import NO_STORE, RefusedError, busy
from schemas.desk_door import SignInAsked, SignInWays

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from desk.api import Endpoint
    from desk.parts import Parts
    from desk.sessions import Session

    Handler = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger()

STATIC: Final = Path(__file__).with_name("static")
FLOW_COOKIE: Final = "loanwatch-flow"
JSON: Final = "application/json"


def app_of(parts: Parts, static: Path = STATIC) -> Starlette:
    """Return the application.

    Args:
        parts: What it is made of; closed when it ends.
        static: Folder of the page; without one only the API is served.
    """
    door = _Door(parts)
    routes: list[Any] = [
        Route("/api/openapi.json", door.openapi, methods=["GET"]),
        Route("/api/sign-in", door.ways, methods=["GET"]),
        Route("/api/sign-in", _refusing(door.sign_in), methods=["POST"]),
        Route("/api/sign-out", _refusing(door.sign_out), methods=["POST"]),
        Route("/api/events", _refusing(door.events), methods=["GET"]),
        Route("/auth/login", _refusing(door.login), methods=["GET"]),
        Route("/auth/callback", _refusing(door.callback), methods=["GET"]),
        *(_route(door, each) for each in ENDPOINTS),
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


def _route(door: _Door, each: Endpoint) -> Route:
    path = each.path.replace("{case_id}", "{case_id:path}")
    return Route(path, _refusing(functools.partial(door.answer, each)), methods=[each.method])


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


class _Door:
    """Opens to requests that have passed the gate.

    Args:
        parts: The desk's.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._gate = parts, parts.gate

    async def answer(self, each: Endpoint, request: Request) -> Response:
        """Answer one line of the table."""
        one = await self._enter(request)
        if each.needs is not None and not one.who.may(each.needs):
            self._parts.audit.note(one.who, "refused", detail=each.name)
            raise problems.right(each.needs.value)
        body = await body_of(request) if each.asked is not None else b""
        ask = Ask(one, request.path_params, request.query_params, body)
        answer = (
            ANSWERS[each.name] if each.method == "POST" else functools.partial(self._read, each)
        )
        try:
            return _json(await answer(self._parts, ask), each.status)
        except RefusedError as error:
            if error.why is not None and error.why.code == "linked":
                name = request.path_params.get("case_id")
                self._parts.audit.note(one.who, "refused", case_id=name, detail="linked")
            raise

    async def _read(self, each: Endpoint, _parts: Parts, ask: Ask) -> Any:
        """Return an answer that was read of one generation from its beginning to its end.

        Raises:
            RefusedError: If Redis was flushed, or another generation switched to, meanwhile: what
                is not there any more must not look as if it had never been.
        """
        generation = self._parts.models.generation
        before = await generation()
        try:
            answer = await ANSWERS[each.name](self._parts, ask)
        except RefusedError:
            if await generation() == before:
                raise
            raise _anew() from None
        if await generation() != before:
            raise _anew()
        return answer

    async def _enter(self, request: Request, *, touch: bool = True) -> Session:
        self._gate.refuse_strangers(request)
        self._gate.refuse_haste(request)
        one = await self._gate.session(request, touch=touch)
        if one is None:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "SESSION", "sign in")
        self._gate.refuse_forgery(request, one)
        return one

    async def ways(self, _request: Request) -> Response:
        """Say how one signs in here."""
        has = self._parts
        return _json(SignInWays(local=has.users is not None, oidc=has.oidc is not None))

    async def sign_in(self, request: Request) -> Response:
        """Sign a local user in."""
        self._gate.refuse_strangers(request)
        self._gate.refuse_haste(request)
        try:
            asked = msgspec.json.decode(await body_of(request), type=SignInAsked)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise problems.body(str(error)) from error
        self._gate.refuse_guessing(request, asked.user)
        users = self._parts.users
        # argon2 takes its time on purpose: not on the loop that everybody waits for
        who = await asyncio.to_thread(users.check, asked.user, asked.password) if users else None
        if who is None:
            self._parts.audit.note(Operator("-", ()), "sign_in_refused")
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED, "SIGN_IN", "expected a user and their password"
            )
        return await self._begin(request, who)

    async def _begin(self, request: Request, who: Operator) -> Response:
        token, one = await self._session_of(request, who)
        answer = _json(session_view(one))
        await self._gate.sign_in(answer, token)
        return answer

    async def _session_of(self, request: Request, who: Operator) -> tuple[str, Session]:
        """Begin a session, and end the one that the browser had."""
        self._parts.audit.note(who, "sign_in")
        before = request.cookies.get(self._gate.cookie)
        if before:
            await self._parts.sessions.end(before)
        return await self._parts.sessions.begin(who)

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        one = await self._enter(request)
        self._parts.audit.note(one.who, "sign_out")
        answer = Response(status_code=HTTPStatus.NO_CONTENT, headers=NO_STORE)
        await self._gate.sign_out(request, answer)
        return answer

    async def events(self, request: Request) -> Response:
        """Stream what changes."""
        one = await self._enter(request)

        async def goes_on() -> bool:
            return await self._gate.session(request, touch=False) is not None

        last = read_position(request.headers.get("last-event-id", ""))
        closing = self._parts.closing.is_set
        stream = Events(self._parts.models, one.who, last, goes_on, closing).stream()
        headers = {**NO_STORE, "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _until_lost(stream), headers=headers, media_type="text/event-stream"
        )

    async def login(self, request: Request) -> Response:
        """Send the browser to the provider."""
        self._gate.refuse_strangers(request)
        self._gate.refuse_guessing(request, "")
        if self._parts.oidc is None:
            raise problems.not_found()
        cookie, address = await self._parts.oidc.begin()
        answer = RedirectResponse(address, HTTPStatus.SEE_OTHER, headers=NO_STORE)
        answer.set_cookie(
            FLOW_COOKIE,
            cookie,
            max_age=600,
            path="/auth",
            secure=self._parts.config.is_secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    async def callback(self, request: Request) -> Response:
        """Take a browser back from the provider."""
        self._gate.refuse_strangers(request)
        self._gate.refuse_haste(request)
        if self._parts.oidc is None:
            raise problems.not_found()
        query = request.query_params
        cookie = request.cookies.get(FLOW_COOKIE, "")
        try:
            who = await self._parts.oidc.end(cookie, query.get("state", ""), query.get("code", ""))
        except RefusedError as error:
            self._parts.audit.note(Operator("-", ()), "sign_in_refused", detail=error.reason)
            if "text/html" not in request.headers.get("accept", ""):
                raise
            return RedirectResponse(
                f"/#/refused/{error.reason}", HTTPStatus.SEE_OTHER, headers=NO_STORE
            )
        token, _ = await self._session_of(request, who)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER, headers=NO_STORE)
        await self._gate.sign_in(answer, token)
        answer.delete_cookie(FLOW_COOKIE, path="/auth")
        return answer

    async def openapi(self, _request: Request) -> Response:
        """Return this API, for programs."""
        return Response(msgspec.json.encode(openapi.document()), media_type=JSON)


def _anew() -> RefusedError:
    return busy("REBUILDING", "the read model was built anew meanwhile")


async def _until_lost(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield events until the read model is away: the browser comes back by itself."""
    try:
        async for part in stream:
            yield part
    except redis.exceptions.RedisError as error:
        log.warning("events end", error=type(error).__name__)


def _json(answer: Any, status: int = HTTPStatus.OK) -> Response:
    return Response(msgspec.json.encode(answer), status, headers=NO_STORE, media_type=JSON)


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
