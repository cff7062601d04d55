"""docs/collections.md says what the code does: the ladder, the guards, the profiles, the ops."""

import re
from pathlib import Path

from schemas.collection_trigger import Channel, Guard, Op
from stream.decide.collection.plan import LADDER, PEOPLE_DPD
from stream.decide.collection.profiles import shipped

PAGE = (Path(__file__).parents[3] / "docs" / "collections.md").read_text("utf-8")


def rows(heading):
    """The cells of the first table after a heading, without its head."""
    lines = PAGE[PAGE.index(heading) :].splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("| ---")) + 1
    table = lines[start : start + next(n for n, line in enumerate(lines[start:]) if not line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_guards_stand_in_their_order():
    assert [row[1].strip("`") for row in rows("## The guards")] == [guard.value for guard in Guard]


def test_every_op_is_explained():
    assert {row[0].strip("`") for row in rows("## The life")} == {op.value for op in Op}


def test_the_ladder_is_the_one_of_the_code():
    said = [
        (int(row[0].split()[0]), row[1].strip("`"), row[2].strip("`"))
        for row in rows("## What is intended")
        if re.match(r"\d+ days? past due", row[0])
    ]

    assert said == [(rung.dpd, rung.action.value, rung.channel.value) for rung in LADDER]
    assert f"From {PEOPLE_DPD} days" in PAGE


def caps(edition, channel, *, talks):
    wanted = [c for c in edition.caps if c.channel is channel and c.talks is talks]
    windows = {24: "24 hours", 168: "7 days"}
    return ", ".join(f"{cap.at_most} in {windows[cap.within_hours]}" for cap in wanted)


def test_the_profiles_have_the_numbers_of_the_file():
    table = {row[0]: row[1:] for row in rows("## Profiles")}
    for column, name in enumerate(("DEFAULT", "CN")):
        edition = shipped()[name].editions[-1]
        hours = f"{edition.hours.opens} to {edition.hours.closes}"

        assert table["hours, by each zone's clock"][column].startswith(hours)
        assert table["messages"][column] == caps(edition, Channel.MESSAGE, talks=False)
        assert table["calls"][column] == caps(edition, Channel.CALL, talks=False)
        assert table["conversations"][column] == caps(edition, Channel.CALL, talks=True)


def test_the_days_of_the_page_are_those_of_the_file():
    edition = shipped()["DEFAULT"].editions[-1]

    assert f"after {edition.dispute_days.value} days" in PAGE
    assert f"after {edition.hardship_days.value} days" in PAGE
    assert f"given up after {edition.give_up_days.value} days" in PAGE
    assert f"next {edition.release_minutes.value} minutes" in PAGE
    hours = f"{edition.pending_hours.value} hours; {edition.settle_hours.value} hours"
    assert hours in PAGE
