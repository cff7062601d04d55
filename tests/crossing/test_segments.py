"""A segment's members over all partitions: exact, whatever comes when, in any number of parts."""

import statistics
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.counts import quantile
from schemas.crossing import (
    LANES,
    MembersTold,
    SalesTold,
    SegmentMembers,
    SegmentSales,
    TiesTold,
    decode,
    encode,
    key_of,
    lane_of,
)
from stream.crossing.answers import Answers, about

DAY = date(2026, 3, 4)
SEGMENTS = ("food", "hotel", "tea")


@pytest.mark.parametrize(
    ("values", "median", "tenth"),
    [
        pytest.param([700], 700, 700, id="one"),
        pytest.param([700, 900], 700, 700, id="two: the lower one"),
        pytest.param([300, 700, 900], 700, 300, id="three"),
        pytest.param([*range(100, 1_100, 100)], 500, 100, id="ten"),
        pytest.param([*range(100, 1_200, 100)], 600, 200, id="eleven"),
        pytest.param([0] * 6 + [900] * 5, 0, 0, id="more than half are closed"),
    ],
)
def test_median_and_tenth_by_hand(values, median, tenth):
    counts = {value: values.count(value) for value in values}

    assert (quantile(counts, 1, 2), quantile(counts, 1, 10)) == (median, tenth)


@given(st.lists(st.integers(0, 50), min_size=1))
def test_the_median_is_the_lower_median(values):
    counts = {value: values.count(value) for value in values}

    assert quantile(counts, 1, 2) == statistics.median_low(values)


members = st.lists(
    st.tuples(
        st.integers(0, 7),  # the partition that holds it, of eight
        st.sampled_from(SEGMENTS),
        st.integers(0, 2),  # day
        st.dictionaries(st.sampled_from([7, 28]), st.integers(0, 2_000)),
        st.sampled_from([None, False, True]),
    ),
    max_size=30,
)


def sales_told(drawn, partitions):
    """What the partitions tell of these members, each partition of each lane on each day."""
    records = []
    for day in range(3):
        for partition in range(partitions):
            segments = {}
            for place, segment, on, ratios, reopened in drawn:
                if on == day and place % partitions == partition:
                    sales = segments.setdefault(segment, SegmentSales(ratios={}))
                    sales = segments[segment] = SegmentSales(
                        ratios=plus(sales.ratios, ratios),
                        asked=sales.asked + (reopened is not None),
                        reopened=sales.reopened + bool(reopened),
                    )
            records += [
                SalesTold(
                    lane=lane,
                    partition=partition,
                    day=DAY + timedelta(days=day),
                    at_ms=day,
                    segments={name: of for name, of in segments.items() if lane_of(name) == lane},
                )
                for lane in range(LANES)
            ]
    return records


def plus(counts, ratios):
    added = {window: dict(of) for window, of in counts.items()}
    for window, ratio in ratios.items():
        of = added.setdefault(window, {})
        of[ratio] = of.get(ratio, 0) + 1
    return added


