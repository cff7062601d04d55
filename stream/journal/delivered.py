"""At least once: the group's offset follows what has been handed on and acknowledged.

For the roles that keep nothing of their own (ingest, ticker): the offset of a partition is
committed up to the first chunk of which something is still on its way, whatever the order in
which acknowledgements come. A role uses it so:

    custody = DeliveredCustody(settle=flush)

    async def handle(tp: TP, chunk: Chunk) -> None:
        with custody.receive(tp, chunk) as handover:
            for record in chunk:
                for message in made_of(record):
                    handover.hold()
                    producer.produce(..., on_delivery=lambda error, _: error or handover.done())

The `with` block holds the chunk itself: leaving it cleanly is one `done`. A chunk whose handler
raised, or of which a message was never acknowledged, stays open: nothing behind it is committed,
and the next owner reads it again. So a delivery error must end the process sooner or later.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Self

from stream.journal.custody import kept
from stream.journal.errors import HoleError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Set
    from types import TracebackType

    from faust.types import TP

    from stream.journal.chunk import Chunk


class Handover:
    """One chunk on its way; open until it is as often done as held. Any thread may call it."""

    __slots__ = ("_lock", "_open", "last")

    def __init__(self, last: int) -> None:
        self.last = last
        self._open = 0
        self._lock = threading.Lock()

    def hold(self) -> None:
        """Wait for one acknowledgement more."""
        with self._lock:
            self._open += 1

    def done(self) -> None:
        """Note one acknowledgement."""
        with self._lock:
            self._open -= 1

    @property
    def is_done(self) -> bool:
        """Whether nothing is waited for."""
        return self._open == 0

    def __enter__(self) -> Self:
        self.hold()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is None:
            self.done()


class _Track:
    """One partition since it was assigned."""

    def __init__(self, chunk: Chunk) -> None:
        self.seen = chunk.after
        self._open: deque[Handover] = deque()
        self._committable: int | None = None

    def receive(self, chunk: Chunk) -> Handover:
        if chunk.after > self.seen:
            raise HoleError(f"expected records after {self.seen}, got those after {chunk.after}")
        self.seen = chunk.last
        handover = Handover(chunk.last)
        self._open.append(handover)
        return handover

    def committable(self) -> int | None:
        while self._open and self._open[0].is_done:
            self._committable = self._open.popleft().last + 1
        return self._committable


class DeliveredCustody:
    """Partitions whose records are handed on, at least once.

    Args:
        settle: Returns when what was handed on has been acknowledged or will not be: a flush
            of the producer, with a deadline well under the group's rebalance timeout of 20 s.
        from_start: Topics (full names) that each new owner reads from the first record on, and
            that are never committed.
        patient: Topics (full names) of which a record may stay open for hours: the watchdog
            looks at what was received of them.
    """

    def __init__(
        self,
        *,
        settle: Callable[[], Awaitable[None]],
        from_start: Collection[str] = (),
        patient: Collection[str] = (),
    ) -> None:
        self._settle = settle
        self._from_start = frozenset(from_start)
        self._patient = frozenset(patient)
        self._generation = 0
        self._assigned: Set[TP] = frozenset()
        self._tracks: dict[TP, _Track] = {}

    def receive(self, tp: TP, chunk: Chunk) -> Handover:
        """Register a chunk, in the order of delivery; see the module for the use.

        Raises:
            HoleError: If records before it have not been delivered.
        """
        track = self._tracks.get(tp)
        if track is None:
            track = self._tracks[tp] = _Track(chunk)
        return track.receive(chunk)

    def assigned(self, tps: Set[TP], generation: int) -> None:
        """Keep what is still ours and was so in the generation before; forget the rest."""
        keep = kept(tps, generation=generation, before=self._generation)
        self._tracks = {tp: track for tp, track in self._tracks.items() if tp in keep}
        self._assigned, self._generation = tps, generation

    async def take_over(self, tps: Set[TP]) -> Mapping[TP, int | None]:
        """Go on behind what was received; else at the start, or at the group's offset."""
        return {tp: self._position(tp) for tp in tps}

    def _position(self, tp: TP) -> int | None:
        if tp in self._tracks:
            return self._tracks[tp].seen
        return -1 if tp.topic in self._from_start else None

    def holds(self, tp: TP) -> bool:
        """Return whether the partition is assigned: there is nothing else to it."""
        return tp in self._assigned

    def stopped(self, tp: TP) -> bool:  # noqa: ARG002 - nothing stops here
        """Return False."""
        return False

    def reached(self, tp: TP) -> int | None:
        """Return how far the partition was received where nothing is committed for long."""
        track = self._tracks.get(tp)
        if track is not None and tp.topic in self._from_start | self._patient:
            return track.seen
        return self.committable(tp)

    def committable(self, tp: TP) -> int | None:
        """Return the offset behind the last chunk up to which everything is acknowledged."""
        track = self._tracks.get(tp)
        return None if track is None or tp.topic in self._from_start else track.committable()

    async def checkpoint_all(self) -> None:
        """Wait for acknowledgements on their way."""
        await self._settle()
