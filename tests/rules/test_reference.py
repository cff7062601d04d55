"""docs/rules.md: every example in it does what it says."""

import re
from pathlib import Path

import pytest

import rules
from rules import check, load, render
from rules.catalogue import FAMILIES, LANES
from rules.check_aggregates import AGGREGATES
from rules.check_rules import MODES
from rules.engines import OracleEngine, ProgramEngine
from rules.formatters import FORMATTERS
from rules.measures import MEASURES
from rules.testing import run_tests

REFERENCE = (Path(rules.__file__).parents[1] / "docs" / "rules.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\S+)\n(.*?)```", REFERENCE, re.DOTALL)
HEAD = "ruleset r version 1 end\n"
DECLARED = next(block for kind, block in BLOCKS if kind == "ewl" and "param odd_amount" in block)


def blocks(kind):
    return [block for found, block in BLOCKS if found == kind]


def lines(kind):
    return [line for block in blocks(kind) for line in block.strip().splitlines()]


def rule_of(condition):
    return (
        f"{HEAD}{DECLARED}\nrule r signal R family repayment lane credit\n"
        f'on repayment, settlement, pos_clearing\nwhen {condition}\ntier mild hard reason "-"\nend\n'
    )


@pytest.mark.parametrize("block", blocks("ewl"), ids=lambda block: block.split("\n", 1)[0])
@pytest.mark.parametrize("engine", [ProgramEngine, OracleEngine])
def test_examples_load_and_their_tests_pass(block, engine):
    sources = {"r.ewl": block if "ruleset" in block else HEAD + block}
    load(sources)

    for outcome in run_tests(sources, engine):
        assert not outcome.failures, render(outcome.failures, sources)


@pytest.mark.parametrize("condition", lines("ewl-conditions"))
def test_conditions_are_accepted_without_a_warning(condition):
    found = [
        each for each in check({"r.ewl": rule_of(condition)}).diagnostics if each.code != "W401"
    ]
    assert found == []


@pytest.mark.parametrize("condition", lines("ewl-states"))
def test_conditions_of_state_rules_are_accepted_without_a_warning(condition):
    text = rule_of(condition).replace("on repayment, settlement, pos_clearing\n", "")
    found = [each for each in check({"r.ewl": text}).diagnostics if each.code != "W401"]
    assert found == []


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_can_be_called(name):
    """With the least of each argument, in the one sort of condition that fits its type."""
    measure = MEASURES[name]
    given = [
        f"{p.least} days" if p.type.name == "duration" else p.least for p in measure.parameters
    ]
    call = f"{name}({', '.join(map(str, given))})"
    condition = call if measure.type.kind == "bool" else f"{call} > 0"
    text = rule_of(condition).replace("on repayment, settlement, pos_clearing\n", "")
    (rule,) = load({"r.ewl": text}).rules
    assert rule.is_state
    assert rule.per_loan == any(series.by_loan for series in measure.series)


@pytest.mark.parametrize("condition", lines("ewl-later"))
def test_what_is_said_not_to_be_there_is_refused_by_name(condition):
    codes = {each.code for each in check({"r.ewl": rule_of(condition)}).diagnostics}
    assert codes - {"W401"} == {"E900"}


def test_the_example_of_a_message_is_what_is_printed():
    source = "\n" * 2 + HEAD + "rule r\n" + "\n" * 4
    source += "  when   repayment.status = FAILD and count(repayment) over 7 dyas > 3\n"
    source += '  signal R family repayment lane credit tier mild hard reason "-"\nend\n'
    sources = {"shop.ewl": source}
    assert render(check(sources).diagnostics, sources) == blocks("text")[0].rstrip()


@pytest.mark.parametrize("word", [*AGGREGATES, *FORMATTERS, *FAMILIES, *MODES, *LANES])
def test_every_word_of_the_closed_sets_is_explained(word):
    assert re.search(rf"\b{word}\b", REFERENCE)
