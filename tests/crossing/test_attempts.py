"""Collection attempts: what is usual, and when it is the channel that fails."""

from datetime import date, timedelta

import pytest

from schemas.crossing import Attempts, AttemptsTold
from stream.crossing.attempts import Collection

TODAY = date(2026, 3, 4)
NSF, TECHNICAL = "INSUFFICIENT_FUNDS", "TECHNICAL"


def channel(attempts, nsf=0, technical=0):
    failed = {NSF: nsf, TECHNICAL: technical}
    return Attempts(attempts=attempts, failed={each: n for each, n in failed.items() if n})


def told(today, *weeks, partition=0, at_ms=1_000):
    """Attempts of today, and of its weekday one, two, ... weeks before."""
    days = {TODAY: today}
    days |= {TODAY - timedelta(weeks=n + 1): of for n, of in enumerate(weeks)}
    return AttemptsTold(partition=partition, day=TODAY, at_ms=at_ms, days=days)


def answered(*parts):
    collection = Collection(partitions=len(parts))
    (answer,) = [each for part in parts for each in collection.take(part)]
    return answer


USUAL = [{"a": channel(500, 50), "b": channel(500, 50)}] * 8


@pytest.mark.parametrize(
    ("today", "channels"),
    [
        pytest.param({"a": channel(500, 50), "b": channel(500, 50)}, {}, id="as usual"),
        pytest.param(
            {"a": channel(500, 100), "b": channel(500, 100)}, {}, id="both fail: it is the people"
        ),
        pytest.param(
            {"a": channel(500, 200), "b": channel(500, 50)}, {"a": 1_000_000}, id="one is out"
        ),
        pytest.param(
            {"a": channel(500, 110), "b": channel(500, 70)}, {"a": 750_000}, id="60 of 80: mostly"
        ),
        pytest.param({"a": channel(500, 86), "b": channel(500, 74)}, {}, id="36 of 60: 60 %"),
        pytest.param(
            {"a": channel(500, 87), "b": channel(500, 73)}, {"a": 616_666}, id="37 of 60: more"
        ),
        pytest.param(
            {"a": channel(500, 230), "b": channel(500, 110)},
            {},
            id="75 %, but the others fail more than usual, too",
        ),
        pytest.param(
            {"a": channel(500, 50, 100), "b": channel(500, 50, 100)},
            {"#TECHNICAL": 1_000_000},
            id="the banks behind both",
        ),
        pytest.param(
            {"a": channel(500, 50, 150), "b": channel(500, 50)},
            {"a": 1_000_000, "#TECHNICAL": 1_000_000},
            id="the banks behind one",
        ),
        pytest.param({"a": channel(1_000, 300)}, {}, id="no other one to compare with"),
        pytest.param({"a": channel(1_000, 300), "b": channel(49, 5)}, {}, id="hardly another one"),
        pytest.param(
            {"a": channel(500, 50), "new": channel(500, 200)}, {"new": 1_000_000}, id="a new one"
        ),
    ],
)
def test_where_the_excess_is(today, channels):
    assert answered(told(today, *USUAL)).channels == channels


@pytest.mark.parametrize(
    ("failed", "is_spike"),
    [
        pytest.param(149, False, id="4.9 points more"),
        pytest.param(150, True, id="5 points more"),
    ],
)
def test_a_spike_is_five_points_above_the_usual(failed, is_spike):
    today = {"a": channel(500, failed - 50), "b": channel(500, 50)}

    assert bool(answered(told(today, *USUAL)).channels) is is_spike


@pytest.mark.parametrize(
    ("more", "is_spike"),
    [pytest.param(0, False, id="as many as chance"), pytest.param(1, True, id="one more")],
)
def test_chance_alone_makes_no_spike(more, is_spike):
    """Days differ by far more here than five points."""
    wild = [{"a": channel(50, n), "b": channel(50, n)} for n in (0, 20, 1, 18, 0, 19, 2, 17)]
    most = answered(told({"a": channel(50), "b": channel(50)}, *wild)).bound
    assert most > 25
    today = {"a": channel(50, most + more - 8), "b": channel(50, 8)}

    assert bool(answered(told(today, *wild)).channels) is is_spike


@pytest.mark.parametrize(
    ("weeks", "known"),
    [
        pytest.param(3, False, id="three weekdays"),
        pytest.param(4, True, id="four"),
    ],
)
def test_too_few_days_say_nothing(weeks, known):
    answer = answered(told({"a": channel(500, 450)}, *USUAL[:weeks]))

    assert (answer.bound is not None) is known
    assert answer.channels == {}


def test_one_outage_does_not_hide_the_next():
    before = [*USUAL[:3], {"a": channel(500, 450), "b": channel(500, 50)}, *USUAL[:3]]
    answer = answered(told({"a": channel(500, 200), "b": channel(500, 50)}, *before))

    assert (answer.usual_attempts, answer.usual_failed) == (6_000, 600)
    assert answer.channels == {"a": 1_000_000}


@pytest.mark.parametrize(
    ("weeks", "usual"),
    [pytest.param(4, (400, 70), id="four weeks"), pytest.param(5, (400, 40), id="five")],
)
def test_the_worst_day_is_left_out_where_there_are_enough(weeks, usual):
    before = [{"a": channel(100, n)} for n in (10, 40, 10, 10, 10)][:weeks]
    answer = answered(told({"a": channel(100, 10)}, *before))

    assert (answer.usual_attempts, answer.usual_failed) == usual


def test_parts_of_partitions_add_up():
    parts = [
        told({"a": channel(200, 20)}, {"a": channel(100, 9)}, partition=0),
        told({"b": channel(100, 0, 3)}, {}, {"b": channel(50)}, partition=1),
        told({"a": channel(100, 1, 1)}, {"a": channel(100, 1)}, partition=2),
    ]
    answer = answered(*parts)

    assert (answer.attempts, answer.failed) == (400, 25)
    assert (answer.usual_attempts, answer.usual_failed) == (250, 10)


def test_a_day_without_attempts_has_nothing_to_say():
    assert Collection(partitions=1).take(told({}, *USUAL)) == []
