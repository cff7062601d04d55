"""G01: collection attempts, and the verdict that it is the channel that fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.crossing import AttemptsTold
from stream.decide.segments import questions
from tests.decide.segments.world import NSF, TECHNICAL, Cluster, attempted, day

WEEKS = 5
TODAY = 7 * WEEKS


def debit(cluster, number, source, fails, *, of=150, reason=NSF):
    """So many attempts on a day, of which some fail."""
    for n in range(of):
        status = "FAILED" if n < fails else "SUCCEEDED"
        key = f"{source}/{number}/{n}"
        cluster.attempt(
            f"brw_{n % 9}",
            number + 0.1,
            status,
            key=key,
            source=source,
            reason=reason if n < fails else None,
        )


def usual(partitions=1, **how):
    """Five weekdays on which a tenth fails over either channel."""
    cluster = Cluster(partitions, **how)
    for week in range(WEEKS):
        debit(cluster, 7 * week, "psp-a", 15)
        debit(cluster, 7 * week, "psp-b", 15)
        cluster.tick(7 * week + 0.5)
    return cluster


@pytest.mark.parametrize(
    ("a", "b", "reason", "tier", "channels"),
    [
        pytest.param(15, 15, NSF, None, [], id="as usual"),
        pytest.param(21, 21, NSF, None, [], id="four points more"),
        pytest.param(30, 30, NSF, "moderate", [], id="ten points more: people, not channels"),
        pytest.param(45, 45, NSF, "severe", [], id="twenty points more"),
        pytest.param(60, 15, NSF, "severe", ["psp-a"], id="one channel"),
        pytest.param(40, 40, TECHNICAL, "severe", ["#TECHNICAL"], id="the banks"),
    ],
)
def test_more_failures_than_chance(a, b, reason, tier, channels):
    cluster = usual()
    debit(cluster, TODAY, "psp-a", a, reason=reason)
    debit(cluster, TODAY, "psp-b", b, reason=reason)
    cluster.tick(TODAY + 0.5)

    assert [alert["tier"] for alert in cluster.told("alerts")] == [tier] * (tier is not None)
    assert sorted(cluster.given[-1].channels) == channels


def test_it_ends_when_a_later_day_is_as_usual():
    cluster = usual()
    debit(cluster, TODAY, "psp-a", 60)
    debit(cluster, TODAY, "psp-b", 15)
    cluster.tick(TODAY + 0.5)
    debit(cluster, TODAY + 7, "psp-a", 1, of=150)
    cluster.tick(TODAY + 7.2)
    assert len(cluster.alerts()) == 1, "150 attempts are too few to say that it is over"

    debit(cluster, TODAY + 7, "psp-b", 16)
    cluster.tick(TODAY + 7.5)
    assert [(tier, what) for _, tier, what in cluster.alerts()] == [
        ("severe", "opened"),
        ("none", "cleared"),
    ]


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_it_is_told_once_whatever_the_number_of_partitions(partitions):
    alerts = []
    for number in (1, partitions):
        cluster = usual(number)
        debit(cluster, TODAY, "psp-a", 60)
        debit(cluster, TODAY, "psp-b", 15)
        cluster.tick(TODAY + 0.5)
        alerts.append(cluster.told("alerts"))

    assert alerts[0] == alerts[1]
    assert alerts[0][0]["reason"]["en"] == (
        "75 of 300 attempts of 2024-11-08 failed, usually 10.0 %;"
        " a channel is out, with so much of the excess: psp-a 100.0 %"
    )


@pytest.mark.parametrize(
    ("source", "days", "reason", "is_outage"),
    [
        pytest.param("psp-a", TODAY + 0.6, NSF, True, id="that channel on that day"),
        pytest.param("psp-a", TODAY + 0.01, NSF, True, id="before it was found out"),
        pytest.param("psp-a", TODAY + 1, NSF, False, id="the day after"),
        pytest.param("psp-a", TODAY - 1, NSF, False, id="the day before"),
        pytest.param("psp-b", TODAY + 0.6, NSF, False, id="another channel"),
        pytest.param("psp-b", TODAY + 0.6, TECHNICAL, False, id="technical elsewhere"),
    ],
)
def test_the_verdict_holds_for_the_channel_and_the_day(source, days, reason, is_outage):
    cluster = usual(partitions=4)
    debit(cluster, TODAY, "psp-a", 60)
    debit(cluster, TODAY, "psp-b", 15)
    cluster.tick(TODAY + 0.5)
    event = attempted("brw_1", days, "FAILED", key="k", source=source, reason=reason)

    for place in cluster.places:
        assert questions.is_channel_outage(event, place) is is_outage


def test_an_outage_holds_for_its_day_when_it_is_over_and_is_remembered_for_a_fortnight():
    cluster = usual()
    debit(cluster, TODAY, "psp-a", 60)
    debit(cluster, TODAY, "psp-b", 15)
    cluster.tick(TODAY + 0.2)
    debit(cluster, TODAY + 0.2, "psp-a", 0, of=2_000)
    cluster.tick(TODAY + 0.4)
    assert cluster.given[-1].channels == {}
    event = attempted("brw_1", TODAY + 0.01, "FAILED", key="k", source="psp-a", reason=NSF)

    for later, is_remembered in ((7, True), (13, True), (14, False)):
        debit(cluster, TODAY + later, "psp-a", 1, of=3)
        cluster.tick(TODAY + later + 0.2)
        assert questions.is_channel_outage(event, cluster.places[0]) is is_remembered


def test_an_outage_of_the_banks_holds_for_technical_failures_of_every_channel():
    cluster = usual()
    for source in ("psp-a", "psp-b"):
        debit(cluster, TODAY, source, 40, reason=TECHNICAL)
    cluster.tick(TODAY + 0.5)
    (place,) = cluster.places

    for reason, is_outage in ((TECHNICAL, True), (NSF, False)):
        event = attempted("brw_1", TODAY, "FAILED", key="k", source="psp-c", reason=reason)
        assert questions.is_channel_outage(event, place) is is_outage


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        pytest.param([("FAILED", {})], (1, 1), id="one that failed"),
        pytest.param([("SUCCEEDED", {})], (1, 0), id="one that did not"),
        pytest.param([("PARTIAL", {})], (1, 0), id="some of the money came"),
        pytest.param([("PENDING", {})], (0, 0), id="one that goes on"),
        pytest.param(
            [("PENDING", {}), ("FAILED", {"record_version": 2})], (1, 1), id="it fails in the end"
        ),
        pytest.param(
            [("FAILED", {}), ("SUCCEEDED", {"record_version": 2})], (1, 0), id="it was a mistake"
        ),
        pytest.param(
            [("FAILED", {}), ("FAILED", {"record_version": 2, "record_kind": "CANCEL"})],
            (0, 0),
            id="it never was",
        ),
        pytest.param([("SUCCEEDED", {"event_type": "PAYMENT"})], (0, 0), id="a payment"),
    ],
)
def test_what_counts_as_an_attempt(attempts, expected):
    cluster = Cluster()
    cluster.tick(7)
    for status, more in attempts:
        cluster.attempt("brw_1", 7, status, key="k", **more)
    debit(cluster, 14, "other", 0, of=1)

    assert counted_after(cluster) == expected


def counted_after(cluster):
    """Of day 7, as it is told a week later."""
    (told,) = (each for each in cluster.tick(14.5) if isinstance(each, AttemptsTold))
    channels = told.days.get(day(7), {}).values()
    return sum(c.attempts for c in channels), sum(sum(c.failed.values()) for c in channels)


def test_the_same_weekday_of_eight_weeks_is_told():
    cluster = Cluster()
    for number in range(0, 64, 7):
        debit(cluster, number, "lms", 0, of=1)
        debit(cluster, number + 1, "lms", 0, of=1)
    (told,) = (each for each in cluster.tick(63.5) if isinstance(each, AttemptsTold))

    assert sorted(told.days) == [day(number) for number in range(7, 64, 7)]


def test_a_correction_of_long_ago_is_not_counted_anew():
    cluster = Cluster()
    cluster.tick(7)
    cluster.attempt("brw_1", 7, "FAILED", key="k", reason=NSF)
    cluster.tick(12)
    cluster.attempt("brw_1", 7, "SUCCEEDED", key="k", record_version=2)

    assert counted_after(cluster) == (1, 1)


def test_what_comes_late_is_counted_on_its_day():
    cluster = Cluster()
    cluster.tick(12)
    cluster.attempt("brw_1", 7, "FAILED", key="k", reason=NSF)

    assert counted_after(cluster) == (1, 1)


steps = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(0, 2),
        st.sampled_from(["FAILED", "SUCCEEDED", "PENDING"]),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=25,
)


@given(steps)
def test_an_attempt_counts_as_its_latest_version_split_or_not_restarted_or_not(drawn):
    """Each attempt comes within a day; versions rise, as the step lets no other through."""
    for partitions in (1, 4, 8):
        cluster, latest = Cluster(partitions), {}
        cluster.tick(7)
        for who, number, status, version, restarts in drawn:
            key = f"{who}/{number}"
            if version > latest.get(key, (0, ""))[0]:
                is_new = key not in latest
                latest[key] = (version, status)
                cluster.attempt(
                    f"brw_{who}", 7, status, key=key, record_version=1 if is_new else version
                )
            if restarts:
                cluster.restart()
        told = [each for each in cluster.tick(7.5) if isinstance(each, AttemptsTold)]
        parts = [each.days.get(day(7), {}).get("lms") for each in told]
        found = [
            sum(part.attempts for part in parts if part),
            sum(sum(part.failed.values()) for part in parts if part),
        ]
        statuses = [status for _, status in latest.values()]
        failed = statuses.count("FAILED")
        assert found == [failed + statuses.count("SUCCEEDED"), failed]
