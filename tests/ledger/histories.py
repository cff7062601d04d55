"""Random histories of loans, as plain rows: for the ledger, and for a recount that knows no ledger.

A history is what a core system would send: schedules, payments, fees, waivers, returns, reversals
of returns, corrections, cancellations, repetitions, noise. It keeps clear of what the ledger holds
in doubt (no two payments at one instant, none that is a unit's factor off) and of records that
name an instalment, so that what is paid is always a stretch of the obligations from the oldest on:
the recount rests on that.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from schemas.instants import to_ms

BEGIN = date(2026, 1, 1)
ZONES = ("Asia/Shanghai", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "UTC")
PROFILES = {"CN": 1000, "DEFAULT": 0}
"""The residue of the profile in CNY, in minor units."""


@dataclass
class Row:
    """One instalment."""

    version: int
    no: int
    due: date
    amount: int


@dataclass
class Event:
    """One record of a movement; `key` is its business key but for the status."""

    event_id: str
    key: str
    version: int
    kind: str
    at_ms: int
    amount: int
    ref: str
    target: str = ""
    payer: str = ""


@dataclass
class History:
    """One loan."""

    loan: str
    zone: str
    profile: str
    residue: int | None
    pays_next: bool
    cut_off: str | None
    grace: int
    rows: list[Row] = field(default_factory=list)
    until: date = BEGIN
    second_at: date | None = None
    capitalised: bool = False
    events: list[Event] = field(default_factory=list)
    checked: list[date] = field(default_factory=list)

    @property
    def effective_residue(self):
        return PROFILES[self.profile] if self.residue is None else self.residue


def history(seed):
    """Make the history of one loan."""
    rng = random.Random(seed)
    loan = History(
        loan=f"ln_{seed}",
        zone=rng.choice(ZONES),
        profile=rng.choice(tuple(PROFILES)),
        residue=rng.choice((None, None, 0, 2500)),
        pays_next=rng.random() < 0.3,
        cut_off=rng.choice((None, "17:00", "22:30", "00:30")),
        grace=rng.choice((0, 0, 3, 10)),
    )
    _schedule(rng, loan)
    _Movements(rng, loan).make()
    rng.shuffle(loan.events)
    days = (loan.until - BEGIN).days
    loan.checked = sorted({BEGIN + timedelta(days=rng.randrange(days)) for _ in range(6)})
    return loan


def paid_early(seed):
    """Make the history of a loan of which one payment may cover all that is left."""
    loan, rng = history(seed), random.Random(-seed)
    usual = loan.rows[0].amount
    loan.rows = [row for row in loan.rows if row.amount <= 10 * usual]
    whole = sum(row.amount for row in loan.rows if row.version == 1)
    movements = _Movements(rng, loan)
    movements.number = len(loan.events)
    movements.taken = {event.at_ms for event in loan.events}
    loan.events = rng.sample(loan.events, rng.randrange(len(loan.events) + 1))
    for share in rng.choice(((1,), (0.5, 0.5), (0.9, 0.2), (0.8,))):
        movements._payment(movements._any_day(), int(whole * share))
    return loan


def _schedule(rng, loan):
    step = rng.choice((1, 7, 30, 31, 61))
    count = {1: 90, 7: 50, 61: 6}.get(step, 13)
    amount = rng.randrange(20_000, 300_000)
    first = BEGIN + timedelta(days=rng.randrange(1, 40))
    loan.rows = [Row(1, *row) for row in _rows(rng, first, step, count, amount)]
    loan.until = loan.rows[-1].due
    if step > 1 and rng.random() < 0.4:  # else there is no day on which nothing is due
        _second(rng, loan, step, amount)


def _rows(rng, first, step, count, amount):
    """Regular instalments, and then one so large that no money ever covers all that is left.

    What covers it, and what is in excess of it, is left to the vectors.
    """
    rows = [
        (no, first + timedelta(days=step * no), amount + rng.randrange(-999, 999))
        for no in range(count)
    ]
    return [*rows, (count, rows[-1][1] + timedelta(days=3 * step), amount * 60)]


def _second(rng, loan, step, amount):
    """Let a second version replace what is due from its day on; nothing is due on that day."""
    whole = (loan.until - BEGIN).days
    day = BEGIN + timedelta(days=rng.randrange(whole // 4, whole // 2))
    while any(row.due == day for row in loan.rows):
        day += timedelta(days=1)
    loan.second_at, loan.capitalised = day, rng.random() < 0.5
    rows = _rows(rng, day + timedelta(days=5), step, 6, amount // 2)
    loan.rows += [Row(2, *row) for row in rows]
    loan.until = loan.rows[-1].due - timedelta(days=1)  # before the large one


class _Movements:
    """Makes a loan's events; instants are unique, so that nothing looks like a twin."""

    def __init__(self, rng, loan):
        self.rng = rng
        self.loan = loan
        self.number = 0
        self.taken = set()
        self.due_days = {row.due for row in loan.rows}

    def make(self):
        rng, loan = self.rng, self.loan
        usual = loan.rows[0].amount
        habit = rng.choice((0.3, 0.8, 1.0))  # how much of what is due the borrower pays
        for row in loan.rows:
            is_large = row.amount > 10 * usual
            if row.due < loan.until and not is_large and rng.random() < habit:
                late = rng.choice((0, 0, 0, 0, -3, 1, 2, 5, 20))
                share = rng.choice((1, 1, 1, 0.37, 0.999, 1.21))
                self._payment(row.due + timedelta(days=late), int(row.amount * share))
        for _ in range(rng.randrange(4)):
            self._payment(self._any_day(), int(usual * rng.uniform(0.11, 2.3)))
        for _ in range(rng.randrange(3)):
            day = self._any_day()
            if day not in self.due_days:
                self._put("FEE", day, rng.randrange(500, 9_000))
        for _ in range(rng.randrange(2)):
            self._put("WAIVER", self._any_day(), rng.randrange(500, usual))

    def _any_day(self):
        return BEGIN + timedelta(days=self.rng.randrange((self.loan.until - BEGIN).days))

    def _payment(self, day, amount):
        rng = self.rng
        payer = "GUARANTOR" if rng.random() < 0.08 else ""
        paid = self._put("PAYMENT", day, max(amount, 1), payer=payer)
        fate = rng.random()
        if fate < 0.10:
            self._return(paid)
        elif fate < 0.16:
            self._correct(paid)
        elif fate < 0.20:
            self._again(paid, version=2, kind="CANCEL")
        elif fate < 0.30:
            self._again(paid, version=1, kind=paid.kind)
        elif fate < 0.36:
            self._put("PENDING", day, amount)

    def _return(self, paid):
        part = self.rng.choice((paid.amount, paid.amount // 2 + 1))
        day = self._day_after(paid)
        back = self._put("RETURN", day, part, ref=paid.ref)
        if self.rng.random() < 0.3:
            self._put("UNDO", day + timedelta(days=3), part, target=back.event_id)

    def _correct(self, paid):
        for version in range(2, 2 + self.rng.choice((1, 2))):
            amount = max(1, int(paid.amount * self.rng.choice((0.5, 0.9, 1.1))))
            at_ms = paid.at_ms + self.rng.choice((0, 86_400_000 * 4)) + version
            self._again(paid, version=version, kind=paid.kind, amount=amount, at_ms=at_ms)

    def _day_after(self, paid):
        days = paid.at_ms // 86_400_000 + self.rng.randrange(1, 30)
        return date(1970, 1, 1) + timedelta(days=days)

    def _put(self, kind, day, amount, **fields):
        at_ms = to_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))
        at_ms += self.rng.randrange(86_400_000)
        while at_ms in self.taken:
            at_ms += 1
        self.taken.add(at_ms)
        self.number += 1
        ref = fields.pop("ref", f"r{self.number}")
        key = f"{self.loan.loan}|{kind}|r{self.number}"
        event = Event(f"e{self.number}", key, 1, kind, at_ms, amount, ref, **fields)
        self.loan.events.append(event)
        return event

    def _again(self, paid, **fields):
        """Say another version of a record, or the same again, under a new event id."""
        self.number += 1
        said = paid.__dict__ | fields | {"event_id": f"e{self.number}"}
        self.loan.events.append(Event(**said))
