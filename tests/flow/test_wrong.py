"""Valid-but-wrong input: what catches each mistake, when, and that nothing comes of it.

The file of one business date of debits is wrong, and is put right five days later: out of grace, so
that whoever is believed to have paid nothing would be past due by then.
"""

from collections import Counter
from datetime import date

import pytest

from schemas.instants import DAY_MS
from stream.sources.simulator.daily import Feed
from stream.sources.simulator.merchants import SOURCE, midnight_ms
from stream.sources.simulator.wrong import MISTAKES, WrongFile
from tests.flow.scenes import book_of, folded, lines_of, written

START, DAYS, DAY = date(2026, 3, 23), 27, date(2026, 4, 8)
END_MS = midnight_ms(START) + (DAYS + 1) * DAY_MS
DEBITS = Feed(SOURCE, "repayment")
CAUGHT = {"in_doubt", "duplicate", "version_conflict"}
TOTALS = f"broken_totals simulator/repayment/{DAY}"


def book():
    return book_of("none", borrowers=60, start=START, days=DAYS, lifelike=False)


def caught(mistake, *, totals_too):
    """What was said of a wrong file: kinds of catch with how often, and everybody's tiers."""
    wrong = WrongFile(mistake=mistake, feed=DEBITS, day=DAY, totals_too=totals_too)
    made, by = book(), Counter()

    def decided(decision):
        if decision["kind"] in CAUGHT:
            by[
                " ".join((decision["kind"], *decision.get("detail", "").split(":")[:1])).strip()
            ] += 1

    lines = written(wrong.records(made.records(feeds=True, positions=True)))
    told, report = folded(lines, made.controls, wall_now_ms=END_MS, on_decision=decided)
    by.update({reason.value: count for reason, count in report.dead_letters.items()})
    by.update(f"{each.kind} {each.subject}" for _, each in told.health if not each.ended)
    return by, told


@pytest.fixture(scope="module")
def debits():
    """How many debits the wrong file should have, and the one before it."""
    due = Counter(d for s in book()._stories for _, d in s.merchant.loan.collected())
    return due[DAY], due[DAY.replace(day=DAY.day - 1)]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_totals_of_the_source_s_own_books_catch_every_mistake_before_a_tier(mistake, debits):
    by, told = caught(mistake, totals_too=False)

    assert by[TOTALS] == 1 or mistake == "zone_lost", "the amounts are right then"
    assert told.tiers == {}
    assert told.alerts == []
    assert min(debits) >= 3


@pytest.mark.parametrize(
    ("mistake", "catch"),
    [
        pytest.param("zone_lost", "in_doubt TIME", id="a lost zone: later than it was known"),
        pytest.param("day_and_month_swapped", "TIMESTAMP", id="swapped dates: not yet"),
    ],
)
def test_what_cannot_be_is_caught_as_it_comes_even_if_the_totals_repeat_it(mistake, catch, debits):
    by, told = caught(mistake, totals_too=True)

    assert by[catch] == debits[0]
    assert told.tiers == {}


def test_a_hundred_times_too_much_is_not_counted_even_if_the_totals_repeat_it():
    _, told = caught("minor_taken_for_major", totals_too=True)

    assert told.tiers == {}


def test_an_amount_below_zero_is_not_decoded(debits):
    by, _ = caught("sign_flipped", totals_too=False)

    assert by["SCHEMA"] == debits[0]


def test_yesterday_s_file_under_new_ids_is_known_by_its_keys(debits):
    by, _ = caught("sent_under_new_ids", totals_too=False)

    assert by["duplicate"] == debits[1]


def test_without_a_mistake_nothing_is_caught():
    """The contrast: what the tests above count has to do with the mistake."""
    made = book()
    told, report = folded(lines_of(made), made.controls, wall_now_ms=END_MS)

    assert (report.dead_letters, told.health, told.tiers) == ({}, [], {})
