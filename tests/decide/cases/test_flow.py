"""The flow of a case as a table: who, where it stands, what is ordered, what comes of it."""

import msgspec
import pytest
from msgspec.structs import replace

from schemas.alert import Phase, Text
from schemas.case import Case, CaseOutcome, CaseState, Measure, Triage
from schemas.case_orders import (
    Acknowledge,
    AddNote,
    Assign,
    Claim,
    CloseCase,
    GiveBack,
    SayOutcome,
    TakeMeasure,
    TriageCase,
    Wait,
    kind_of,
)
from schemas.instants import DAY_MS, from_ms, wire
from schemas.operators import RIGHT_OF_ORDER
from stream.decide.actions import ORDERS, Order
from stream.decide.cases.flow import moved
from stream.decide.governance import RefusedError

NOW_MS = 1_772_460_000_000
ID = "brw_1/default/1"
NEW, ACKED, TRIAGED, ACTION, WAIT, OUTCOME, CLOSED = CaseState
NOTHING = Text(en="", zh="")


def case(state, holder=None, **how):
    """A case that came to a state in the ordinary way."""
    plain = Case(
        case_id=ID,
        version=1,
        borrower_id="brw_1",
        legal_entity="default",
        lane="credit",
        state=state,
        tier="severe",
        hard=True,
        admission="severe",
        phase=Phase.LIVE,
        opened_at=wire(0),
        at=wire(0),
        tier_since=wire(0),
        reason=NOTHING,
        clears_when=NOTHING,
        holder=holder,
        acked_at=None if state is NEW else wire(1),
        ack_due_at=wire(9) if state is NEW else None,
        outcome_due_at=wire(9) if state is not OUTCOME else None,
        wait_until=wire(NOW_MS + DAY_MS) if state is WAIT else None,
        outcome=CaseOutcome.TEMPORARY if state is OUTCOME else None,
    )
    return replace(plain, **how)


def wait(days):
    return Wait(case_id=ID, until=from_ms(NOW_MS + round(days * DAY_MS)), reason="promised")


CLAIM, BACK, ACK, CLOSE = (of(case_id=ID) for of in (Claim, GiveBack, Acknowledge, CloseCase))
REAL, CALL = (
    TriageCase(case_id=ID, triage=Triage.REAL),
    TakeMeasure(case_id=ID, measure=Measure.CONTACT),
)
SAID = SayOutcome(case_id=ID, outcome=CaseOutcome.TRUE_DISTRESS)
NOTE = AddNote(case_id=ID, text="called")


@pytest.mark.parametrize(
    ("before", "order", "state", "holder"),
    [
        pytest.param(case(NEW), CLAIM, ACKED, "ann", id="who claims has seen it"),
        pytest.param(case(ACTION), CLAIM, ACTION, "ann", id="given back at work, and taken up"),
        pytest.param(case(NEW), ACK, ACKED, None, id="seen, and nobody's"),
        pytest.param(case(NEW, "ann"), ACK, ACKED, "ann", id="assigned, and seen"),
        pytest.param(
            case(ACTION, "ann", ack_due_at=wire(9)), ACK, ACTION, "ann", id="seen anew at work"
        ),
        pytest.param(case(ACKED, "ann"), BACK, ACKED, None, id="given back"),
        pytest.param(
            case(ACKED, "ben"), Assign(case_id=ID, holder="cid"), ACKED, "cid", id="assigned"
        ),
        pytest.param(case(ACKED, "ann"), REAL, TRIAGED, "ann", id="looked at"),
        pytest.param(case(NEW, "ann"), REAL, TRIAGED, "ann", id="looked at is seen"),
        pytest.param(case(ACTION, "ann"), REAL, ACTION, "ann", id="looked at again, at work"),
        pytest.param(case(ACKED, "ann"), CALL, ACTION, "ann", id="acted at once"),
        pytest.param(case(WAIT, "ann"), CALL, ACTION, "ann", id="acted while waiting"),
        pytest.param(case(ACTION, "ann"), wait(1), WAIT, "ann", id="waits"),
        pytest.param(case(WAIT, "ann"), wait(2), WAIT, "ann", id="waits longer"),
        pytest.param(case(ACKED, "ann"), SAID, OUTCOME, "ann", id="clear at once"),
        pytest.param(case(WAIT, "ann"), SAID, OUTCOME, "ann", id="clear while waiting"),
        pytest.param(case(OUTCOME, "ann"), SAID, OUTCOME, "ann", id="another outcome"),
        pytest.param(case(OUTCOME, "ann"), CLOSE, CLOSED, "ann", id="closed"),
        pytest.param(case(WAIT, "ben"), NOTE, WAIT, "ben", id="a note on another's case"),
        pytest.param(case(NEW), NOTE, NEW, None, id="a note has seen nothing"),
    ],
)
def test_what_is_obeyed(before, order, state, holder):
    after = moved(before, order, "ann", NOW_MS)

    assert (after.state, after.holder) == (state, holder)
    if kind_of(order) not in ("note", "assign", "give_back"):
        assert after.ack_due_at is None
    assert (after.wait_until is not None) == (after.state is WAIT)
    if after.state in (OUTCOME, CLOSED):
        assert after.outcome is not None
        assert after.outcome_due_at is None


