"""The golden scenarios of domain.md 7, as the simulator tells them, through the book by replay.

What must come of each stands in the list of what was planted, made before the first record is.
"""

from datetime import date

import pytest

from schemas.instants import parse
from tests.flow.expected import failures
from tests.flow.golden import WORLDS
from tests.flow.scenes import SHOPS, book_of, folded, lines_of

SPRING, WINTER = date(2026, 3, 2), date(2026, 11, 30)
GOLDEN = {name: WORLDS[name] for name in ("pay_day_outage", "mall_fire")}

BOOKS = {
    "debits": {
        "days": 92,
        "borrowers": 14,
        "lifelike": False,
        "stories": (
            "arrears",
            "returned_payment",
            "nsf_before_settlement",
            "type_ii_limit",
            "other_currencies",
        ),
    },
    "slide": {
        "days": 205,
        "borrowers": 3,
        "sizes": SHOPS,
        "heard_every": 4,
        "stories": ("slide",),
    },
    "shops": {
        "days": 100,
        "borrowers": 5,
        "sizes": SHOPS,
        "heard_every": 4,
        "stories": ("silent_merchant", "payee_changed", "corrected_file"),
    },
    "shared_payee": {
        "days": 50,
        "borrowers": 4,
        "sizes": SHOPS,
        "heard_every": 4,
        "stories": ("shared_payee",),
    },
    "acquirer_outage": {
        "seed": 4,
        "days": 86,
        "borrowers": 9,
        "sizes": SHOPS,
        "heard_every": 4,
        "stories": ("acquirer_outage",),
    },
    "half_file": {"days": 45, "stories": ("half_file",), "lifelike": False},
    "silent_file": {"days": 45, "stories": ("silent_file",), "lifelike": False},
    "wrong_totals": {"days": 36, "stories": ("wrong_totals",), "lifelike": False},
    "year_rollover": {"days": 36, "start": WINTER, "stories": ("year_rollover",)},
}
"""Worlds that stand beside each other: a feed that fails would be in another story's way."""


@pytest.mark.parametrize("name", BOOKS)
def test_what_was_planted_is_said_and_nothing_is_lost(name):
    options = {"start": SPRING} | BOOKS[name]
    heard_every = options.pop("heard_every", 1)
    book = book_of(*options.pop("stories"), **options)
    told, report = folded(lines_of(book, heard_every), book.controls)

    assert book.planted
    assert failures(book.planted, told) == []
    assert (report.unresolved, report.dead_letters) == (0, {})


@pytest.mark.parametrize("name", GOLDEN)
def test_what_befalls_many_is_one_incident_about_nobody_in_particular(name):
    world = GOLDEN[name]
    book = world.book()
    told, report = folded(lines_of(book, world.heard_every), book.controls)
    subjects = {alert.subject_id for _, alert in told.alerts if alert.subject_kind == "SEGMENT"}

    assert failures(book.planted, told) == []
    assert subjects == {row.subject for row in book.planted if row.subject}
    assert (report.unresolved, report.dead_letters) == (0, {})
    if name == "pay_day_outage":
        assert not told.tiers


@pytest.mark.parametrize("story", ["half_file", "silent_file"])
def test_without_totals_to_check_the_payers_of_a_broken_file_would_be_past_due(story):
    """The same world whose feeds nobody declared: the contrast, so that quiet means something."""
    book = book_of(story, start=SPRING, days=45, lifelike=False)
    told, _ = folded(lines_of(book), ())
    hit = {row.borrower_id for row in book.planted if row.borrower_id}

    assert len({who for who in hit if told.tiers[who]}) >= len(hit) // 2


def test_the_returned_payment_counts_from_its_due_date_and_its_warning_from_the_return():
    book = book_of("returned_payment", start=SPRING, days=92, borrowers=8, lifelike=False)
    told, _ = folded(lines_of(book), book.controls)
    returned = next(row for row in book.planted if row.rule == "RP15")
    (first, tier), *_ = told.tiers[returned.borrower_id]

    assert tier == 2
    assert first == parse(returned.at)


def test_healthy_shops_are_paid_over_the_festival_and_no_rule_about_their_money_warns():
    """The smallest ones, who are paid least often: an account gone quiet is likeliest there."""
    book = book_of("none", start=date(2025, 12, 15), days=110, borrowers=20)
    told, _ = folded(lines_of(book, 4), book.controls)

    found = [(alert.borrower_id, alert.signal) for _, alert in told.alerts]
    assert [each for each in found if each[1] in {"F03", "F04", "F16"}] == []
