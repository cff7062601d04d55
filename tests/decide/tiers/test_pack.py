"""The shipped rules vote with the family that the catalogue of signals gives them."""

from importlib import resources

import pytest

import rules
from rules.catalogue import FAMILIES
from stream.decide.tiers.policy import DEFAULT

CATALOGUE = {
    "repayment": "RP02 RP03 RP04 RP06 RP07 RP08 RP09 RP10 RP11 RP14 RP15 RP16 RP19",
    "willingness": "RP05 RP12 RP17 X03 X04",
    "liquidity": "RP01 F01 F02 F11 F14 F20 X07",
    "sales": "P01 P02 P03 P04 P05 P07 P17 P24 P25 F19",
    "diversion": "F03 F15 F16 P15 P16 RP18 X01",
    "fund_use": "F04 F05 F06 F07 F21",
    "authenticity": "F08 F09 F10 P08 P09 P10 P11 P12 P13 P14 P19 P20 P21 X06 X08 X09 X10 X12",
    "indebtedness": "F12 F13 RP13 X02 X05 W04 W07",
    "external": "F18 P06 P18 W01 W02 W03",
    "contagion": "X11",
}
"""domain.md 4.1; what is in none of them has no vote."""

PACKS = {
    each.name: each.read_text(encoding="utf-8")
    for each in resources.files("rules").joinpath("packs").iterdir()
    if each.name.endswith(".ewl")
}


def test_the_catalogue_is_whole():
    """102 signals, of which 16 are of segments."""
    voting = [signal for signals in CATALOGUE.values() for signal in signals.split()]

    assert set(CATALOGUE) | {"model"} == set(FAMILIES)
    assert len(voting) == len(set(voting)) == 102 - 16 - len(DEFAULT.votes.lane_only_signals)
    assert not set(voting) & set(DEFAULT.votes.lane_only_signals)
    assert set(DEFAULT.new_loan.signals) <= set(voting)


@pytest.mark.parametrize("rule", rules.load(PACKS).rules, ids=lambda rule: rule.name)
def test_a_shipped_rule_votes_with_the_family_of_its_signal(rule):
    family = next(
        (f for f, signals in CATALOGUE.items() if rule.signal in signals.split()), "model"
    )

    assert rule.family == family or rule.signal in DEFAULT.votes.lane_only_signals


@pytest.mark.parametrize("rule", rules.load(PACKS).rules, ids=lambda rule: rule.name)
def test_a_signal_that_is_lane_only_is_of_a_lane_that_has_no_vote(rule):
    if rule.signal in DEFAULT.votes.lane_only_signals:
        assert rule.lane not in DEFAULT.votes.lanes