@pytest.mark.parametrize(
    ("before", "order", "says"),
    [
        pytest.param(case(ACKED, "ben"), CLAIM, "`ben` holds it", id="claimed by another"),
        pytest.param(case(ACKED, "ann"), CLAIM, "you hold it already", id="claimed twice"),
        pytest.param(case(ACKED, "ben"), BACK, "`ben` holds it", id="another's given back"),
        pytest.param(case(ACKED), BACK, "nobody holds it", id="nobody's given back"),
        pytest.param(case(ACKED), ACK, "acknowledged already", id="seen twice"),
        pytest.param(case(NEW, "ben"), ACK, "`ben` holds it", id="another's acknowledged"),
        pytest.param(case(ACKED, "ben"), REAL, "`ben` holds it", id="another's looked at"),
        pytest.param(case(ACKED), CALL, "claim it first", id="nobody's acted on"),
        pytest.param(case(NEW, "ann"), SAID, "acknowledge it first", id="an outcome unseen"),
        pytest.param(case(ACKED, "ben"), SAID, "`ben` holds it", id="another's outcome"),
        pytest.param(case(OUTCOME, "ann"), REAL, "TEMPORARY; close it", id="looked at when over"),
        pytest.param(case(OUTCOME, "ann"), wait(1), "close it", id="waited when over"),
        pytest.param(case(ACTION, "ann"), CLOSE, "expected an outcome", id="closed without one"),
        pytest.param(case(NEW), CLOSE, "claim it first", id="closed unseen"),
        pytest.param(case(ACTION, "ann"), wait(-1), "from now to", id="a wait that is over"),
        pytest.param(case(ACTION, "ann"), wait(31), "from now to", id="a wait without end"),
        pytest.param(
            case(ACTION, "ben"), Assign(case_id=ID, holder="ben"), "holds it", id="to its holder"
        ),
    ],
)
def test_what_is_refused_and_says_why(before, order, says):
    with pytest.raises(RefusedError, match=says):
        moved(before, order, "ann", NOW_MS)


def test_what_is_said_stands_in_the_case():
    after = case(ACKED, "ann")
    for order in (REAL, CALL, SAID):
        after = moved(after, order, "ann", NOW_MS)

    assert (after.triage, after.measure) == (Triage.REAL, Measure.CONTACT)
    assert after.outcome is CaseOutcome.TRUE_DISTRESS


def test_every_order_is_known_by_its_kind_and_takes_a_right():
    kinds = {of.__struct_config__.tag or (of.__struct_fields__ and of.kind) for of in _orders()}

    assert len(_orders()) == len(ORDERS) == len(RIGHT_OF_ORDER)
    assert set(ORDERS) == set(RIGHT_OF_ORDER)
    assert kinds >= {"claim", "endorse"}


def _orders():
    return [of for of in Order.__args__ if issubclass(of, msgspec.Struct)]
