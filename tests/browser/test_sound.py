"""The sound of the page: once, only where it was switched on, and only where browsers allow it."""

import pytest
from playwright.sync_api import expect

from schemas.desk_event import EventKind
from tests.browser import world
from tests.browser.given import again

pytestmark = pytest.mark.browser

HARD, SOFT = 25, 24
"""Simulated cases that are severe by a hard fact, and by other reasons."""
LISTEN = """
window.rung = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) {
  window.rung.push(this.context.state);
  return start.apply(this, when);
};
"""


def rung(page) -> int:
    """Return how often it rang; each time it was to be heard."""
    states = page.evaluate("window.rung")
    assert set(states) <= {"running"}
    return len(states)


@pytest.fixture
def page(desk):
    """The page of somebody who is signed in, listened to."""
    page = desk.open()
    page.add_init_script(LISTEN)
    page.reload()
    page.fill("#user", "op-1")
    page.fill("#password", "correct horse")
    page.keyboard.press("Enter")
    page.wait_for_selector("#rows .row")
    return page


def arrives(desk, page, index, **of) -> None:
    """Let a severe case arrive, and wait until the page has said so."""
    case = again(world.case(index), tier="severe", **of)
    desk.book.put(case)
    expect(page.locator("#live")).to_have_text(f"New severe case: {case.borrower_id}")


def switch_on(page) -> None:
    page.get_by_role("button", name="Sound off").click()
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()
    page.wait_for_function("window.rung.length === 1")  # so that one knows what to listen for
    page.evaluate("window.rung.length = 0")


def test_it_is_off_until_it_is_switched_on(desk, page):
    arrives(desk, page, HARD, hard=True)

    assert rung(page) == 0


def test_what_is_severe_by_a_hard_fact_rings_and_no_other(desk, page):
    switch_on(page)
    arrives(desk, page, SOFT, hard=False)
    assert rung(page) == 0

    arrives(desk, page, HARD, hard=True)
    page.wait_for_function("window.rung.length === 1")


def test_a_case_rings_once_and_so_do_many_that_come_together(desk, page):
    switch_on(page)
    case = again(world.case(HARD), tier="severe", hard=True)
    arrives(desk, page, HARD, hard=True)
    arrives(desk, page, HARD + 1, hard=True)
    desk.book.put(again(case, version=2, holder="op-2"))
    expect(page.locator(f'#rows .row[data-key="{case.case_id}"] .holder')).to_contain_text("op-2")

    assert rung(page) == 1


def test_a_case_that_becomes_severe_rings(desk, page):
    switch_on(page)
    case = world.case(0)
    desk.book.tell(
        EventKind.CASE, case_id=case.case_id, version=2, tier="severe", hard=True, is_worse=True
    )
    expect(page.locator("#live")).to_have_text(f"Now severe: {case.borrower_id}")

    assert rung(page) == 1


def test_red_rings_when_it_comes_and_not_while_it_lasts(desk, page):
    switch_on(page)
    desk.book.red = True
    for _ in range(2):
        desk.book.tell(EventKind.TRUST)
        expect(page.locator("#trust .verdict.bad")).to_be_visible()

    assert rung(page) == 1


def test_it_can_be_muted_again(desk, page):
    switch_on(page)
    page.get_by_role("button", name="Sound on").click()
    expect(page.get_by_role("button", name="Sound off")).to_be_visible()
    arrives(desk, page, HARD, hard=True)

    assert rung(page) == 0


def test_after_a_reload_it_waits_until_somebody_touches_the_page(desk, page):
    switch_on(page)
    page.reload()
    page.wait_for_selector("#rows .row")
    expect(page.get_by_role("button", name="Sound: touch the page")).to_be_visible()
    arrives(desk, page, HARD, hard=True)
    assert rung(page) == 0

    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()
    arrives(desk, page, HARD + 1, hard=True)
    page.wait_for_function("window.rung.length === 1")
