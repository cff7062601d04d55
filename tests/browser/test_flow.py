"""What people do at the desk, in a real browser: see, claim, write, say what it was, close."""

import time

import pytest
from playwright.sync_api import Page, expect

from schemas.case import CaseOutcome, CaseState
from schemas.instants import wire
from tests.browser import fold, world

pytestmark = pytest.mark.browser

WITHIN_MS = 1_000


def told(page: Page) -> str:
    """What the page says about the last order, once it says something."""
    expect(page.locator("#told")).not_to_be_empty()
    return page.locator("#told").inner_text()


def order(page: Page, kind: str) -> None:
    """Press the button of an order."""
    page.locator(f".allowed [data-order={kind}]").click()


def by_somebody_else(desk, case_id: str, kind: str) -> None:
    """Let op-2 do something that op-1's page has not heard of yet."""
    case = desk.book.cases[case_id]
    made = fold.entry({"kind": kind}, "op-2", wire(desk.book.now_ms()), "act-x")
    desk.book.cases[case_id] = fold.applied(case, {"kind": kind}, made)


# --- the door


def test_a_wrong_password_is_told_and_nothing_is_shown(desk):
    page = desk.open()
    page.fill("#user", "op-1")
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")

    expect(page.locator(".sign-in .wrong")).to_have_text("User or password is wrong.")
    expect(page.locator("#trust")).to_be_empty()
    assert page.locator("#rows").count() == 0


def test_signing_out_leaves_nothing_behind(desk):
    page = desk.enter()
    page.get_by_role("button", name="Sign out").click()

    expect(page.locator("#user")).to_be_focused()
    expect(page.locator("#trust")).to_be_empty()
    assert world.borrower(0)[:10] not in page.locator("body").inner_text()


# --- what is in sight


def test_trust_incidents_and_ten_rows_are_in_sight_without_scrolling(desk):
    page = desk.enter()
    rows = page.locator("#rows .row")

    expect(rows).to_have_count(10)
    for each in (page.locator("#trust"), page.locator("#incidents"), rows.last):
        box = each.bounding_box()
        assert 0 <= box["y"] <= box["y"] + box["height"] <= 720


def test_a_silent_source_outranks_every_borrower(desk):
    desk.book.red = True
    page = desk.enter()

    expect(page.locator("#trust.red .verdict")).to_contain_text("Do not trust yet")
    expect(page.locator("#trust .chip.bad")).to_have_text("acquirer-b silent")
    desk.book.down = True
    expect(page.locator(".banner.bad")).to_be_visible()
    box = page.locator("#rows .row").last.bounding_box()
    assert box["y"] + box["height"] <= 720


def test_the_trust_line_opens_to_tell_how_far_each_source_has_come(desk):
    page = desk.enter()
    page.locator("#trust summary", has_text="POS").click()

    expect(page.locator("#trust [open] li")).to_have_count(2)
    expect(page.locator("#trust [open]")).to_contain_text("acquirer-b alive · read to")
    page.locator("#trust summary", has_text="Changes").click()
    expect(page.locator("#trust [open]")).to_have_count(1)
    expect(page.locator("#trust [open]")).to_contain_text("parameters/postloan")


def test_an_incident_opens_and_its_cases_are_chosen(desk):
    page = desk.enter()
    page.locator(".incident").click()
    expect(page.locator("dialog")).to_contain_text("31% of the segment fell within a week")
    page.get_by_role("button", name="Choose its cases").click()

    expect(page.locator(".bulk")).to_contain_text("12 chosen")


def test_a_row_says_what_has_to_be_known_before_it_is_opened(desk):
    page = desk.enter()
    text = page.locator("#rows .row", has_text=world.borrower(0)[:10]).inner_text()

    for words in (
        "severe · hard",
        "CNY 186,400",
        "3 dpd",
        "2 debits failed, no funds; POS sales near zero for 8 days; settlement account changed",
        "left",
        "Acknowledge",
        "from 08:00, in 4 h 5",
        "quiet hours",
        "nobody",
        "ago",
    ):
        assert words in text


def test_the_time_left_ticks(desk):
    page = desk.enter()
    cell = page.locator("#rows .row .due .late").first
    before = cell.inner_text()

    expect(cell).not_to_have_text(before, timeout=3_000)


def test_an_alert_arrives_while_one_looks(desk):
    page = desk.enter()
    expect(page.locator("#rows .row")).to_have_count(10)
    desk.book.put(world.case(24, desk.book.now_ms()))

    row = page.locator("#rows .row", has_text=world.borrower(24)[:10])
    expect(row).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator("#live")).to_have_text(f"New severe case: {world.borrower(24)}")


