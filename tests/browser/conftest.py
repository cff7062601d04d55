"""A real Chromium against the desk's page; nothing that it complains of is let pass.

* `desk`: the page over a book of simulated cases; `desk.enter()` signs in and returns a page.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser.book import Book
from tests.browser.stand_in import PASSWORD, serving

NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1280, "height": 720}
REFUSED = re.compile(r"Failed to load resource: .* status of (401|404|409|503) ")
"""Chromium writes each refusal to its console; these are part of what is tested."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share a browser in one process."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


def chromium() -> str:
    """Return the path of a Chromium.

    Raises:
        RuntimeError: If there is none; a test that skipped would pass for nothing.
    """
    named = os.environ.get("LOANWATCH_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError(
            "expected Chromium on PATH or in LOANWATCH_CHROMIUM, found none: "
            "apt-get install chromium fonts-noto-cjk"
        )
    return found


# Of a module and not of the session: while it is open, asyncio.run() works in no other test.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium without a head."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        running.close()


WIDE = """() => [document.body, ...document.querySelectorAll('main, .detail, .page, .queue')]
  .filter((node) => node.scrollWidth > node.clientWidth + 1)
  .map((node) => node.className || node.tagName)"""


def too_wide(page: Page) -> list[str]:
    """Return what of the page would have to be scrolled sideways."""
    return page.evaluate(WIDE)


@dataclass
class Desk:
    """The page of one test: its address, what stands behind it, what the browser complained of."""

    address: str
    book: Book
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def open(self, *, language: str = "en", theme: str = "light") -> Page:
        """Return the page at its door, in a browser profile of its own."""
        context = self.browser.new_context(
            viewport=SIZE,
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            timezone_id="Asia/Shanghai",
            color_scheme=theme,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(5_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.goto(self.address)
        page.wait_for_selector("html[data-ready]")
        return page

    def enter(self, user: str = "op-1", **look: str) -> Page:
        """Return the page after signing in, with its queue."""
        page = self.open(**look)
        page.fill("#user", user)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#trust .verdict")
        return page

    def first(self, page: Page) -> str:
        """Open the first case of the queue; return its id."""
        row = page.locator("#rows .row").first
        case_id = row.get_attribute("data-key") or ""
        row.click()
        page.wait_for_selector(".timeline")
        return case_id

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not REFUSED.search(message.text):
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def desk(browser: Browser) -> Iterator[Desk]:
    """The page over twelve simulated cases; fails at the end if the browser complained."""
    book = Book()
    with serving(book) as address:
        desk = Desk(address, book, browser)
        yield desk
        for context in browser.contexts:
            context.close()
    assert desk.complaints == []
