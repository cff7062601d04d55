"""The input clock: when a record is due, and when the clock records between are."""

import pytest

from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS
from stream.sources.pace import Pace


class Wall:
    """A clock that goes on when told."""

    def __init__(self):
        self.now_s = 1_000.0

    def __call__(self):
        return self.now_s


def test_the_input_clock_starts_with_the_first_instant_and_runs_at_its_speed():
    wall = Wall()
    pace = Pace(3_600.0, wall)
    first_ms = 5 * DAY_MS

    assert pace.wait_s(first_ms) == 0
    assert pace.wait_s(first_ms + 2 * HOUR_MS) == pytest.approx(2.0)
    wall.now_s += 1.5
    assert pace.wait_s(first_ms + 2 * HOUR_MS) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("at_ms", "later_s"),
    [
        pytest.param(-DAY_MS, 0.0, id="an instant before the first"),
        pytest.param(HOUR_MS, 10.0, id="an instant that has passed"),
    ],
)
def test_what_is_late_does_not_wait(at_ms, later_s):
    wall = Wall()
    pace = Pace(3_600.0, wall)
    pace.wait_s(0)

    wall.now_s += later_s

    assert pace.wait_s(at_ms) == 0


def test_as_fast_as_possible_nothing_waits():
    pace = Pace(None, Wall())

    assert [pace.wait_s(at_ms) for at_ms in (0, 365 * DAY_MS)] == [0, 0]


@pytest.mark.parametrize(
    ("speed", "step_ms"),
    [
        pytest.param(0.5, MINUTE_MS, id="slower than life: every minute"),
        pytest.param(1.0, MINUTE_MS, id="real time: every minute"),
        pytest.param(600.0, 10 * MINUTE_MS, id="every second on the wall"),
        pytest.param(90.0, MINUTE_MS, id="whole minutes"),
        pytest.param(1e6, 3 * HOUR_MS, id="never more than three hours"),
        pytest.param(None, HOUR_MS, id="as fast as possible: every hour"),
    ],
)
def test_clock_records_are_a_second_apart_but_a_minute_to_three_hours(speed, step_ms):
    pace = Pace(speed, Wall())

    assert pace.mark_after(0) == step_ms
    assert pace.mark_after(step_ms - 1) == step_ms
    assert pace.mark_after(step_ms) == 2 * step_ms


@pytest.mark.parametrize(
    ("from_ms", "before_ms", "marks"),
    [
        pytest.param(0, 0, [], id="no time"),
        pytest.param(0, 1, [0], id="the first is in"),
        pytest.param(1, MINUTE_MS, [], id="the last is out"),
        pytest.param(1, 2 * MINUTE_MS + 1, [MINUTE_MS, 2 * MINUTE_MS], id="all between"),
        pytest.param(5 * MINUTE_MS, MINUTE_MS, [], id="back in time"),
    ],
)
def test_marks_lie_between_two_instants(from_ms, before_ms, marks):
    assert list(Pace(1.0, Wall()).marks(from_ms, before_ms)) == marks


def test_as_fast_as_possible_a_gap_has_one_mark():
    assert list(Pace(None, Wall()).marks(HOUR_MS, 30 * DAY_MS)) == [30 * DAY_MS - HOUR_MS]


@pytest.mark.parametrize("speed", [0.0, -1.0, float("inf"), float("nan")])
def test_a_speed_is_above_zero_and_finite(speed):
    with pytest.raises(ValueError, match="expected a speed above 0, got"):
        Pace(speed, Wall())
