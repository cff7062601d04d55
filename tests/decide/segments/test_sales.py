"""G05: the members' sales, their peers, and what a fall of all of them explains."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.crossing import MembersTold
from tests.decide.segments.world import SEGMENT, WINDOWS, Cluster, day

CLOSED = 3
"""A tick so many days later closes a day: 36 hours of delay, and the rest of a local day."""


def played(ratios, members=50, partitions=1, **how):
    """Each day all members have the same ratio, in thousandths; return the cluster."""
    cluster = Cluster(partitions, **how)
    everybody = cluster.members(members)
    for number, ratio in enumerate(ratios):
        for member in everybody:
            cluster.close(member, number, ratio * 1_000)
        cluster.tick(number + CLOSED)
    return cluster


@pytest.mark.parametrize(
    ("ratios", "alerts"),
    [
        pytest.param([1_000, 850, 801], [], id="not far enough"),
        pytest.param([800], [("1/1", "mild", "opened")], id="a fifth is gone"),
        pytest.param([600], [("1/1", "moderate", "opened")], id="two fifths at once"),
        pytest.param(
            [790, 590], [("1/1", "mild", "opened"), ("1/2", "moderate", "escalated")], id="deeper"
        ),
        pytest.param([790, 899], [("1/1", "mild", "opened")], id="not back yet"),
        pytest.param(
            [790, 900], [("1/1", "mild", "opened"), ("1/2", "none", "cleared")], id="halfway back"
        ),
        pytest.param(
            [590, 799, 800],
            [("1/1", "moderate", "opened"), ("1/2", "mild", "lowered")],
            id="one step back",
        ),
        pytest.param(
            [590, 950], [("1/1", "moderate", "opened"), ("1/2", "none", "cleared")], id="all back"
        ),
        pytest.param(
            [790, 900, 790],
            [
                ("1/1", "mild", "opened"),
                ("1/2", "none", "cleared"),
                ("2/1", "mild", "opened"),
            ],
            id="again",
        ),
    ],
)
def test_one_alert_of_the_segment(ratios, alerts):
    expected = [(f"food/g05_segment_sales/{n}", *rest) for n, *rest in alerts]

    assert played(ratios).alerts() == expected


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_it_is_told_once_whatever_the_number_of_partitions(partitions):
    cluster = played([790, 590, 950], partitions=partitions)

    assert cluster.told("alerts") == played([790, 590, 950]).told("alerts")
    assert [d["ordinal"] for d in cluster.told("decisions")] == [1, 2, 3]


def test_its_proof_is_complete():
    (alert,) = played([582], members=64).told("alerts")

    assert (alert["subject_kind"], alert["subject_id"]) == ("SEGMENT", SEGMENT)
    assert "borrower_id" not in alert
    assert alert["reason"]["en"] == (
        "median sales of 64 merchants are 58.2 % of expected over 7 days to 2024-10-04"
    )
    median = alert["measures"][0]
    assert (median["name"], median["value"], median["n"]) == ("median_sales_ratio", 0.582, 64)
    assert median["threshold"] == "<= 0.80"
    assert alert["clears_when"]["en"] == "the median is back at 90.0 %"


def test_fewer_than_fifty_merchants_open_nothing_and_close_nothing():
    assert played([500], members=49).alerts() == []

    cluster = played([500])
    for n in range(49):
        cluster.close(f"brw_{n}", 1, 1_000_000)
    cluster.tick(1 + CLOSED)
    assert len(cluster.alerts()) == 1


def test_peers_are_the_latest_figures():
    cluster = played([700], members=30)
    peers = cluster.peers("brw_3")

    assert (peers.members, peers.ratios) == (30, dict.fromkeys(WINDOWS, 700_000))
    assert cluster.peers("brw_stranger") is None
    assert played([700], members=29).peers("brw_3").ratios == {}


def test_figures_of_long_ago_say_nothing_of_today():
    cluster = played([700], members=50)
    cluster.tick(7)
    assert cluster.peers("brw_0") is not None
    assert cluster.is_damped("brw_0")

    cluster.tick(8)
    assert cluster.peers("brw_0") is None
    assert not cluster.is_damped("brw_0")


@pytest.mark.parametrize(
    ("member", "damped"),
    [
        pytest.param(0, False, id="worse than nine of ten"),
        pytest.param(5, True, id="as the tenth"),
        pytest.param(30, True, id="as most"),
        pytest.param("unknown", True, id="of unknown sales"),
        pytest.param("stranger", False, id="of another segment"),
    ],
)
def test_members_are_damped_but_those_who_are_worse_than_the_tenth(member, damped):
    cluster = Cluster()
    for n, member_id in enumerate(cluster.members(60)):
        cluster.close(member_id, 0, 300_000 if n < 5 else 450_000 if n < 12 else 550_000)
    cluster.join("brw_unknown", SEGMENT)
    cluster.join("brw_stranger", "hotel")
    assert not cluster.is_damped(f"brw_{member}")

    cluster.tick(CLOSED)
    assert cluster.is_damped(f"brw_{member}") is damped
    assert cluster.again == {SEGMENT}


def test_nobody_is_looked_at_again_for_a_segment_that_does_well():
    assert played([1_000, 990]).again == set()


@pytest.mark.parametrize(
    ("asked", "reopened", "share"),
    [
        pytest.param(40, 30, 750_000, id="three of four"),
        pytest.param(40, 0, 0, id="nobody yet"),
        pytest.param(29, 29, None, id="too few to say"),
        pytest.param(0, 0, None, id="nobody was asked"),
    ],
)
def test_who_has_sold_since_the_festival_is_counted_among_those_asked(asked, reopened, share):
    cluster = Cluster()
    for n, member in enumerate(cluster.members(60)):
        ratio = {7: 900_000} if n < 20 else {}
        cluster.close(member, 0, ratio, reopened=n < reopened if n < asked else None)
    cluster.tick(CLOSED)
    peers = cluster.peers("brw_0")

    assert peers.reopened == share
    assert (peers.members, peers.ratios) == (max(20, asked), {}), "20 ratios are too few"


def test_an_acquirer_that_is_far_behind_is_not_waited_for():
    cluster = Cluster()
    cluster.members(1)
    for number in range(6):
        cluster.close("brw_0", number, 1_000_000)
        cluster.tick(number + CLOSED, dead=1)

    assert [answer.day for answer in cluster.given] == [day(n) for n in range(1, 6)]

    cluster.tick(6 + CLOSED, dead=6 + CLOSED)
    assert len(cluster.given) == 5


def test_an_acquirer_that_is_a_little_behind_is_waited_for():
    cluster = Cluster()
    cluster.members(1)
    cluster.close("brw_0", 5, 1_000_000)
    cluster.tick(8, slow=7)
    assert cluster.given == []

    cluster.tick(8.5, slow=8)
    assert [answer.day for answer in cluster.given] == [day(5)]


def test_what_is_told_within_an_hour_is_told_once():
    cluster = Cluster()
    cluster.members(1)

    assert cluster.tick(5) != []
    assert cluster.tick(5 + 59 / 1_440) == []
    assert cluster.tick(5 + 61 / 1_440) != []


def test_a_day_that_was_told_is_settled():
    cluster = played([700], members=1)
    cluster.close("brw_0", 0, 100_000)
    cluster.join("brw_late", SEGMENT)
    cluster.close("brw_late", 0, 100_000)
    cluster.tick(1 + CLOSED)

    assert [answer.ratios[7] for answer in cluster.given] == [700_000]
    assert cluster.places[0].segments.tallies.segments[SEGMENT].days == {}


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        pytest.param(999_999, 999_000, id="rounded down"),
        pytest.param(-250_000, 0, id="more undone than sold"),
        pytest.param(12_345_678, 10_000_000, id="more than tenfold"),
    ],
)
def test_ratios_are_told_in_thousandths_between_nothing_and_tenfold(ratio, told):
    cluster = Cluster()
    cluster.join("brw_0", SEGMENT)
    cluster.close("brw_0", 0, ratio)
    cluster.tick(CLOSED)

    assert [answer.ratios[7] for answer in cluster.given] == [told]


def test_who_moves_to_another_segment_takes_its_sales_along():
    cluster = Cluster()
    cluster.members(2)
    for number, member in enumerate(("brw_0", "brw_1")):
        cluster.close(member, 0, 500_000 + 100_000 * number)
    cluster.join("brw_0", "tea")
    cluster.tick(CLOSED)

    found = {answer.segment_id: (answer.members, answer.ratios[7]) for answer in cluster.given}
    assert found == {"food": (1, 600_000), "tea": (1, 500_000)}


def test_a_segment_that_nobody_belongs_to_any_more_is_forgotten():
    cluster = Cluster()
    cluster.join("brw_0", SEGMENT)
    cluster.tick(1)
    cluster.restart()
    cluster.join("brw_0")
    cluster.tick(2)
    cluster.restart()

    assert cluster.stored[0][b"#tally/food"] is None
    assert cluster.places[0].segments.tallies.segments == {}


def test_the_first_hour_of_a_day_tells_of_the_day_before():
    """Local midnight is at 16:00 UTC."""
    cluster = Cluster()
    days = [
        {each.day for each in cluster.tick(hours / 24) if isinstance(each, MembersTold)}
        for hours in (15, 16, 17)
    ]

    assert days == [{day(0)}, {day(0)}, {day(1)}]


def test_the_latest_word_on_a_day_counts_and_an_older_day_is_no_news():
    cluster = Cluster()
    cluster.members(1)
    cluster.close("brw_0", 1, 500_000)
    cluster.close("brw_0", 1, 600_000)
    cluster.close("brw_0", 0, 100_000)
    cluster.tick(1 + CLOSED)

    assert [answer.ratios[7] for answer in cluster.given] == [600_000]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("close"), st.integers(0, 5), st.integers(0, 2), st.integers(0, 20)),
        st.tuples(st.just("join"), st.integers(0, 5), st.sampled_from(["food", "tea", ""])),
        st.tuples(st.just("tick")),
        st.tuples(st.just("restart")),
    ),
    max_size=40,
)


def acted(drawn, partitions, *, restarts=True):
    """Play the steps; a close is of the day in hand or one around it."""
    cluster, today = Cluster(partitions), 0
    for what, *of in drawn:
        match what, of:
            case "close", (who, ahead, ratio):
                cluster.close(f"brw_{who}", today + ahead, ratio * 100_000)
            case "join", (who, segment):
                cluster.join(f"brw_{who}", *filter(None, [segment]))
            case "tick", _:
                cluster.tick(today + CLOSED)
                today += 1
            case "restart", _ if restarts:
                cluster.restart()
    return cluster


def recount(drawn):
    """The figures of each day and segment, from all that was said before its round."""
    said, segments, latest, found, today = {}, {}, {}, [], 0
    for what, *of in drawn:
        if what == "close":
            who, ahead, ratio = of
            if today + ahead >= latest.get(who, 0):
                latest[who] = today + ahead
                said[who, latest[who]] = (segments.get(who), min(ratio * 100, 10_000))
        elif what == "join":
            who, segments[who] = of
            if who in latest:
                said[who, latest[who]] = (segments[who], said[who, latest[who]][1])
        elif what == "tick":
            for segment in ("food", "tea"):
                of_day = [each for (_, on), each in said.items() if on == today]
                values = [ratio for name, ratio in of_day if name == segment]
                if values:
                    found.append((today, segment, len(values), statistics.median_low(values)))
            today += 1
    return sorted(found)


@given(steps)
def test_a_recount_gives_the_same_split_or_not_restarted_or_not(drawn):
    for partitions in (1, 4, 8):
        cluster = acted(drawn, partitions)
        found = [
            ((a.day - day(0)).days, a.segment_id, a.members, a.ratios[7] // 1_000)
            for a in cluster.given
        ]
        assert sorted(found) == recount(drawn)


@given(steps)
def test_an_answer_that_comes_again_or_late_changes_nothing(drawn):
    cluster = acted(drawn, 4)
    before = [place.segments.knowledge._known for place in cluster.places]
    outputs = list(cluster.outputs)
    for answer in cluster.given[::-1] + cluster.given:
        cluster.answer(answer)

    assert [place.segments.knowledge._known for place in cluster.places] == before
    assert cluster.outputs == outputs
