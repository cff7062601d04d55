"""An independent recount in SQL agrees with the ledger on a thousand random loans."""

import sqlite3
from datetime import date
from pathlib import Path

from schemas.instants import parse
from stream.ledger import Cause, Ledger, Passed, Times
from tests.ledger import records
from tests.ledger.histories import BEGIN, history

LOANS = 1_000
SQL = Path(__file__).with_name("recount.sql").read_text(encoding="utf-8")
EPOCH = date(1970, 1, 1)
HOUR_MS = 3_600_000

OFFSETS = [
    ("UTC", 0, 0),
    ("Asia/Shanghai", 0, 8),
    ("Asia/Kolkata", 0, 5.5),
    ("America/New_York", 0, -5),
    ("America/New_York", parse("2026-03-08T07:00:00Z"), -4),
    ("America/New_York", parse("2026-11-01T06:00:00Z"), -5),
    ("America/New_York", parse("2027-03-14T07:00:00Z"), -4),
    ("America/New_York", parse("2027-11-07T06:00:00Z"), -5),
    ("America/New_York", parse("2028-03-12T07:00:00Z"), -4),
    ("America/New_York", parse("2028-11-05T06:00:00Z"), -5),
    ("Europe/Berlin", 0, 1),
    ("Europe/Berlin", parse("2026-03-29T01:00:00Z"), 2),
    ("Europe/Berlin", parse("2026-10-25T01:00:00Z"), 1),
    ("Europe/Berlin", parse("2027-03-28T01:00:00Z"), 2),
    ("Europe/Berlin", parse("2027-10-31T01:00:00Z"), 1),
    ("Europe/Berlin", parse("2028-03-26T01:00:00Z"), 2),
    ("Europe/Berlin", parse("2028-10-29T01:00:00Z"), 1),
]
"""When the clocks of the zones change, from the laws and not from the zone database."""

TIER_FLOORS = ((30, 3), (4, 2), (1, 1))
CLASS_FLOORS = {
    "CN": ((361, "LOSS"), (271, "DOUBTFUL"), (91, "SUBSTANDARD"), (1, "SPECIAL_MENTION"),
           (0, "NORMAL")),
    "DEFAULT": ((91, "STAGE_3"), (31, "STAGE_2"), (0, "STAGE_1")),
}  # fmt: skip


def day_number(day):
    return (day - EPOCH).days


def floor(steps, days, otherwise):
    return next((name for least, name in steps if days >= least), otherwise)


def recount(histories):
    """Return owed, paid, overdue, days and floors by loan and day, worked out in SQL."""
    with sqlite3.connect(":memory:") as db:
        _fill(db, histories)
        *statements, question = SQL.rsplit("\n\n", 1)
        db.executescript("".join(statements))
        found = {}
        for loan, day, *amounts, raw, tier, uncured, profile in db.execute(question):
            found[loan, day] = (
                *amounts, raw, tier, uncured,
                floor(CLASS_FLOORS[profile], raw, None),
                floor(TIER_FLOORS, max(tier, uncured), 0),
            )  # fmt: skip
    db.close()
    return found


def _fill(db, histories):
    db.executescript(
        """
        create table loans (loan text primary key, zone, profile, residue, pays_next, cut_off_ms,
                            grace, second_at, capitalised);
        create table rows (loan, version, due, amount);
        create table events (loan, event_id, key, version, kind, at_ms, amount, ref, target, payer);
        create table days (loan, day);
        create table offsets (zone, from_ms, offset_ms);
        create index events_by_key on events (loan, key);
        """
    )
    db.executemany(
        "insert into offsets values (?, ?, ?)",
        [(zone, from_ms, int(hours * HOUR_MS)) for zone, from_ms, hours in OFFSETS],
    )
    for each in histories:
        second = day_number(each.second_at) if each.second_at else None
        loan = (
            each.loan, each.zone, each.profile, each.effective_residue, each.pays_next,
            _cut_off_ms(each.cut_off), each.grace, second, each.capitalised,
        )  # fmt: skip
        db.execute("insert into loans values (?, ?, ?, ?, ?, ?, ?, ?, ?)", loan)
        rows = [(each.loan, r.version, day_number(r.due), r.amount) for r in each.rows]
        db.executemany("insert into rows values (?, ?, ?, ?)", rows)
        db.executemany(
            "insert into events values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (each.loan, e.event_id, e.key, e.version, e.kind, e.at_ms, e.amount, e.ref,
                 e.target, e.payer)
                for e in each.events
            ],
        )  # fmt: skip
        days = [(each.loan, day_number(day)) for day in each.checked]
        db.executemany("insert into days values (?, ?)", days)


def _cut_off_ms(hh_mm):
    return None if hh_mm is None else (int(hh_mm[:2]) * 60 + int(hh_mm[3:])) * 60_000


def told(histories):
    """Return the same figures as the ledger tells them."""
    found = {}
    for each in histories:
        ledger = Ledger()
        late_ms = records.utc_ms(date(2029, 1, 1))
        times = Times(late_ms, {"lms": Passed(at_ms=late_ms)})
        for record in _records(each):
            ledger.apply(record, times)
        for day in each.checked:
            view = ledger.view(each.loan, times, on=day)
            assert Cause.IN_DOUBT not in view.quarantine
            found[each.loan, day_number(day)] = (
                view.owed, view.paid, view.overdue, view.advance, view.raw_dpd, view.tier_dpd,
                view.uncured_dpd, view.class_floor, _floor_by_days(view),
            )  # fmt: skip
    return found


def _records(each):
    yield records.contract(each, BEGIN)
    yield from records.schedules(each, BEGIN)
    for said in each.events:
        yield records.event(each.loan, said)


def _floor_by_days(view):
    """The recount knows no probation: that is left to the vectors."""
    if view.is_forborne:
        return floor(TIER_FLOORS, max(view.tier_dpd, view.uncured_dpd), 0)
    return view.tier_floor


def test_a_recount_in_sql_agrees_on_a_thousand_random_loans():
    histories = [history(seed) for seed in range(LOANS)]

    expected, found = recount(histories), told(histories)

    differing = {key: (row, found[key]) for key, row in expected.items() if row != found[key]}
    assert max(each.until for each in histories) < date(2029, 1, 1), "the offsets end there"
    assert len(expected) > 5 * LOANS
    assert differing == {}
