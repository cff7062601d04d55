"""What governs every borrower alike: rule set, parameters, lists, calendar, phase and time.

Changed by ticks and by signed control records alone (`controls.py`).

Invariant: what is stored is what decides; program and priors are made of the stored texts.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from detectors import AMOUNT, DETECTORS, Score, Suite
from detectors.ews import NAME as EWS
from rules import Program
from rules import load as load_rules
from schemas.alert import Phase
from schemas.control import Clock, FeedKind
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.journal import Tick
from schemas.trigger_progress import PROGRESS_EVERY_MS
from stream.decide.borrower import Borrower
from stream.decide.calendar import Calendar
from stream.decide.collection.profiles import Conduct
from stream.decide.ews.state import EwsState
from stream.decide.feeds.dates import PREFIX as DAY_PREFIX
from stream.decide.feeds.dates import Dates
from stream.decide.feeds.declared import Declared
from stream.decide.feeds.lateness import PREFIX as LATE_PREFIX
from stream.decide.feeds.lateness import Lateness
from stream.decide.feeds.state import learn, note_when
from stream.decide.feeds.watermarks import Watermarks
from stream.decide.fitness.state import PREFIX as FITNESS_PREFIX
from stream.decide.fitness.state import Fitness
from stream.decide.governance import Governance, Position
from stream.decide.heard import Heard
from stream.decide.models.state import Models
from stream.decide.payees.state import Payees
from stream.decide.segments.state import Segments
from stream.ledger import Passed

SPOKEN: Final = frozenset({AMOUNT.name})
"""What every warning tells of. Of the other detectors in force those are told that a rule asks."""

GOVERNANCE_KEY: Final = b"#governance"
POSITION_KEY: Final = b"#position"

UNDO_MS = 7 * DAY_MS
"""How long the windows of a dropped rule are kept (rule-language.md 4.8)."""


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

    `changed` says which of the two are to be written: whoever changes one marks it. The other parts
    know themselves.

    Args:
        partition: Of the journal.
        partitions: How many it has.
    """

    def __init__(self, partition: int = 0, partitions: int = 1) -> None:
        self.position = Position()
        self.changed: set[bytes] = set()
        self.dates = Dates(partition)
        self.lateness = Lateness()
        self.segments = Segments(partition, partitions)
        self.models = Models()
        self.ews = EwsState()
        self.payees = Payees(partition)
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
        self.derive_lists()

    def listen(self) -> None:
        """Hear whom signed records and the checks of the models let be heard."""
        bodies, demoted = self.governance.detectors, self.fitness.demoted
        self.heard = Heard(self.suite.detectors, bodies, demoted)
        self.ews.govern(None if EWS in demoted else bodies.get(EWS))

    def told(self, scores: Mapping[str, Score], segment: str) -> Mapping[str, Score]:
        """Return of these scores those that rules and warnings of a borrower may tell of."""
        asked = SPOKEN | self.program.detectors if self.program else SPOKEN
        return self.heard.told(scores, asked, segment)

    def derive_lists(self) -> None:
        """Make the sets of the lists that govern."""
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
        made.hour, made.day = hour, day
        self.changed.add(POSITION_KEY)

    def feeds_moved(self) -> None:
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
        self.changed.add(POSITION_KEY)
        before_ms, moved = self.position.now_ms, learn(self.position.feeds, tick)
        at_ms = tick.wall_at_ms if self.governance.clock is Clock.WALL else tick.input_at_ms
        is_later = at_ms is not None and at_ms > before_ms
        now_ms = self.position.now_ms = max(before_ms, at_ms or 0)
        self.feeds_moved()
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

    def settle(self, name: str) -> None:
        """Let the last verified date of a feed follow its verdicts."""
        self.feeds_moved()
        if self.declared[name].kind is FeedKind.FILE:
            self.dates.settle(name, self.position.feeds, self.declared[name])

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take one record of the stored state; return whether it is of what concerns all.

        Raises:
            msgspec.DecodeError: If a record is not what `store` wrote.
        """
        if key == GOVERNANCE_KEY and value is not None:
            self.govern(msgspec.msgpack.decode(value, type=Governance))
        elif key == POSITION_KEY and value is not None:
            self.position = msgspec.msgpack.decode(value, type=Position)
        elif key.startswith(DAY_PREFIX):
            self.dates.restore(key, value)
        elif key.startswith(LATE_PREFIX):
            self.lateness.restore(key, value)
        elif key.startswith(FITNESS_PREFIX):
            self.fitness.restore(key, value)
            self.listen()
        else:
            parts = (self.segments, self.models, self.ews, self.payees)
            return any(part.restore(key, value) for part in parts)
        return True

    def store(self) -> list[tuple[bytes, bytes | None]]:
        """Return the records that changed since the last call."""
        records = [*self.dates.store(), *self.segments.store(), *self.lateness.store()]
        records += [*self.models.store(), *self.ews.store(), *self.fitness.store()]
        records += self.payees.store()
        own = {GOVERNANCE_KEY: self.governance, POSITION_KEY: self.position}
        records += [(key, msgspec.msgpack.encode(own[key])) for key in sorted(self.changed)]
        self.changed.clear()
        return records
