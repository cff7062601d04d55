"""Going live on a book with a history, in small: `python -m bench.go_live` does it at full size."""

import pytest

from bench.go_live import GoLive

pytestmark = pytest.mark.xdist_group("go-live")  # one process makes the book, not two


@pytest.fixture(scope="module")
def outcome():
    return GoLive(loans=70, days=100, daily_days=30).run()


def test_the_overdue_are_carried_as_they_stand_and_nothing_that_is_past_is_fired(outcome):
    assert outcome.wrong == []
    assert sum(outcome.overdue.values()) == 3
    assert all(outcome.carried[tier] >= loans for tier, loans in outcome.overdue.items())


def test_baselines_are_warm_on_day_one(outcome):
    """Three months of two sales a day: most have the hundred sales that a baseline needs."""
    assert outcome.warm["sales_ratio"] >= 0.8
    assert outcome.warm["inflow_ratio"] >= 0.9


def test_a_history_told_by_week_until_the_last_month_is_carried_as_one_told_by_day():
    by_day, by_week = (GoLive(loans=20, days=90, daily_days=days) for days in (90, 30))

    assert by_week.run()._replace(rate=0) == by_day.run()._replace(rate=0)
    assert by_week.carried == by_day.carried
