"""Whatever somebody signs: nothing raises, and what is no order changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.instants import DAY_MS
from schemas.operators import OperatorClass
from schemas.signing import Signed, sign
from stream.decide.actions import ORDERS
from stream.decide.cases.deadlines import LAST_MS
from tests.decide.cases.night import Night, of, refusal
from tests.decide.conftest import KEYS

CASES = ("brw_1/default/1", "brw_1/restricted/default/1", "brw_2/default/1", "", "/", "/" * 9)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some),
    max_leaves=5,
)
INSTANTS = st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-03T00:00:00Z"])
FIELDS = st.fixed_dictionaries(
    {"kind": st.sampled_from([*ORDERS, "wish"])},
    optional={
        "case_id": st.sampled_from(CASES) | ANYTHING,
        "until": INSTANTS | ANYTHING,
        "reason": st.text(max_size=9) | ANYTHING,
        "text": st.text(max_size=9),
        "holder": st.text(max_size=5),
        "triage": st.sampled_from(["REAL", "x"]),
        "measure": st.sampled_from(["CONTACT", "x"]),
        "outcome": st.sampled_from(["UNKNOWN", "x"]),
        "record_id": st.sampled_from(["a1", "a2", ""]),
        "hold": st.sampled_from(["DISPUTE", "x"]),
        "tier": st.sampled_from(["severe", "mild", "x"]),
        "legal_entity": st.sampled_from(["default", "le_2"]),
        "loan_id": st.sampled_from(["ln_1", "x"]),
        "in_doubt": st.sampled_from(["ACCEPT", "x"]),
        "trigger_id": st.text(max_size=5),
    },
)
CLASSES = st.sampled_from([*(each.value for each in OperatorClass), None])


@given(st.lists(st.tuples(FIELDS, CLASSES, st.sampled_from(["k", "d", "de"])), max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_body_is_an_order_or_a_refusal(bodies):
    night = Night()
    night.payee_changed()
    for number, (body, cls, keys) in enumerate(bodies):
        told = night.signed_action(body, "d", cls=cls, by=keys, record_id=f"x{number}")

        (decided,) = [
            each
            for each in of(told, "decisions") + of(told, "decisions-restricted")
            if each["kind"].startswith("action")
        ]
        assert decided["about"] == f"x{number}"


@pytest.mark.parametrize("text", ["[" * 5_000, '{"body":' * 5_000, "", "null", "{}", "\ud800"])
def test_what_is_no_action_at_all_is_refused(text):
    night = Night()
    text = text.encode("utf-8", "replace").decode()
    signed = Signed(payload=text, signatures=(sign(text, key_id="k", key=KEYS["k"]),))
    record = journal.Action(borrower_id="brw_1", wall_arrival_at_ms=night.now_ms, signed=signed)

    told = night.add(b"brw_1", record)

    assert refusal(told)
    assert of(told, "decisions")[0]["about"] == "action"


@pytest.mark.parametrize("back_ms", [20 * DAY_MS, DAY_MS])
def test_a_clock_at_the_end_of_time_opens_cases_all_the_same(back_ms):
    night = Night()
    night.tick(LAST_MS - back_ms)
    night.payee_changed()
    night.says("ann", "wait", fields={"until": "2026-03-03T00:00:00Z", "reason": "x"})

    assert night.case()["state"] == "NEW"
