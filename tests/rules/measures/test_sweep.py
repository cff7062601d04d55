"""Settled money that leaves on its day."""

from fractions import Fraction

import pytest
from hypothesis import given as ask
from hypothesis import strategies as st

from rules.measures.sweep import swept_before, swept_days


def account(given, days, **more):
    """`days` are (settled, out, of which to oneself) a day."""
    names = ("settled_takings", "transfers_out", "transfers_out_to_self")
    series = {
        name: given.daily([(1, day[at]) if day[at] else None for day in days])
        for at, name in enumerate(names)
    }
    return given.reading(given.day_0 + len(days) - 1, series, streams=("settlement",), **more)


STAYS, LEAVES, NOTHING = (100, 20, 0), (100, 95, 0), (0, 0, 0)


@pytest.mark.parametrize(
    ("days", "swept", "before"),
    [
        pytest.param([STAYS] * 40, 0, Fraction(1, 5), id="a healthy account"),
        pytest.param([STAYS] * 40 + [LEAVES] * 10, 10, Fraction(1, 5), id="ten days swept"),
        pytest.param([LEAVES] * 50, 14, Fraction(95, 100), id="it always was"),
        pytest.param([STAYS] * 40 + [(100, 100, 100)] * 14, 0, Fraction(1, 5), id="to oneself"),
        pytest.param([STAYS] * 40 + [LEAVES, NOTHING] * 10, 10, Fraction(1, 5), id="no weekends"),
        pytest.param([STAYS] * 10 + [LEAVES] * 14, 14, None, id="no past to compare with"),
        pytest.param([LEAVES] * 13, None, None, id="too new"),
        pytest.param([STAYS] * 40 + [(100, 94, 0)] * 10, 0, Fraction(1, 5), id="a bit stays"),
    ],
)
def test_days_are_swept_against_what_the_account_used_to_keep(given, days, swept, before):
    reading = account(given, days)

    assert (swept_days(reading, 14), swept_before(reading, 14)) == (swept, before)


def test_while_a_warning_is_open_the_past_stays_what_it_was_before_it(given):
    days = [STAYS] * 40 + [LEAVES] * 60

    assert swept_before(account(given, days), 14) > Fraction(1, 2)
    assert swept_before(account(given, days, opened=given.day_0 + 50), 14) < Fraction(1, 2)


@ask(days=st.lists(st.tuples(*[st.integers(0, 9)] * 3), max_size=60), last=st.integers(5, 30))
def test_it_is_what_counting_says(given, days, last):
    days = [(came, max(out, own), own) for came, out, own in days]
    reading = account(given, days) if days else given.reading(None, {})
    known = [(came, out - own) for came, out, own in days if came]

    judged, before = known[-last:], known[:-last][-56:]
    found = sum(20 * left >= 19 * came for came, left in judged)
    assert swept_days(reading, last) == (found if len(judged) == last else None)
    total = sum(came for came, _ in before)
    share = Fraction(sum(min(each) for each in before), total) if len(before) >= 20 else None
    assert swept_before(reading, last) == share
