"""The course of a rule's warnings: examples as a table, invariants as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.decide.course import IDLE, Met, follow

KEEP_MS, COOLDOWN_MS = 1_000, 500
END_MS = 100_000


def met(number, at_ms, tier, keep_ms=KEEP_MS):
    return Met(
        key=b"%d" % number,
        at_ms=at_ms,
        until_ms=at_ms + keep_ms,
        tier=tier,
        hard=True,
        event_id=f"e{number}",
    )


def course_of(pairs):
    """Events at `(at_ms, tier)`, in the order of the course."""
    found = [met(number, *pair) for number, pair in enumerate(pairs)]
    return sorted(found, key=lambda each: each.order)


def stands(events, now_ms, start=IDLE):
    return follow(start, events, now_ms=now_ms, cooldown_ms=COOLDOWN_MS)


@pytest.mark.parametrize(
    ("pairs", "now_ms", "tier", "members"),
    [
        pytest.param([(1, 1)], 1, 1, 1, id="open at once"),
        pytest.param([(1, 1)], 1_000, 1, 1, id="until a millisecond before the end of keep"),
        pytest.param([(1, 1)], 1_001, 0, 0, id="closed at its end"),
        pytest.param([(1, 1), (900, 1)], 1_500, 1, 2, id="met again, open longer"),
        pytest.param([(1, 1), (900, 3), (901, 1)], 1_000, 3, 3, id="a higher tier stays"),
        pytest.param([(1, 2), (1_001, 2)], 1_001, 0, 0, id="quiet right after closing"),
        pytest.param([(1, 2), (1_001, 3)], 1_001, 3, 1, id="a higher tier breaks quiet"),
        pytest.param([(1, 2), (1_500, 2)], 1_600, 0, 0, id="a millisecond before quiet ends"),
        pytest.param([(1, 2), (1_501, 2)], 1_600, 2, 1, id="exactly when quiet ends"),
        pytest.param([(9, 1), (9, 2)], 9, 2, 2, id="at one instant the highest comes first"),
    ],
)
def test_how_a_warning_stands(pairs, now_ms, tier, members):
    found = stands(course_of(pairs), now_ms)

    assert (found.course.tier, len(found.members)) == (tier, members)


pairs = st.tuples(st.integers(0, 8_000), st.integers(1, 3))
histories = st.lists(pairs, min_size=1, max_size=25)


def naive(events, now_ms):
    """Walk through the milliseconds at which something can happen."""
    tier, closes, quiet, quiet_tier = 0, 0, 0, 0
    for each in [*events, None]:
        at = now_ms if each is None else each.at_ms
        if tier and closes <= at:
            tier, quiet, quiet_tier = 0, closes + COOLDOWN_MS, tier
        if each is None or (not tier and at < quiet and each.tier <= quiet_tier):
            continue
        closes = max(closes, each.until_ms) if tier else each.until_ms
        tier = max(tier, each.tier)
    return tier, closes if tier else 0, quiet if not tier else 0


@given(histories)
def test_it_is_that_of_a_plain_walk(history):
    events = course_of(history)
    now_ms = events[-1].at_ms
    found = stands(events, now_ms).course

    quiet_until_ms = 0 if found.tier else found.quiet_until_ms
    assert (found.tier, found.closes_at_ms, quiet_until_ms) == naive(events, now_ms)


@given(histories, st.integers(0, 24))
def test_following_it_in_two_goes_is_the_same(history, cut):
    events = course_of(history)
    head, tail = events[:cut], events[cut:]
    at_ms = head[-1].at_ms if head else 0

    whole, halved = stands(events, END_MS), stands(tail, END_MS, stands(head, at_ms).course)

    assert halved.course == whole.course


@given(histories)
def test_in_the_end_nothing_is_open(history):
    assert stands(course_of(history), END_MS).course.tier == 0


@given(histories)
def test_it_closes_keep_after_it_was_last_met(history):
    events = course_of(history)
    found = stands(events, events[-1].at_ms)

    if found.members:
        assert found.course.closes_at_ms == found.members[-1].at_ms + KEEP_MS
        assert found.course.tier == max(each.tier for each in found.members)
