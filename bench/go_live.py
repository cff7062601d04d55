"""Going live on a book with a history: `python -m bench.go_live --loans 10000 --days 365`.

A lender's loans with thin trading, two sales a day, paid once a business day, debited by the week
or month, three in a hundred of them overdue since some time or other. All of it is history until
the go-live; then comes one day more. Printed are how warm the baselines are on that day, what the
go-live says of the overdue ones, and whether anything was said of what is long past.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

import rules
from schemas.alert import Alert, Cause, Tier, Transition
from schemas.dead_letter import Origin
from schemas.decision import Decision
from schemas.instants import HOUR_MS
from schemas.tier import TierChange
from stream.decide import Output
from stream.evaluate.fold import Fold
from stream.evaluate.watch import RISING
from stream.sources.records import line
from stream.sources.simulator.book import Book
from stream.sources.simulator.declared import SALES_SILENT_MIN
from stream.sources.simulator.merchants import Size, midnight_ms
from stream.sources.simulator.truth import LoanDay, SalesDay

THIN = Size("thin", 2, 2)
END = date(2026, 9, 1)
"""Live from that morning on; nothing special within weeks of it."""

_alert = msgspec.json.Decoder(Alert).decode
_change = msgspec.json.Decoder(TierChange).decode
_decision = msgspec.json.Decoder(Decision).decode

LIVE_MS = midnight_ms(END) + 8 * HOUR_MS
"""When the day before is closed and the core has said how its loans stand."""

HEARD_EVERY_HOURS = SALES_SILENT_MIN // 60
CLOCK = "clock.v1"
PHASES = ("history", "go-live", "after")
PROBE = b'"probe_'

LADDER = frozenset({"RP06", "RP07", "RP08"})
FLOORS = ((30, Tier.SEVERE), (4, Tier.MODERATE), (1, Tier.MILD))
"""Days past due, and the tier below which nobody is (ledger.md 5)."""

RUNGS = frozenset({0, 1, 3, 4, 7, 30})
"""Of RP06 to RP08, and of the floors: days past due of who may newly be warned of."""

WALL_MS = 1_900_000_000_000

PROBES = {
    "sales_ratio": "sales_ratio(28 days) >= 0",
    "inflow_ratio": "inflow_ratio(28 days) >= 0",
}
"""A measure that is missing is neither true nor false, so each of these holds where it is not."""


class Said(NamedTuple):
    """What was said at one time: alerts of live rules, and changes of tiers."""

    alerts: list[Alert]
    changes: list[TierChange]


class Outcome(NamedTuple):
    """What came of a go-live.

    Attributes:
        rate: Events of the history folded a second.
        owing: Borrowers whose loan was not over; who owes nothing any more is not watched.
        warm: By measure, the share of these of whom it was not missing the day after.
        overdue: By tier, how many loans are past due by the truth.
        carried: By tier, the borrowers that the go-live itself tells of.
        alarmed: Of those carried as severe, who is not severely past due, and by which signals.
        wrong: What was said and should not have been, or the other way round.
    """

    rate: float
    owing: int
    warm: dict[str, float]
    overdue: dict[str, int]
    carried: dict[str, int]
    alarmed: dict[str, list[str]]
    wrong: list[str]


class GoLive:
    """One go-live of one book.

    Args:
        loans: How many.
        days: Of history.
        seed: The same seed, the same book.
        daily_days: For so many days before the go-live feeds and core speak each day; before that
            once a week. All days, unless given.
    """

    def __init__(
        self, *, loans: int, days: int, seed: int = 7, daily_days: int | None = None
    ) -> None:
        self._daily_days = days if daily_days is None else daily_days
        self._book = Book(
            seed=seed,
            borrowers=loans,
            days=days + 1,
            start=END - timedelta(days=days),
            lifelike=True,
            stories=("overdue_book",),
            sizes=(THIN,),
        )
        self._loans = loans
        self._said = {phase: Said([], []) for phase in PHASES}
        self._phase = PHASES[0]
        self._open: defaultdict[str, set[str]] = defaultdict(set)
        self._over: set[str] = set()
        self._stands: dict[tuple[date, str], int] = {}
        self._fold = Fold(
            {**rules.pack("postloan"), "probes.ewl": probes()},
            wall_now_ms=WALL_MS,
            controls=self._book.controls,
            live=False,
            on_record=self._take,
        )

    def run(self) -> Outcome:
        """Fold the history, go live, and fold the rest of the day."""
        began_s, rate = time.perf_counter(), 0.0
        records = self._book.records(
            feeds=True,
            positions=True,
            truth=self._learn,
            heard_every=HEARD_EVERY_HOURS,
            told_weekly_until=END - timedelta(days=self._daily_days),
        )
        for number, record in enumerate(records):
            if self._phase == PHASES[0] and record.type == CLOCK and record.at_ms >= LIVE_MS:
                events = sum(self._fold.report().events.values())
                rate = events / (time.perf_counter() - began_s)
                self._phase = PHASES[1]
                self._fold.go_live()
                self._phase = PHASES[2]
            raw = line(record, record.type).rstrip(b"\n")
            self._fold.lines([(Origin(topic="book", partition=0, offset=number), raw)])
        return self._outcome(rate)

    @property
    def carried(self) -> dict[str, str]:
        """Borrowers by the tier that the go-live itself tells of."""
        return {each.borrower_id: each.to for each in self._said[PHASES[1]].changes}

    def _learn(self, _sales: SalesDay, loan: LoanDay) -> None:
        self._stands[loan.day, loan.loan_id.replace("ln_", "brw_")] = loan.dpd

    def _take(self, _value: bytes, outputs: list[Output]) -> None:
        said = self._said[self._phase]
        for output in outputs:
            if output.topic == "alerts":
                said.alerts.append(_alert(output.value))
            elif output.topic == "tier-changes":
                said.changes.append(_change(output.value))
            elif output.topic == "decisions" and PROBE in output.value:
                self._probe(_decision(output.value).alert)

    def _probe(self, alert: Alert | None) -> None:
        if alert is None or not alert.rule.name.startswith("probe_"):
            return
        if alert.cause is Cause.LOAN_CLOSED:
            self._over.add(alert.borrower_id)
        borrowers = self._open[alert.rule.name.removeprefix("probe_")]
        if alert.tier == Tier.NONE.word:
            borrowers.discard(alert.borrower_id)
        else:
            borrowers.add(alert.borrower_id)

    def _outcome(self, rate: float) -> Outcome:
        yesterday = END - timedelta(days=1)
        owed = {
            who: tier
            for (day, who), dpd in self._stands.items()
            if day == yesterday and (tier := floor_of(dpd))
        }
        owing = self._loans - len(self._over)
        at_go_live = self._said[PHASES[1]]
        carried = self.carried
        signals: defaultdict[str, set[str]] = defaultdict(set)
        for alert in at_go_live.alerts:
            signals[alert.borrower_id].add(alert.signal)
        return Outcome(
            rate=rate,
            owing=owing,
            warm={name: len(self._open[name]) / owing for name in PROBES},
            overdue=dict(Counter(tier.word for tier in owed.values())),
            carried=dict(Counter(carried.values())),
            alarmed={
                who: sorted(signals[who])
                for who, tier in sorted(carried.items())
                if tier == Tier.SEVERE.word and owed.get(who) is not Tier.SEVERE
            },
            wrong=[*self._missed(owed, carried), *self._fired()],
        )

    def _missed(self, owed: Mapping[str, Tier], carried: Mapping[str, str]) -> Iterator[str]:
        """Yield who is overdue and was not told of at least as high."""
        for who, tier in sorted(owed.items()):
            if Tier[carried.get(who, "none").upper()] < tier:
                yield f"{who} is {tier.word}, and was carried as {carried.get(who, 'nothing')}"

    def _fired(self) -> Iterator[str]:
        """Yield what was said before, and what the go-live said that was no state of affairs.

        After it, a rung of the ladder may fire for who reaches it on that very day.
        """
        history, at_go_live, after = (self._said[phase] for phase in PHASES)
        for alert in history.alerts:
            yield f"{alert.alert_id} was handed out before the go-live"
        for alert in at_go_live.alerts:
            if alert.transition is not Transition.CARRIED:
                yield f"{alert.alert_id} was {alert.transition} at the go-live"
        for change in at_go_live.changes:
            if change.cause is not Cause.GO_LIVE:
                yield f"{change.change_id} was {change.cause} at the go-live"
        for alert in after.alerts:
            is_ladder = alert.signal in LADDER and alert.transition in RISING
            if is_ladder and self._stands.get((END, alert.borrower_id), 0) - 1 not in RUNGS:
                yield f"{alert.alert_id} fired for what is long past"


def probes() -> str:
    """Return rules that hold of each borrower of whom a measure is not missing, told to nobody."""
    return "\n\n".join(
        f"""rule probe_{name}
  name   "{name}" / "{name}"
  tags   model
  signal X00
  family model
  lane   credit
  mode   shadow
  when   {condition}
  tier   mild soft
  reason "not missing" / "有值"
end"""
        for name, condition in PROBES.items()
    )


def floor_of(dpd: int) -> Tier:
    """Return the tier below which nobody is who is so many days past due.

    Examples:
        >>> [floor_of(dpd).word for dpd in (0, 3, 4, 30)]
        ['none', 'mild', 'moderate', 'severe']
    """
    return next((tier for days, tier in FLOORS if dpd >= days), Tier.NONE)


def main() -> None:
    """Go live, and print what came of it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.go_live", description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=365, help="of history")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--daily-days", type=int, help="of these the last are told each day, the others by week"
    )
    arguments = parser.parse_args()
    found = GoLive(
        loans=arguments.loans,
        days=arguments.days,
        seed=arguments.seed,
        daily_days=arguments.daily_days,
    ).run()
    print(json.dumps(found._asdict()))


if __name__ == "__main__":
    main()
