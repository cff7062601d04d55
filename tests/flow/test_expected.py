"""The checks of what is about many can fail: too many worse off, no incident, or two."""

from types import SimpleNamespace

import pytest

from schemas.alert import Tier, Transition
from schemas.instants import DAY_MS, wire
from stream.sources.simulator.book import Planted
from tests.flow.expected import Told, failures

FIRE = 20 * DAY_MS
FEW = Planted("fire", "", "", 1, wire(FIRE), "few", wire(FIRE + 14 * DAY_MS), "mall")
INCIDENT = Planted("fire", "", "G05", 2, wire(FIRE), "segment", "", "mall")
MEMBERS = [Planted("fire", f"brw_{n}", "", 3, wire(FIRE), "at_most") for n in range(10)]


@pytest.mark.parametrize(
    ("days_of_rises", "problems"),
    [
        pytest.param([1, 2], 0, id="two of ten are a fifth"),
        pytest.param([1, 2, 3], 1, id="three are too many"),
        pytest.param([1, 2, 15], 0, id="later is another matter"),
    ],
)
def test_few_are_above_a_tier_at_once(days_of_rises, problems):
    told = Told()
    for member, days in zip(MEMBERS, days_of_rises, strict=False):
        told.tiers[member.borrower_id].append((FIRE + days * DAY_MS, Tier.MODERATE))

    assert len(failures([FEW, *MEMBERS], told)) == problems


def alert(transition, tier):
    return SimpleNamespace(
        subject_id="mall", signal="G05", borrower_id="", transition=transition, tier=tier
    )


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        pytest.param([], 1, id="none"),
        pytest.param(["mild"], 1, id="not as high"),
        pytest.param(["mild", "moderate"], 0, id="one that rises"),
        pytest.param(["moderate", "", "moderate"], 1, id="two"),
    ],
)
def test_one_incident_comes_to_its_tier(said, problems):
    told = Told()
    for n, tier in enumerate(said):
        opens = n == 0 or not said[n - 1]
        transition = Transition.OPENED if opens else Transition.ESCALATED
        if tier:
            told.alerts.append((FIRE + n * DAY_MS, alert(transition, tier)))

    assert len(failures([INCIDENT], told)) == problems
