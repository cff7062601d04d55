"""One journal partition's state: folds any journal record, stores itself in small records.

    Book.fold(key, value) -> messages        total: it never raises on data

Ticks and control records act on all borrowers of the partition, everything else on the one in
its key. A borrower's decisions depend on its own records and on broadcast ones alone, so a
journal can be split over more partitions without changing them. Facts about the whole cluster
(a control record was applied) are told by the one book that `speaks`.

Timers fire when the time passes their deadline, stamped with it, in the order (deadline,
borrower, rule), before the record that brought it about.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from schemas import journal
from schemas.alert import Cause, Phase
from schemas.control import (
    ConductBody,
    ControlBody,
    DetectorBody,
    GoLiveBody,
    HoldOutBody,
    KillSwitchBody,
)
from schemas.dead_letter import DeadLetterReason
from schemas.decision import ControlNote, DecisionKind
from schemas.health import HealthKind
from schemas.signing import Trust
from stream.decide.acting.act import act
from stream.decide.acting.apart import act_apart, is_apart
from stream.decide.borrower import RESTRICTED, Borrower
from stream.decide.broadcast import POSITION_KEY, Broadcast
from stream.decide.cases import follow as cases
from stream.decide.collection.life import consider
from stream.decide.collection.notes import note_contract
from stream.decide.controls import apply
from stream.decide.days import close_day
from stream.decide.ews.stage import on_examples, on_round
from stream.decide.feeds.counting import note_sources
from stream.decide.feeds.stage import claim, compare_lateness, follow, verify
from stream.decide.feeds.waits import Due, due_of
from stream.decide.fitness import stage as fitness
from stream.decide.governance import RefusedError
from stream.decide.models import stage as models
from stream.decide.mornings import tie_out
from stream.decide.outbox import Outbox, Output
from stream.decide.payees import stage as payees
from stream.decide.ruling import excuse
from stream.decide.segments import members
from stream.decide.segments import stage as segments
from stream.decide.shelf import Shelf
from stream.decide.step import (
    assess,
    carry,
    listen,
    look_again,
    refer,
    step,
    wake,
    wake_restricted,
)
from stream.decide.turn import Turn

CONTROL: Final = "control"
OF_CONTACTS: Final = (KillSwitchBody, ConductBody, HoldOutBody)
"""Control records that may end or begin proposals at once."""


class Book:
    """The state of one partition.

    Args:
        trust: The keys whose signatures count.
        speaks: Whether this partition tells what concerns all; exactly one should.
        partition: Its number, by which crossing tells partitions apart.
        partitions: How many the journal has; each segment's own alerts are told by one of them.
    """

    def __init__(
        self, trust: Trust, *, speaks: bool, partition: int = 0, partitions: int = 1
    ) -> None:
        self._trust = trust
        self._speaks = speaks
        self._broadcast = Broadcast(partition, partitions)
        self._shelf = Shelf()

    def fold(self, key: bytes | None, value: bytes) -> list[Output]:
        """Fold one journal record and return what is to be published, in order."""
        outbox = Outbox(self._broadcast.phase)
        try:
            record = journal.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            self._poison(str(error), value, outbox)
            return outbox.outputs
        if key != (expected := journal.key_of(record)):
            self._poison(f"expected the key `{expected.decode()}`", value, outbox)
        else:
            self._take(record, value, outbox)
        return outbox.outputs

    def _take(self, record: journal.JournalRecord, value: bytes, outbox: Outbox) -> None:
        match record:
            case journal.Tick():
                self._tick(record, outbox)
            case journal.Control():
                self._control(record, outbox)
            case journal.DateClosed() | journal.DateVerified() | journal.LatenessSnapshot():
                self._of_feed(record, outbox)
            case journal.SegmentModel():
                self._model(record, value, outbox)
            case journal.EwsExamples():
                on_examples(record, self._broadcast, outbox, speaks=self._speaks)
            case journal.PayeeSnapshot():
                self._look_again(payees.on_answer(record, self._broadcast), outbox)
            case journal.FitnessSnapshot():
                fitness.on_answer(record, self._broadcast, outbox, speaks=self._speaks)
            case (
                journal.SegmentSnapshot()
                | journal.SegmentTiers()
                | journal.CollectionSnapshot()
                | journal.MorningRecord()
            ):
                self._answer(record, outbox)
            case _:
                self._of_borrower(record, outbox)

    def _tick(self, tick: journal.Tick, outbox: Outbox) -> None:
        ticked = self._broadcast.tick(tick)
        follow(self._broadcast, tick, outbox, is_round=ticked.is_round, speaks=self._speaks)
        if not ticked.is_later:
            return
        for due, borrower in self._shelf.due(self._broadcast.watermarks):
            self._fire(borrower, due, outbox)
        if self._broadcast.notice_outages():
            self._ask_again(Cause.SIGNAL, outbox)
        segments.on_tick(self._broadcast, outbox)
        models.on_tick(self._broadcast, outbox)
        fitness.on_tick(self._broadcast, outbox)
        self._look_again(payees.on_tick(self._broadcast, outbox), outbox)
        if ticked.is_round:
            tie_out(self._shelf, self._broadcast, outbox)
            close_day(self._shelf, self._broadcast, outbox)
            on_round(self._shelf, self._broadcast, outbox)
        if self._broadcast.is_told_of(tick):
            outbox.progress(tick.wall_at_ms)

    def _of_feed(
        self,
        record: journal.DateClosed | journal.DateVerified | journal.LatenessSnapshot,
        outbox: Outbox,
    ) -> None:
        self._broadcast.changed.add(POSITION_KEY)
        match record:
            case journal.DateClosed():
                claim(self._broadcast, record, outbox, speaks=self._speaks)
            case journal.DateVerified():
                verify(self._broadcast, record, outbox, speaks=self._speaks)
            case journal.LatenessSnapshot():
                compare_lateness(self._broadcast, record, outbox, speaks=self._speaks)

    def _answer(self, answer: journal.Answered, outbox: Outbox) -> None:
        affected = segments.on_answer(answer, self._broadcast, outbox)
        if affected == segments.NOBODY:
            return
        concerned = (
            borrower_id
            for borrower_id in self._shelf.watched()
            if affected.by_outage
            or self._shelf.take(borrower_id).member.segment == affected.segment
        )
        for borrower, turn in self._visit(concerned, outbox):
            if affected.by_outage:
                excuse(borrower, turn)
            assess(borrower, turn)
            cases.follow(borrower, turn)
            borrower.rearm()

    def _model(self, answer: journal.SegmentModel, value: bytes, outbox: Outbox) -> None:
        try:
            models.on_answer(answer, self._broadcast, outbox)
        except ValueError as error:
            self._poison(str(error), value, outbox)

    def _look_again(self, borrower_ids: Iterable[str], outbox: Outbox) -> None:
        for borrower, turn in self._visit(borrower_ids, outbox):
            look_again(borrower, turn)

    def _visit(
        self, borrower_ids: Iterable[str], outbox: Outbox
    ) -> Iterator[tuple[Borrower, Turn]]:
        """Yield borrowers whom no record of their own is about, each with a turn of now."""
        for borrower_id in borrower_ids:
            borrower = self._shelf.take(borrower_id)
            now_ms = borrower.come_to(self._broadcast.position.now_ms)
            yield borrower, Turn(self._broadcast, now_ms, outbox)
            self._shelf.arm(borrower)

    def _control(self, control: journal.Control, outbox: Outbox) -> None:
        position = self._broadcast.position
        if control.seq <= position.control_seq:
            return
        position.control_seq = control.seq
        self._broadcast.changed.add(POSITION_KEY)
        try:
            applied = apply(self._broadcast, control, self._trust)
        except RefusedError as error:
            self._announce(control, DecisionKind.CONTROL_REFUSED, str(error), outbox)
            return
        outbox.phase = self._broadcast.phase
        note = applied.note
        kind = DecisionKind.CONTROL_APPLIED
        self._announce(control, kind, note.record_id, outbox, note)
        self._follow(applied.body, outbox)

    def _follow(self, body: ControlBody, outbox: Outbox) -> None:
        if isinstance(body, GoLiveBody):
            self._go_live(outbox)
        elif isinstance(body, DetectorBody):
            fitness.on_record(body, self._broadcast, outbox, speaks=self._speaks)
        elif isinstance(body, OF_CONTACTS):
            self._ask_again(Cause.OPERATOR, outbox)

    def _ask_again(self, cause: Cause, outbox: Outbox) -> None:
        """Look at all triggers that go on: what holds for everybody has changed."""
        if self._broadcast.phase is not Phase.LIVE:
            return
        for borrower, turn in self._visit(self._shelf.collecting(), outbox):
            turn.cause = cause
            consider(borrower, turn)
            cases.follow(borrower, turn)

    def _announce(
        self,
        control: journal.Control,
        kind: DecisionKind,
        detail: str,
        outbox: Outbox,
        note: ControlNote | None = None,
    ) -> None:
        if not self._speaks:
            return
        now_ms = self._broadcast.position.now_ms
        outbox.decide(
            subject_kind="CONTROL",
            subject_id=CONTROL,
            ordinal=control.seq,
            kind=kind,
            at_ms=now_ms,
            detail=detail,
            control=note,
        )
        if kind is DecisionKind.CONTROL_REFUSED:
            outbox.health(
                HealthKind.CONTROL_REFUSED,
                subject=CONTROL,
                about=str(control.seq),
                message=detail,
                at_ms=now_ms,
            )

    def _go_live(self, outbox: Outbox) -> None:
        turn = Turn(self._broadcast, self._broadcast.position.now_ms, outbox)
        turn.cause = Cause.GO_LIVE
        for borrower_id in self._shelf.watched():
            borrower = self._shelf.take(borrower_id)
            carry(borrower, turn)
            self._shelf.arm(borrower)
        segments.carry(self._broadcast, outbox)

    def _of_borrower(
        self,
        record: journal.Event
        | journal.ReferenceRecord
        | journal.Action
        | journal.Permit
        | journal.Outcome,
        outbox: Outbox,
    ) -> None:
        borrower = self._shelf.take(record.borrower_id)
        heard_ms = max(self._broadcast.position.now_ms, self._broadcast.arrival_ms(record))
        if isinstance(record, journal.Action) and is_apart(record):
            act_apart(borrower, record, self._trust, Turn(self._broadcast, heard_ms, outbox))
            self._shelf.arm(borrower)
            return
        while due := due_of(borrower, self._broadcast.watermarks, heard_ms):
            self._fire(borrower, due, outbox)
        now_ms = max(heard_ms, borrower.come_to(self._broadcast.position.now_ms))
        turn = Turn(self._broadcast, now_ms, outbox)
        match record:
            case journal.RepaymentEvent() | journal.SettlementEvent() | journal.PosClearingEvent():
                step(borrower, record, Turn(self._broadcast, now_ms, outbox, record, heard_ms))
            case journal.BorrowerProfileRecord():
                self._profile(borrower, record)
            case (
                journal.LoanContractRecord()
                | journal.RepaymentScheduleRecord()
                | journal.LoanPositionRecord()
            ):
                self._loan(borrower, record, turn)
            case journal.Action():
                act(borrower, record, self._trust, turn)
            case journal.ContactStateRecord() | journal.Permit() | journal.Outcome():
                listen(borrower, record, turn)
            case _:
                pass  # links and aliases are ingest's
        self._shelf.arm(borrower)

    def _profile(self, borrower: Borrower, record: journal.BorrowerProfileRecord) -> None:
        references = borrower.references
        if record.effective_at_ms >= references.profile_at_ms:
            references.profile, references.profile_at_ms = record.data, record.effective_at_ms
            borrower.changed.add("references")
            members.on_profile(borrower, self._broadcast)

    def _loan(self, borrower: Borrower, record: journal.ReferenceRecord, turn: Turn) -> None:
        if isinstance(record, journal.LoanContractRecord):
            note_sources(borrower, "repayment", record.data.payment_sources)
            note_contract(borrower, record)
        refer(borrower, record, turn)

    def _poison(self, message: str, value: bytes, outbox: Outbox) -> None:
        outbox.dead_letter(
            DeadLetterReason.POISON,
            message=message,
            field_path="$",
            payload=value,
            at_ms=self._broadcast.position.now_ms,
        )

    def _fire(self, borrower: Borrower, due: Due, outbox: Outbox) -> None:
        borrower.wait({}, of=due.name)
        if due.name == RESTRICTED:
            wake_restricted(borrower, Turn(self._broadcast, due.at_ms, outbox))
        else:
            wake(borrower, due, Turn(self._broadcast, borrower.come_to(due.at_ms), outbox))
        self._shelf.arm(borrower)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one record of the stored state; borrowers stay bytes until they are touched.

        Raises:
            msgspec.DecodeError: If a record is not what `changes` wrote.
        """
        if not self._broadcast.restore(key, value):
            self._shelf.restore(key, value)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Return the records of the state that changed since the last call."""
        return self._shelf.store() + self._broadcast.store()

    @property
    def dirty(self) -> int:
        """How many borrowers changed since `changes` was called."""
        return self._shelf.dirty

    @property
    def control_seq(self) -> int:
        """The number of the last control record folded, -1 before the first."""
        return self._broadcast.position.control_seq

    @property
    def phase(self) -> Phase:
        """Bootstrap or live."""
        return self._broadcast.phase

    @property
    def borrowers(self) -> int:
        """How many borrowers are known."""
        return len(self._shelf)
