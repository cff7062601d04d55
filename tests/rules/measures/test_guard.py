"""The small-count guard: few where few are usual is nothing."""

from fractions import Fraction
from statistics import variance

import pytest
from hypothesis import given as ask
from hypothesis import settings
from hypothesis import strategies as st

from rules.measures.guard import dispersion, sales_low


def shop(given, counts, **more):
    series = {"sales_taken": given.daily([(count, count * 100) for count in counts])}
    return given.reading(given.day_0 + len(counts) - 1, series, **more)


def around(usual, weeks=12):
    """A shop that sells one less and one more than usual, in turns of weeks."""
    return [usual + (-1 if week % 2 else 1) for week in range(weeks) for _ in range(7)]


@pytest.mark.parametrize(
    ("usual", "last", "low"),
    [
        pytest.param(3, [3] * 7, False, id="as usual"),
        pytest.param(3, [2, 2, 1, 2, 2, 1, 2], False, id="12 instead of 21 happens"),
        pytest.param(3, [1, 1, 1, 1, 1, 1, 1], True, id="7 instead of 21 does not"),
        pytest.param(30, [18] * 7, True, id="60 % of many"),
        pytest.param(30, [0] * 7, True, id="nothing of many"),
        pytest.param(30, [60] * 7, False, id="many more"),
    ],
)
def test_few_sales_are_low_only_where_many_were_usual(given, usual, last, low):
    assert sales_low(shop(given, around(usual) + last), 7) is low


def test_a_wild_shop_needs_a_deeper_fall(given):
    wild = [1, 40, 2, 38, 3, 35, 21] * 6 + [40, 1, 38, 2, 35, 3, 21] * 6
    steady = [20] * 84
    last = [13] * 7

    assert sales_low(shop(given, steady + last), 7) is True
    assert sales_low(shop(given, wild + last), 7) is False


def test_it_is_missing_where_the_ratio_is(given):
    assert sales_low(shop(given, [1] * 84), 7) is None
    assert sales_low(given.reading(None, {}), 7) is None


@ask(counts=st.lists(st.integers(1, 60), min_size=84, max_size=84))
@settings(max_examples=50)
def test_dispersion_is_by_moments_over_the_weekdays(given, counts):
    """Of the 56 days before the last week, which is compared with them."""
    groups = [[Fraction(each) for each in counts[21 + day : 77 : 7]] for day in range(7)]
    excess = sum(variance(group) - sum(group) / 8 for group in groups)
    plain = excess / sum((sum(group) / 8) ** 2 for group in groups)

    assert dispersion(shop(given, counts)) == max(plain, Fraction(1, 100))


@ask(
    counts=st.lists(st.integers(2, 60), min_size=84, max_size=84),
    last=st.lists(st.integers(0, 60), min_size=7, max_size=7),
    day=st.integers(0, 6),
)
@settings(max_examples=100)
def test_one_sale_more_never_makes_it_low(given, counts, last, day):
    more = [count + (at == day) for at, count in enumerate(last)]

    assert sales_low(shop(given, counts + last), 7) or not sales_low(shop(given, counts + more), 7)
