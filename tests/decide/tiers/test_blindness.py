"""Time in which nobody looked is no clear time, whenever the clear time began."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.decide.tiers.blindness import SPANS_MOST, spans_of, unseen_ms
from stream.decide.tiers.facts import Facts
from stream.decide.tiers.state import Rung, TierState

BLIND, SEEING = Facts(blind=True), Facts()
RUNGS = (Rung(since_ms=0, hard=False),)


@pytest.mark.parametrize(
    ("before", "facts", "spans"),
    [
        pytest.param(TierState(), SEEING, (), id="everything is seen"),
        pytest.param(TierState(), BLIND, ((9, 9),), id="it begins"),
        pytest.param(
            TierState(rungs=RUNGS, facts=BLIND, blinds=((5, 7),)), BLIND, ((5, 9),), id="it goes on"
        ),
        pytest.param(
            TierState(rungs=RUNGS, facts=BLIND, blinds=((5, 7),)), SEEING, ((5, 9),), id="it ends"
        ),
        pytest.param(
            TierState(rungs=RUNGS, blinds=((5, 7),)), SEEING, ((5, 7),), id="it has ended"
        ),
        pytest.param(
            TierState(rungs=RUNGS, blinds=((5, 7),)), BLIND, ((5, 7), (9, 9)), id="it begins again"
        ),
    ],
)
def test_a_span_begins_goes_on_and_ends(before, facts, spans):
    assert spans_of(before, facts, 9) == spans


def spans_after(edges):
    """The spans after a row of looks, in turn blind and seeing."""
    state = TierState(rungs=RUNGS)
    for number, at_ms in enumerate(edges):
        facts = SEEING if number % 2 else BLIND
        state = TierState(rungs=RUNGS, facts=facts, blinds=spans_of(state, facts, at_ms))
    return state.blinds


edges = st.lists(st.integers(0, 1000), min_size=0, max_size=60, unique=True).map(sorted)


@given(edges=edges, since_ms=st.integers(0, 1000))
def test_no_span_is_forgotten_and_few_are_exact(edges, since_ms):
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    truth = sum(max(until - max(begin, since_ms), 0) for begin, until in pairs)

    spans = spans_after(edges[: 2 * len(pairs)])

    assert len(spans) <= SPANS_MOST
    assert spans == tuple(sorted(spans))
    assert unseen_ms(spans, since_ms) >= truth
    if len(pairs) <= SPANS_MOST:
        assert unseen_ms(spans, since_ms) == truth


def test_a_rung_that_a_repair_finds_clear_for_long_still_leaves_out_the_silence(kit):
    """It ended on day 1, behind one that never was; from day 2 to 4 nobody looked."""
    watch = kit.Watch().open(0, "rp02", 1, "hard").open(0.5, "d01", 3, "hard").end(1, "rp02")
    watch.know(2, blind=True).know(4, blind=False)

    watch.take_back(4.5, "d01").until(20)

    assert watch.steps()[-2:] == [(4.5, 3, 1, "correction"), (6, 1, 0, "decay")]


def test_a_silence_before_the_tier_was_raised_does_not_lengthen_its_wait(kit):
    watch = kit.Watch().know(0, blind=True).know(5, blind=False)

    watch.open(6, "d01", 1, "hard").end(7, "d01").until(20)

    assert watch.steps()[-1] == (10, 1, 0, "decay")


def test_a_tier_that_is_raised_while_nobody_looks_waits_until_somebody_does(kit):
    watch = kit.Watch().know(0, blind=True).open(1, "d01", 1, "hard").end(2, "d01").until(30)
    assert watch.tier == 1

    watch.know(30, blind=False).until(60)

    assert watch.steps()[-1] == (33, 1, 0, "decay")


def test_the_quiet_time_of_a_loan_leaves_out_what_nobody_saw(kit):
    """Clear since day 1; blind for ten of the sixty days in which nothing falls due."""
    watch = kit.Watch().open(0, "d01", 2, "hard").end(1, "d01")
    watch.know(20, blind=True).know(30, blind=False)

    assert watch.until(70.9).tier == 2
    assert watch.until(71).tier == 1


def test_the_quiet_time_since_the_last_instalment_leaves_out_only_what_came_after_it(kit):
    """Blind from day 2 to 12, late on day 40: sixty days from then, and none more."""
    watch = kit.Watch().open(0, "d01", 2, "hard").end(1, "d01")
    watch.know(2, blind=True).know(12, blind=False).know(41, loans=(kit.paid(late=[40]),))

    assert watch.until(99.9).tier == 2
    assert watch.until(100).tier == 1
