"""The episode machine: examples as tables, invariants as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Transition
from stream.decide.borrower import Episode
from stream.decide.episodes import EVIDENCE_MOST, close, is_quiet, meet

KEEP_MS, COOLDOWN_MS = 1_000, 500


def play(history, episode=None):
    """Yield `(now_ms, transition, episode)` of verdicts `(gap_ms, tier)`, deadlines included."""
    episode = episode or Episode()
    now_ms = 0
    for number, (gap_ms, tier) in enumerate(history):
        now_ms += gap_ms
        if episode.tier and episode.closes_at_ms <= now_ms:
            close(episode)
            yield episode.closes_at_ms, Transition.CLEARED, episode
        if is_quiet(episode, tier=tier, now_ms=now_ms):
            yield now_ms, None, episode
            continue
        transition = meet(
            episode,
            tier=tier,
            event_id=f"e{number}",
            now_ms=now_ms,
            keep_ms=KEEP_MS,
            cooldown_ms=COOLDOWN_MS,
        )
        yield now_ms, transition, episode


@pytest.mark.parametrize(
    ("history", "transitions"),
    [
        pytest.param([(1, 1)], ["opened"], id="first"),
        pytest.param([(1, 1), (1, 1), (1, 1)], ["opened"], id="repeated pulses are one episode"),
        pytest.param([(1, 1), (1, 3)], ["opened", "escalated"], id="higher tells again"),
        pytest.param([(1, 3), (1, 1)], ["opened"], id="lower does not"),
        pytest.param([(1, 1), (999, 1), (999, 1)], ["opened"], id="met again, open longer"),
        pytest.param([(1, 2), (1_000, 2)], ["opened", "cleared"], id="quiet right after closing"),
        pytest.param(
            [(1, 2), (1_000, 3)], ["opened", "cleared", "opened"], id="a higher tier breaks quiet"
        ),
        pytest.param(
            [(1, 2), (1_499, 2)], ["opened", "cleared"], id="a millisecond before quiet ends"
        ),
        pytest.param(
            [(1, 2), (1_500, 2)], ["opened", "cleared", "opened"], id="exactly when quiet ends"
        ),
    ],
)
def test_transitions(history, transitions):
    told = [each.value for _, each, _ in play(history) if each is not None]

    assert told == transitions


histories = st.lists(st.tuples(st.integers(0, 1_800), st.integers(1, 3)), min_size=1, max_size=40)


@given(histories)
def test_an_open_episode_never_falls_before_it_closes(history):
    before = 0
    for _, transition, episode in play(history):
        assert transition is Transition.CLEARED or episode.tier >= before or before == 0
        before = episode.tier


@given(histories)
def test_ordinals_have_no_gap(history):
    ids = [(e.number, e.ordinal) for _, transition, e in play(history) if transition is not None]

    expected, number = [], 0
    for _, transition, _ in play(history):
        if transition is None:
            continue
        if transition is Transition.OPENED:
            number, ordinal = number + 1, 0
        ordinal += 1
        expected.append((number, ordinal))
    assert ids == expected


@given(histories)
def test_it_closes_keep_after_it_was_last_met(history):
    met_ms = 0
    for now_ms, transition, episode in play(history):
        if transition is Transition.CLEARED:
            assert now_ms == met_ms + KEEP_MS
        elif episode.tier:
            met_ms = now_ms


def test_evidence_is_the_latest_and_bounded():
    *_, (_, _, episode) = play([(1, 1)] * (EVIDENCE_MOST + 5))

    assert len(episode.evidence) == EVIDENCE_MOST
    assert episode.evidence[-1] == f"e{EVIDENCE_MOST + 4}"
