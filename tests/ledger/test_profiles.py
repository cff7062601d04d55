"""The floors are data: complete, ascending, and as the page says."""

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from stream.ledger.account.profiles import Profile, profile_of, profiles

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
TODAY = date(2026, 3, 10).toordinal()


@pytest.mark.parametrize(
    ("code", "dpd", "tier", "class_floor"),
    [
        pytest.param("CN", 0, 0, "NORMAL", id="on time"),
        pytest.param("CN", 1, 1, "SPECIAL_MENTION", id="a day"),
        pytest.param("CN", 4, 2, "SPECIAL_MENTION", id="four days"),
        pytest.param("CN", 30, 3, "SPECIAL_MENTION", id="thirty days"),
        pytest.param("CN", 91, 3, "SUBSTANDARD", id="more than ninety days"),
        pytest.param("CN_CARD", 121, 3, "DOUBTFUL", id="a card, more than 120 days"),
        pytest.param("CN_CARD", 181, 3, "LOSS", id="a card, more than 180 days"),
        pytest.param("DEFAULT", 30, 3, "STAGE_1", id="thirty days are not more than thirty"),
        pytest.param("DEFAULT", 31, 3, "STAGE_2", id="more than thirty days"),
        pytest.param("", 91, 3, "STAGE_3", id="no profile is the default one"),
        pytest.param("MOON", 91, 3, "STAGE_3", id="and so is one that nobody knows"),
    ],
)
def test_the_floors_of_a_profile(code, dpd, tier, class_floor):
    profile = profile_of(code)

    assert (profile.tier_floor(dpd), profile.class_floor(dpd, TODAY)) == (tier, class_floor)


def test_rules_count_from_the_day_on_which_they_are_in_force():
    rules = msgspec.to_builtins(profile_of("CN"))
    newer = {**rules["classes"][0], "since": "2030-01-01", "floors": [[0, "A"], [5, "B"]]}
    profile = msgspec.convert({**rules, "classes": [*rules["classes"], newer]}, Profile)

    assert profile.class_floor(5, date(2029, 12, 31).toordinal()) == "SPECIAL_MENTION"
    assert profile.class_floor(5, date(2030, 1, 1).toordinal()) == "B"
    assert profile.class_floor(0, date(1990, 1, 1).toordinal()) == "NORMAL"


@pytest.mark.parametrize(
    ("dpd", "overdue", "outstanding", "flag"),
    [
        pytest.param(90, 20_000, 100_000, False, id="not long enough"),
        pytest.param(91, 10_000, 100_000, False, id="not more than the absolute threshold"),
        pytest.param(91, 10_001, 1_000_100, False, id="not more than a hundredth"),
        pytest.param(91, 10_001, 1_000_000, True, id="both exceeded"),
    ],
)
def test_default_needs_both_thresholds(dpd, overdue, outstanding, flag):
    assert profile_of("DEFAULT").is_default(dpd, overdue, outstanding, "EUR") is flag


def test_days_that_do_not_ascend_are_refused():
    rules = msgspec.to_builtins(profile_of("CN")) | {"tiers": [[4, 2], [1, 1]]}

    with pytest.raises(msgspec.ValidationError, match="expected days in ascending order"):
        msgspec.convert(rules, Profile)


def test_the_page_has_every_profile_with_its_days():
    table = dict(re.findall(r"^\| `([A-Z_]+)` \*\*\[K\]\*\* \| (.*)$", PAGE, re.MULTILINE))

    assert table.keys() == profiles().keys()
    for code, profile in profiles().items():
        days = [str(day) for day, _ in profile.tiers]
        days += [str(day) for day, _ in profile.classes[-1].floors if day]
        assert re.findall(r"\d+", re.sub(r"stage \d|IFRS 9", "", table[code])) == days
