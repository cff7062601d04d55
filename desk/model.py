"""The read model in Redis, as somebody may see it (`schemas.desk_keys`).

Nothing is read of a generation that is not complete: while there is none, every question about
borrowers is refused, and the page says that the read model is being built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

import msgspec

from desk import clock
from desk.problems import busy
from desk.standing import Standing
from schemas.case import Case
from schemas.desk_keys import (
    BUILDING,
    FEED,
    GENERATION,
    VERSION_DIGITS,
    Built,
    Name,
    QueueEntry,
    key,
)
from schemas.operators import OPERATOR_LINKS, May, is_linked

if TYPE_CHECKING:
    from collections.abc import Iterable

    import redis.asyncio

    from desk.operator import Operator
    from desk.order import Order

LANES: Final = (False, True)
"""Whether a key is of the restricted lane."""

T = TypeVar("T")


class Caught(msgspec.Struct, frozen=True, kw_only=True):
    """When the feed last had read to the end of everything, and how many partitions there are."""

    at_ms: int
    partitions: int


class Found(NamedTuple):
    """A case, and whether it is of the restricted lane."""

    case: Case
    restricted: bool


class Avoided:
    """The borrowers to whom somebody is linked: whose cases are others' to look at.

    Args:
        operator: Who.
        links: The signed list.
    """

    def __init__(self, operator: str, links: frozenset[str]) -> None:
        self._operator, self._links = operator, links

    def __contains__(self, borrower_id: object) -> bool:
        """Whether a borrower is one of them."""
        return isinstance(borrower_id, str) and is_linked(self._operator, borrower_id, self._links)


class Model:
    """One generation of the read model, for one request.

    Args:
        client: Of the server.
        generation: Which one.
        who: Who asks: decides which lanes are looked at.
        standing: The queue's entries, by lane.
    """

    def __init__(
        self,
        client: redis.asyncio.Redis,
        generation: str,
        who: Operator,
        standing: tuple[Standing, Standing],
    ) -> None:
        self.client, self.generation, self.who = client, generation, who
        self._standing = standing
        self.lanes = LANES if who.may(May.SEE_RESTRICTED) else (False,)

    def key(self, name: Name, subject: str = "", *, restricted: bool = False) -> str:
        """Return a key.

        Raises:
            PermissionError: If it is of a lane that the asker may not see: a slip of ours.
        """
        if restricted not in self.lanes:
            raise PermissionError("a key of the restricted lane, for somebody without the right")
        return key(self.generation, name, subject, restricted=restricted)

    async def get(
        self, name: Name, field: str, of: type[T], *, restricted: bool = False
    ) -> T | None:
        """Return what stands in a field, `None` if nothing does."""
        raw = await self.client.hget(self.key(name, restricted=restricted), field)
        return _decoded(cast("bytes | None", raw), of)

    async def some(
        self, name: Name, fields: Iterable[str], of: type[T], *, restricted: bool = False
    ) -> dict[str, T]:
        """Return what stands in some fields, without those that are not there."""
        wanted = list(fields)
        if not wanted:
            return {}
        raws = await self.client.hmget(self.key(name, restricted=restricted), wanted)
        decoded = (_decoded(cast("bytes | None", raw), of) for raw in raws)
        return {field: one for field, one in zip(wanted, decoded, strict=True) if one is not None}

    async def every(
        self, name: Name, of: type[T], subject: str = "", *, restricted: bool = False
    ) -> dict[str, T]:
        """Return all fields of a hash."""
        raws = await self.client.hgetall(self.key(name, subject, restricted=restricted))
        found = {}
        for field, raw in cast("dict[bytes, bytes]", raws).items():
            if (one := _decoded(raw, of)) is not None:
                found[field.decode()] = one
        return found

    async def text(self, name: Name, field: str) -> str | None:
        """Return a field that is a plain text."""
        raw = await self.client.hget(self.key(name), field)
        return None if raw is None else cast("bytes", raw)[VERSION_DIGITS:].decode()

    async def texts(self, name: Name, *, restricted: bool = False) -> dict[str, str]:
        """Return all fields of a hash of plain texts."""
        raws = await self.client.hgetall(self.key(name, restricted=restricted))
        return {
            field.decode(): raw[VERSION_DIGITS:].decode()
            for field, raw in cast("dict[bytes, bytes]", raws).items()
        }

    async def case(self, case_id: str) -> Found | None:
        """Return a case that the asker may see."""
        for restricted in self.lanes:
            case = await self.get(Name.CASES, case_id, Case, restricted=restricted)
            if case is not None:
                return Found(case, restricted)
        return None

    async def cases_of(self, borrower_id: str) -> list[Found]:
        """Return the borrower's cases that the asker may see."""
        found = []
        for restricted in self.lanes:
            ids = await self.client.smembers(
                self.key(Name.OF_BORROWER, borrower_id, restricted=restricted)
            )
            names = sorted(each.decode() for each in cast("set[bytes]", ids))
            cases = await self.some(Name.CASES, names, Case, restricted=restricted)
            found += [Found(case, restricted) for case in cases.values()]
        return found

    async def queued(self) -> list[tuple[str, QueueEntry, bool]]:
        """Return all cases that are not closed, with what the queue's order depends on."""
        queued = []
        for restricted in self.lanes:
            order = await self._standing[restricted].of(self.generation)
            queued += [(case_id, entry, restricted) for case_id, entry in order.entries.items()]
        return queued

    async def orders(self) -> list[tuple[Order, bool]]:
        """Return the queue of each lane; to be read before anything else is awaited."""
        return [(await self._standing[each].of(self.generation), each) for each in self.lanes]

    async def avoided(self) -> Avoided:
        """Return which borrowers the asker has to keep away from."""
        text = await self.text(Name.TRUST, OPERATOR_LINKS)
        links = msgspec.json.decode(text, type=frozenset[str]) if text else frozenset()
        return Avoided(self.who.name, links)

    async def lines(self, since_ms: int) -> list[bytes]:
        """Return what people did since then, latest first."""
        lines: list[tuple[bytes, float]] = []
        for restricted in self.lanes:
            place = self.key(Name.LINES, restricted=restricted)
            found = await self.client.zrangebyscore(place, since_ms, "+inf", withscores=True)
            lines += cast("list[tuple[bytes, float]]", found)
        lines.sort(key=lambda each: (-each[1], each[0]))
        return [line for line, _ in lines]

    def of(self, who: Operator) -> Model:
        """Return the same for somebody else, in whose name something is done."""
        return Model(self.client, self.generation, who, self._standing)

    async def now_ms(self) -> int:
        """Return the time that countdowns go by: the wall's, or in a demo the input's."""
        return now_of(await self.texts(Name.TRUST))


