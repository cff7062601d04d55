"""What D8 learns from over all partitions: whole rounds, one order, records that Kafka takes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import journal
from schemas.crossing import EWS_LANES, EwsTold, encode, ews_lane_of, key_of
from stream.crossing.answers import Answers, about
from stream.crossing.examples import MOST, Examples

DAY = date(2026, 6, 1)
ROW = "A" * 336


def example(number):
    return f"{number * 2654435761 % 2**64:016x}{ROW}"


def parts(partitions, by_round, day=DAY):
    """What the partitions tell of examples that are spread over them by number."""
    found = []
    for partition in range(partitions):
        for lane in range(EWS_LANES):
            rounds = {
                of: tuple(
                    each
                    for number in numbers
                    if number % partitions == partition
                    and ews_lane_of(each := example(number)) == lane
                )
                for of, numbers in by_round.items()
            }
            found.append(
                EwsTold(
                    lane=lane,
                    partition=partition,
                    day=day,
                    at_ms=partition,
                    rounds={of: texts for of, texts in rounds.items() if texts},
                )
            )
    return found


def answered(partitions, told):
    examples = Examples(partitions)
    return [answer for each in told for answer in examples.take(each)]


def flat(answers):
    return [
        (day, text) for answer in answers for day, texts in answer.rounds.items() for text in texts
    ]


@given(st.sets(st.integers(0, 10**6), min_size=1, max_size=40), st.integers(1, 8), st.randoms())
def test_the_order_depends_neither_on_partitions_nor_on_who_tells_first(numbers, partitions, rng):
    told = parts(partitions, {DAY: sorted(numbers)})
    rng.shuffle(told)
    found = answered(partitions, told)

    assert flat(found) == sorted((DAY, example(number)) for number in numbers)


def test_nothing_is_said_before_all_have_told_nor_of_nobody():
    told = parts(4, {DAY: range(9)})

    assert answered(4, told[:-1]) == []
    assert answered(4, parts(4, {})) == []
    assert answered(4, [*told, *told]) == answered(4, told)


def test_large_rounds_are_told_in_parts_that_kafka_takes():
    earlier = DAY - timedelta(days=1)
    found = answered(2, parts(2, {DAY: range(MOST), earlier: range(MOST, 2 * MOST + 500)}))

    assert [(each.part, each.parts) for each in found] == [(0, 3), (1, 3), (2, 3)]
    assert max(len(journal.encode(each)) for each in found) < 500_000
    assert flat(found) == sorted(flat(found))
    assert len({about(each) for each in found}) == 3


def test_nothing_of_it_is_kept_by_crossing():
    answers = Answers(1)
    for number in range(300):
        day = DAY + timedelta(days=number)
        for each in parts(1, {day: [number]}, day):
            answers.take(each)

    assert answers.said == []
    assert len(repr(vars(answers._ews._rounds))) < 5_000


@pytest.mark.parametrize("lane", range(EWS_LANES))
def test_all_lanes_meet_in_one_place(lane):
    told = EwsTold(lane=lane, partition=0, day=DAY, at_ms=0, rounds={})
    assert key_of(told) == b"ews"
    assert len(encode(told)) < 200
