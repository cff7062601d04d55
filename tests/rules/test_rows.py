"""Rows: what went into the features comes out again, whatever the order, and nothing else does."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import as_of, load, take_back
from rules.features import SWEPT
from rules.rows import Put, features_of

DAY_MS = 86_400_000
CONDITIONS = [
    "count(repayment where status = FAILED) over 7 days by loan_id >= 2",
    "sum(pos_clearing.amount_gross) over 5 days < ¥20",
    "min(settlement.amount) over 9 days > ¥1",
    "max(settlement.amount) over lifetime by account_token > ¥1",
    "first(settlement.counterparty_class) over lifetime = OWNER",
    "last(repayment.status) over 10 days by loan_id = FAILED",
    "distinct(repayment.day where status = FAILED) over 30 days by instalment_no >= 2",
    "distinct(pos_clearing.payer_token) over lifetime >= 2",
    "distinct(settlement.day) over 60 hours >= 2",
    "avg(repayment.amount_paid) over 48 hours > ¥30",
    "count(settlement) over lifetime >= 2",
    "streak(repayment where status = FAILED) >= 3",
    "streak(repayment where status = FAILED) over lifetime by loan_id >= 3",
]


def program(conditions=CONDITIONS):
    text = "ruleset r version 1 end\n"
    for number, condition in enumerate(conditions):
        text += f"""
            rule r{number} signal R family repayment lane credit on repayment, settlement
              when {condition} tier mild hard reason "-"
            end
        """
    return load({"r.ewl": text})


RULES = program()
"""Rules of which each keeps another shape."""


def put_all(rules, events, now_ms):
    """Put events in; return the windows and what each event put in."""
    windows = {}
    return windows, [
        (event, Put(event.event_at_ms, rules.apply(windows, event, now_ms))) for event in events
    ]


def told(windows):
    """What is in windows, without when they were swept."""
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(windows))
    return {name: state[:SWEPT] + state[SWEPT + 1 :] for name, state in stored.items()}


@settings(max_examples=60)
@given(data=st.data(), seed=st.integers(0, 10_000))
def test_windows_are_as_if_what_was_taken_out_had_never_come(make, data, seed):
    events = make.history(seed, 40, days=12).events
    gone = data.draw(st.sets(st.sampled_from(range(len(events))), max_size=15))
    now_ms = make.START_MS + data.draw(st.integers(6, 22)) * DAY_MS
    arrived = data.draw(st.permutations(range(len(events))))

    windows, puts = put_all(RULES, [events[n] for n in arrived], now_ms)
    rest = [put for _, put in puts]
    for event, put in puts:
        if event in [events[n] for n in gone]:
            rest.remove(put)
            take_back(windows, [put], rest)

    never_came, _ = put_all(RULES, [e for n, e in enumerate(events) if n not in gone], now_ms)
    assert told(windows) == told(never_came)


@settings(max_examples=60)
@given(data=st.data(), seed=st.integers(0, 10_000))
def test_windows_as_of_an_instant_are_those_before_anything_later_came(make, data, seed):
    events = make.history(seed, 30, days=8).events
    at_ms = make.START_MS + data.draw(st.integers(0, 8 * 24)) * DAY_MS // 24
    windows, puts = put_all(RULES, data.draw(st.permutations(events)), make.START_MS)
    before = told(windows)
    later = [put for event, put in puts if event.event_at_ms > at_ms]
    rest = [put for event, put in puts if event.event_at_ms <= at_ms]

    then, _ = put_all(RULES, [e for e in events if e.event_at_ms <= at_ms], make.START_MS)

    assert told(as_of(windows, later, rest)) == told(then)
    assert told(windows) == before, "the windows themselves are left alone"


def test_what_was_never_put_in_is_never_taken_out(make):
    """A feature that came with a later rule set does not know what came before it."""
    older, newer = program(CONDITIONS[:1]), program(CONDITIONS[:2])
    failed = make.repayment(1, make.START_MS, status="FAILED")
    sales = [make.pos_clearing(n, make.START_MS, amount_gross=make.cny(500)) for n in (2, 3)]
    windows = {}
    first = [Put(make.START_MS, older.apply(windows, e, make.START_MS)) for e in (failed, sales[0])]
    newer.apply(windows, sales[1], make.START_MS)
    before = told(windows)

    take_back(windows, first[1:], [])

    assert told(windows) == before


def test_a_feature_that_no_rule_reads_any_more_is_put_right_as_well(make):
    """The rule set may be put back within a week, and finds its windows."""
    rules = program(CONDITIONS[:2])
    failed = make.repayment(1, make.START_MS, status="FAILED")
    windows = {}
    put = Put(make.START_MS, rules.apply(windows, failed, make.START_MS))

    take_back(windows, [put], [])

    assert windows == {}


def test_what_is_too_old_is_in_no_row_and_what_is_gone_is_passed_over(make):
    rules = program(CONDITIONS[:1])
    windows = {}
    event = make.repayment(1, make.START_MS, status="FAILED")
    row = rules.apply(windows, event, make.START_MS)

    assert rules.apply(windows, event, make.START_MS + 9 * DAY_MS) == b""
    take_back({}, [Put(make.START_MS, row)], [])


def test_a_row_is_small(make):
    event = make.settlement(1, make.START_MS, amount=make.cny(123_456), account_token="acc_1")
    row = RULES.apply({}, event, make.START_MS)

    assert len(features_of(row)) == 4
    assert len(row) <= 70


@pytest.mark.parametrize("lost", ["entries", "keys"])
def test_taking_back_what_was_lost_over_a_bound_takes_nothing_else(make, monkeypatch, lost):
    if lost == "keys":
        monkeypatch.setattr("rules.features.MOST_KEYS", 1)
    condition = "count(repayment) over 20 hours by loan_id >= 1"
    rules, windows = program([condition]), {}
    loans = ["ln_1"] * 201 if lost == "entries" else ["ln_1", "ln_2", "ln_1"]
    puts = []
    for n, loan in enumerate(loans):
        event = make.repayment(n, make.START_MS + n, loan_id=loan)
        puts.append(Put(event.event_at_ms, rules.apply(windows, event, event.event_at_ms)))
    before = told(windows)

    take_back(windows, puts[:1], puts[1:])

    assert told(windows) == before
