"""Who is rung, when, and never twice for one thing."""

import msgspec
import pytest

from schemas.alert import Phase, Text
from schemas.case import Case, CaseState
from schemas.instants import MINUTE_MS, wire
from stream.pager.config import Pager, PagerError, Webhook, read_pager
from stream.pager.rings import Rings

DUE_MS = 1_790_000_000_000
LEVELS = [
    {"minutes_left": 15, "to": ["night"], "hard_only": True},
    {"minutes_left": 5, "to": ["night", "group"]},
    {"minutes_left": -10, "to": ["mail"]},
]


def pager(**more):
    """A file of three outputs."""
    outputs = tuple(
        Webhook(name=name, url="http://127.0.0.1/", secret_file="s")
        for name in ("night", "group", "mail")
    )
    plain = msgspec.convert({"levels": LEVELS} | more, Pager)
    return msgspec.structs.replace(plain, outputs=outputs)


def case(case_id="brw_1/default/1", *, due_ms=DUE_MS, **fields):
    """A severe case that nobody has acknowledged."""
    text = Text(en="payee changed", zh="收款人变更")
    known = {
        "version": 1,
        "borrower_id": case_id.partition("/")[0],
        "legal_entity": "default",
        "lane": "credit",
        "state": CaseState.NEW,
        "tier": "severe",
        "hard": True,
        "admission": "severe",
        "phase": Phase.LIVE,
        "opened_at": wire(DUE_MS - 15 * MINUTE_MS),
        "at": wire(DUE_MS),
        "tier_since": wire(DUE_MS),
        "reason": text,
        "clears_when": text,
        "ack_due_at": wire(due_ms) if due_ms else None,
    }
    return Case(case_id=case_id, **known | fields)


def rung(rings, left):
    """Ring what is due so many minutes before the deadline; return whom."""
    due = list(rings.due(DUE_MS - left * MINUTE_MS))
    for each in due:
        rings.took(each.page_id)
    return [(each.output, each.minutes_left) for each in due]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, {15: ["night"], 5: ["night", "group"], -10: ["mail"]}, id="hard"),
        pytest.param({"hard": False}, {5: ["night", "group"], -10: ["mail"]}, id="soft"),
        pytest.param({"tier": "moderate"}, {}, id="not severe"),
        pytest.param({"due_ms": None}, {}, id="acknowledged"),
        pytest.param({"closed_at": wire(DUE_MS)}, {}, id="closed"),
        pytest.param({"simulated": True}, {}, id="simulated"),
        pytest.param({"phase": Phase.BOOTSTRAP}, {}, id="before go-live"),
    ],
)
def test_each_level_rings_once(fields, expected):
    rings = Rings(pager())
    rings.follow(case(**fields))
    found = {}
    for left in (16, 15, 14, 6, 5, 4, 0, -9, -10, -11, -60):
        for output, _ in rung(rings, left):
            found.setdefault(left, []).append(output)

    assert found == expected


def test_after_a_silence_the_last_level_of_an_output_rings_alone():
    rings = Rings(pager())
    rings.follow(case())

    assert rung(rings, -30) == [("night", -30), ("group", -30), ("mail", -30)]
    assert rung(rings, -30) == []


def test_what_was_not_taken_stays_due_and_what_was_is_known_after_a_restart():
    rings = Rings(pager())
    rings.follow(case())
    (first,) = rings.due(DUE_MS - 15 * MINUTE_MS)
    assert [first] == list(rings.due(DUE_MS - 15 * MINUTE_MS))

    again = Rings(pager())
    again.took(first.page_id)
    again.follow(case())
    assert list(again.due(DUE_MS - 15 * MINUTE_MS)) == []


def test_an_acknowledgement_ends_it_and_a_new_deadline_begins_it_anew():
    rings = Rings(pager())
    rings.follow(case())
    assert rung(rings, 15) == [("night", 15)]
    rings.follow(case(version=2, due_ms=None, state=CaseState.ACKED))
    assert (rung(rings, -10), rings.open) == ([], 0)

    rings.follow(case(version=3, due_ms=DUE_MS + 60 * MINUTE_MS))
    assert rung(rings, -45) == [("night", 15)]
    rings.follow(case(version=2, due_ms=None))
    assert rings.open == 1, "an older record changes nothing"


def test_a_case_that_is_gone_rings_no_more():
    rings = Rings(pager())
    rings.follow(case())
    rings.forget("brw_1/default/1")

    assert list(rings.due(DUE_MS)) == []


def test_simulated_cases_ring_where_that_is_wanted():
    rings = Rings(pager(simulated=True))
    rings.follow(case(simulated=True))

    assert rung(rings, 15) == [("night", 15)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(b"{", "expected a file of the pager: ", id="no JSON"),
        pytest.param(b'{"level": []}', "unknown field `level`", id="unknown field"),
        pytest.param(
            b'{"levels": [{"minutes_left": 5, "to": ["nigth"]}]}',
            r"expected one of the outputs \(none\) in `levels\[0\].to`, got `nigth`",
            id="unknown output",
        ),
        pytest.param(
            b'{"dead_man": {"url_file": "u", "to": ["mail"]}}', "`dead_man.to`", id="dead man's"
        ),
        pytest.param(
            b'{"levels": [{"minutes_left": 16, "to": ["a"]}]}', "<= 15", id="before it opened"
        ),
        pytest.param(
            b'{"outputs": [{"kind": "wecom", "name": "a", "url_file": "u"},'
            b'{"kind": "wecom", "name": "a", "url_file": "v"}]}',
            "different `name`",
            id="one name twice",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(text, message):
    with pytest.raises(PagerError, match=message):
        read_pager(text)
