"""What is looked at before anything else of a request: whence it comes, how often, and whose it is.

    Host      one of ours, else somebody has made a name of theirs point at us
    Origin    ours, where a request changes something and a browser says it
    rate      by session, else by address
    session   of the cookie
    CSRF      the session's own word in a header, where a request changes something
    body      not larger than is expected

And on every answer: a policy under which the page runs nothing but its own files.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from desk.problems import RefusedError
from desk.rates import Rates

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from desk.config import Config
    from desk.sessions import Session, Sessions

SAFE: Final = frozenset({"GET", "HEAD"})
CSRF_HEADER: Final = "X-CSRF-Token"
LARGEST_BODY: Final = 64 * 1024
REQUESTS: Final = (200.0, 50.0)
"""A page asks for much at once when it opens, and then little."""
SIGN_INS: Final = (5.0, 5 / 60)
SIGN_INS_BY_ADDRESS: Final = (30.0, 0.5)
HEADERS: Final = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        b" connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
        b" form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class Gate:
    """Looks at requests.

    Args:
        config: The desk's.
        sessions: Who is signed in.
    """

    def __init__(self, config: Config, sessions: Sessions) -> None:
        self._config, self._sessions = config, sessions
        self._requests = Rates(*REQUESTS)
        self._sign_ins = Rates(*SIGN_INS)
        self._by_address = Rates(*SIGN_INS_BY_ADDRESS)
        # A cookie of this name cannot be set by another host of the domain (RFC 6265bis, 4.1.3.2).
        self.cookie = "__Host-loanwatch" if config.is_secure else "loanwatch"

    def refuse_strangers(self, request: Request) -> None:
        """Pass if the request is for this desk, and not made by another site.

        Raises:
            RefusedError: If not.
        """
        if request.headers.get("host", "").lower() not in self._config.hosts:
            raise RefusedError(HTTPStatus.MISDIRECTED_REQUEST, "HOST", "this desk has another name")
        if request.method in SAFE:
            return
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "same-origin")
        if (origin is not None and not self._is_ours(origin)) or site not in (
            "same-origin",
            "none",
        ):
            raise RefusedError(HTTPStatus.FORBIDDEN, "ORIGIN", "expected a request of our own page")

    def _is_ours(self, origin: str) -> bool:
        parts = urlsplit(origin)
        own = urlsplit(self._config.url)
        return parts.scheme == own.scheme and parts.netloc.lower() in self._config.hosts

    def refuse_haste(self, request: Request) -> None:
        """Pass if the asker does not ask too often.

        Raises:
            RefusedError: If they do.
        """
        asker = request.cookies.get(self.cookie) or address_of(request)
        if not self._requests.take(asker):
            raise _too_many(1)

    def refuse_guessing(self, request: Request, name: str) -> None:
        """Pass if nobody tries names or passwords.

        Raises:
            RefusedError: If somebody does.
        """
        address = address_of(request)
        if not self._by_address.take(address) or not self._sign_ins.take(f"{address} {name}"):
            raise _too_many(12)

    async def session(self, request: Request, *, touch: bool = True) -> Session | None:
        """Return the session of a request, `None` if there is none."""
        token = request.cookies.get(self.cookie)
        return await self._sessions.find(token, touch=touch) if token else None

    def refuse_forgery(self, request: Request, session: Session) -> None:
        """Pass if a request that changes something was made by the page of this session.

        Raises:
            RefusedError: If not.
        """
        if request.method in SAFE:
            return
        said = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(said.encode(), session.csrf.encode()):
            raise RefusedError(
                HTTPStatus.FORBIDDEN, "CSRF", f"expected the session's word in {CSRF_HEADER}"
            )

    async def sign_in(self, answer: Response, token: str) -> None:
        """Set the cookie."""
        answer.set_cookie(
            self.cookie,
            token,
            path="/",
            secure=self._config.is_secure,
            httponly=True,
            samesite="strict",
        )

    async def sign_out(self, request: Request, answer: Response) -> None:
        """End the session and take the cookie away."""
        token = request.cookies.get(self.cookie)
        if token:
            await self._sessions.end(token)
        answer.delete_cookie(
            self.cookie, path="/", secure=self._config.is_secure, httponly=True, samesite="strict"
        )


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""


async def body_of(request: Request) -> bytes:
    """Return the body.

    Raises:
        RefusedError: If it is too large, which is found out before it is all read.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "TOO_LARGE",
                f"expected a body of at most {LARGEST_BODY} bytes",
            )
    return body


def _too_many(retry_after_s: int) -> RefusedError:
    return RefusedError(
        HTTPStatus.TOO_MANY_REQUESTS, "RATE", "too many requests", retry_after_s=retry_after_s
    )


class Headers:
    """Puts the headers that protect the page on every answer, whoever made it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self._app(scope, receive, protected)
