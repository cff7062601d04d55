"""Settlement by clearing date: shocks, gaps, and the lumps that are neither."""

from datetime import date
from fractions import Fraction
from statistics import median

import pytest
from hypothesis import given as ask
from hypothesis import settings
from hypothesis import strategies as st

from rules.measures.clearing import clearing_shock, pos_settlement_gap

STREAMS = ("pos_clearing", "settlement", "repayment")


def settled(given, amounts, *, closed=None, **more):
    """What was settled by clearing date, from day 0."""
    series = {
        "settled_by_clearing_date": given.daily([(1, each) if each else None for each in amounts])
    }
    last = given.day_0 + (len(amounts) - 1 + 4 if closed is None else closed)
    return given.reading(last, series, streams=STREAMS, **more)


STEADY = [10_000, 10_100, 9_900, 10_200, 9_800, 10_000, 10_050] * 9


@pytest.mark.parametrize(
    ("last", "z"),
    [
        pytest.param([10_000, 10_100], Fraction(0), id="as usual"),
        pytest.param([3_000, 10_100], Fraction(0), id="one day is no shock"),
        pytest.param([3_000, 20_000], Fraction(0), id="nor are two that point apart"),
        pytest.param([3_000, 2_020], Fraction(-14), id="two days down, the lesser counts"),
        pytest.param([14_000, 20_200], Fraction(8), id="two days up"),
    ],
)
def test_a_shock_is_one_on_all_of_the_days(given, last, z):
    """MAD is 0, so 5 % of the median stands for it: 500 on Mondays, 505 on Tuesdays."""
    assert clearing_shock(settled(given, STEADY + last), 2) == z


def test_a_shock_is_measured_in_deviations_of_the_same_weekday(given):
    mondays = [8_000, 9_000, 10_000, 11_000, 12_000, 9_500, 10_500, 10_000]
    days = [each for monday in mondays for each in (monday, 0, 0, 0, 0, 0, 0)]
    z = clearing_shock(settled(given, [*days, 4_000]), 1)

    # median 10 000; deviations 0 0 500 500 1000 1000 2000 2000, their median 750
    assert z == Fraction(-6_000) / (Fraction(14826, 10000) * 750)


@ask(amounts=st.lists(st.integers(1, 10**6) | st.just(0), min_size=80, max_size=100))
@settings(max_examples=60)
def test_a_shock_is_the_robust_z_of_the_textbook(given, amounts):
    """Of the last date that was settled, with the standard library's median."""
    *_, last = (day for day, amount in enumerate(amounts) if amount)
    values = [amounts[day] for day in range(last - 7, -1, -7) if amounts[day]][:8]
    z = clearing_shock(settled(given, amounts), 1)

    if len(values) < 8:
        assert z is None
    else:
        middle = median(map(Fraction, values))
        spread = median(abs(value - middle) for value in values) * Fraction("1.4826")
        assert z == (amounts[last] - middle) / max(spread, middle / 20)


@pytest.mark.parametrize(
    "amounts",
    [
        pytest.param(STEADY[:56], id="7 values of the last weekday"),
        pytest.param([], id="nothing was ever settled"),
    ],
)
def test_a_shock_needs_8_values(given, amounts):
    assert clearing_shock(settled(given, amounts, closed=70), 1) is None


def test_the_payment_of_the_last_days_has_not_come_yet(given):
    """Friday closed: Thursday's payment should be here, Friday's not."""
    friday = 63 + 4
    amounts = [*STEADY, 10_000, 10_100, 9_900, 10_200, 1]

    assert clearing_shock(settled(given, amounts, closed=friday), 1) == 0
    assert clearing_shock(settled(given, amounts, closed=friday + 3), 1) < -4


def test_the_festival_is_no_shock(given):
    days = given.calendar(given.festival(date.fromordinal(given.day_0 + 63)))

    assert clearing_shock(settled(given, [*STEADY, 10, 10], days=days), 2) is None


def rails(given, net, paid, *, split=(), fees=(), back=(), closed=None, **more):
    """Net sales and what was settled for them by clearing date."""
    series = {
        "cleared": given.daily([(1, each) if each else None for each in net]),
        "cleared_back": given.daily(back),
        "clearing_fees": given.daily(fees),
        "settled_by_clearing_date": given.daily([(1, each) if each else None for each in paid]),
        "split_to_lender": given.daily(split),
    }
    last = given.day_0 + (len(net) - 1 + 5 if closed is None else closed)
    return given.reading(last, series, streams=STREAMS, **more)


