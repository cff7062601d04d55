"""What may be done about a case by somebody, and where not, why and from when on: pure.

The fold decides by the same rules (`schemas.operators`, docs/cases.md); here they are asked early,
so that the page shows what is forbidden, with its reason, and nothing is sent in vain.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, get_args

from desk.operator import Operator
from schemas.case import Case, CaseEntry, CaseState
from schemas.collection_orders import OperatorsHold
from schemas.collection_trigger import CollectionTrigger, Op
from schemas.desk_keys import NextContact
from schemas.desk_view import PossibleAction, Why
from schemas.operators import RIGHT_OF_ORDER, May, OperatorClass

RIGHT_OF: Final[Mapping[str, May]] = {
    kind: right for kind, right in RIGHT_OF_ORDER.items() if kind != "release_quarantine"
}
"""What whoever gives an order must be allowed; a quarantine is released by `loanwatch case`."""

OF_HOLDER: Final = ("give_back", "triage", "measure", "wait", "outcome", "close")
"""What the holder of a case alone does."""
OF_RESTRICTED: Final = (
    "claim", "give_back", "acknowledge", "triage", "measure", "wait", "note", "outcome", "close",
)  # fmt: skip
"""What is done about a case of the restricted lane; it is no contact's and no tier's affair."""
_NOTHING: Final = {
    "endorse": "no_pending",
    "approve_trigger": "no_trigger",
    "lift_hold": "no_hold",
}
"""Orders about something that must be there, and what is said where it is not."""
HOLDS: Final = get_args(OperatorsHold)
"""What the desk may lift; of a case's other holds it is not told which they are (docs/cases.md)."""
OF_TIER: Final = ("release_tier", "snooze_tier")
SEVERE: Final = "severe"
CONTACT: Final = "contact"
"""Not an order: whether a machine may contact the borrower now."""
NO_TIER: Final = "none"


class Around(NamedTuple):
    """What is known around a case.

    Attributes:
        triggers: The latest record of each trigger of the borrower.
        contact: When the next contact is allowed.
    """

    triggers: tuple[CollectionTrigger, ...] = ()
    contact: NextContact | None = None


def possible(
    case: Case, who: Operator, around: Around, *, restricted: bool
) -> tuple[PossibleAction, ...]:
    """Return every order that there is about a case, allowed or not."""
    kinds = OF_RESTRICTED if restricted else tuple(RIGHT_OF)
    actions = [
        each for kind in kinds for each in _of_kind(kind, case, who, around, restricted=restricted)
    ]
    if not restricted:
        actions.append(_contact(who, around))
    return tuple(actions)


def refused(
    kind: str, about: str | None, actions: Iterable[PossibleAction]
) -> PossibleAction | None:
    """Return the action that forbids an order, `None` if nothing does."""
    mine = [each for each in actions if each.kind == kind]
    if kind in _NOTHING:
        named = [each for each in mine if each.about == about]
        mine = named or [each for each in mine if not each.allowed] or [_no(kind, _NOTHING[kind])]
    return next((each for each in mine if not each.allowed), None)


def may_give(kind: str, who: Operator, *, restricted: bool) -> bool:
    """Whether somebody has the right to an order, whatever the case's state."""
    if restricted:
        return OperatorClass.COMPLIANCE in who.classes and kind in OF_RESTRICTED
    return who.may(RIGHT_OF[kind])


def _of_kind(
    kind: str, case: Case, who: Operator, around: Around, *, restricted: bool
) -> list[PossibleAction]:
    if not may_give(kind, who, restricted=restricted):
        return [_no(kind, "right", right=RIGHT_OF[kind].value)]
    if case.state is CaseState.CLOSED:
        return [_no(kind, "closed")]
    match kind:
        case "endorse":
            return _endorsements(case, who)
        case "approve_trigger":
            return _approvals(around)
        case "lift_hold":
            return _lifts(case)
        case _:
            return [_plain(kind, case, who)]


