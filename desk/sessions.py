"""Who is signed in: kept in Redis under a hash of the cookie, so that no key signs anybody in.

A session ends half an hour after the last request, and twelve hours after it began whatever
happens. One that is lost, as when Redis is flushed, means signing in again and nothing else.
"""

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast

import msgspec

from desk import clock
from desk.operator import Operator
from schemas.instants import HOUR_MS, MINUTE_MS
from schemas.operators import OperatorClass

if TYPE_CHECKING:
    import redis.asyncio

IDLE_MS: Final = 30 * MINUTE_MS
LONGEST_MS: Final = 12 * HOUR_MS
TOKEN_BYTES: Final = 32
_ROOT: Final = "loanwatch:session"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session; `csrf` is what a page has to say with each request that changes something."""

    operator: str
    classes: tuple[OperatorClass, ...]
    language: str
    csrf: str
    began_ms: int

    @property
    def who(self) -> Operator:
        """Whose it is."""
        return Operator(self.operator, self.classes, self.language)

    @property
    def ends_ms(self) -> int:
        """When it ends at the latest."""
        return self.began_ms + LONGEST_MS


class Sessions:
    """The sessions that there are.

    Args:
        client: Of the server.
    """

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._redis = client

    async def begin(self, who: Operator) -> tuple[str, Session]:
        """Begin a session; return the cookie's value with it."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(
            operator=who.name,
            classes=who.classes,
            language=who.language,
            csrf=secrets.token_urlsafe(TOKEN_BYTES),
            began_ms=clock.now_ms(),
        )
        await self._redis.set(_key(token), msgspec.json.encode(session), px=IDLE_MS)
        return token, session

    async def find(self, token: str, *, touch: bool = True) -> Session | None:
        """Return the session of a cookie, `None` if it has ended.

        Args:
            token: The cookie's value.
            touch: Whether this counts as a request; a stream of events does not.
        """
        raw = cast("bytes | None", await self._redis.get(_key(token)))
        if raw is None:
            return None
        session = msgspec.json.decode(raw, type=Session)
        left_ms = session.ends_ms - clock.now_ms()
        if left_ms <= 0:
            await self.end(token)
            return None
        if touch:
            await self._redis.pexpire(_key(token), min(IDLE_MS, left_ms))
        return session

    async def end(self, token: str) -> None:
        """End a session."""
        await self._redis.delete(_key(token))


def _key(token: str) -> str:
    return f"{_ROOT}:{sha256(token.encode()).hexdigest()}"
