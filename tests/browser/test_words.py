"""The page's words: the same in both languages, all of them used, one for each value of a list."""

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest
from playwright.sync_api import expect

from schemas.alert import Tier, Transition
from schemas.case import CaseOutcome, CaseState, Done, Measure, Triage
from schemas.collection_orders import OperatorsHold
from schemas.collection_trigger import Answer, Channel, CollectionAction, Guard, Op
from schemas.desk_trust import FeedState
from schemas.desk_view import Advice, Rank
from schemas.failure_codes import ReasonClass
from schemas.health import HealthKind
from schemas.operators import May, OperatorClass
from tests.browser import fold
from tests.browser.conftest import too_wide

STATIC = Path(__file__).parents[2] / "desk" / "static"
LANGUAGES = {
    name: json.loads((STATIC / "i18n" / f"{name}.json").read_text()) for name in ("en", "zh")
}
CODE = "\n".join(path.read_text() for path in sorted((STATIC / "js").rglob("*.js")))
LISTS: dict[str, type[StrEnum] | list[str]] = {
    "tier": [tier.word for tier in Tier],
    "transition": Transition,
    "state": CaseState,
    "triage": Triage,
    "measure": Measure,
    "outcome": CaseOutcome,
    "done": Done,
    "rank": Rank,
    "advice": Advice,
    "feed": FeedState,
    "finding": HealthKind,
    "guard": Guard,
    "answer": Answer,
    "op": Op,
    "collection": CollectionAction,
    "channel": Channel,
    "hold": list(get_args(OperatorsHold)),
    "failure": ReasonClass,
    "right": May,
    "class": OperatorClass,
    "order": list(fold.RIGHTS),
    "stream": ["repayment", "settlement", "pos_clearing"],
}
MADE = (
    "why", "problem", "special", "due", "mix", "family", "measure_unit", "what", "key", "legend", "unit", "excluded", "reason",
)  # fmt: skip
"""Lists whose values come from the desk's API, or from the page's own tables."""
LATIN = re.compile(r"[A-Za-z]{2,}")
ALLOWED = {"UTC", "CNY", "loanwatch", "English", "Enter", "Esc", "Ctrl", "Space"}


def test_every_key_is_in_both_files():
    assert LANGUAGES["en"].keys() == LANGUAGES["zh"].keys()


def test_no_chinese_text_was_left_in_english():
    left = {
        key: text
        for key, text in LANGUAGES["zh"].items()
        if set(LATIN.findall(re.sub(r"\{\w+\}", "", text))) - ALLOWED
    }

    assert left == {}


def test_both_texts_of_a_key_are_filled_with_the_same():
    holes = {
        name: {key: set(re.findall(r"\{\w+\}", text)) for key, text in words.items()}
        for name, words in LANGUAGES.items()
    }

    assert holes["en"] == holes["zh"]


@pytest.mark.parametrize("name", LISTS)
def test_each_value_of_a_list_has_a_word(name):
    missing = [value for value in LISTS[name] if f"{name}.{value}" not in LANGUAGES["en"]]

    assert missing == []


def test_every_text_that_the_code_asks_for_is_there():
    asked = set(re.findall(r'\bt\(\s*"([\w.]+)"', CODE))

    assert len(asked) > 100
    assert asked - LANGUAGES["en"].keys() == set()


def test_no_text_is_kept_that_nothing_asks_for():
    plain = set(re.findall(r'"([\w.-]+)"', CODE))
    prefixes = set(re.findall(r"`([\w]+[._])\$\{", CODE)) | set(
        re.findall(r"`([\w]+\.[\w]+_)\$\{", CODE)
    )
    listed = {f"{name}." for name in (*LISTS, *MADE)}
    unused = [
        key
        for key in LANGUAGES["en"]
        if key not in plain and not any(key.startswith(prefix) for prefix in prefixes | listed)
    ]

    assert unused == []


# --- on the page

VISIBLE = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.closest('[translate=no], noscript, kbd, code, .token')) found.push(node.data);
  }
  for (const node of document.querySelectorAll('[aria-label], [aria-valuetext]'))
    found.push(node.getAttribute('aria-label') ?? '', node.getAttribute('aria-valuetext') ?? '');
  return found.join('\\n');
}"""
IDS = re.compile(r"\b(?:op|aud)-\d|\bln_[0-9a-f]+|\bbrw_[0-9a-f]+|risk-\d|parameters/postloan")


@pytest.mark.browser
@pytest.mark.parametrize(
    "place", ["sign-in", "queue", "case", "handover", "kpi", "capacity", "audit", "dialog", "help"]
)
def test_the_chinese_page_has_no_english_left_over(desk, place):
    page = (
        desk.open(language="zh")
        if place == "sign-in"
        else desk.enter("aud-1" if place == "audit" else "op-1", language="zh")
    )
    if place in {"case", "dialog"}:
        desk.first(page)
        page.locator(".machine summary").click()
    if place == "dialog":
        page.keyboard.press("n")
    elif place == "help":
        page.keyboard.press("?")
    elif place not in {"sign-in", "queue", "case"}:
        page.goto(f"{desk.address}#/{place}")
        expect(page.locator(".page h1")).to_be_visible()
    words = set(LATIN.findall(IDS.sub("", page.evaluate(VISIBLE))))

    assert words - ALLOWED == set()
    assert too_wide(page) == []


@pytest.mark.browser
def test_the_language_is_switched_and_remembered(desk):
    page = desk.enter()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="队列")).to_be_visible()
    page.reload()

    expect(page.get_by_role("heading", name="队列")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.title() == "loanwatch 监控台"
