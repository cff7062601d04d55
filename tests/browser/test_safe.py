"""For everybody, and for nobody who means harm: access, contrast, width, no markup from data."""

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from schemas.alert import Text
from schemas.case import Case, CaseEntry
from tests.browser import book as stand_in_book
from tests.browser import world
from tests.browser.conftest import too_wide
from tests.browser.given import again

pytestmark = pytest.mark.browser

PLACES = ["sign-in", "queue", "case", "handover", "kpi", "capacity", "dialog"]
GRAVE = {"serious", "critical"}
PAYLOADS = (
    "<img src=x onerror=window.broken=1>",
    "<script>window.broken=1</script>",
    "\"'><svg onload=window.broken=1>",
    "javascript:window.broken=1",
)


def go(desk, place: str, **look: str):
    """Return the page at a place."""
    if place == "sign-in":
        return desk.open(**look)
    page = desk.enter(**look)
    if place in {"case", "dialog"}:
        desk.first(page)
        page.locator(".machine summary").click()
    elif place != "queue":
        page.goto(f"{desk.address}#/{place}")
        expect(page.locator(".page h1")).to_be_visible()
    if place == "dialog":
        page.keyboard.press("n")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(desk, place, theme):
    page = go(desk, place, theme=theme)
    violations = Axe().run(page).response["violations"]
    grave = {
        each["id"]: [node["html"][:120] for node in each["nodes"]]
        for each in violations
        if each["impact"] in GRAVE
    }

    assert grave == {}
    assert too_wide(page) == []


def test_axe_finds_what_is_planted(desk):
    """That it finds nothing elsewhere means something."""
    page = go(desk, "queue")
    page.evaluate("document.querySelector('#view').append(document.createElement('button'))")
    violations = Axe().run(page).response["violations"]

    assert "button-name" in {each["id"] for each in violations if each["impact"] in GRAVE}


def test_the_switch_outranks_the_system_s_theme(desk):
    page = desk.enter(theme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Light").click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert dark != light


def test_the_focus_is_always_visible(desk):
    page = go(desk, "case")
    for _ in range(40):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "() => { const s = getComputedStyle(document.activeElement); return [document.activeElement.tagName, s.outlineStyle, s.outlineWidth] }"
        )
        assert style[0] == "BODY" or (style[1] != "none" and style[2] != "0px"), style


# --- no markup from data


def poisoned(case: Case, payload: str) -> Case:
    """Return a case with a payload in every text that a person or a source can write."""
    text = Text(en=payload, zh=payload)
    return again(
        case,
        reason=text,
        clears_when=text,
        segment=payload,
        holder=payload,
        legal_entity=payload,
        holds=(payload,),
        entries=(CaseEntry(at=case.at, kind="note", operator=payload, detail=payload),),
    )


@pytest.fixture
def poison(request, desk, monkeypatch):
    """A book in which every text is the payload."""
    payload = request.param
    text = Text(en=payload, zh=payload)
    for case_id, case in list(desk.book.cases.items()):
        desk.book.cases[case_id] = poisoned(case, payload)
    monkeypatch.setattr(
        world,
        "ALERTS",
        tuple(
            again(
                each,
                title=text,
                reason=text,
                clears_when=text,
                signal=payload,
                family=payload,
                measures=tuple(
                    again(
                        m,
                        name=payload,
                        unit=payload,
                        window=payload,
                        threshold=payload,
                        value=payload,
                    )
                    for m in each.measures
                ),
                detector_scores=(),
            )
            for each in world.ALERTS
        ),
    )
    guards = tuple(
        again(each, detail=payload, legal_basis=payload) for each in world.TRIGGER.guards
    )
    monkeypatch.setattr(world, "TRIGGER", again(world.TRIGGER, loan_id=payload, guards=guards))
    sources = tuple(
        again(each, source=payload, message=payload) for each in stand_in_book.TRUST.sources
    )
    changes = tuple(
        again(each, subject=payload, author=payload) for each in stand_in_book.TRUST.changes
    )
    monkeypatch.setattr(
        stand_in_book, "TRUST", again(stand_in_book.TRUST, sources=sources, changes=changes)
    )
    incidents = tuple(
        again(each, title=text, subject=payload, reason=text)
        for each in stand_in_book.INCIDENTS.incidents
    )
    monkeypatch.setattr(
        "tests.browser.stand_in.INCIDENTS",
        msgspec.structs.replace(stand_in_book.INCIDENTS, incidents=incidents),
    )
    return payload


@pytest.mark.parametrize("poison", PAYLOADS, indirect=True)
def test_markup_in_data_is_text(desk, poison):
    desk.book.red = True
    page = desk.enter()
    expect(page.locator("#rows .reason").first).to_contain_text(poison)
    expect(page.locator("#incidents")).to_contain_text(poison)
    desk.first(page)
    page.locator(".machine summary").click()
    for place in (".sentence", "#case-why", "#case-right .entries", ".machine", "#trust"):
        expect(page.locator(place).first).to_contain_text(poison)
    page.goto(f"{desk.address}#/handover")
    expect(page.locator(".page")).to_contain_text(poison)
    page.wait_for_timeout(100)

    assert page.evaluate("window.broken") is None
    assert page.locator("img, main script, main svg[onload], a[href^=javascript]").count() == 0


def test_what_an_operator_writes_is_text(desk):
    page = desk.enter()
    desk.first(page)
    page.keyboard.press("n")
    page.locator("#field-text").fill(PAYLOADS[0])
    page.keyboard.press("Control+Enter")

    expect(page.locator(".entries .said").first).to_have_text(PAYLOADS[0])
    assert page.evaluate("window.broken") is None


def test_a_case_id_out_of_the_address_is_text(desk):
    page = desk.enter()
    page.goto(f"{desk.address}#/case/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")

    expect(page.locator("#detail")).to_contain_text("does not exist")
    assert page.locator("img").count() == 0


def test_the_policy_is_there_and_holds(desk):
    page = desk.enter()
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken'; } catch (error) { return error.name; } }"
    )
    desk.complaints.clear()

    assert refused == "TypeError"
