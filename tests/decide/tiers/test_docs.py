"""The page on tiers says what the machine does: its stories are played, its numbers compared."""

import re
from functools import reduce
from pathlib import Path

import pytest

from rules.catalogue import FAMILIES
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.score import Vote, tally
from stream.decide.tiers.wait import Refusal
from stream.decide.tiers.words import WHY_NOT

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "tiers.md").read_text(encoding="utf-8")
STORIES = re.findall(r"```story\n(.*?)```", PAGE, flags=re.DOTALL)
TIERS = ("none", "mild", "moderate", "severe")


def rows(first_column):
    """The rows of the table whose first column has this head."""
    table = re.search(
        rf"^\| {re.escape(first_column)} \|.*?(?=\n\n)", PAGE, re.MULTILINE | re.DOTALL
    )
    lines = table.group().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def happen(kit, watch, days, what):
    """Do what a line of a story says."""
    match what.split():
        case ["opens", rule, family, tier, kind]:
            watch.open(days, rule, TIERS.index(tier), kind, family=family)
        case ["ends", rule]:
            watch.end(days, rule)
        case ["withdraws", rule]:
            watch.take_back(days, rule)
        case ["overdue", dpd]:
            watch.know(days, dpd=int(dpd))
        case ["never", "overdue"]:
            watch.know(days, floor=0, dpd=0, left_ms=(-1, -1, -1))
        case ["loan"]:
            watch.know(days, disbursed_ms=kit.at(days))
        case ["paid"]:
            before = watch.facts.loans[0].on_time_due_ms if watch.facts.loans else ()
            due = (kit.at(days), *before)
            watch.know(days, loans=(kit.Payments(on_time_due_ms=due, last_due_ms=due[0]),))
        case ["silent" | "heard" as word]:
            watch.know(days, blind=word == "silent")
        case ["time"]:
            watch.until(days)
        case _:
            raise ValueError(what)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.split("\n", 1)[0].split("=>")[0])
def test_a_story_goes_as_told(kit, story):
    watch = kit.Watch()
    for line in story.splitlines():
        done, _, expected = line.partition("=>")
        days, what = done.split(maxsplit=1)
        seen = len(watch.changes)
        happen(kit, watch, float(days), what)
        told = [
            f"{TIERS[change.before]} {TIERS[change.after]} {change.cause.value}"
            for _, change in watch.changes[seen:]
        ]
        assert "; ".join(told) == expected.strip(), line


def test_there_are_stories():
    assert len(STORIES) >= 8


@pytest.mark.parametrize(
    ("cast", "score", "tier"), rows("warnings of different families"), ids=lambda each: each
)
def test_the_table_of_scores(cast, score, tier):
    tiers = [
        TIERS.index(name)
        for count, name in re.findall(r"(\d) (\w+)", cast)
        for _ in range(int(count))
    ]
    votes = [Vote(f"r{n}", FAMILIES[n], each, hard=False) for n, each in enumerate(tiers)]

    found = tally(votes, 0, DEFAULT)

    assert (float(found.score), TIERS[found.tier]) == (pytest.approx(float(score)), tier)


@pytest.mark.parametrize(("path", "value"), rows("number"), ids=lambda each: each)
def test_a_number_is_that_of_the_policy(path, value):
    number = reduce(getattr, path.strip("`").split("."), DEFAULT)

    assert value == (", ".join(map(str, number)) if isinstance(number, tuple) else str(number))


def test_every_refusal_is_explained_in_its_words():
    explained = {code.strip("`"): says for code, says in rows("refusal")}

    assert explained == {code.value: WHY_NOT[code].en for code in Refusal}
