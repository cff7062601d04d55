"""The complaint pack: what was known then is told as known, and what came later apart from it."""

import json
from html.parser import HTMLParser

import pytest

from schemas.alert import Cause, Text, Transition
from schemas.collection_trigger import Op
from schemas.decision import DecisionKind
from stream.compliance.pack import pack_of
from stream.compliance.page import page_of
from tests.compliance import world as make


def story():
    """A failed debit raises the tier; later data shows that it had been paid."""
    return [
        make.warning("brw_1", 1, 1, "RP02"),
        make.tier("brw_1", 2, 2, "none", "moderate"),
        make.trigger("brw_1", 3, 3),
        make.decision("brw_1", 4, DecisionKind.ACTION_NOTED, 4, about="a1", detail="called"),
        make.warning("brw_1", 5, 8, "RP02", transition=Transition.WITHDRAWN),
        make.tier("brw_1", 6, 8, "moderate", "none", cause=Cause.LATE_DATA),
        make.trigger("brw_1", 7, 9, Op.RETRACT),
        make.tier("brw_1", 8, 20, "none", "mild"),
    ]


CONTROLS = [make.control(1, 0), make.control(2, 1), make.control(3, 30)]


def pack(hours):
    return pack_of(
        "brw_1", story(), CONTROLS, as_of=make.at(hours), made_at="2026-12-01T00:00:00.000Z"
    )


@pytest.mark.parametrize(
    ("hours", "tier", "warnings", "triggers"),
    [
        pytest.param(0.5, [], 0, 0, id="before anything"),
        pytest.param(1, [], 1, 0, id="at the very instant"),
        pytest.param(5, ["moderate"], 1, 1, id="while it was believed"),
        pytest.param(8.5, ["none"], 0, 1, id="after it was taken back"),
        pytest.param(40, ["mild"], 0, 2, id="now"),
    ],
)
def test_what_was_known_then(hours, tier, warnings, triggers):
    known = pack(hours)

    assert [each["tier"] for each in known["tier"]] == tier
    assert len(known["open_warnings"]) == warnings
    assert len(known["triggers"]) == triggers


def test_what_came_out_later_stands_apart():
    later = pack(5)["later"]

    assert [(each["kind"], each["said"]["cause"]) for each in later] == [
        ("episode", "signal"),
        ("tier", "late_data"),
        ("trigger", "signal"),
    ]
    assert all(each["at"] > make.at(5) for each in later)
    assert pack(40)["later"] == []


def test_what_was_in_force_is_the_last_record_of_each_subject():
    assert [each["record_id"] for each in pack(5)["in_force"]] == ["rules-2"]
    assert [each["record_id"] for each in pack(40)["in_force"]] == ["rules-3"]


def test_everything_that_it_rests_on_is_there():
    text = json.dumps(pack(5))

    for what in ("rp02_failed_debit", '"ruleset_version": 7', "core-4711", "house rule", "abab"):
        assert what in text


class Checker(HTMLParser):
    """Fails on a tag that is not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, _attrs):
        self.seen.add(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("hours", [0, 5, 40])
def test_the_page_is_whole_and_in_two_languages(hours):
    page, checker = page_of(pack(hours), signed_file="brw_1.json"), Checker()
    checker.feed(page)

    assert checker.open == []
    assert "script" not in checker.seen
    assert "brw_1.json" in page
    if hours:
        assert "扣款失败" in page
        assert "failed on 2 days" in page


def test_what_somebody_wrote_is_text_on_the_page():
    of = pack(5)
    of["noted"][0]["detail"] = "<script>alert(1)</script>"
    of["changes"][0]["reason"] = {"en": Text(en="<b>", zh="").en, "zh": "&"}
    page = page_of(of, signed_file="<i>")

    assert "<script>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;" in page
