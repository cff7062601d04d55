"""The sales ratio: hand-worked shops, and what must hold of every shop."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given as ask
from hypothesis import strategies as st

from rules.measures.sales import own_ratio, sales_basis, sales_ratio
from rules.scene import Segment


def shop(given, sold, *, undone=(), closed=None, **more):
    """A reading of a shop that sells (count, total) a day, as far as `sold` goes."""
    series = {"sales_taken": given.daily(sold), "sales_undone": given.daily(undone)}
    return given.reading(
        given.day_0 + (len(sold) if closed is None else closed) - 1, series, **more
    )


STEADY = [(5, 1_000)] * 84


@pytest.mark.parametrize(
    ("last", "ratio"),
    [
        pytest.param([(5, 1_000)] * 14, Fraction(1), id="as usual"),
        pytest.param([(3, 500)] * 14, Fraction(1, 2), id="half"),
        pytest.param([(5, 1_000)] * 7 + [None] * 7, Fraction(1, 2), id="nothing in the last week"),
        pytest.param([None] * 14, Fraction(0), id="nothing at all"),
        pytest.param([(5, 1_500)] * 14, Fraction(3, 2), id="more than usual"),
    ],
)
def test_ratio_of_a_steady_shop(given, last, ratio):
    assert sales_ratio(shop(given, STEADY + last), 14) == ratio


def test_what_is_undone_is_no_sale(given):
    undone = [None] * 84 + [(1, 250)] * 14

    assert sales_ratio(shop(given, STEADY + STEADY[:14], undone=undone), 14) == Fraction(3, 4)


def test_days_that_are_not_closed_do_not_count(given):
    assert sales_ratio(shop(given, STEADY + [None] * 14, closed=84), 14) == 1


@pytest.mark.parametrize(
    ("sold", "why"),
    [
        pytest.param([(5, 1_000)] * 55, "55 days of history"),
        pytest.param(([(9, 1_000)] + [None] * 6) * 12, "12 active days"),
        pytest.param([(1, 1_000)] * 84, "56 sales in the baseline"),
        pytest.param([(5, 0)] * 84, "sales of nothing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_thin_history_has_no_ratio(given, sold, why):
    assert sales_ratio(shop(given, sold), 7) is None


def test_nothing_is_said_while_the_feed_is_unknown(given):
    assert sales_ratio(given.reading(None, {"sales_taken": given.daily(STEADY)}), 7) is None


def test_a_shop_of_few_days_is_compared_by_whole_weeks_alone(given):
    """Three days of seven without sales: INTERMITTENT."""
    weekly = ([(9, 1_000)] * 4 + [None] * 3) * 12

    assert sales_ratio(shop(given, weekly), 7) == 1
    assert sales_ratio(shop(given, weekly), 10) is None
    assert sales_ratio(shop(given, STEADY), 10) == 1


def test_a_window_that_touches_the_festival_has_no_ratio(given):
    festival = date.fromordinal(given.day_0 + 84)
    days = given.calendar(given.festival(festival))
    sold = [(5, 1_000)] * 150

    assert sales_ratio(shop(given, sold, closed=84 + 16, days=days), 7) is None
    assert sales_ratio(shop(given, sold, closed=84 + 22, days=days), 7) is None
    assert sales_ratio(shop(given, sold, closed=84 + 23, days=days), 7) == 1


@pytest.mark.parametrize(
    ("members", "median", "ratio"),
    [
        pytest.param(30, 500_000, Fraction(1), id="all have lost half"),
        pytest.param(29, 500_000, Fraction(1, 2), id="too few peers"),
        pytest.param(30, 100_000, Fraction(1), id="a segment excuses one half at most"),
        pytest.param(30, 2_000_000, Fraction(1, 3), id="and demands one and a half at most"),
    ],
)
def test_the_segment_excuses_what_all_have(given, members, median, ratio):
    peers = Segment(members=members, ratios={7: median})
    sold = [*STEADY, *[(3, 500)] * 7]

    assert sales_ratio(shop(given, sold, peers=peers), 7) == ratio
    assert own_ratio(shop(given, sold, peers=peers), 7) == Fraction(1, 2)


def test_a_moving_baseline_heals_itself_and_a_frozen_one_does_not(given):
    """The trap of domain.md 3.9 (c): half the business is gone for good on day 84."""
    sold = STEADY + [(3, 500)] * 70
    opened = given.day_0 + 84 + 10

    assert sales_ratio(shop(given, sold), 14) == 1
    assert sales_ratio(shop(given, sold, opened=opened), 14) < Fraction(55, 100)


def test_the_basis_says_what_was_sold_and_expected(given):
    basis = sales_basis(shop(given, STEADY + [(3, 500)] * 7), 7)

    assert basis == (
        date.fromordinal(given.day_0 + 84), date.fromordinal(given.day_0 + 90), 21, 3_500, 7_000
    )  # fmt: skip


sold_days = st.lists(
    st.tuples(st.integers(2, 12), st.integers(100, 90_000)), min_size=84, max_size=120
)


@ask(sold=sold_days, factor=st.integers(2, 1_000))
def test_the_ratio_does_not_depend_on_the_price_level(given, sold, factor):
    dearer = [(count, total * factor) for count, total in sold]

    assert sales_ratio(shop(given, dearer), 14) == sales_ratio(shop(given, sold), 14)


@ask(sold=sold_days, day=st.integers(1, 7), amount=st.integers(1, 90_000))
def test_one_sale_more_in_the_last_week_never_lowers_the_ratio(given, sold, day, amount):
    count, total = sold[-day]
    more = [*sold]
    more[-day] = (count + 1, total + amount)

    assert sales_ratio(shop(given, more), 7) > sales_ratio(shop(given, sold), 7)


@ask(sold=sold_days, order=st.randoms(use_true_random=False))
def test_the_order_of_the_days_in_the_series_does_not_matter(given, sold, order):
    series = list(given.daily(sold).items())
    shuffled = order.sample(series, len(series))
    closed = given.day_0 + len(sold) - 1
    readings = [given.reading(closed, {"sales_taken": dict(each)}) for each in (series, shuffled)]

    assert sales_ratio(readings[0], 28) == sales_ratio(readings[1], 28)
