"""Operators' actions: what is in force for a borrower, and one more, signed."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from schemas.case_orders import CaseOrder, Endorse, kind_of
from schemas.collection_orders import ApproveTrigger, LiftHold, PutOnHold
from schemas.control import ActionPayload
from schemas.decision import Decision, DecisionKind
from schemas.instants import from_ms
from schemas.loan_release import Release
from schemas.signing import Signed, sign
from schemas.tier_orders import ReleaseTier, SnoozeTier
from stream.journal.log_reading import messages
from stream.settings import Settings
from stream.sources.keys import SigningKey
from stream.sources.sending import send

ACTIONS: Final = "desk-actions"
DECISIONS: Final = "decisions"
ID_DIGITS: Final = 16

Order = (
    ApproveTrigger | PutOnHold | LiftHold | ReleaseTier | SnoozeTier | Release | CaseOrder | Endorse
)

_decision = msgspec.json.Decoder(Decision).decode


def in_force(settings: Settings, borrower_id: str) -> str | None:
    """Return the id of the last action that counted for a borrower: the next one supersedes it."""
    found = None
    for number in range(settings.partitions):
        for message in messages(settings, DECISIONS, number):
            if message.key() == borrower_id.encode():
                decision = _decision(message.value() or b"")
                if decision.kind is DecisionKind.ACTION_NOTED:
                    found = decision.about
    return found


def signed_order(
    borrower_id: str,
    order: Order,
    keys: Sequence[SigningKey],
    *,
    supersedes: str | None,
    now_ms: int,
) -> Signed:
    """Return an action; the owner of the first key is the operator, and every one of them signs."""
    said = sha256(msgspec.json.encode((borrower_id, order, supersedes, now_ms))).hexdigest()
    payload = ActionPayload(
        record_id=f"{kind_of(order)}-{said[:ID_DIGITS]}",
        subject=borrower_id,
        supersedes=supersedes,
        operator=keys[0].signer,
        issued_at=from_ms(now_ms),
        body=msgspec.to_builtins(order),
    )
    text = msgspec.json.encode(payload).decode()
    signatures = tuple(sign(text, key_id=key.key_id, key=key.private) for key in keys)
    return Signed(payload=text, signatures=signatures)


def send_action(settings: Settings, borrower_id: str, record: Signed) -> int:
    """Send an action; return its offset.

    Raises:
        NotSentError: If the cluster does not take it.
    """
    value = msgspec.json.encode(record)
    return send(settings, "loanwatch-case", ACTIONS, borrower_id, value)
