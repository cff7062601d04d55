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
from hashlib import sha256
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from detectors import AMOUNT, DETECTORS, PriorError, Score, Suite
from detectors.ews import NAME as EWS
from rules import Program, RuleSetError
from rules import load as load_rules
from schemas.alert import Phase
from schemas.control import (
    CalendarBody,
    Clock,
    ConductBody,
    ControlBody,
    ControlPayload,
    DetectorBody,
    FeedKind,
    FeedSpec,
    GoLiveBody,
    HoldOutBody,
    KillSwitchBody,
    ListBody,
    ParametersBody,
    RegionDays,
    RuleSetBody,
    SourcesBody,
)
from schemas.decision import ControlNote
from schemas.endorsed import endorsed
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, to_ms, wire
from schemas.journal import Control, Tick
from schemas.signing import SignatureRefusedError, Trust
from schemas.trigger_progress import PROGRESS_EVERY_MS
from stream.decide.borrower import Borrower
from stream.decide.calendar import Calendar
from stream.decide.collection.profiles import Conduct
from stream.decide.ews.state import EwsState
from stream.decide.feeds.dates import Dates
from stream.decide.feeds.declared import Declared
from stream.decide.feeds.lateness import Lateness
from stream.decide.feeds.state import FeedsState, forget_when, learn, note_when
from stream.decide.feeds.watermarks import Watermarks
from stream.decide.fitness.state import Fitness
from stream.decide.heard import Heard, check
from stream.decide.models.state import Models
from stream.decide.segments.state import Segments
from stream.ledger import Passed

SPOKEN: Final = frozenset({AMOUNT.name})
"""What every warning tells of. Of the other detectors in force those are told that a rule asks."""

UNDO_MS = 7 * DAY_MS
"""How long the windows of a dropped rule are kept (rule-language.md 4.8)."""


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
    kill_switch: bool = False
    resumed_ms: int = 0
    conduct: ConductBody | None = None
    hold_out_permille: int = 0
    detectors: dict[str, DetectorBody] = msgspec.field(default_factory=dict)


class Proposals(msgspec.Struct, kw_only=True, array_like=True):
    """How many collection triggers this partition has proposed, in the latest hour and day."""

    hour: int = 0
    in_hour: int = 0
    day: int = 0
    in_day: int = 0


