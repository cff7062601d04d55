"""Cases of the restricted lane: what compliance does, and that nobody else can tell that it does.

The proof is twins, as in tests/decide/test_restricted.py: a journal with orders about restricted
cases, and the same one without them; and one with matches, and one with none.
"""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.case import restricted_case_id
from schemas.control import ActionPayload
from schemas.instants import from_ms, wire
from schemas.signing import Signed, sign
from stream.decide import Book
from stream.decide.basis import Basis
from tests.decide.conftest import DAY_MS, KEYS, TRUST, Log, Tools, at, run, told
from tests.decide.test_restricted import LANE, MATCHED, OTHERS, begin, play, split
from tests.decide.test_restricted import STEPS as HAPPENINGS

CASE = restricted_case_id("brw_1", 1)


def matched():
    return begin(Tools, MATCHED).debit(1, counterparty_token="cp_1").tick(1.1)


def order(log, days, kind, *, cls="COMPLIANCE", operator="cat", case=CASE, by="k", **fields):
    """Let somebody give an order about a restricted case, which supersedes the last of these."""
    known = getattr(log, "chain", None)
    payload = ActionPayload(
        record_id=f"r{len(log.records)}",
        subject="brw_1",
        supersedes=fields.pop("supersedes", known),
        operator=operator,
        issued_at=from_ms(at(days)),
        body={"kind": kind, "case_id": case, **fields},
        operator_class=cls,
    )
    text = msgspec.json.encode(payload).decode()
    signatures = tuple(sign(text, key_id=name, key=KEYS[name]) for name in by)
    record = journal.Action(
        borrower_id="brw_1",
        wall_arrival_at_ms=at(days),
        signed=Signed(payload=text, signatures=signatures),
    )
    return log.add(b"brw_1", record)


def chained(log, days, kind, **how):
    """The same, noted: the next one supersedes it."""
    order(log, days, kind, **how)
    log.chain = f"r{len(log.records) - 1}"
    return log


def cases(log):
    return told(run(log.records), "cases-restricted")


def decided(log):
    return [
        (each["kind"], each.get("about"), each.get("detail"))
        for each in told(run(log.records), "decisions-restricted")
        if each["kind"].startswith("action")
    ]


def test_a_match_opens_a_case_of_its_own_that_compliance_works():
    log = matched()
    chained(log, 1.2, "claim")
    chained(log, 1.3, "wait", until=wire(at(2)), reason="asked the bank")
    log.tick(2.5).debit(2.6, counterparty_token="cp_1").debit(2.7, counterparty_token="cp_2")
    chained(log, 2.8, "outcome", outcome="UNKNOWN")
    chained(log, 2.9, "close")
    log.tick(9)

    rows = cases(log)
    assert [each["version"] for each in rows] == [*range(1, len(rows) + 1)]
    assert {each["case_id"] for each in rows} == {CASE}
    assert {each["lane"] for each in rows} == {"compliance_restricted"}
    states = [each["state"] for each in rows]
    assert list(dict.fromkeys(states)) == ["NEW", "ACKED", "WAIT", "ACTION", "OUTCOME", "CLOSED"]
    kinds = [line["kind"] for line in rows[-1]["entries"]]
    assert kinds == ["opened", "claim", "wait", "waited", "tier", "outcome", "close"]
    assert next(each["at"] for each in rows if each["state"] == "ACTION") == wire(at(2))


def test_it_ends_with_its_cause_and_is_closed_by_people_alone():
    last = cases(matched().tick(9))[-1]

    assert (last["state"], last["entries"][-1]["kind"]) == ("NEW", "ended")


def test_what_was_closed_opens_again_with_another_warning_only():
    log = matched()
    for kind, fields in (("claim", {}), ("outcome", {"outcome": "UNKNOWN"}), ("close", {})):
        chained(log, 1.2, kind, **fields)
    again = Log(list(log.records), log.controls).debit(1.3, counterparty_token="cp_3").tick(9)
    assert {each["case_id"] for each in cases(again)} == {CASE}

    again.debit(9.5, counterparty_token="cp_1")
    assert {each["case_id"] for each in cases(again)} == {CASE, restricted_case_id("brw_1", 2)}


@pytest.mark.parametrize(
    ("how", "says"),
    [
        pytest.param({"cls": "DESK_SUPERVISOR"}, "of COMPLIANCE", id="a supervisor"),
        pytest.param({"cls": "AUDITOR"}, "of COMPLIANCE", id="who may only see"),
        pytest.param({"cls": None, "by": "d", "operator": "d"}, "of COMPLIANCE", id="own key"),
        pytest.param({"by": "d"}, "may not sign `desk`", id="forged"),
        pytest.param({"supersedes": "x"}, "to supersede `None`", id="late"),
        pytest.param({"case": restricted_case_id("brw_1", 2)}, "that is open", id="no case"),
    ],
)
def test_what_is_refused_is_told_to_compliance_alone(how, says):
    log = matched()
    before = run(log.records)
    order(log, 1.2, "claim", **how)
    outputs = run(log.records)

    ((kind, about, detail),) = decided(log)
    assert (kind, about) == ("action_refused", f"r{len(log.records) - 1}")
    assert says in detail
    assert len(outputs) == len(before) + 1
    assert outputs[-1].topic == "decisions-restricted"


