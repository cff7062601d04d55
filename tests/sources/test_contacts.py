"""Borrowers of a simulated book who can be contacted: nothing but that changes."""

from datetime import date

import pytest

from schemas.control import ConductBody
from stream.sources.simulator.book import Book

OPTIONS = {"seed": 7, "borrowers": 5, "days": 14, "start": date(2026, 3, 2)}


def records(**options):
    return list(Book(**OPTIONS, **options).records())


def of_type(found, name):
    return [each.data for each in found if each.type == name]


def test_each_borrower_can_be_reached_under_the_profile_that_its_contract_names():
    found = records(contactable=True)
    states = of_type(found, "contact_state.v1")
    contracts = of_type(found, "loan_contract.v1")
    (conduct,) = (
        body for body in Book(**OPTIONS, contactable=True).controls if isinstance(body, ConductBody)
    )

    assert {each.borrower_id for each in states} == {each.borrower_id for each in contracts}
    assert len(states) == OPTIONS["borrowers"]
    assert all(each.zones and each.consents and each.verified for each in states)
    assert {each.conduct_profile for each in contracts} == set(conduct.accept_draft_profile)


@pytest.mark.parametrize("lifelike", [False, True])
def test_whether_borrowers_can_be_contacted_changes_no_event(lifelike):
    alone, contactable = records(lifelike=lifelike), records(lifelike=lifelike, contactable=True)
    changed = ("contact_state.v1", "loan_contract.v1")

    assert [each for each in contactable if each.type not in changed] == [
        each for each in alone if each.type not in changed
    ]
    assert not of_type(alone, "contact_state.v1")
    assert {each.conduct_profile for each in of_type(alone, "loan_contract.v1")} == {None}
