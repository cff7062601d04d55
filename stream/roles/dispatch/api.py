"""The API of executors: `POST /permits/{trigger_id}`, over HTTP.

    POST /permits/{trigger_id}   leave to send that trigger now, or why not
    GET  /healthz                200 while some permit could be granted, else 503 and why
    GET  /openapi.json           this API, for programs

Everything that is not a permit is `application/problem+json` (RFC 9457). Tokens are looked at
before anything else of a request, and nothing of a request is logged but ids.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from stream import clock
from stream.dispatch.ask import Ask
from stream.dispatch.gate import Request as Asked
from stream.dispatch.rates import Bucket
from stream.dispatch.refusals import CANNOT_KNOW, Reason, Refusal
from stream.roles.dispatch.openapi import document

if TYPE_CHECKING:
    from starlette.requests import Request

    from stream.dispatch.executors import Executor, Executors
    from stream.roles.dispatch.desk import Desk

LARGEST_BODY: Final = 4_096
_STATUS: Final = {
    Reason.UNKNOWN_TRIGGER: HTTPStatus.NOT_FOUND,
    Reason.LIMIT_MINUTE: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.LIMIT_HOUR: HTTPStatus.TOO_MANY_REQUESTS,
    **dict.fromkeys(CANNOT_KNOW, HTTPStatus.SERVICE_UNAVAILABLE),
}


class Api:
    """Answers HTTP requests.

    Args:
        desk: Grants permits.
        executors: Who may ask.
        requests_per_s: How often one of them may ask.
    """

    def __init__(self, desk: Desk, executors: Executors, requests_per_s: int) -> None:
        self._desk, self._executors, self._per_s = desk, executors, requests_per_s
        self._buckets: dict[str, Bucket] = {}
        self.app = Starlette(
            routes=[
                Route("/permits/{trigger_id:path}", self._permit, methods=["POST"]),
                Route("/healthz", self._health, methods=["GET"]),
                Route("/openapi.json", self._openapi, methods=["GET"]),
            ],
            exception_handlers={HTTPException: _refused_by_http},
        )

    async def _permit(self, request: Request) -> Response:
        executor = self._executors.of_token(_token(request))
        if not self._bucket(executor.name if executor else "").take(clock.now_ms()):
            return problem(
                HTTPStatus.TOO_MANY_REQUESTS, "RATE", "too many requests", retry_after_s=1
            )
        if executor is None:
            return problem(HTTPStatus.UNAUTHORIZED, "TOKEN", "expected the token of an executor")
        body = await _body(request)
        if body is None:
            detail = f"expected a body of at most {LARGEST_BODY} bytes"
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE", detail)
        try:
            ask = msgspec.json.decode(body, type=Ask)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "BODY", str(error))
        return await self._answer(request.path_params["trigger_id"], ask, executor)

    async def _answer(self, trigger_id: str, ask: Ask, executor: Executor) -> Response:
        if ask.channel not in executor.channels:
            detail = f"executor `{executor.name}` has no right to the channel {ask.channel}"
            return problem(HTTPStatus.FORBIDDEN, "RIGHT", detail)
        answer = await self._desk.ask(
            Asked(trigger_id, ask.ordinal, ask.channel, executor.name, ask.request_key)
        )
        if isinstance(answer, Refusal):
            return _refused(answer)
        return Response(
            msgspec.json.encode(answer), headers=_NO_STORE, media_type="application/json"
        )

    async def _health(self, _request: Request) -> Response:
        if refusal := self._desk.refusing():
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, refusal.reason, refusal.detail)
        return Response("yes\n", media_type="text/plain")

    async def _openapi(self, _request: Request) -> Response:
        return Response(msgspec.json.encode(document()), media_type="application/json")

    def _bucket(self, name: str) -> Bucket:
        if name not in self._buckets:
            self._buckets[name] = Bucket(self._per_s, clock.now_ms())
        return self._buckets[name]


_NO_STORE: Final = {"Cache-Control": "no-store"}


def problem(
    status: HTTPStatus,
    reason: str,
    detail: str,
    *,
    retry_after_s: int | None = None,
    **more: Any,
) -> Response:
    """Return a problem document; `reason` is for programs, `detail` for people."""
    fields = {
        "type": f"urn:loanwatch:permit:{reason}",
        "title": status.phrase,
        "status": status.value,
        "reason": reason,
        "detail": detail,
        **more,
    }
    headers = dict(_NO_STORE)
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        msgspec.json.encode(fields),
        status_code=status.value,
        headers=headers,
        media_type="application/problem+json",
    )


def _refused(refusal: Refusal) -> Response:
    retry_after_s = 1 if refusal.reason in CANNOT_KNOW else None
    if refusal.again_ms is not None:
        retry_after_s = max(1, math.ceil((refusal.again_ms - clock.now_ms()) / 1_000))
    more = {"permit": refusal.permit} if refusal.permit else {}
    return problem(
        _STATUS.get(refusal.reason, HTTPStatus.CONFLICT),
        refusal.reason,
        refusal.detail,
        retry_after_s=retry_after_s,
        **more,
    )


async def _refused_by_http(_request: Request, error: Exception) -> Response:
    """Answer a wrong path or method in the same form."""
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    return problem(status, status.name, status.phrase.lower())


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _body(request: Request) -> bytes | None:
    """Return the body; None if it is too large, which is found out before it is all read."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            return None
    return body
