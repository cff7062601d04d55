"""The queue in memory, in its order, kept up by the stream of what changed.

After an outage there are tens of thousands of them, and three people ask for the queue's first page
with each change: so all are read once, and then only those that an event names. An event is
written with the change that it tells of, so nothing older than the request's begin is shown.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec
from redis.exceptions import ResponseError

from desk.order import Order
from schemas.desk_event import DeskEvent, EventKind
from schemas.desk_keys import Name, QueueEntry, key

if TYPE_CHECKING:
    import redis.asyncio

AT_ONCE: Final = 1_000
START: Final = "0-0"

_entry = msgspec.json.Decoder(QueueEntry).decode
_event = msgspec.json.Decoder(DeskEvent).decode


class Standing:
    """The cases of one lane that are not closed.

    Args:
        client: Of the server.
        restricted: Which lane.
    """

    def __init__(self, client: redis.asyncio.Redis, *, restricted: bool) -> None:
        self._redis, self._restricted = client, restricted
        self._turn = asyncio.Lock()
        self._generation, self._place = "", START
        self._order = Order()

    async def of(self, generation: str) -> Order:
        """Return the cases as they are now; to be read before anything else is awaited."""
        async with self._turn:
            info = await stream_info(self._redis, self._key(generation, Name.EVENTS))
            is_lost = number(self._place) < trimmed(info)
            if generation != self._generation or is_lost:
                await self._load(generation, info)
            else:
                await self._catch_up()
            return self._order

    def _key(self, generation: str, name: Name) -> str:
        return key(generation, name, restricted=self._restricted)

    async def _load(self, generation: str, info: dict[str, Any]) -> None:
        # First where the stream ends, then the entries: what comes between is read twice.
        place = text_of(info["last-generated-id"]) if info else START
        raws: Any = await self._redis.hgetall(self._key(generation, Name.QUEUE))
        self._order.load({field.decode(): _entry(raw) for field, raw in raws.items()})
        self._generation, self._place = generation, place

    async def _catch_up(self) -> None:
        name = self._key(self._generation, Name.EVENTS)
        changed: dict[str, None] = {}
        while True:
            answer = await self._redis.xread({name: self._place}, count=AT_ONCE)
            found = [each for _, entries in streams(answer) for each in entries]
            for place, fields in found:
                event = _event(fields[b"data"])
                if event.kind is EventKind.CASE and event.case_id is not None:
                    changed[event.case_id] = None
                self._place = text_of(place)
            if len(found) < AT_ONCE:
                break
        if changed:
            await self._renew(list(changed))

    async def _renew(self, case_ids: list[str]) -> None:
        raws: Any = await self._redis.hmget(self._key(self._generation, Name.QUEUE), case_ids)
        for case_id, raw in zip(case_ids, raws, strict=True):
            if raw is None:
                self._order.drop(case_id)
            else:
                self._order.put(case_id, _entry(raw))


async def stream_info(client: redis.asyncio.Redis, name: str) -> dict[str, Any]:
    """Return what the server says of a stream, nothing if there is none yet."""
    try:
        return await client.xinfo_stream(name)
    except ResponseError:
        return {}


def trimmed(info: dict[str, Any]) -> tuple[int, int]:
    """Return up to where a stream has lost its events."""
    first = info.get("first-entry")
    if not first or info.get("entries-added", 0) <= info.get("length", 0):
        return (0, 0)
    ms, count = number(text_of(first[0]))
    return (ms, count - 1) if count else (ms - 1, 1 << 62)


def streams(answer: Any) -> list[tuple[bytes, Any]]:
    """Return the answer of XREAD in the form of either protocol."""
    if isinstance(answer, dict):
        return [
            (name, entries[0] if entries and isinstance(entries[0], list) else entries)
            for name, entries in answer.items()
        ]
    return [(name, entries) for name, entries in answer or []]


def number(place: str) -> tuple[int, int]:
    """Return a stream's position so that it can be compared."""
    ms, _, count = place.partition("-")
    return int(ms), int(count)


def text_of(value: Any) -> str:
    """Return what the client gives for a position as a text."""
    return value.decode() if isinstance(value, bytes) else str(value)