def test_the_focus_stays_on_its_row_when_the_queue_changes(desk):
    page = desk.enter()
    page.keyboard.press("j")
    page.keyboard.press("j")
    before = page.evaluate("document.activeElement.dataset.key")
    desk.book.put(world.case(24, desk.book.now_ms()))
    expect(page.locator("#rows .row", has_text=world.borrower(24)[:10])).to_be_visible()

    assert page.evaluate("document.activeElement.dataset.key") == before


# --- the work


def test_a_case_goes_from_new_to_closed_and_a_second_browser_sees_it(desk):
    page = desk.enter()
    other = desk.enter("op-2")
    case_id = desk.first(page)
    beside = other.locator(f'#rows .row[data-key="{case_id}"]')

    order(page, "claim")
    expect(beside.locator(".holder")).to_contain_text("op-1", timeout=WITHIN_MS)
    order(page, "acknowledge")
    expect(beside.locator(".tier")).to_contain_text("acknowledged", timeout=WITHIN_MS)
    for kind, choice in (("triage", "real"), ("measure", "contact")):
        order(page, kind)
        page.locator(".choices").get_by_role("button", name=choice).click()
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".case-head")).to_contain_text(choice)
    order(page, "note")
    page.fill("#field-text", "called at opening, no answer")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".entries .said").first).to_have_text("called at opening, no answer")
    order(page, "outcome")
    page.get_by_role("button", name="true distress").click()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".case-head")).to_contain_text("true distress")
    order(page, "close")
    expect(page.locator(".flow [aria-current=step]")).to_have_text("closed")
    expect(beside).to_have_count(0, timeout=WITHIN_MS)

    case = desk.book.cases[case_id]
    assert case.state is CaseState.CLOSED
    assert case.outcome is CaseOutcome.TRUE_DISTRESS


def test_the_whole_flow_by_keyboard_alone(desk):
    page = desk.open()
    page.keyboard.type("op-1")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    expect(page.locator("#rows .row")).to_have_count(10)
    page.keyboard.press("j")
    case_id = page.evaluate("document.activeElement.dataset.key")
    page.keyboard.press("Enter")
    expect(page.locator("#detail .timeline")).to_be_visible()
    for key, digit, words in (
        ("c", None, "Claim: done"),
        ("a", None, "Acknowledge: done"),
        ("t", "1", "Triage: done"),
        ("m", "3", "Measure: done"),
        ("o", "4", "Outcome: done"),
        ("x", None, "Close: done"),
    ):
        page.keyboard.press(key)
        if digit:
            expect(page.locator("dialog[open]")).to_be_visible()
            page.keyboard.press(digit)
        expect(page.locator("#told")).to_have_text(words)
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_have_count(0)

    case = desk.book.cases[case_id]
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.TEMPORARY)


def test_a_note_and_a_wait_by_keyboard(desk):
    page = desk.enter()
    case_id = desk.first(page)
    page.keyboard.press("c")
    expect(page.locator("#told")).to_have_text("Claim: done")
    page.keyboard.press("n")
    page.keyboard.type("cjk? n j k are letters here")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#told")).to_have_text("Note: done")
    page.keyboard.press("w")
    page.keyboard.press("Tab")
    page.locator("#field-reason").fill("invoice is promised")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#told")).to_have_text("Wait: done")

    assert desk.book.cases[case_id].entries[-2].detail == "cjk? n j k are letters here"
    assert desk.book.cases[case_id].state is CaseState.WAIT


@pytest.mark.parametrize(
    ("keys", "hash_", "heading"),
    [
        ("gh", "#/handover", "Hand-over"),
        ("gk", "#/kpi", "Figures of the desk"),
        ("gq", "#/queue", "Queue"),
    ],
)
def test_g_and_a_letter_go_to_a_page(desk, keys, hash_, heading):
    page = desk.enter()
    for key in keys:
        page.keyboard.press(key)

    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    assert page.evaluate("location.hash") == hash_


def test_search_finds_by_a_word_and_opens(desk):
    page = desk.enter()
    page.keyboard.press("/")
    page.keyboard.type("mandate was revoked")
    expect(page.locator(".found a")).to_have_count(1)
    page.keyboard.press("Enter")

    expect(page.locator("#detail .sentence")).to_contain_text("mandate was revoked")


def test_the_map_of_keys_opens_and_closes(desk):
    page = desk.enter()
    page.keyboard.press("?")
    expect(page.locator("dialog .map")).to_contain_text("acknowledge")
    page.keyboard.press("Escape")

    expect(page.locator("dialog")).to_have_count(0)


