"""The false-alarm study in small: seeded, so that a measure that changes is noticed."""

from bench import false_alarms
from bench.false_alarms import SALES, SETTLED_IN, TWO_MONTHS, YEAR

MERCHANTS = 6


def found(sales_a_day, *, days, fallen_to=None):
    """By rung of P01, for each merchant: on which days after the fall an episode opened."""
    merchants = false_alarms.watched(
        sales_a_day, SALES[:3], MERCHANTS, SETTLED_IN + days, fallen_to
    )
    start = false_alarms.MONDAY + SETTLED_IN
    return [
        [[day - start for day in watches[rung].found] for watches in merchants] for rung in range(3)
    ]


def test_healthy_merchants_are_seldom_warned_of_and_never_severely():
    mild, moderate, severe = (sum(map(len, rung)) for rung in found(15, days=YEAR))

    assert 0 < mild <= 2 * MERCHANTS
    assert moderate <= MERCHANTS
    assert severe == 0


def test_a_fall_to_a_fifth_is_found_in_all_and_by_every_rung_in_turn():
    mild, moderate, severe = found(15, days=TWO_MONTHS, fallen_to=0.2)
    first = [sorted(days[0] for days in rung if days) for rung in (mild, moderate, severe)]

    assert [len(each) for each in first] == [MERCHANTS] * 3
    assert max(first[1]) <= 14
    assert max(first[2]) <= 28
