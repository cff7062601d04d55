"""The policy as data: what is shipped, and what is refused with the field's name."""

import copy
import tomllib
from importlib import resources

import pytest

from stream.decide.tiers.policy import DEFAULT, PolicyError, read

SHIPPED = tomllib.loads(
    resources.files("stream.decide.tiers").joinpath("default.toml").read_text(encoding="utf-8")
)


def changed(path, value):
    """The shipped policy with one value changed, or removed for `...`."""
    data = copy.deepcopy(SHIPPED)
    *sections, last = path.split(".")
    part = data
    for section in sections:
        part = part[section]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return data


def test_what_is_shipped_is_the_policy_of_the_pages():
    assert read(SHIPPED) == DEFAULT
    assert DEFAULT.score.weights_percent == (20, 45, 80)
    assert DEFAULT.score.thresholds_percent == (20, 50, 80)
    assert DEFAULT.fall.clear_days == (3, 7, 30)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        pytest.param("version", 0, "`$.version`", id="version 0"),
        pytest.param("name", "Mine!", "`$.name`", id="a name with a mark"),
        pytest.param("fall", ..., "missing required field `fall`", id="a section is missing"),
        pytest.param("fall.quiet_days", ..., "`$.fall`", id="a number is missing"),
        pytest.param("fall.quiet_days", 0, "`$.fall.quiet_days`", id="no wait at all"),
        pytest.param("fall.quiet_days", "60", "`$.fall.quiet_days`", id="text for a number"),
        pytest.param("fall.clear_days", [3, 7], "`$.fall.clear_days`", id="two of three"),
        pytest.param("fall.quite_days", 60, "unknown field `quite_days`", id="a slip in a name"),
        pytest.param("score.weights_percent", [20, 45, 100], "weights_percent[", id="certainty"),
        pytest.param(
            "score.weights_percent",
            [20, 80, 45],
            "`score.weights_percent` to rise",
            id="falling weights",
        ),
        pytest.param(
            "score.thresholds_percent",
            [20, 20, 80],
            "`score.thresholds_percent` to rise",
            id="equal thresholds",
        ),
        pytest.param(
            "votes.lanes",
            ["credits"],
            "got `credits`: did you mean `credit`?",
            id="an unknown lane",
        ),
        pytest.param(
            "damping.families",
            ["sale"],
            "got `sale`: did you mean `sales`?",
            id="an unknown family",
        ),
        pytest.param("flapping.not_counted", ["late"], "not_counted[", id="an unknown cause"),
        pytest.param("rise.source", "", "`$.rise.source`", id="a number without a source"),
    ],
)
def test_data_that_makes_no_policy_is_refused_and_the_field_named(path, value, says):
    with pytest.raises(PolicyError) as refused:
        read(changed(path, value))

    assert says in str(refused.value)


def test_the_fingerprint_tells_policies_apart_and_nothing_else():
    other = read(changed("fall.quiet_days", 61))

    assert other.fingerprint != DEFAULT.fingerprint == read(SHIPPED).fingerprint


@pytest.mark.parametrize(
    ("tier", "hard", "interval_days", "needed"),
    [
        pytest.param(3, True, 30, 2, id="severe: two in a row"),
        pytest.param(3, False, 30, 2, id="severe, soft: the same"),
        pytest.param(3, True, 1, 2, id="severe, daily: the same"),
        pytest.param(2, True, 30, 1, id="moderate: the next one"),
        pytest.param(2, True, None, 1, id="moderate, interval unknown: the next one"),
        pytest.param(2, True, 7, 3, id="moderate, weekly: three"),
        pytest.param(2, True, 8, 1, id="moderate, every eight days: the next one"),
        pytest.param(2, False, 7, 0, id="moderate, soft: none"),
        pytest.param(1, True, 30, 0, id="mild: none"),
    ],
)
def test_how_many_instalments_a_tier_waits_for(tier, hard, interval_days, needed):
    assert DEFAULT.instalments(tier, hard=hard, interval_days=interval_days) == needed
