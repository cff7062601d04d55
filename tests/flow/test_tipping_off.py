"""Scenario 25: laundering beside a moderate tier; what it shows to anybody but compliance.

A whole simulated book, folded with the shipped rules and with the same rules less those of the
restricted lane: all that is not theirs is equal, byte for byte.
"""

from datetime import date

import msgspec

import rules
from schemas.control import ListBody
from schemas.dead_letter import Origin
from stream.evaluate.fold import Fold
from tests.flow.expected import failures
from tests.flow.scenes import WALL_MS, book_of, folded, lines_of

LANE = {"alerts-restricted", "decisions-restricted", "cases-restricted"}
PACK = rules.pack("postloan")
BEGINS, ENDS = "# --- restricted", "# --- models"


def without_the_lane():
    """The pack without its restricted rules and their tests."""
    ((name, text),) = PACK.items()
    before, _, rest = text.partition(BEGINS)
    return {name: before + ENDS + rest.partition(ENDS)[2]}


def outputs_of(lines, controls, pack):
    found = []
    fold = Fold(
        pack,
        wall_now_ms=WALL_MS,
        controls=controls,
        on_record=lambda _value, outputs: found.extend(outputs),
    )
    fold.lines((Origin(topic="book", partition=0, offset=n), raw) for n, raw in enumerate(lines))
    apart = [each for each in found if each.topic in LANE]
    return apart, [each for each in found if each.topic not in LANE]


def test_of_laundering_beside_a_failed_debit_only_compliance_hears():
    book = book_of(
        "structured_transfers",
        start=date(2026, 3, 2),
        days=60,
        borrowers=4,
        lifelike=False,
        contactable=True,
    )
    (launderer,) = {row.borrower_id for row in book.planted}
    sent_to = launderer.replace("brw_", "cp_") + "s"
    controls = (*book.controls, ListBody(name="@sanctions", members=(sent_to,)))
    lines = lines_of(book)

    apart, others = outputs_of(lines, controls, PACK)
    none, twin = outputs_of(lines, controls, without_the_lane())

    assert [each.key for each in (others[0], twin[0])] == [b"control"] * 2, "two rule sets"
    assert others[1:] == twin[1:]
    assert none == []
    alerts = [msgspec.json.decode(a.value) for a in apart if a.topic == "alerts-restricted"]
    opened = {a["signal"]: a for a in alerts if a["transition"] == "opened"}
    assert set(opened) == {"F17", "W05"}
    assert {a["borrower_id"] for a in alerts} == {launderer}
    assert {each.key for each in others if each.topic == "collection-triggers"} == {
        launderer.encode()
    }, "contacts are among what is compared"
    said = b"".join(each.key + each.value for each in others).decode()
    hidden = ("f17_structuring", "w05_sanctions", '"F17"', '"W05"', "@sanctions", sent_to, "制裁")
    assert not [word for word in hidden if word in said]

    told, _ = folded(lines, controls)
    assert failures(book.planted, told) == []
    assert max(tier for _, tier in told.tiers[launderer]) == 2
