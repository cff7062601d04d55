"""When what is said of a borrower counts."""

import pytest

from schemas.instants import DAY_MS
from stream.evaluate.window import DAYS_A_MONTH, Window


@pytest.mark.parametrize(
    ("at_days", "counts"),
    [
        pytest.param(9, False, id="before its first event"),
        pytest.param(10, False, id="at its first event, in the warm-up"),
        pytest.param(14.999, False, id="in the warm-up"),
        pytest.param(15, True, id="after the warm-up"),
        pytest.param(29.999, True, id="before its end"),
        pytest.param(30, False, id="at its end"),
    ],
)
def test_what_is_said_counts_between_warm_up_and_end(at_days, counts):
    window = Window(warm_up_days=5, until_ms=30 * DAY_MS)
    window.event(10 * DAY_MS)
    window.event(12 * DAY_MS)

    assert window.counts(int(at_days * DAY_MS)) is counts


def test_nothing_counts_of_a_borrower_without_events():
    window = Window(warm_up_days=0, until_ms=None)

    assert not window.counts(1)
    assert window.months(DAY_MS) == 0


@pytest.mark.parametrize(
    ("until_days", "end_days", "days"),
    [
        pytest.param(None, 40, 25, id="to the end of the file"),
        pytest.param(30, 40, 15, id="to its own end"),
        pytest.param(60, 40, 25, id="a file that ends before"),
        pytest.param(12, 40, 0, id="an end before the warm-up is over"),
    ],
)
def test_its_time_is_counted_from_the_warm_up_to_the_end(until_days, end_days, days):
    window = Window(warm_up_days=5, until_ms=until_days and until_days * DAY_MS)
    window.event(10 * DAY_MS)

    assert window.months(end_days * DAY_MS) == days / DAYS_A_MONTH
