"""Other borrowers to whom the borrower of a case is linked."""

from __future__ import annotations

import pytest

from schemas.case import CaseState
from schemas.envelope import encode
from stream.desk_feed.links import of_reference
from stream.desk_feed.watch import of_links
from tests.desk import made

CASE = "brw_1/default/1"


def link(house, token, borrower, relation="ACCOUNT", **more):
    data = {"token": token, "borrower_id": borrower, "relation": relation} | more
    raw = encode(record_id="r", source="core", record_type="party_link.v1", at_ms=0, data=data)
    house.feed.store.do(house.feed.generation, list(of_reference(b"k", raw, 1)), {}, tell=False)


def links(house, user="ann"):
    return house.browser(user).get(f"/api/cases/{CASE}").json().get("links")


@pytest.fixture
def street(house):
    """A case whose borrower shares an account with the second and a guarantor with the third."""
    house.feed.put("cases", made.case(1), made.case(3, tier="moderate"))
    for token, borrower, relation in (
        ("acc_1", "brw_1", "ACCOUNT"),
        ("acc_1", "brw_2", "ACCOUNT"),
        ("brw_3", "brw_1", "GUARANTOR"),
        ("brw_3", "brw_3", "BORROWER"),
        ("acc_9", "brw_9", "ACCOUNT"),
    ):
        link(house, token, borrower, relation)
    return house


def test_who_shares_something_is_linked_and_who_has_a_case_comes_first(street):
    assert links(street) == [
        {
            "borrower_id": "brw_3",
            "by": [{"token": "brw_3", "relation": "GUARANTOR", "theirs": "BORROWER"}],
            "case_id": "brw_3/default/1",
            "tier": "moderate",
        },
        {
            "borrower_id": "brw_2",
            "by": [{"token": "acc_1", "relation": "ACCOUNT", "theirs": "ACCOUNT"}],
        },
    ]


def test_nobody_is_linked_by_what_is_over_or_has_not_begun(house):
    house.feed.put("cases", made.case(1))
    link(house, "acc_1", "brw_1")
    link(house, "acc_1", "brw_2", valid_to="2020-01-01T00:00:00.000Z")
    link(house, "acc_1", "brw_3", valid_from="2126-01-01T00:00:00.000Z")

    assert links(house) == []


def test_a_case_that_is_closed_or_of_the_restricted_lane_is_not_told_of(street):
    street.feed.put("cases", made.case(3, 2, state=CaseState.CLOSED))
    street.feed.put("cases-restricted", made.restricted(2))

    for user in ("ann", "COMPLIANCE"):
        assert [each.get("case_id") for each in links(street, user)] == [None, None]


def test_who_may_not_see_evidence_sees_no_links(street):
    assert links(street, "COLLECTIONS") is None


def test_of_those_to_whom_the_operator_is_linked_nothing_is_told(street):
    street.feed.store.do(street.feed.generation, list(of_links(["ann/brw_3"], 1)), {}, tell=False)

    assert [each["borrower_id"] for each in links(street)] == ["brw_2"]
