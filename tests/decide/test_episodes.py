"""Episodes: how a course is told, whatever comes and is taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Transition
from stream.decide.course import Met
from stream.decide.episodes import (
    EVIDENCE_MOST,
    MET_MOST,
    adopt,
    close,
    followed,
    hear,
    settle,
    transition_of,
)
from stream.decide.parts import Episode

KEEP_MS, COOLDOWN_MS = 1_000, 500


def told(episode, now_ms, number, pair):
    """Let the event of a number meet the rule at `(at_ms, tier)`, or not with `None`."""
    key = b"%d" % number
    met = pair and Met(
        key=key,
        at_ms=pair[0],
        until_ms=pair[0] + KEEP_MS,
        tier=pair[1],
        hard=True,
        event_id=f"e{number}",
    )
    before = followed(episode, now_ms)
    hear(episode, key, met)
    after = followed(episode, now_ms)
    transition = transition_of(episode, before, after)
    adopt(episode, after, transition)
    return transition


def play(history):
    """Yield `(now_ms, transition, episode)` of `(gap_ms, number, how late, tier or 0)`."""
    episode, now_ms = Episode(cooldown_ms=COOLDOWN_MS), 5_000
    for gap_ms, number, late_ms, tier in history:
        now_ms += gap_ms
        if episode.tier and episode.closes_at_ms <= now_ms:
            at_ms = episode.closes_at_ms
            close(episode, at_ms)
            yield at_ms, Transition.CLEARED, episode
        pair = (now_ms - late_ms, tier) if tier else None
        yield now_ms, told(episode, now_ms, number, pair), episode


@pytest.mark.parametrize(
    ("history", "transitions"),
    [
        pytest.param([(1, 1, 0, 1)], ["opened"], id="first"),
        pytest.param([(1, n, 0, 1) for n in range(3)], ["opened"], id="met again is one episode"),
        pytest.param([(1, 1, 0, 1), (1, 2, 0, 3)], ["opened", "escalated"], id="higher"),
        pytest.param([(1, 1, 0, 3), (1, 2, 0, 1)], ["opened"], id="lower says nothing"),
        pytest.param([(1, 1, 0, 2), (1, 1, 0, 0)], ["opened", "withdrawn"], id="disproved"),
        pytest.param(
            [(1, 1, 0, 3), (1, 2, 0, 1), (1, 1, 0, 0)], ["opened", "lowered"], id="in part"
        ),
        pytest.param(
            [(1, 1, 900, 1), (1, 2, 0, 1), (200, 2, 0, 0)],
            ["opened", "cleared"],
            id="what is left is over by now",
        ),
        pytest.param([(1, 1, 1_000, 3)], [], id="over when it comes"),
        pytest.param([(1, 1, 0, 1), (900, 2, 0, 1), (900, 3, 0, 1)], ["opened"], id="open longer"),
        pytest.param([(1, 1, 0, 2), (1_000, 2, 0, 2)], ["opened", "cleared"], id="quiet"),
        pytest.param(
            [(1, 1, 0, 2), (1_000, 2, 100, 2)],
            ["opened", "cleared", "opened"],
            id="a late event would have kept it open",
        ),
        pytest.param(
            [(1, 1, 0, 2), (1_200, 2, 0, 2), (1, 1, 0, 0)],
            ["opened", "cleared", "opened"],
            id="without the first it was not quiet",
        ),
    ],
)
def test_transitions(history, transitions):
    found = [each.value for _, each, _ in play(history) if each is not None]

    assert found == transitions


verdicts = st.tuples(
    st.integers(0, 1_800), st.integers(1, 6), st.integers(0, 2_500), st.integers(0, 3)
)
histories = st.lists(verdicts, min_size=1, max_size=40)


@given(histories)
def test_ordinals_have_no_gap(history):
    ids = [(e.number, e.ordinal) for _, transition, e in play(history) if transition is not None]

    expected, number, ordinal = [], 0, 0
    for _, transition, _ in play(history):
        if transition is None:
            continue
        if transition is Transition.OPENED:
            number, ordinal = number + 1, 0
        ordinal += 1
        expected.append((number, ordinal))
    assert ids == expected


@given(histories)
def test_what_was_told_is_what_the_course_is(history):
    for now_ms, _, episode in play(history):
        course = followed(episode, now_ms).course
        assert course.tier == episode.tier
        if course.tier:
            assert course.closes_at_ms == episode.closes_at_ms
        else:
            quiet = (course.quiet_until_ms, course.quiet_tier)
            assert quiet == (episode.quiet_until_ms, episode.quiet_tier)


@given(histories, st.randoms())
def test_the_order_of_arrival_does_not_matter(history, random):
    """Of events that are all there by one time, each in its last version."""
    ends = {}
    for now_ms, (_, number, late_ms, tier) in enumerate(history, start=5_000):
        ends[number] = (now_ms - late_ms, tier) if tier else None
    found = []
    for _ in range(2):
        episode, order = Episode(cooldown_ms=COOLDOWN_MS), list(ends.items())
        random.shuffle(order)
        for number, pair in order:
            told(episode, 6_000, number, pair)
        evidence = episode.evidence if episode.tier else None
        found.append((episode.tier, episode.quiet_until_ms, evidence, episode.met))
    assert found[0] == found[1]


@given(histories, st.integers(0, 3_000))
def test_forgetting_what_is_settled_changes_no_course(history, horizon_ms):
    for now_ms, _, episode in play(history):
        before = followed(episode, now_ms)
        settle(episode, before_ms=now_ms - horizon_ms, now_ms=now_ms)

        assert followed(episode, now_ms).course == before.course


def test_evidence_is_the_latest_and_what_is_remembered_is_bounded():
    *_, (now_ms, _, episode) = play([(1, n, 0, 1) for n in range(MET_MOST + 5)])
    settle(episode, before_ms=now_ms, now_ms=now_ms)

    assert len(episode.evidence) == EVIDENCE_MOST
    assert episode.evidence[-1] == f"e{MET_MOST + 4}"
    assert len(episode.met) == MET_MOST


def test_a_warning_that_is_ended_before_its_time_leaves_nothing_to_be_taken_back():
    *_, (now_ms, _, episode) = play([(1, 1, 0, 2)])
    close(episode, now_ms)

    assert told(episode, now_ms, 1, None) is None
    assert followed(episode, now_ms).course.quiet_until_ms == now_ms + KEEP_MS + COOLDOWN_MS