def recount(drawn):
    """The last day on which a segment has members, counted one by one."""
    found = {}
    for segment in SEGMENTS:
        days = {on for _, name, on, _, _ in drawn if name == segment}
        if not days:
            continue
        of = [m for m in drawn if m[1] == segment and m[2] == max(days)]
        ratios = {w: sorted(m[3][w] for m in of if w in m[3]) for w in (7, 28)}
        ratios = {w: values for w, values in ratios.items() if values}
        asked = [m[4] for m in of if m[4] is not None]
        found[segment] = (
            max(days),
            len(ratios[min(ratios)]) if ratios else 0,
            {w: statistics.median_low(values) * 1_000 for w, values in ratios.items()},
            {w: values[-(-len(values) // 10) - 1] * 1_000 for w, values in ratios.items()},
            sum(asked) * 1_000_000 // len(asked) if asked else None,
        )
    return found


def said(records, partitions):
    answers = Answers(partitions)
    versions = {}
    for record in records:
        for answer in answers.take(decode(encode(record))):
            versions.setdefault(about(answer), []).append(answer.version)
    assert all(each == sorted(set(each)) for each in versions.values())
    return answers.said


@given(members, st.data())
def test_any_number_of_partitions_in_any_order_and_again_gives_what_a_recount_gives(drawn, data):
    for partitions in (1, 4, 8):
        records = sales_told(drawn, partitions)
        again = data.draw(st.permutations(records + records[::3]))
        for each in (records, again):
            found = {
                a.segment_id: ((a.day - DAY).days, a.members, a.ratios, a.tenths, a.reopened)
                for a in said(each, partitions)
            }
            assert found == recount(drawn)


def test_nothing_is_said_before_every_partition_has_told_of_the_day():
    records = sales_told([(0, "tea", 0, {7: 900}, None)], partitions=4)
    of_tea = [each for each in records if each.lane == lane_of("tea") and each.day == DAY]

    assert said(of_tea[:-1], 4) == []
    assert [a.ratios for a in said(of_tea, 4)] == [{7: 900_000}]


def members_told(partition, members, raised, hour=1):
    segment = SegmentMembers(
        members=members, raised={DAY - timedelta(days=ago): n for ago, n in raised.items()}
    )
    return MembersTold(
        lane=lane_of("tea"), partition=partition, day=DAY, at_ms=hour, segments={"tea": segment}
    )


@pytest.mark.parametrize(
    ("raised", "counted"),
    [
        pytest.param({}, [], id="nobody"),
        pytest.param({0: 2}, [(2, 0)], id="today"),
        pytest.param({6: 2}, [(2, 0)], id="the seventh day"),
        pytest.param({7: 2}, [(0, 2)], id="the day before these"),
        pytest.param({0: 1, 13: 2}, [(1, 2)], id="a fortnight"),
        pytest.param({14: 2}, [], id="longer ago: nothing to say"),
        pytest.param({0: 1, 62: 2}, [(1, 2)], id="eight weeks before the week"),
        pytest.param({0: 1, 63: 2}, [(1, 0)], id="longer ago than that"),
        pytest.param({0: 1, 1: -1, 2: 3}, [(3, 0)], id="one was a mistake"),
    ],
)
def test_a_week_and_the_eight_weeks_before(raised, counted):
    half = {day: n for day, n in raised.items() if day % 2}
    rest = {day: n for day, n in raised.items() if not day % 2}
    told = [members_told(0, 30, half), members_told(1, 12, rest)]

    assert [(a.raised, a.before) for a in said(told, 2)] == counted
    assert all(a.members == 42 for a in said(told, 2))


def test_what_is_the_same_as_before_is_not_said_again():
    answers = Answers(partitions=1)
    hours = [members_told(0, 30, {0: n}, hour) for hour, n in enumerate((1, 1, 2, 2), start=1)]
    given = [[a.raised for a in answers.take(each)] for each in hours]

    assert given == [[1], [], [2], []]


def ties(partition, equal, differing=(), at_ms=1):
    return TiesTold(
        partition=partition,
        day=DAY,
        at_ms=at_ms,
        ties={"EQUAL": equal, "DIFFERS": len(differing)},
        causes={"DAY_ROLL": len(differing)},
        differing=differing,
    )


def test_the_mornings_record_is_of_all_partitions_and_of_the_latest_round():
    first = [ties(0, 5, ("ln_2",)), ties(1, 7, ("ln_1", "ln_3"))]
    later = [ties(0, 6, at_ms=2), ties(1, 7, ("ln_1",), at_ms=2)]
    for records in (first + later, later[::-1] + first + later):
        (record,) = said(records, 2)

        assert record.ties == {"DIFFERS": 1, "EQUAL": 13}
        assert record.causes == {"DAY_ROLL": 1}
        assert record.differing == ("ln_1",)


def test_what_is_added_up_together_has_one_key():
    assert {key_of(each) for each in sales_told([], 4)} == {
        f"segments/{lane}".encode() for lane in range(LANES)
    }
    assert key_of(ties(0, 1)) == key_of(ties(3, 1)) == b"ties/2026-03-04"
