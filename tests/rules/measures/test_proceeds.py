"""What a loan's money was spent on, against a trace yuan by yuan."""

from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given as ask
from hypothesis import strategies as st

from rules.measures.proceeds import proceeds_gambled, proceeds_misused


def account(given, days, *, closed=None, name="transfers_prohibited"):
    """`days` are (disbursed, out, of which prohibited) a day, in yuan."""
    columns = zip(*days, strict=True)
    names = ("disbursed", "transfers_out", name)
    series = {
        key: given.daily([(1, amount) if amount else None for amount in column])
        for key, column in zip(names, columns, strict=True)
    }
    closed = given.day_0 + (len(days) - 1 if closed is None else closed)
    return given.reading(closed, series, streams=("settlement",))


@pytest.mark.parametrize(
    ("days", "share"),
    [
        pytest.param([(100, 0, 0), (0, 40, 40)], Fraction(2, 5), id="two fifths on the second day"),
        pytest.param([(0, 40, 40), (100, 0, 0)], 0, id="before it came: own money"),
        pytest.param([(100, 0, 0), (0, 100, 0), (0, 40, 40)], 0, id="used up: later money"),
        pytest.param([(100, 70, 0), (0, 60, 60)], Fraction(3, 10), id="the rest of it alone"),
        pytest.param([(100, 0, 0), (0, 130, 60)], Fraction(3, 10), id="what is permitted first"),
        pytest.param([(100, 10, 10), (100, 30, 30)], Fraction(1, 5), id="two loans together"),
        pytest.param([(100, 0, 0)] + [(0, 0, 0)] * 29 + [(0, 50, 50)], 0, id="after thirty days"),
        pytest.param([(100, 0, 0)] + [(0, 0, 0)] * 28 + [(0, 50, 50)], Fraction(1, 2), id="30th"),
        pytest.param([(0, 50, 50)], None, id="no loan that we saw paid out"),
    ],
)
def test_only_what_the_proceeds_paid_counts(given, days, share):
    assert proceeds_misused(account(given, days)) == share


def test_while_the_feed_is_unknown_nothing_is_said(given):
    assert proceeds_misused(given.reading(None, {"disbursed": {given.day_0: (1, 9)}})) is None


def traced(days):
    """Each yuan of a loan in a queue; what is permitted goes first on a day."""
    queue, spent = deque(), 0
    for disbursed, out, prohibited in days:
        queue.extend(["loan"] * disbursed)
        for yuan in ["permitted"] * (out - prohibited) + ["prohibited"] * prohibited:
            if queue:
                queue.popleft()
                spent += yuan == "prohibited"
    return spent


a_day = st.tuples(st.integers(0, 40), st.integers(0, 60), st.integers(0, 60)).map(
    lambda day: (day[0], max(day[1], day[2]), day[2])
)


@ask(days=st.lists(a_day, min_size=1, max_size=30))
def test_it_is_what_a_trace_yuan_by_yuan_finds(given, days):
    disbursed = sum(day[0] for day in days)
    expected = Fraction(traced(days), disbursed) if disbursed else None

    assert proceeds_misused(account(given, days)) == expected
    assert proceeds_gambled(account(given, days, name="transfers_gambled")) == expected
