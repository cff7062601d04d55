"""From warnings to one tier: the worked values of domain.md 4.1 and the rules of 4.2."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.catalogue import FAMILIES
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.score import Vote, tally


def sales(tier):
    return Vote("p01", "sales", tier, hard=False, signal="P01")


def inflow(tier):
    return Vote("f01", "liquidity", tier, hard=False, signal="F01")


def cover(tier):
    return Vote("x07", "liquidity", tier, hard=False, signal="X07")


def votes(*tiers, kind="soft"):
    """Votes of as many families as there are tiers."""
    return [
        Vote(f"r{number}", FAMILIES[number], tier, hard=kind == "hard")
        for number, tier in enumerate(tiers)
    ]


@pytest.mark.parametrize(
    ("tiers", "score", "tier"),
    [
        pytest.param((), "0", 0, id="nothing"),
        pytest.param((1,), "0.20", 1, id="1 mild"),
        pytest.param((1, 1), "0.36", 1, id="2 mild"),
        pytest.param((1, 1, 1), "0.488", 1, id="3 mild"),
        pytest.param((1, 1, 1, 1), "0.5904", 2, id="4 mild"),
        pytest.param((2,), "0.45", 2, id="1 moderate"),
        pytest.param((2, 1), "0.56", 2, id="moderate and mild"),
        pytest.param((2, 2), "0.6975", 2, id="2 moderate"),
        pytest.param((2, 2, 1), "0.758", 2, id="2 moderate and 1 mild"),
        pytest.param((2, 2, 1, 1), "0.8064", 3, id="2 moderate and 2 mild"),
        pytest.param((2, 2, 2), "0.833625", 3, id="3 moderate"),
        pytest.param((3, 1), "0.84", 3, id="severe and mild"),
    ],
)
def test_worked_values(tiers, score, tier):
    found = tally(votes(*tiers), 0, DEFAULT)

    assert found.score == Fraction(score)
    assert found.tier == tier


def test_a_family_has_one_vote_and_it_is_its_worst():
    many = [Vote(f"r{n}", "sales", tier, hard=False) for n, tier in enumerate((1, 2, 1, 2))]

    found = tally(many, 0, DEFAULT)

    assert found.score == Fraction("0.45")
    assert [(each.family, each.tier, each.rules) for each in found.families] == [
        ("sales", 2, ("r0", "r1", "r2", "r3"))
    ]


@pytest.mark.parametrize(
    ("cast", "tier", "keys"),
    [
        pytest.param(votes(3, kind="hard"), 3, ["r0"], id="(a) a hard severe alone"),
        pytest.param(votes(3), 2, [], id="a soft severe alone: capped"),
        pytest.param(votes(3, 1), 3, [FAMILIES[0], FAMILIES[1]], id="(c) a soft severe and a mild"),
        pytest.param(votes(2, 2, 2), 3, list(FAMILIES[:3]), id="(b) three moderates"),
        pytest.param(votes(2, 2), 2, [], id="two moderates: keys, but the score is too low"),
        pytest.param(votes(1, 1, 1, 1, 1, 1, 1, 1), 2, [], id="eight milds: the score alone is no key"),
        pytest.param(votes(2, 1, 1, 1, 1, 1), 2, [], id="one moderate and milds: no second at moderate"),
        pytest.param([Vote("a", "sales", 3, hard=False), Vote("b", "sales", 2, hard=False)], 2, [],
                     id="twice the same family: one key"),
        pytest.param([Vote("a", "sales", 3, hard=False), Vote("m", "model", 1, hard=False)], 2, [],
                     id="a model is no second witness"),
        pytest.param([Vote("m", "model", 3, hard=False), Vote("a", "sales", 1, hard=False)], 2, [],
                     id="a model is no first witness"),
        pytest.param([Vote("m", "model", 2, hard=False), *votes(2, 2)], 3, list(FAMILIES[:2]),
                     id="a model counts where others are the keys"),
        pytest.param([sales(3), inflow(1)], 2, [], id="what is not sold does not come in: one key"),
        pytest.param([sales(3), inflow(3)], 2, [], id="nor is a severe echo a second key"),
        pytest.param([sales(1), inflow(3)], 2, [], id="whichever of the two is severe"),
        pytest.param([sales(3), cover(1)], 3, ["sales", "liquidity"],
                     id="that it does not cover what is due is another thing"),
        pytest.param([sales(3), inflow(2), cover(1)], 3, ["sales", "liquidity"],
                     id="an echo does not silence another witness"),
        pytest.param([inflow(3), cover(2)], 2, [], id="twice the same family, one an echo of sales"),
        pytest.param([inflow(3), Vote("rp02", "repayment", 1, hard=True, signal="RP02")], 3,
                     ["liquidity", "repayment"], id="an echo of what is not there is a key"),
        pytest.param([sales(1), inflow(3), Vote("rp02", "repayment", 1, hard=True, signal="RP02")], 3,
                     ["liquidity", "repayment"], id="and is one beside others, too"),
    ],
)  # fmt: skip
def test_severe_needs_two_keys(cast, tier, keys):
    found = tally(cast, 0, DEFAULT)

    assert found.tier == tier
    assert [key.name for key in found.keys] == (sorted(keys) if tier == 3 else [])


def test_what_two_keys_refuse_is_told():
    found = tally(votes(3), 0, DEFAULT)

    assert (found.uncapped, found.tier) == (3, 2)


@pytest.mark.parametrize("floor", [0, 1, 2, 3])
def test_no_score_is_below_the_floor_and_a_severe_floor_is_a_key(floor):
    found = tally(votes(1), floor, DEFAULT)

    assert found.tier == max(1, floor)
    assert [key.name for key in found.keys] == (["#floor"] if floor == 3 else [])


def test_a_score_on_the_threshold_has_reached_it():
    score = replace(DEFAULT.score, thresholds_percent=(20, 36, 80))

    assert tally(votes(1, 1), 0, replace(DEFAULT, score=score)).tier == 2


casts = st.lists(
    st.builds(
        Vote,
        episode=st.sampled_from([f"r{n}" for n in range(6)]),
        family=st.sampled_from(FAMILIES),
        tier=st.integers(1, 3),
        hard=st.booleans(),
        signal=st.sampled_from(["F01", "X07", "P01", ""]),
    ),
    max_size=8,
    unique_by=lambda vote: vote.episode,
)


@given(casts, st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_votes_does_not_matter(cast, floor, chance):
    shuffled = list(cast)
    chance.shuffle(shuffled)

    assert tally(shuffled, floor, DEFAULT) == tally(cast, floor, DEFAULT)


@given(casts, st.integers(0, 3))
def test_severe_only_with_two_keys_or_a_hard_fact(cast, floor):
    """Said once more, otherwise than in the code."""
    found = tally(cast, floor, DEFAULT)
    real = [vote for vote in cast if vote.family != "model"]
    seconds = [
        (one.tier, other.tier)
        for one in real
        for other in real
        if one.family != other.family
        and not (one.signal == "F01" and other.family == "sales")
        and not (other.signal == "F01" and one.family == "sales")
    ]

    allowed = (
        floor == 3
        or any(vote.hard and vote.tier == 3 for vote in real)
        or any(one >= 2 and other >= 2 for one, other in seconds)
        or any(one == 3 for one, _ in seconds)
    )
    assert found.tier < 3 or allowed


@given(casts, casts, st.integers(0, 3))
def test_more_warnings_never_lower_the_tier(cast, more, floor):
    known = {vote.episode for vote in cast}
    larger = [*cast, *(vote for vote in more if vote.episode not in known)]

    assert tally(larger, floor, DEFAULT).tier >= tally(cast, floor, DEFAULT).tier
