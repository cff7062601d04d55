"""What ingest does with a chunk, whatever topic it is of."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING, Final

import structlog

from schemas.dead_letter import DeadLetter, DeadLetterReason, Origin
from schemas.envelope import DecodeError
from schemas.journal import CONTROL_KEY
from schemas.topics import STREAM_TOPICS
from stream import clock
from stream.intake.admit import admit
from stream.intake.control import control_copy
from stream.intake.letters import letter
from stream.intake.outcomes import Admitted, Closed, Heard, Unresolved
from stream.intake.waiting import Held, read_stamp
from stream.journal.append import Appender
from stream.journal.clients import named
from stream.journal.delivered import DeliveredCustody
from stream.roles.ingest.ends import UnresolvedEnds
from stream.roles.ingest.hand_on import HandOn
from stream.roles.ingest.parties import Parties
from stream.roles.ingest.rooms import Room, Rooms, admit_held, unknown_party

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from faust.types import TP

    from stream.intake.outcomes import Outcome
    from stream.journal.chunk import Chunk, Record
    from stream.journal.delivered import Handover
    from stream.roles.ingest.hand_on import Parcel
    from stream.settings import Settings

log = structlog.get_logger()

UNRESOLVED: Final = "unresolved"
CONTROL: Final = "control"
EXPIRE_EVERY_S: Final = 5.0
CLAIMS_FROM: Final = 0
"""A closed date stands in every partition of its topic; the owner of this one tells the journal."""
HANDED_AT_ONCE: Final = 500
"""Held events, when a party becomes known for which many wait."""


class Intake:
    """The state of one ingest process; all of it on the event loop."""

    def __init__(self, settings: Settings) -> None:
        self.rebalancing: Callable[[], bool] = lambda: False
        self._settings = settings
        self._appender = Appender(settings, "ingest")
        self._hand_on = HandOn(self._appender, UnresolvedEnds(settings).ask)
        self.custody = DeliveredCustody(
            settle=self._hand_on.settle, patient=[named(settings, UNRESOLVED)]
        )
        self._known: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._parties = Parties(settings, done_here=self.custody.committable, hear=self._heard)
        self._rooms = Rooms()

    async def start(self) -> None:
        """Learn who is who, before the first event is read."""
        await self._parties.start()

    async def stop(self, *_args: object, **_kwargs: object) -> None:
        """Stop what runs in a thread of its own."""
        self._parties.stop()

    async def handle(self, tp: TP, chunk: Chunk) -> None:
        """Hand on what becomes of each record."""
        topic = tp.topic.removeprefix(self._settings.topic_prefix)
        with self.custody.receive(tp, chunk) as handover:
            parcel = await self._hand_on.parcel(topic, tp.partition)
            if topic == CONTROL:
                self._copy(chunk, parcel)
            elif topic == UNRESOLVED:
                self._let_wait(chunk, parcel, self._rooms.room(tp, chunk), handover)
            else:
                await self._take(chunk, topic, parcel)
            handover.hold()
            self._hand_on.close(tp, parcel, handover)

    # --- records of sources and of the desk ---------------------------------------------------

    async def _take(self, chunk: Chunk, topic: str, parcel: Parcel) -> None:
        arrived_ms = clock.now_ms()
        caught_up = False
        for record in chunk:
            origin = Origin(topic=topic, partition=record.partition, offset=record.offset)
            outcome = self._admit(record, origin, arrived_ms)
            if not caught_up and _may_be_old_news(outcome):
                await self._parties.catch_up()
                caught_up = True
                outcome = self._admit(record, origin, arrived_ms)
            if self._parties.behind and topic in STREAM_TOPICS:
                await self._after_references([outcome])
            parcel.put(outcome, record.value, origin, arrived_ms)
            if isinstance(outcome, Closed) and record.partition == CLAIMS_FROM:
                parcel.claim(outcome, arrived_ms, self._settings.partitions)

    def _admit(self, record: Record, origin: Origin, arrived_ms: int) -> Outcome:
        return admit(
            record.value,
            topic=origin.topic,
            origin=origin,
            links=self._parties.links,
            wall_now_ms=arrived_ms,
        )

    async def _after_references(self, outcomes: Iterable[Outcome]) -> None:
        """Wait until the journal has the references of whom the outcomes concern."""
        records = (each.records for each in outcomes if isinstance(each, Admitted))
        borrower_ids = {key.decode() for key, _ in chain.from_iterable(records)}
        await self._parties.await_journal(borrower_ids, self.rebalancing)

    # --- control records ----------------------------------------------------------------------

    def _copy(self, chunk: Chunk, parcel: Parcel) -> None:
        prev_seq = chunk.after
        for record in chunk:
            copied = control_copy(record.value, seq=record.offset, prev_seq=prev_seq)
            for partition in range(self._settings.partitions):
                parcel.batch.send("journal", CONTROL_KEY, copied, partition=partition)
            prev_seq = record.offset

    # --- events of unknown parties ------------------------------------------------------------

    def _let_wait(self, chunk: Chunk, parcel: Parcel, room: Room, handover: Handover) -> None:
        for record in chunk:
            stamped = read_stamp(record.headers)
            if stamped is None or record.value is None:
                parcel.put(self._not_ours(record), record.value, self._place(record), 0)
                continue
            origin, arrived_ms = stamped
            token = (record.key or b"").decode(errors="replace")
            held = Held(record.offset, token, record.value, origin, arrived_ms)
            outcome = admit_held(held, self._parties.links)
            if isinstance(outcome, Unresolved):
                held = held._replace(token=outcome.token)
                if room.hold(held, outcome, handover):
                    continue
                text = "expected a known party: too many events wait for one already"
                outcome = unknown_party(held, outcome, text, clock.now_ms())
            parcel.put(outcome, held.raw, origin, arrived_ms)
        parcel.hold(room.report(chunk.last + 1))

    def _not_ours(self, record: Record) -> Outcome:
        error = DecodeError(
            DeadLetterReason.SCHEMA, "$", "expected an event that ingest put here, with its headers"
        )
        return letter(error, record.value, self._place(record), clock.now_ms())

    def _place(self, record: Record) -> Origin:
        return Origin(topic=UNRESOLVED, partition=record.partition, offset=record.offset)

    def _heard(self, tokens: tuple[str, ...]) -> None:
        if self._rooms and tokens:
            self._known.put_nowait(tokens)

    # --- beside the chunks --------------------------------------------------------------------

    async def hear(self) -> None:
        """Hear of acknowledgements, as long as the process runs."""
        await self._appender.serve()

    async def follow(self) -> None:
        """End with the follower of the references, and with its error."""
        await self._parties.serve()

    async def release(self) -> None:
        """Hand on what waited for a party, as soon as it is known."""
        while True:
            tokens = await self._known.get()
            for tp, room in list(self._rooms.items()):
                await self._let_go(tp, room, room.released(tokens, self._parties.links))

    async def expire(self) -> None:
        """Put aside what has waited too long; forget rooms that are not ours any more."""
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            await self._parties.look()
            for tp, room in list(self._rooms.items()):
                if not self.custody.holds(tp):
                    del self._rooms[tp]
                    continue
                overdue = room.overdue(self._parties.links, clock.now_ms())
                await self._let_go(tp, room, overdue)

    async def _let_go(self, tp: TP, room: Room, leaving: Iterable[tuple[Held, Outcome]]) -> None:
        # all leave at once: what waits below must not find them here again
        going = [(held, outcome, room.leave(held)) for held, outcome in list(leaving)]
        for start in range(0, len(going), HANDED_AT_ONCE):
            parcel = await self._hand_on.parcel(UNRESOLVED, tp.partition)
            some = going[start : start + HANDED_AT_ONCE]
            await self._after_references(outcome for _, outcome, _ in some)
            for held, outcome, _ in some:
                parcel.put(outcome, held.raw, held.origin, held.arrived_ms)
            parcel.hold(room.report(gone=[held for held, _, _ in some]))
            self._hand_on.close(tp, parcel, *(handover for _, _, handover in some))


def _may_be_old_news(outcome: Outcome) -> bool:
    """Whether a reference that was sent before the record may change what becomes of it."""
    if isinstance(outcome, DeadLetter):
        return outcome.reason is DeadLetterReason.BORROWER_MISMATCH
    return isinstance(outcome, Unresolved | Heard)