NET = [1_000] * 25
FULL = [1_000] * 20
"""Twenty days that were settled in full: four weeks less a day later, 25 days are known."""


@pytest.mark.parametrize(
    ("paid", "gap"),
    [
        pytest.param([1_000] * 5, Fraction(0), id="all came"),
        pytest.param([960] * 5, Fraction(4, 100), id="4 % less"),
        pytest.param([600] * 5, Fraction(4, 10), id="40 % less"),
        pytest.param([1_400] * 5, Fraction(4, 10), id="40 % more"),
        pytest.param([0] * 5, Fraction(1), id="nothing"),
        pytest.param([600, 600, 600, 600, 1_000], Fraction(0), id="the last day came in full"),
        pytest.param([600, 1_000, 600, 500, 650], Fraction(35, 100), id="the least of three"),
        pytest.param([0, 0, 0, 0, 5_000], Fraction(0), id="one payment for all"),
        pytest.param([0, 0, 0, 0, 2_000], Fraction(6, 10), id="one payment, not for all"),
    ],
)
def test_a_gap_is_one_on_three_clearing_days(given, paid, gap):
    assert pos_settlement_gap(rails(given, NET, FULL + paid), 3) == gap


def test_net_is_less_fees_and_what_goes_back(given):
    fees, back = [(1, 10)] * 25, [(1, 190)] * 25
    paid = [800] * 25

    assert pos_settlement_gap(rails(given, NET, paid, fees=fees, back=back), 3) == 0


@pytest.mark.parametrize(
    ("closed", "gap"),
    [
        pytest.param(22 + 2, Fraction(0), id="T+2 of the third day without money"),
        pytest.param(22 + 3, Fraction(1), id="T+3"),
    ],
)
def test_nothing_is_said_before_the_reconciliation_window_has_closed(given, closed, gap):
    """The days from 20 on, a Sunday, bring no money; the third is a Tuesday, T+3 a Friday."""
    reading = rails(given, [1_000] * 27, FULL, closed=closed)

    assert pos_settlement_gap(reading, 3) == gap


@pytest.mark.parametrize(
    "made",
    [
        pytest.param({"net": NET, "paid": []}, id="never settled where we see it"),
        pytest.param({"net": NET, "paid": [500] * 25}, id="half of it always elsewhere"),
        pytest.param({"net": NET[:11], "paid": [1_000] * 9}, id="9 days settled before"),
        pytest.param({"net": NET, "paid": FULL, "split": [None] * 24 + [(1, 300)]}, id="split"),
    ],
)
def test_of_rails_that_were_never_seen_to_match_nothing_is_said(given, made):
    assert pos_settlement_gap(rails(given, **made), 3) is None


def test_a_split_of_long_ago_does_not_matter(given):
    split = [(1, 300)] * 10

    assert pos_settlement_gap(rails(given, NET, FULL, split=split), 3) == 1


@pytest.mark.parametrize("missing", ["pos_clearing", "settlement"])
def test_nothing_is_said_while_a_feed_is_unknown(given, missing):
    reading = given.reading(
        given.day_0 + 40, {}, streams=[each for each in STREAMS if each != missing]
    )

    assert pos_settlement_gap(reading, 3) is None


@ask(
    days=st.lists(
        st.tuples(st.integers(100, 9_000), st.integers(1, 9_000)), min_size=10, max_size=30
    )
)
@settings(max_examples=60)
def test_a_gap_is_the_least_of_the_last_three_days(given, days):
    net, paid = [1_000] * 10 + [each for each, _ in days], [1_000] * 10 + [each for _, each in days]
    gaps = [abs(owed - came) / Fraction(owed) for owed, came in zip(net, paid, strict=True)]

    assert pos_settlement_gap(rails(given, net, paid), 3) == min(gaps[-3:])


@ask(
    net=st.lists(st.integers(100, 9_000), min_size=20, max_size=40),
    merged=st.lists(st.booleans(), min_size=40, max_size=40),
)
@settings(max_examples=60)
def test_merged_payments_of_the_full_amount_are_no_gap(given, net, merged):
    """Whatever days the acquirer pays together, as long as it pays, there is nothing to tell."""
    paid, waiting = [0] * len(net), 0
    for day, amount in enumerate(net):
        waiting += amount
        if not merged[day] or day == len(net) - 1:
            paid[day], waiting = waiting, 0

    assert pos_settlement_gap(rails(given, net, paid, closed=len(net) + 4), 3) in {0, None}
