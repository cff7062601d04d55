"""Whoever is signed in asks: one line of the table of endpoints, or the stream of events."""

from __future__ import annotations

import functools
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
import redis.exceptions
import structlog
from starlette.responses import Response, StreamingResponse

from desk import openapi, problems
from desk.answers import ANSWERS
from desk.answers.ask import Ask
from desk.events import Events, read_position
from desk.gate import body_of
from desk.problems import NO_STORE, RefusedError, busy
from desk.replies import JSON, json_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from desk.api import Endpoint
    from desk.parts import Parts
    from desk.sessions import Session

log = structlog.get_logger()


class Asking:
    """Where requests that have passed the gate are answered.

    Args:
        parts: The desk's.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._gate = parts, parts.gate

    async def answer(self, each: Endpoint, request: Request) -> Response:
        """Answer one line of the table."""
        one = await self.enter(request)
        if each.needs is not None and not one.who.may(each.needs):
            self._parts.audit.note(one.who, "refused", detail=each.name)
            raise problems.right(each.needs.value)
        body = await body_of(request) if each.asked is not None else b""
        ask = Ask(one, request.path_params, request.query_params, body)
        answer = (
            ANSWERS[each.name] if each.method == "POST" else functools.partial(self._read, each)
        )
        try:
            return json_of(await answer(self._parts, ask), each.status)
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

    async def enter(self, request: Request) -> Session:
        """Return the session of a request that has passed the gate.

        Raises:
            RefusedError: If it does not pass.
        """
        self._gate.refuse_strangers(request)
        self._gate.refuse_haste(request)
        one = await self._gate.session(request)
        if one is None:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "SESSION", "sign in")
        self._gate.refuse_forgery(request, one)
        return one

    async def events(self, request: Request) -> Response:
        """Stream what changes."""
        one = await self.enter(request)

        async def goes_on() -> bool:
            return await self._gate.session(request, touch=False) is not None

        last = read_position(request.headers.get("last-event-id", ""))
        closing = self._parts.closing.is_set
        stream = Events(self._parts.models, one.who, last, goes_on, closing).stream()
        headers = {**NO_STORE, "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _until_lost(stream), headers=headers, media_type="text/event-stream"
        )

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