# --- what is refused


def test_what_is_forbidden_is_visible_with_its_reason(desk):
    page = desk.enter()
    desk.first(page)
    group = page.locator(".forbidden", has_text="claim it first")
    close = group.locator("[data-order=close]")

    expect(close).to_have_attribute("aria-disabled", "true")
    close.click(force=True)
    assert told(page) == "Close: claim it first"
    page.keyboard.press("x")
    assert told(page) == "Close: claim it first"


def test_no_case_is_closed_without_an_outcome(desk):
    page = desk.enter()
    desk.first(page)
    order(page, "claim")
    expect(page.locator("#told")).to_have_text("Claim: done")

    expect(page.locator(".forbidden", has_text="say the outcome first")).to_contain_text("Close")
    order(page, "outcome")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("dialog .wrong")).to_have_text("Expected: Outcome")


def test_who_came_second_is_told_who_was_first(desk):
    page = desk.enter()
    case_id = desk.first(page)
    by_somebody_else(desk, case_id, "claim")
    order(page, "claim")

    expect(page.locator("#told")).to_contain_text("op-2 was first: Claim.")
    expect(page.locator(".case-head .holder")).to_have_text("op-2")
    expect(page.locator(".forbidden", has_text="held by op-2")).to_contain_text("Outcome")


def test_nothing_is_shown_as_done_before_the_fold_has_said_so(desk):
    page = desk.enter()
    desk.first(page)
    desk.book.refuse_next = "the loan was closed a moment ago"
    order(page, "claim")

    assert told(page) == "Claim: refused. the loan was closed a moment ago"
    expect(page.locator(".case-head")).not_to_contain_text("op-1")


def test_an_auditor_sees_the_audit_and_may_do_nothing(desk):
    page = desk.enter("aud-1")
    desk.first(page)
    expect(page.locator(".actions")).to_contain_text("your role may not: work on cases")
    assert page.locator(".allowed button").count() == 0
    page.get_by_role("link", name="Audit").click()

    expect(page.locator("tbody tr")).to_have_count(12)


def test_somebody_without_the_right_to_evidence_sees_no_chart(desk):
    page = desk.enter("col-1")
    page.locator("#rows .row").first.click()

    expect(page.locator("#case-chart")).to_contain_text("no file of this borrower")
    assert page.get_by_role("link", name="Figures").count() == 0


# --- cut off


def test_a_cut_is_told_and_nothing_that_happened_meanwhile_is_missing(desk):
    page = desk.enter()
    expect(page.locator("#rows .row")).to_have_count(10)
    desk.book.down = True
    expect(page.locator(".banner.bad")).to_contain_text("Cut off from the desk since 03:08")
    expect(page.locator("#trust.red .verdict")).to_contain_text("Not known since 03:08")
    desk.book.put(world.case(24, desk.book.now_ms()))
    time.sleep(0.6)
    assert world.borrower(24)[:10] not in page.locator("#rows").inner_text()
    desk.book.down = False

    expect(page.locator("#rows .row", has_text=world.borrower(24)[:10])).to_be_visible()
    expect(page.locator("#live")).to_have_text(f"New severe case: {world.borrower(24)}")
    expect(page.locator(".banner")).to_have_count(0)
    expect(page.locator("#trust .verdict")).to_have_text("Trust: yes")


def test_while_the_read_model_is_rebuilt_the_page_says_so(desk):
    desk.book.rebuilding = True
    page = desk.enter()

    expect(page.locator(".banner")).to_contain_text("The read model is being rebuilt")


# --- the chart


def test_the_chart_is_read_by_arrow_keys(desk):
    page = desk.enter()
    desk.first(page)
    stage = page.get_by_role("slider")
    stage.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")

    expect(page.locator(".reading b")).to_have_text("2026-11-20")
    expect(page.locator(".reading")).to_contain_text("debit failed: no funds")
    assert "overdue" in (stage.get_attribute("aria-valuetext") or "")


def test_the_chart_is_read_by_the_pointer(desk):
    page = desk.enter()
    desk.first(page)
    box = page.locator(".stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40)

    expect(page.locator(".reading")).to_contain_text("expected CNY")


def test_who_is_linked_stands_in_the_detail_and_opens(desk):
    page = desk.enter()
    desk.first(page)
    links = page.locator(".links li")
    expect(links).to_have_count(2)
    expect(links.last).to_contain_text("same account")
    links.first.get_by_role("link").click()

    expect(page.locator(".detail")).to_contain_text(world.borrower(1))