def test_nobody_assigns_it_and_notes_are_checked():
    log = order(matched(), 1.2, "assign", holder="ann")
    order(log, 1.2, "note", text="call 13800138000")

    assert [kind for kind, *_ in decided(log)] == ["action_refused"] * 2


def test_an_ordinary_case_does_not_know_of_it():
    """Orders of the two lanes supersede each their own, and share no ids."""
    log = matched().payee_changed(1.15)
    chained(log, 1.2, "claim")
    body = {"kind": "claim", "case_id": "brw_1/default/1"}
    claim = {"by": "k", "subject": "brw_1"}
    text = ActionPayload(
        record_id=log.chain, supersedes=None, operator="ann", issued_at=from_ms(at(1.3)), body=body,
        subject=claim["subject"], operator_class="DESK_OPERATOR",
    )  # fmt: skip
    payload = msgspec.json.encode(text).decode()
    signed = Signed(payload=payload, signatures=(sign(payload, key_id="k", key=KEYS["k"]),))
    log.add(b"brw_1", journal.Action(borrower_id="brw_1", wall_arrival_at_ms=0, signed=signed))

    (*_, last) = told(run(log.records), "cases")
    assert (last["holder"], last["last_action_id"]) == ("ann", log.chain)


ORDERS = st.lists(
    st.tuples(
        st.integers(2, 30),
        st.sampled_from(["claim", "wait", "outcome", "close", "note", "assign"]),
        st.sampled_from(["COMPLIANCE", "COMPLIANCE", "COMPLIANCE", "DESK_OPERATOR"]),
    ),
    max_size=8,
)


@given(steps=HAPPENINGS, orders=ORDERS)
@settings(max_examples=60, deadline=None)
def test_twins_with_and_without_orders_differ_in_nothing_that_is_not_restricted(steps, orders):
    trial = Tools
    records = play(begin(trial, MATCHED), trial, steps).records
    worked = with_orders(records, orders)
    plain = [record for record in worked if not is_order(record)]

    hit, clean = split(run(worked)), split(run(plain))

    assert hit[1] == clean[1]


@given(steps=HAPPENINGS, orders=ORDERS)
@settings(max_examples=40, deadline=None)
def test_twins_with_and_without_a_match_differ_in_nothing_where_orders_are_given(steps, orders):
    trial = Tools
    hit = with_orders(play(begin(trial, MATCHED), trial, steps).records, orders)
    clean = with_orders(play(begin(trial, OTHERS), trial, steps).records, orders)

    assert split(run(hit))[1] == split(run(clean))[1]


@given(steps=HAPPENINGS, orders=ORDERS, every=st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_what_it_knows_survives_any_restart(steps, orders, every):
    trial = Tools
    records = with_orders(play(begin(trial, MATCHED), trial, steps).records, orders)
    whole = run(records)

    outputs, stored = [], {}
    for start in range(0, len(records), every):
        book = trial.Book(trial.TRUST, speaks=True)
        for key, value in stored.items():
            book.restore(key, value)
        outputs += run(records[start : start + every], book)
        stored |= dict(book.changes())

    assert outputs == whole


def with_orders(records, orders):
    """The journal with orders at some places, each of which knows what the last one was."""
    log = Log(list(records))
    for after, kind, cls in orders:
        place = min(after, len(log.records))
        tail, log.records = log.records[place:], log.records[:place]
        day = 1 + place / 10
        fields = {
            "wait": {"until": wire(at(day) + DAY_MS), "reason": "asked"},
            "outcome": {"outcome": "TRUE_FRAUD"},
            "note": {"text": "looked"},
            "assign": {"holder": "ann"},
        }.get(kind, {})
        log.chain = in_force(log.records)
        order(log, day, kind, cls=cls, **fields)
        log.records += tail
    return log.records


def in_force(records):
    noted = [each for each in told(run(records), "decisions-restricted")
             if each["kind"] == "action_noted"]  # fmt: skip
    return noted[-1]["about"] if noted else None


def is_order(record):
    return isinstance(journal.decode(record[1]), journal.Action)


def test_what_compliance_finds_teaches_the_models_nothing():
    """Fraud or not: what detectors say from then on would tell of it."""
    log = selling(matched(), 1.2)
    records = list(log.records)
    for kind, fields in (("claim", {}), ("outcome", {"outcome": "TRUE_FRAUD"}), ("close", {})):
        chained(log, 2, kind, **fields)
    later = selling(Log(), 2.1).records
    hit, clean = Book(TRUST, speaks=True), Book(TRUST, speaks=True)

    outputs, twin = run(log.records + later, hit), run(records + later, clean)

    assert cases(log)[-1]["state"] == "CLOSED"
    assert cases(log)[-1]["outcome"] == "TRUE_FRAUD"
    assert split(outputs)[1] == split(twin)[1]
    of, other = (each._shelf.take("brw_1") for each in (hit, clean))
    assert of.models == other.models
    assert of.basis == other.basis == Basis()


def selling(log, day):
    for n in range(8):
        log.sale(day + n / 100, fen=10_000 + n, key=f"s{day}{n}", event_id=f"s{day}{n}")
    return log


def test_orders_are_among_what_the_twins_compare():
    log = chained(matched(), 1.2, "claim")

    assert {each.topic for each in split(run(log.records))[0]} == LANE
