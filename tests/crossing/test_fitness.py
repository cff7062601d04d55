"""What the partitions have counted of the detectors, added up."""

from datetime import date, timedelta

from schemas.crossing import FitnessTold
from schemas.fitness import FitnessCounts
from stream.crossing.answers import Answers
from stream.crossing.fitness import Fitnesses

DAY = date(2026, 3, 1)


def told(partition, *, day=DAY, since=None, **models):
    counts = {f"{name}/1": of for name, of in models.items()}
    return FitnessTold(partition=partition, day=day, at_ms=1, models=counts, since=since or {})


def of(number, **how):
    return FitnessCounts(deciles=tuple(range(number, number + 10)), **how)


def test_a_day_is_complete_when_all_have_told_of_it_and_adds_up():
    fitnesses = Fitnesses(partitions=3)
    assert fitnesses.take(told(0, amount=of(1, silent=2, early=3, right=4, wrong=5))) == []
    assert fitnesses.take(told(2)) == []
    (snapshot,) = fitnesses.take(told(1, amount=of(7, silent=1), mix=of(0)))

    expected = FitnessCounts(
        deciles=tuple(8 + 2 * n for n in range(10)), silent=3, early=3, right=4, wrong=5
    )
    assert snapshot.models == {"amount/1": expected, "mix/1": of(0)}
    assert (snapshot.day, snapshot.version) == (DAY, DAY.toordinal())


def test_of_the_days_to_begin_with_the_latest_counts_whoever_says_it():
    later = DAY + timedelta(days=1)
    for first, second in ((DAY, later), (later, DAY)):
        fitnesses = Fitnesses(partitions=2)
        fitnesses.take(told(0, since={"amount/1": first}))
        (snapshot,) = fitnesses.take(told(1, since={"amount/1": second, "mix/1": DAY}))

        assert snapshot.since == {"amount/1": later, "mix/1": DAY}


def test_each_day_is_answered_for_itself_and_once():
    """A crossing that takes over says all days again, and none of them replaces another."""
    answers = Answers(partitions=1)
    days = [DAY + timedelta(days=n) for n in range(3)]

    assert [len(answers.take(told(0, day=day, amount=of(1)))) for day in days] == [1, 1, 1]
    assert [len(answers.take(told(0, day=day, amount=of(1)))) for day in days] == [0, 0, 0]
    assert len(answers.said) == len(days)