def _plain(kind: str, case: Case, who: Operator) -> PossibleAction:
    if kind in OF_HOLDER and case.holder != who.name:
        return _no(kind, "held_by", holder=case.holder) if case.holder else _no(kind, "not_held")
    why = _state_forbids(kind, case, who)
    people = 2 if kind in OF_TIER and case.tier == SEVERE else 1
    if why is not None:
        return PossibleAction(kind=kind, allowed=False, why=why)
    return PossibleAction(kind=kind, allowed=True, people=people)


def _state_forbids(kind: str, case: Case, who: Operator) -> Why | None:
    why: Why | None = None
    match kind:
        case "claim" if case.holder == who.name:
            why = Why(code="held_already")
        case "claim" | "acknowledge" if case.holder not in (None, who.name):
            why = Why(code="held_by", params={"holder": case.holder or ""})
        case "close" if case.outcome is None:
            why = Why(code="no_outcome")
        case "release_tier" | "snooze_tier" if case.tier == NO_TIER:
            why = Why(code="no_tier")
        case "release_tier" | "snooze_tier" if any(each.kind == kind for each in case.pending):
            why = Why(code="pending", params={"kind": kind})
        case _ if _is_too_early_or_late(kind, case):
            why = Why(code="state", params={"state": case.state.value})
        case _:
            pass
    return why


def _is_too_early_or_late(kind: str, case: Case) -> bool:
    """Whether the case has not come so far, or is past it."""
    match kind:
        case "acknowledge":
            return case.ack_due_at is None
        case "triage" | "measure" | "wait":
            return case.state is CaseState.OUTCOME
        case "outcome":
            return case.state is CaseState.NEW
        case _:
            return False


def _endorsements(case: Case, who: Operator) -> list[PossibleAction]:
    if not case.pending:
        return [_no("endorse", "no_pending")]
    return [_endorsement(entry, who) for entry in case.pending]


def _endorsement(entry: CaseEntry, who: Operator) -> PossibleAction:
    why = None
    if entry.operator == who.name:
        why = _own(entry.action_id)
    elif entry.kind == "snooze_tier" and not who.may(May.SNOOZE_SEVERE):
        why = Why(code="right", params={"right": May.SNOOZE_SEVERE.value})
    return PossibleAction(kind="endorse", allowed=why is None, why=why, about=entry.action_id)


def _own(record_id: str | None) -> Why:
    return Why(code="own_action", params={"record_id": record_id or ""})


def _approvals(around: Around) -> list[PossibleAction]:
    waiting = [each for each in around.triggers if each.op is Op.NEED_APPROVAL]
    if not waiting:
        return [_no("approve_trigger", "no_trigger")]
    return [
        PossibleAction(kind="approve_trigger", allowed=True, about=each.trigger_id, people=2)
        for each in waiting
    ]


def _lifts(case: Case) -> list[PossibleAction]:
    holds = [hold for hold in case.holds if hold in HOLDS]
    if not holds:
        return [_no("lift_hold", "no_hold")]
    return [PossibleAction(kind="lift_hold", allowed=True, about=hold, people=2) for hold in holds]


def _contact(who: Operator, around: Around) -> PossibleAction:
    if not who.may(May.CONTACT):
        return _no(CONTACT, "right", right=May.CONTACT.value)
    contact = around.contact
    if contact is None or not contact.op:
        return _no(CONTACT, "no_trigger")
    if contact.op == Op.PROPOSE:
        return PossibleAction(kind=CONTACT, allowed=True, about=contact.trigger_id)
    why = Why(code="guard", params={"guard": contact.guard or contact.op})
    return PossibleAction(
        kind=CONTACT,
        allowed=False,
        why=why,
        possible_at=contact.at,
        about=contact.trigger_id or None,
    )


def _no(kind: str, code: str, **params: str) -> PossibleAction:
    return PossibleAction(kind=kind, allowed=False, why=Why(code=code, params=params))