class Position(msgspec.Struct, kw_only=True):
    """The stored part that every tick changes: the time, the feeds, the last control record.

    `tied_out` is the last day whose tie-out was told, `closed` the last that this partition has
    closed, and `days` counts these; `out` are the feeds that were silent or broken at the last
    tick, `told_ms` is the last tick that dispatch was told of.
    """

    now_ms: int = 0
    control_seq: int = -1
    feeds: FeedsState = msgspec.field(default_factory=FeedsState)
    tied_out: date | None = None
    proposals: Proposals = msgspec.field(default_factory=Proposals)
    out: list[str] = msgspec.field(default_factory=list)
    closed: date | None = None
    days: int = 0
    told_ms: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """A control record that was applied; `digest` is SHA-256 of the text that was signed."""

    payload: ControlPayload
    digest: str

    @property
    def body(self) -> ControlBody:
        """What it says."""
        return self.payload.body

    @property
    def note(self) -> ControlNote:
        """Who wanted it and who agreed, for the record."""
        payload = self.payload
        return ControlNote(
            record_id=payload.record_id,
            subject=payload.subject,
            author=payload.author,
            approver=payload.approver,
            issued_at=wire(to_ms(payload.issued_at)),
            digest=self.digest,
            supersedes=payload.supersedes,
        )


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
        self.has_counted = False
        self.dates = Dates(partition)
        self.lateness = Lateness()
        self.segments = Segments(partition, partitions)
        self.models = Models()
        self.ews = EwsState()
        self.fitness = Fitness(DETECTORS)
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
        suite = Suite(DETECTORS.values())
        for detector, segments in governance.parameters.items():
            suite = suite.with_parameters(detector, segments)
        self.suite = suite
        self.listen()
        self.declared = Declared(governance.feeds)
        self.calendar = Calendar(governance.calendar)
        self.conduct = Conduct(governance.conduct)
        self._derive_lists()

    def listen(self) -> None:
        """Hear whom signed records and the checks of the models let be heard."""
        bodies, demoted = self.governance.detectors, self.fitness.demoted
        self.heard = Heard(self.suite.detectors, bodies, demoted)
        self.ews.govern(None if EWS in demoted else bodies.get(EWS))

    def told(self, scores: Mapping[str, Score], segment: str) -> Mapping[str, Score]:
        """Return of these scores those that rules and warnings of a borrower may tell of."""
        asked = SPOKEN | self.program.detectors if self.program else SPOKEN
        return self.heard.told(scores, asked, segment)

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

    def notice_outages(self) -> bool:
        """Whether the feeds that are silent or broken are others than at the last tick."""
        marks = self.watermarks
        out = sorted(feed for feed in self.declared.watched if marks.is_out(feed))
        if out == self.position.out:
            return False
        self.position.out = out
        return True

    def count_proposal(self, now_ms: int) -> None:
        """Count one more collection trigger that was proposed; the partition's limit asks."""
        made, hour, day = self.position.proposals, now_ms // HOUR_MS, now_ms // DAY_MS
        made.in_hour = made.in_hour + 1 if hour == made.hour else 1
        made.in_day = made.in_day + 1 if day == made.day else 1
        made.hour, made.day, self.has_counted = hour, day, True

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

    def is_told_of(self, tick: Tick) -> bool:
        """Return whether dispatch is to hear of this tick, and note that it does.

        Only of a live journal that goes by the wall's clock: nobody is contacted in a play.
        """
        if self.phase is not Phase.LIVE or self.governance.clock is not Clock.WALL:
            return False
        if tick.wall_at_ms < self.position.told_ms + PROGRESS_EVERY_MS:
            return False
        self.position.told_ms = tick.wall_at_ms
        return True

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
        text = control.signed.payload if control.signed else ""
        return Applied(payload, sha256(text.encode()).hexdigest())

    def _verified(self, control: Control) -> ControlPayload:
        if control.signed is None:
            raise RefusedError(control.void_reason or "expected a signed record")
        try:
            payload = endorsed(control.signed, self._trust)
        except (SignatureRefusedError, msgspec.DecodeError) as error:
            raise RefusedError(str(error)) from error
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
            case DetectorBody(detector=detector):
                check(self.suite.detectors, body)
                governance.detectors[detector] = body
                self.listen()
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
            case KillSwitchBody() | ConductBody() | HoldOutBody():
                self._govern_contacts(body)
            case GoLiveBody(clock=clock):
                self._go_live(clock)

    def _go_live(self, clock: Clock) -> None:
        governance = self.governance
        if governance.phase is Phase.LIVE:
            raise RefusedError("expected one `go_live`, the journal is live already")
        if clock is not governance.clock:
            forget_when(self.position.feeds)
            self._feeds_moved()
        governance.phase, governance.clock = Phase.LIVE, clock

    def _govern_contacts(self, body: KillSwitchBody | ConductBody | HoldOutBody) -> None:
        governance = self.governance
        match body:
            case KillSwitchBody(on=on):
                if governance.kill_switch and not on:
                    governance.resumed_ms = self.position.now_ms
                governance.kill_switch = on
            case ConductBody():
                self.conduct = Conduct(body)
                governance.conduct = body
            case HoldOutBody(permille=permille):
                governance.hold_out_permille = permille

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
    refuse_seen(record_id, seen)
    if supersedes != in_force:
        raise RefusedError(f"expected to supersede `{in_force}`, got `{supersedes}`")


def refuse_seen(record_id: str, seen: list[str]) -> None:
    """Pass if the record is new.

    Raises:
        RefusedError: If its id was seen.
    """
    if record_id in seen:
        raise RefusedError(f"record `{record_id}` was sent before")
