"""Going live on a book with a history, in small: `python -m bench.go_live` does it at full size."""

import pytest

from bench.go_live import GoLive


@pytest.fixture(scope="module")
def outcome():
    return GoLive(loans=70, days=100).run()


def test_the_overdue_are_carried_as_they_stand_and_nothing_that_is_past_is_fired(outcome):
    assert outcome.wrong == []
    assert sum(outcome.overdue.values()) == 3
    assert all(outcome.carried[tier] >= loans for tier, loans in outcome.overdue.items())


def test_baselines_are_warm_on_day_one(outcome):
    """Three months of two sales a day: most have the hundred sales that a baseline needs."""
    assert outcome.warm["sales_ratio"] >= 0.8
    assert outcome.warm["inflow_ratio"] >= 0.9
