"""Who is linked to a borrower keeps away from it, at the desk as in the fold (domain.md 5.6)."""

from __future__ import annotations

import pytest

from stream.desk_feed.watch import of_links
from tests.desk import made

CASE = "brw_1/default/1"


@pytest.fixture
def linked(house):
    """A desk at which `ann` is linked to the first of two borrowers."""
    noted = made.entry("note", "note-1", detail="a secret of the shift")
    house.feed.put("cases", made.case(1, entries=(noted,)), made.case(2))
    house.feed.put("alerts", made.alert(1))
    house.feed.put("case-files", made.file(1))
    links = list(of_links(["ann/brw_1", "bob/brw_2"], 7))
    house.feed.store.do(house.feed.generation, links, {}, tell=False)
    return house


@pytest.mark.parametrize("path", ["", "/file", "/machine"])
def test_who_is_linked_sees_no_case_and_that_is_recorded(linked, path):
    answer = linked.browser("ann").get(f"/api/cases/{CASE}{path}")

    assert (answer.status_code, answer.json()["why"]) == (403, {"code": "linked"})
    lines = [(each["what"], each.get("case_id")) for each in linked.outlet.of("desk-audit")]
    assert lines[-1] == ("refused", CASE)
    assert linked.browser("bob").get(f"/api/cases/{CASE}").status_code == 200


def test_who_is_linked_learns_from_the_queue_that_there_is_a_case_and_no_more(linked):
    rows = {
        row["borrower_id"]: row for row in linked.browser("ann").get("/api/queue").json()["rows"]
    }

    assert rows["brw_1"]["reason"] == {"en": "", "zh": ""}
    assert rows["brw_2"]["reason"]["en"]
    assert (
        "secret" not in linked.browser("ann").get("/api/handover?since=2026-01-01T00:00:00Z").text
    )
    assert "secret" in linked.browser("bob").get("/api/handover?since=2026-01-01T00:00:00Z").text


def test_who_is_linked_gives_no_order(linked):
    answer = linked.browser("ann").order(CASE, "claim", 1)

    assert (answer.status_code, answer.json()["why"]) == (403, {"code": "linked"})
    assert linked.outlet.of("desk-actions") == []


def test_a_bulk_leaves_out_who_the_asker_is_linked_to(linked):
    body = {"case_ids": [CASE, "brw_2/default/1"], "order": {"kind": "acknowledge"}}

    shown = linked.browser("ann").post("/api/bulk/preview", body).json()

    assert (shown["count"], shown["excluded"]) == (1, {"linked": 1})


def test_nobody_confirms_orders_about_a_borrower_to_whom_they_are_linked(linked):
    linked.feed.put("cases", *(made.case(number) for number in range(3, 55)))
    links = list(of_links(["DESK_SUPERVISOR/brw_7"], 8))
    linked.feed.store.do(linked.feed.generation, links, {}, tell=False)
    ann, boss = linked.browser("ann"), linked.browser("DESK_SUPERVISOR")
    ids = [f"brw_{number}/default/1" for number in range(2, 55)]
    order = {"case_ids": ids, "order": {"kind": "acknowledge"}}
    body = {"preview_id": ann.post("/api/bulk/preview", order).json()["preview_id"]}
    ann.post("/api/bulk", body)

    done = boss.post("/api/bulk", body).json()

    assert done["failed"] == {"brw_7/default/1": "linked"}
    assert len(done["orders"]) == 52


def test_a_newer_list_takes_the_place_of_the_older(linked):
    for members, offset in (([], 9), (["ann/brw_1"], 8)):
        links = list(of_links(members, offset))
        linked.feed.store.do(linked.feed.generation, links, {}, tell=False)

    assert linked.browser("ann").get(f"/api/cases/{CASE}").status_code == 200
