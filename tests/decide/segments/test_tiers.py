"""G06: many members of a segment come to moderate within a week."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Phase
from schemas.crossing import MembersTold
from tests.decide.segments.world import Cluster, day


def raised(*counts, members=20, partitions=1, **how):
    """So many members come to moderate on each day; return the cluster."""
    cluster = Cluster(partitions, **how)
    everybody = iter(cluster.members(members))
    for number, count in enumerate(counts):
        for _ in range(count):
            cluster.tier(next(everybody), number, 2)
        cluster.tick(number + 0.5)
    return cluster


@pytest.mark.parametrize(
    ("counts", "alerts"),
    [
        pytest.param([9], [], id="nine"),
        pytest.param([10], [("1/1", "severe", "opened")], id="ten at once"),
        pytest.param([4, 0, 0, 3, 0, 0, 3], [("1/1", "severe", "opened")], id="within a week"),
        pytest.param([5, 0, 0, 0, 0, 0, 0, 5], [], id="ten in eight days"),
        pytest.param([10, 0, 0, 0, 0, 0, 0, 5], [("1/1", "severe", "opened")], id="half is left"),
        pytest.param(
            [10, 0, 0, 0, 0, 0, 0, 4],
            [("1/1", "severe", "opened"), ("1/2", "none", "cleared")],
            id="less than half is left",
        ),
    ],
)
def test_ten_borrowers_within_a_week(counts, alerts):
    expected = [(f"food/g06_batch_collapse/{n}", *rest) for n, *rest in alerts]

    assert raised(*counts).alerts() == expected


@pytest.mark.parametrize(
    ("members", "count", "is_collapse"),
    [
        pytest.param(400, 11, False, id="not three of a hundred"),
        pytest.param(400, 12, True, id="three of a hundred"),
        pytest.param(401, 12, False, id="a little less"),
    ],
)
def test_three_of_a_hundred_members(members, count, is_collapse):
    assert bool(raised(count, members=members).alerts()) is is_collapse


@pytest.mark.parametrize(
    ("count", "is_collapse"),
    [pytest.param(14, False, id="less than thrice"), pytest.param(15, True, id="thrice the mean")],
)
def test_thrice_the_weekly_mean_of_eight_weeks(count, is_collapse):
    """Five a week are usual here: so many in each of the eight weeks before."""
    weeks = [5, 0, 0, 0, 0, 0, 0] * 8
    alerts = raised(*weeks, count, members=200).alerts()

    assert bool(alerts) is is_collapse


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_it_is_told_once_whatever_the_number_of_partitions(partitions):
    cluster = raised(4, 0, 7, partitions=partitions)

    assert cluster.told("alerts") == raised(4, 0, 7).told("alerts")
    assert cluster.told("alerts")[0]["reason"]["en"] == (
        "11 of 20 borrowers came to moderate or more within 7 days to 2024-10-06,"
        " 10 are too many; look for a change of rules first"
    )


def test_going_up_and_down_counts_once_a_week():
    cluster = raised(9)
    cluster.tier("brw_0", 2, 0)
    cluster.tier("brw_0", 3, 3)
    cluster.tick(4)
    assert cluster.alerts() == []

    cluster.tier("brw_0", 4, 0)
    cluster.tier("brw_0", 7, 2)
    cluster.tick(8)
    assert [answer.raised for answer in cluster.given][-1] == 1


def test_a_warning_that_was_disproved_does_not_count():
    cluster = raised(9)
    cluster.tier("brw_0", 1, 0, taken_back=True)
    cluster.tier("brw_1", 1, 1)
    cluster.tier("brw_10", 1, 2)
    cluster.tick(2)

    assert cluster.given[-1].raised == 9


def test_incidents_of_bootstrap_are_handed_out_at_go_live_as_they_stand():
    cluster = raised(10, phase=Phase.BOOTSTRAP)
    assert cluster.alerts() == []
    assert [d["phase"] for d in cluster.told("decisions")] == ["bootstrap"]

    cluster.carry()
    assert cluster.alerts() == [("food/g06_batch_collapse/1/2", "severe", "carried")]
    assert [d["ordinal"] for d in cluster.told("decisions")] == [1, 2]


def test_who_belongs_to_no_segment_counts_nowhere():
    cluster = Cluster()
    cluster.join("brw_0")
    cluster.tier("brw_0", 0, 3)
    cluster.tick(1)

    assert cluster.given == []


steps = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(0, 5), st.sampled_from(["food", "tea", ""])),
        st.tuples(st.just("tier"), st.integers(0, 5), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("tick"), st.integers(1, 20)),
        st.tuples(st.just("restart")),
    ),
    max_size=40,
)


def acted(drawn, partitions):
    cluster, today = Cluster(partitions), 0
    told = []
    for what, *of in drawn:
        match what, of:
            case "join", (who, segment):
                cluster.join(f"brw_{who}", *filter(None, [segment]))
            case "tier", (who, tier, taken_back):
                cluster.tier(f"brw_{who}", today, tier, taken_back=taken_back)
            case "tick", (days,):
                today += days
                told.append((today, cluster.tick(today)))
            case "restart", _:
                cluster.restart()
    return told


def recount(drawn):
    """Members of each segment at each tick, and the days in memory on which members rose."""
    segments, tiers, rose, found, today = {}, {}, {}, [], 0
    for what, *of in drawn:
        if what == "join":
            segments[of[0]] = of[1]
        elif what == "tier":
            who, tier, taken_back = of
            before, tiers[who] = tiers.get(who, 0), tier
            latest = max((on for _, on in rose.get(who, [])), default=-99)
            if before < 2 <= tier and segments.get(who) and today - latest >= 7:
                rose.setdefault(who, []).append((segments[who], today))
            elif tier < 2 <= before and taken_back and rose.get(who):
                rose[who].pop()
        elif what == "tick":
            today += of[0]
            each = [one for of_one in rose.values() for one in of_one]
            found.append(
                {
                    segment: (
                        sum(name == segment for name in segments.values()),
                        sorted(on for name, on in each if name == segment and today - on < 70),
                    )
                    for segment in ("food", "tea")
                }
            )
    return found


@given(steps)
def test_a_recount_gives_the_same_split_or_not_restarted_or_not(drawn):
    expected = [{k: v for k, v in each.items() if v != (0, [])} for each in recount(drawn)]
    for partitions in (1, 4, 8):
        found = []
        for _, told in acted(drawn, partitions):
            sums = {}
            for part in told:
                if isinstance(part, MembersTold):
                    for segment, of in part.segments.items():
                        members, days = sums.get(segment, (0, []))
                        days = days + [
                            (on - day(0)).days for on, n in of.raised.items() for _ in range(n)
                        ]
                        sums[segment] = members + of.members, sorted(days)
            found.append(sums)
        assert found == expected
