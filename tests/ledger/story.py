"""Plays the lines of a vector into a ledger, by the way of real records, and checks what it says.

envelope -> intake -> journal record -> ledger -> view
"""

import itertools
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from schemas import journal
from schemas.dead_letter import Origin
from schemas.envelope import decode
from schemas.instants import wire as on_the_wire
from schemas.loan_release import InDoubt, Release
from stream.decide.tiers.facts import Facts, Occasion
from stream.decide.tiers.owed import DEFAULT_ENTITY, facts_of
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.scene import Scene
from stream.decide.tiers.state import Rung, TierState
from stream.decide.tiers.wait import wait_of
from stream.intake.admit import admit
from stream.intake.links import Links
from stream.intake.outcomes import Admitted
from stream.ledger import Ledger, Passed, Times
from tests.ledger import wire
from tests.ledger.reading import expectations

MONEY = {
    "owed", "paid", "overdue", "advance", "suspense", "ahead", "applied", "incoming", "held",
    "recovered", "compensated", "due_soon",
}  # fmt: skip
SOURCES = ("lms", "bank")
PAYMENTS_ALONE = msgspec.structs.replace(
    DEFAULT, fall=msgspec.structs.replace(DEFAULT.fall, clear_days=(1, 1, 1))
)
MINUTE_MS = 60_000


class LoanOfStory(NamedTuple):
    id: str
    zone: ZoneInfo
    currency: str
    disbursed: str


class Player:
    """Plays one case."""

    def __init__(self):
        self.ledger = Ledger()
        self.now_ms = 0
        self.links = Links()
        self.loans = {}
        self.passed = None
        self.numbers = itertools.count(1)

    def play(self, line):
        """Let one line happen, or check what it says."""
        verb = line.words[0]
        (self._event if verb in wire.EVENTS else getattr(self, f"_{verb}"))(line)

    # --- what happens

    def _loan(self, line):
        o = line.options
        loan = LoanOfStory(
            o.get("id", "ln_1"),
            ZoneInfo(o.get("zone", "Asia/Shanghai")),
            o.get("currency", "CNY"),
            o.get("disbursed", "2026-01-01"),
        )
        self.loans[loan.id] = loan
        at_ms = wire.at_ms(loan.disbursed, "00:00", loan.zone)
        self._send(line, "loan_contract.v1", at_ms, wire.contract(loan, o))

    def _schedule(self, line):
        loan = self._loan_of(line)
        day, _, clock = line.options.get("at", loan.disbursed).partition("T")
        at_ms = wire.at_ms(day, clock or "00:00", loan.zone)
        self._send(line, "repayment_schedule.v1", at_ms, wire.schedule(loan, line))

    def _position(self, line):
        loan, as_of = self._loan_of(line), line.words[1]
        next_day = date.fromisoformat(as_of) + timedelta(days=1)
        at_ms = wire.at_ms(next_day, "06:00", loan.zone)
        self._send(line, "loan_position.v1", at_ms, wire.position(loan, as_of, line.options))

    def _closed(self, line):
        source, day = line.words[1:]
        through = date.fromisoformat(day).toordinal()
        self.passed = {**(self.passed or {}), source: Passed(through=through)}

    def _release(self, line):
        release = Release(loan_id=line.words[1], in_doubt=InDoubt(line.words[2]))
        self.ledger.release(release, self._times())

    def _event(self, line):
        loan, number, o = self._loan_of(line), next(self.numbers), line.options
        day, clock = line.words[1:3]
        data = wire.event(loan, line, number)
        if clock.endswith("?"):  # without a zone
            self._send(line, "repayment.v1", self.now_ms, data, time=f"{day}T{clock[:-1]}:00")
            return
        zone = ZoneInfo(o["zone"]) if "zone" in o else loan.zone
        at_ms = wire.at_ms(day, clock, zone)
        arrived = o["arrives"].split("T") if "arrives" in o else None
        self._send(
            line,
            "repayment.v1",
            at_ms,
            data,
            record_id=o.get("id", f"e{number}"),
            source=o.get("source", "lms"),
            arrived_ms=wire.at_ms(*arrived, loan.zone) if arrived else None,
        )

    def _loan_of(self, line):
        return self.loans[line.options.get("loan", "ln_1").replace("-", "ln_1")]

    def _send(self, line, kind, at_ms, data, **options):
        record_id = options.get("record_id") or f"c{next(self.numbers)}"
        raw = msgspec.json.encode(
            {
                "type": kind,
                "source": options.get("source", "lms"),
                "id": record_id,
                "time": options.get("time") or on_the_wire(at_ms),
                "data": data,
            }
        )
        arrived_ms = options.get("arrived_ms") or at_ms + MINUTE_MS
        topic = "repayments" if kind == "repayment.v1" else "references"
        if kind == "loan_contract.v1":
            self.links.apply(decode(raw).data)
        origin = Origin(topic=topic, partition=0, offset=0)
        outcome = admit(raw, topic=topic, origin=origin, links=self.links, wall_now_ms=arrived_ms)
        if isinstance(outcome, Admitted):
            for admitted in outcome.records:
                self._apply(line, admitted[1])
        else:
            assert f"refused {outcome.reason.name}" == line.expected, line.place

    def _apply(self, line, value):
        record = journal.decode(value)
        self.now_ms = max(self.now_ms, record.wall_arrival_at_ms)
        change = self.ledger.apply(record, self._times())
        came = " ".join([str(change.outcome), *(str(each.kind) for each in change.conflicts)])
        assert came == (line.expected or "applied"), line.place

    # --- what it is like then

    def _on(self, line):
        day, loan_id, wanted = expectations(line)
        view = self._view(loan_id, day)
        told = {name: self._told(view, name) for name in wanted}
        if "NO_POSITION" not in wanted["quarantine"]:
            causes = [cause for cause in view.quarantine if cause != "NO_POSITION"]
            told["quarantine"] = "+".join(causes)
        assert told == wanted, f"{line.place}: {line.text}"

    def _allow(self, line):
        """Ask the tier's own wait, its clear days aside: those are not the payments' to say."""
        day, told = line.words[1:]
        self._view("ln_1", day)
        since_ms = wire.at_ms(line.options["since"], "00:00", self.loans["ln_1"].zone)
        rung = Rung(since_ms=since_ms, hard=True, clear_ms=since_ms)
        facts = facts_of(self.ledger, self._times()).get(DEFAULT_ENTITY, Facts())
        scene = Scene(
            TierState(),
            facts,
            Occasion(),
            covered=True,
            blinds=(),
            now_ms=self.now_ms,
            policy=PAYMENTS_ALONE,
        )
        allowed = wait_of((rung,) * int(line.options["tier"]), since_ms, scene).over
        assert told == ("yes" if allowed else "no"), f"{line.place}: {line.text}"

    def _view(self, loan_id, day):
        self.now_ms = wire.at_ms(day, "23:59", self.loans[loan_id].zone)
        times = self._times()
        self.ledger.roll(times)
        return self.ledger.view(loan_id, times)

    def _times(self):
        everybody = {source: Passed(at_ms=self.now_ms) for source in SOURCES}
        return Times(self.now_ms, everybody if self.passed is None else self.passed)

    def _told(self, view, name):
        value = getattr(view, name)
        if name in MONEY:
            return wire.major(value, self.loans[view.loan_id].currency)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return "+".join(map(str, value))
        return "-" if value is None else str(value)
