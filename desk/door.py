"""Signing in and out: with a local user, or at the lender's provider."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import RedirectResponse, Response

from desk import problems
from desk.answers.watch import session_view
from desk.gate import body_of
from desk.operator import Operator
from desk.problems import NO_STORE, RefusedError
from desk.replies import json_of
from schemas.desk_door import SignInAsked, SignInWays

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from desk.parts import Parts
    from desk.sessions import Session

FLOW_COOKIE: Final = "loanwatch-flow"


class Door:
    """Lets people in and out.

    Args:
        parts: The desk's.
        enter: Returns the session of a request that has passed the gate.
    """

    def __init__(self, parts: Parts, enter: Callable[[Request], Awaitable[Session]]) -> None:
        self._parts, self._gate, self._enter = parts, parts.gate, enter

    async def ways(self, _request: Request) -> Response:
        """Say how one signs in here."""
        has = self._parts
        return json_of(SignInWays(local=has.users is not None, oidc=has.oidc is not None))

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
        answer = json_of(session_view(one))
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
