"""What governs every borrower alike: rule set, parameters, lists, calendar, phase and time.

Changed by ticks and by signed control records alone. A control record counts only if two
different trusted people signed it as author and approver, its id is new, and it names the
record in force that it supersedes: so a forged one, or an old one sent again, changes nothing
and is reported (architecture.md 2).

Invariant: what is stored is what decides; program and priors are made of the stored texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from detectors import AMOUNT, PriorError, Suite
from rules import Program, RuleSetError
from rules import load as load_rules
from schemas.alert import Phase
from schemas.control import (
    CalendarBody,
    Clock,
    ControlBody,
    ControlPayload,
    FeedKind,
    FeedSpec,
    GoLiveBody,
    ListBody,
    ParametersBody,
    RegionDays,
    RuleSetBody,
    SourcesBody,
    subject_of,
)
from schemas.instants import DAY_MS, MINUTE_MS
from schemas.journal import Control, Tick
from schemas.signing import Right, SignatureRefusedError, Trust, signers
from stream.decide.borrower import Borrower
from stream.decide.calendar import Calendar
from stream.decide.feeds.dates import Dates
from stream.decide.feeds.declared import Declared
from stream.decide.feeds.lateness import Lateness
from stream.decide.feeds.state import FeedsState, forget_when, learn, note_when
from stream.decide.feeds.watermarks import Watermarks
from stream.decide.segments.state import Segments
from stream.ledger import Passed

DETECTORS = (AMOUNT,)

UNDO_MS = 7 * DAY_MS
"""How long the windows of a dropped rule are kept (rule-language.md 4.8)."""

_payload_decoder = msgspec.json.Decoder(ControlPayload)


class RefusedError(ValueError):
    """A control record that does not count, with the reason."""


class Governance(msgspec.Struct, kw_only=True):
    """The stored part: what control records have said so far."""

    phase: Phase = Phase.BOOTSTRAP
    clock: Clock = Clock.INPUT
    in_force: dict[str, str] = msgspec.field(default_factory=dict)
    seen: list[str] = msgspec.field(default_factory=list)
    files: dict[str, str] = msgspec.field(default_factory=dict)
    files_since_ms: int = 0
    parameters: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    lists: dict[str, list[str]] = msgspec.field(default_factory=dict)
    feeds: list[FeedSpec] = msgspec.field(default_factory=list)
    calendar: dict[str, RegionDays] = msgspec.field(default_factory=dict)


class Position(msgspec.Struct, kw_only=True):
    """The stored part that every tick changes: the time, the feeds, the last control record.

    `tied_out` is the last day whose tie-out was told.
    """

    now_ms: int = 0
    control_seq: int = -1
    feeds: FeedsState = msgspec.field(default_factory=FeedsState)
    tied_out: date | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A control record that was applied."""

    record_id: str
    body: ControlBody


class Ticked(NamedTuple):
    """What a tick has done.

    Attributes:
        is_later: Whether the time moved on; not if it is older or says nothing of this clock.
        is_round: Whether crossing is to hear what is here now: once a minute, and at each closed
            date. It follows from ticks alone, so all partitions have the same rounds.
    """

    is_later: bool
    is_round: bool


