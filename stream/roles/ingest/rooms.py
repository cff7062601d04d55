"""The waiting rooms of the partitions of `unresolved` that are ours.

A room begins anew when its partition has been read elsewhere or again, which shows in where the
next chunk begins. What leaves a room is handed on like any other record, and only then is the
chunk that it came in done: after a restart the room is filled again from the topic.

What waits, or has left and is not yet handed on, holds its feed: `report` tells how far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.dead_letter import DeadLetterReason
from schemas.envelope import DecodeError
from schemas.feed import feed_name
from schemas.topics import STREAM_TOPICS
from stream.intake import progress
from stream.intake.admit import admit
from stream.intake.letters import letter
from stream.intake.outcomes import Unresolved
from stream.intake.waiting import Held, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from faust.types import TP

    from schemas.dead_letter import DeadLetter
    from stream.intake.links import Links
    from stream.intake.outcomes import Outcome
    from stream.journal.chunk import Chunk
    from stream.journal.delivered import Handover


class Room:
    """One partition's waiting events, and the chunks that they keep open.

    Args:
        partition: Of `unresolved`.
        last: The offset before the first record that the room is told of.
    """

    def __init__(self, partition: int, last: int) -> None:
        self.last = last
        self._partition = partition
        self._waiting = Waiting()
        self._handovers: dict[int, Handover] = {}
        self._feeds: dict[int, tuple[str, int]] = {}
        self._read = 0

    def hold(self, held: Held, outcome: Unresolved, handover: Handover) -> bool:
        """Let an event wait; `False` if there is no room."""
        if not self._waiting.hold(held):
            return False
        handover.hold()
        self._handovers[held.offset] = handover
        if (stream := STREAM_TOPICS.get(held.origin.topic)) is not None:
            self._feeds[held.offset] = (feed_name(outcome.source, stream), outcome.at_ms)
        return True

    def report(
        self, read: int | None = None, *, gone: Collection[Held] = ()
    ) -> Callable[[], progress.Held]:
        """Return what makes the report of what waits, for the time when Kafka has the rest.

        Args:
            read: The next offset to look at, if a chunk has been.
            gone: What has been handed on by then.
        """

        def made() -> progress.Held:
            self._read = max(self._read, read or 0)
            for held in gone:
                self._feeds.pop(held.offset, None)
            earliest_ms: dict[str, int] = {}
            for feed, at_ms in self._feeds.values():
                earliest_ms[feed] = min(at_ms, earliest_ms.get(feed, at_ms))
            return progress.Held(
                partition=self._partition, read=self._read, earliest_ms=earliest_ms
            )

        return made

    def released(self, tokens: tuple[str, ...], links: Links) -> Iterator[tuple[Held, Outcome]]:
        """Yield what waited for the tokens and need wait no longer, with what becomes of it."""
        for held in self._waiting.of(tokens):
            outcome = admit_held(held, links)
            if not isinstance(outcome, Unresolved):
                yield held, outcome

    def overdue(self, links: Links, wall_now_ms: int) -> Iterator[tuple[Held, Outcome]]:
        """Yield what has waited too long, as dead letters."""
        for held in self._waiting.overdue(wall_now_ms):
            outcome = admit_held(held, links)
            if isinstance(outcome, Unresolved):
                text = f"expected `{outcome.token}` to be linked within 24 h of its arrival"
                yield held, unknown_party(held, outcome, text, wall_now_ms)
            else:
                yield held, outcome

    def leave(self, held: Held) -> Handover:
        """Let an event go; return what to close when it has been handed on."""
        self._waiting.leave(held)
        return self._handovers.pop(held.offset)


class Rooms(dict["TP", Room]):
    """The rooms by partition."""

    def room(self, tp: TP, chunk: Chunk) -> Room:
        """Return the room that `chunk` is for: a new one unless it goes on where that one is."""
        room = self.get(tp)
        if room is None or room.last != chunk.after:
            room = self[tp] = Room(tp.partition, chunk.after)
        room.last = chunk.last
        return room


def admit_held(held: Held, links: Links) -> Outcome:
    """Say what becomes of a held event now, as if it had just arrived when it did."""
    return admit(
        held.raw,
        topic=held.origin.topic,
        origin=held.origin,
        links=links,
        wall_now_ms=held.arrived_ms,
    )


def unknown_party(held: Held, outcome: Unresolved, text: str, wall_now_ms: int) -> DeadLetter:
    """Return the dead letter of an event that nobody was ever linked to."""
    error = DecodeError(DeadLetterReason.UNKNOWN_PARTY, outcome.field_path, text)
    return letter(error, held.raw, held.origin, wall_now_ms, event_id=outcome.event_id)
