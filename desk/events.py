"""What changed, as it changes: server-sent events from the read model's streams.

    id: <generation>.<position>.<position of the restricted lane>

A browser that comes back says the last id that it had and gets all that came after. Where that is
not possible (another generation, or the stream was trimmed past it) it is told to ask for
everything again (`reset`). Whoever may not see the restricted lane reads its stream never, so that
neither an event nor its absence tells of it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from desk.standing import number, stream_info, streams, text_of, trimmed
from schemas.desk_event import DeskEvent, EventKind
from schemas.desk_keys import Name, key
from schemas.operators import May

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from desk.model import Models
    from desk.operator import Operator

HEARTBEAT_S: Final = 15.0
AT_ONCE: Final = 200
LOOK_EVERY_S: Final = 0.1
"""Well under what a person takes for at once; a blocking read would hold a connection each."""
START: Final = "0-0"
HEARTBEAT: Final = b": here\n\n"
RETRY: Final = b"retry: 1000\n\n"
_OF: Final = {
    EventKind.CASE: May.SEE_CASES,
    EventKind.ORDER: May.SEE_CASES,
    EventKind.INCIDENT: May.SEE_HEALTH,
}

_event = msgspec.json.Decoder(DeskEvent).decode


class Position(NamedTuple):
    """How far a browser has read."""

    generation: str
    open: str = START
    restricted: str = START

    @property
    def text(self) -> str:
        """The position as an event's id."""
        return f"{self.generation}.{self.open}.{self.restricted}"


def read_position(text: str) -> Position | None:
    """Return the position of an id, `None` if it is none of ours."""
    parts = text.split(".")
    if len(parts) != len(Position._fields) or not parts[0].isdigit():
        return None
    if not all(_is_place(part) for part in parts[1:]):
        return None
    return Position(*parts)


def _is_place(text: str) -> bool:
    ms, dash, count = text.partition("-")
    return bool(dash) and ms.isdigit() and count.isdigit() and len(text) < 40  # noqa: PLR2004 - two 64-bit numbers


class Events:
    """The events of one browser.

    Args:
        models: The read model.
        who: Who looks.
        last: What the browser has had, if it comes back.
        goes_on: Whether the session has not ended; asked at each heartbeat.
        closing: Whether the desk is about to end. Asked often: the Redis client swallows most
            cancellations, so that a stream could not be ended from outside (docs/decisions/0073).
    """

    def __init__(
        self,
        models: Models,
        who: Operator,
        last: Position | None,
        goes_on: Callable[[], Awaitable[bool]],
        closing: Callable[[], bool],
    ) -> None:
        self._models, self._who, self._last = models, who, last
        self._goes_on, self._closing = goes_on, closing
        self._sees_restricted = who.may(May.SEE_RESTRICTED)

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield events, as the wire has them, as long as the session lasts."""
        yield RETRY
        said_s = time.monotonic()
        position = self._last
        while not self._closing():
            generation = await self._models.generation()
            if generation is not None and await self._is_lost(position, generation):
                was = position
                position = await self._ends(generation)
                if was is not None:
                    yield _written(position, DeskEvent(kind=EventKind.RESET))
                else:
                    yield f"id: {position.text}\n\n".encode()
            found = False
            if generation is not None and position is not None:
                position, events = await self._after(position)
                found = bool(events)
                for place, event in events:
                    yield _written(place, event)
            if time.monotonic() - said_s > HEARTBEAT_S:
                if not await self._goes_on():
                    return
                yield HEARTBEAT
                said_s = time.monotonic()
            if not found:
                await asyncio.sleep(LOOK_EVERY_S)

    async def _is_lost(self, position: Position | None, generation: str) -> bool:
        """Whether what comes after a position is not all there any more."""
        if position is None or position.generation != generation:
            return True
        places = [(position.open, False)]
        if self._sees_restricted:
            places.append((position.restricted, True))
        for place, restricted in places:
            if number(place) < trimmed(await self._info(generation, restricted=restricted)):
                return True
        return False

    async def _info(self, generation: str, *, restricted: bool) -> dict[str, Any]:
        name = key(generation, Name.EVENTS, restricted=restricted)
        return await stream_info(self._models.client, name)

    async def _ends(self, generation: str) -> Position:
        """Return the position behind everything."""
        ends = [START, START]
        for restricted in (False, True) if self._sees_restricted else (False,):
            info = await self._info(generation, restricted=restricted)
            if info:
                ends[restricted] = text_of(info["last-generated-id"])
        return Position(generation, *ends)

    async def _after(self, position: Position) -> tuple[Position, list[tuple[Position, DeskEvent]]]:
        """Return the next events, each with its position, and where they end."""
        names = {key(position.generation, Name.EVENTS).encode(): "open"}
        asked: dict[Any, Any] = dict.fromkeys(names, position.open)
        if self._sees_restricted:
            other = key(position.generation, Name.EVENTS, restricted=True).encode()
            names[other] = "restricted"
            asked[other] = position.restricted
        answer = await self._models.client.xread(asked, count=AT_ONCE)
        events: list[tuple[Position, DeskEvent]] = []
        for name, entries in streams(answer):
            for place, fields in entries:
                position = position._replace(**{names[name]: text_of(place)})
                event = _event(fields[b"data"])
                if self._may_see(event):
                    events.append((position, event))
        return position, events

    def _may_see(self, event: DeskEvent) -> bool:
        needed = _OF.get(event.kind)
        return needed is None or self._who.may(needed)


def _written(position: Position, event: DeskEvent) -> bytes:
    data = msgspec.json.encode(event).decode()
    return f"id: {position.text}\nevent: {event.kind.value}\ndata: {data}\n\n".encode()