class Broadcast:
    """Governance and time of one partition, with what is derived from them.

    Args:
        trust: The keys whose signatures count.
        partition: Of the journal.
        partitions: How many it has.
    """

    def __init__(self, trust: Trust, partition: int = 0, partitions: int = 1) -> None:
        self._trust = trust
        self.position = Position()
        self.dates = Dates(partition)
        self.lateness = Lateness()
        self.segments = Segments(partition, partitions)
        self._passed: dict[str, Passed] | None = None
        self._is_any_out: bool | None = None
        self.govern(Governance())

    def govern(self, governance: Governance) -> None:
        """Take over a stored governance and derive program, suite and lists from it.

        Raises:
            RuleSetError: If a stored rule set does not load in this engine.
        """
        self.governance = governance
        self.program: Program | None = load_rules(governance.files) if governance.files else None
        suite = Suite(DETECTORS)
        for detector, segments in governance.parameters.items():
            suite = suite.with_parameters(detector, segments)
        self.suite = suite
        self.declared = Declared(governance.feeds)
        self.calendar = Calendar(governance.calendar)
        self._derive_lists()

    def _derive_lists(self) -> None:
        self.lists = {name: frozenset(of) for name, of in self.governance.lists.items()}

    @property
    def phase(self) -> Phase:
        """Bootstrap or live."""
        return self.governance.phase

    @property
    def ruleset(self) -> tuple[str, int]:
        """Name and version of the rule set in force, empty and 0 before the first."""
        return (self.program.name, self.program.version) if self.program else ("", 0)

    @property
    def zone(self) -> ZoneInfo:
        """In which days are counted that concern all borrowers: the rule set's."""
        return ZoneInfo(self.program.timezone if self.program else "UTC")

    @property
    def watermarks(self) -> Watermarks:
        """How far the feeds have come, here and now."""
        return Watermarks(self.declared, self.position.feeds, self.position.now_ms)

    @property
    def repayments_passed(self) -> Mapping[str, Passed]:
        """How far each source of repayments has come, as the ledger asks."""
        if self._passed is None:
            self._passed = {
                source: Passed(at_ms, through.toordinal() if through else None)
                for source, (at_ms, through) in self.watermarks.passed("repayment").items()
            }
        return self._passed

    def is_blind(self, borrower: Borrower, streams: Sequence[str] | None = None) -> bool:
        """Whether some feed of a borrower is silent, or its totals are broken.

        Args:
            borrower: Who.
            streams: Only these; all by default.
        """
        if self._is_any_out is None:
            marks = self.watermarks
            self._is_any_out = any(marks.is_out(feed) for feed in self.declared.watched)
        return self._is_any_out and self.watermarks.is_blind(borrower, streams)

    def _feeds_moved(self) -> None:
        """Forget what was worked out of the feeds."""
        self._passed = self._is_any_out = None

    def has_rule(self, name: str) -> bool:
        """Whether the rule set in force has a rule of this name."""
        return self.program is not None and self.program.has_rule(name)

    def unused_features(self, windows: Mapping[str, Any], now_ms: int) -> list[str]:
        """Return the features that no rule has used for `UNDO_MS`, to be forgotten.

        A rule set that is put back within that time finds its windows as they were.
        """
        program = self.program
        if program is None or len(windows) <= len(program.features):
            return []
        if now_ms < self.governance.files_since_ms + UNDO_MS:
            return []
        return sorted(windows.keys() - {store.fingerprint for store in program.features})

    def arrival_ms(self, record: Any) -> int:
        """When the record of a borrower counts as arrived, by the clock in force.

        On the wall clock that is when ingest took it; on the input clock when its source knew
        it, else when it happened.
        """
        if self.governance.clock is Clock.WALL:
            return int(record.wall_arrival_at_ms)
        observed_at_ms = getattr(record, "observed_at_ms", None)
        if observed_at_ms is not None:
            return int(observed_at_ms)
        return int(getattr(record, "event_at_ms", self.position.now_ms))

    def tick(self, tick: Tick) -> Ticked:
        """Move the time on, and learn how far the feeds have come."""
        before_ms, moved = self.position.now_ms, learn(self.position.feeds, tick)
        at_ms = tick.wall_at_ms if self.governance.clock is Clock.WALL else tick.input_at_ms
        is_later = at_ms is not None and at_ms > before_ms
        now_ms = self.position.now_ms = max(before_ms, at_ms or 0)
        self._feeds_moved()
        if now_ms:
            may_lead = self.governance.clock is not Clock.WALL
            note_when(self.position.feeds, moved, self.declared, now_ms, may_lead=may_lead)
        is_new_minute = now_ms // MINUTE_MS > before_ms // MINUTE_MS
        return Ticked(is_later, is_later and (is_new_minute or bool(moved.closed)))

    def apply(self, control: Control) -> Applied:
        """Apply a control record.

        Raises:
            RefusedError: If it does not count; nothing has changed then.
        """
        payload = self._verified(control)
        try:
            self._apply_body(payload.body)
        except (RuleSetError, PriorError, ValueError) as error:
            raise RefusedError(str(error)) from error
        self.governance.in_force[payload.subject] = payload.record_id
        self.governance.seen.append(payload.record_id)
        return Applied(payload.record_id, payload.body)

    def _verified(self, control: Control) -> ControlPayload:
        if control.signed is None:
            raise RefusedError(control.void_reason or "expected a signed record")
        try:
            who = signers(control.signed, trust=self._trust, right=Right.CONTROL)
            payload = _payload_decoder.decode(control.signed.payload)
        except (SignatureRefusedError, msgspec.DecodeError) as error:
            raise RefusedError(str(error)) from error
        if payload.author == payload.approver or not {payload.author, payload.approver} <= who:
            raise RefusedError("expected the signatures of an author and of another approver")
        if payload.subject != subject_of(payload.body):
            raise RefusedError(
                f"expected the subject `{subject_of(payload.body)}`, got `{payload.subject}`"
            )
        refuse_repetition(
            payload.record_id,
            payload.supersedes,
            seen=self.governance.seen,
            in_force=self.governance.in_force.get(payload.subject),
        )
        return payload

    def _apply_body(self, body: ControlBody) -> None:
        governance = self.governance
        match body:
            case RuleSetBody(files=files):
                self.program = load_rules(files)
                governance.files, governance.files_since_ms = files, self.position.now_ms
            case ParametersBody(detector=detector, segments=segments):
                self.suite = self.suite.with_parameters(detector, segments)
                governance.parameters[detector] = segments
            case ListBody(name=name, members=members):
                governance.lists[name] = list(members)
                self._derive_lists()
            case SourcesBody(feeds=feeds):
                self.declared = Declared(feeds)
                self._feeds_moved()
                governance.feeds = list(feeds)
                for name in self.declared.watched:
                    self.settle(name)
            case CalendarBody(regions=regions):
                self.calendar = Calendar(regions)
                governance.calendar = regions
            case GoLiveBody(clock=clock):
                if governance.phase is Phase.LIVE:
                    raise RefusedError("expected one `go_live`, the journal is live already")
                if clock is not governance.clock:
                    forget_when(self.position.feeds)
                    self._feeds_moved()
                governance.phase, governance.clock = Phase.LIVE, clock

    def settle(self, name: str) -> None:
        """Let the last verified date of a feed follow its verdicts."""
        self._feeds_moved()
        if self.declared[name].kind is FeedKind.FILE:
            self.dates.settle(name, self.position.feeds, self.declared[name])


def refuse_repetition(
    record_id: str, supersedes: str | None, *, seen: list[str], in_force: str | None
) -> None:
    """Pass if the record is new and knows what it replaces.

    Raises:
        RefusedError: If its id was seen, or it does not supersede the record in force.
    """
    if record_id in seen:
        raise RefusedError(f"record `{record_id}` was sent before")
    if supersedes != in_force:
        raise RefusedError(f"expected to supersede `{in_force}`, got `{supersedes}`")