def now_of(trust: dict[str, str]) -> int:
    """Return what time it is, from what the read model says of the watch itself."""
    if trust.get("clock") == "input" and "decided_ms" in trust:
        return int(trust["decided_ms"])
    return clock.now_ms()


class Models:
    """Gives each request the generation that counts.

    Args:
        client: Of the server.
    """

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self.client = client
        self.standing = (
            Standing(client, restricted=False),
            Standing(client, restricted=True),
        )

    async def generation(self) -> str | None:
        """Return the generation that is read, `None` while there is none."""
        found = await self.client.get(GENERATION)
        return None if found is None else cast("bytes", found).decode()

    async def open(self, who: Operator) -> Model:
        """Return the read model for somebody.

        Raises:
            RefusedError: If it is being built.
        """
        generation = await self.generation()
        if generation is None:
            raise busy("REBUILDING", "the read model is being built anew")
        return Model(self.client, generation, who, self.standing)

    async def built(self) -> Built | None:
        """Return how far a generation that is being built has come."""
        return _plain(await self.client.get(BUILDING), Built)

    async def caught(self) -> Caught | None:
        """Return when the feed last had read everything."""
        return _plain(await self.client.get(FEED), Caught)


def _plain(raw: Any, of: type[T]) -> T | None:
    return None if raw is None else msgspec.json.decode(raw, type=of)


_decoders: Final[dict[Any, Any]] = {}


def _decoded(raw: bytes | None, of: type[T]) -> T | None:
    if raw is None:
        return None
    if of not in _decoders:
        _decoders[of] = msgspec.json.Decoder(of).decode
    return cast("T", _decoders[of](raw[VERSION_DIGITS:]))
