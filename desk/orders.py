"""An order: what the page asks for, checked, and signed with the desk's key. Pure but for the key.

The record names the operator and the class by which they act: the fold believes the desk about
both, and judges the rest itself.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.case import Case
from schemas.case_orders import (
    Acknowledge,
    AddNote,
    Assign,
    Claim,
    CloseCase,
    Endorse,
    GiveBack,
    SayOutcome,
    TakeMeasure,
    TriageCase,
    Wait,
)
from schemas.collection_orders import ApproveTrigger, LiftHold, PutOnHold
from schemas.control import ActionPayload, Together
from schemas.instants import from_ms
from schemas.operators import OperatorClass
from schemas.personal_data import is_in_words
from schemas.signing import Signed, sign
from schemas.tier_orders import ReleaseTier, SnoozeTier

ID_DIGITS: Final = 16
OF_CASE: Final[Mapping[str, Any]] = {
    "claim": Claim,
    "give_back": GiveBack,
    "assign": Assign,
    "acknowledge": Acknowledge,
    "triage": TriageCase,
    "measure": TakeMeasure,
    "wait": Wait,
    "note": AddNote,
    "outcome": SayOutcome,
    "close": CloseCase,
}
"""Orders about one case: they name it."""
OF_TIER: Final[Mapping[str, Any]] = {"release_tier": ReleaseTier, "snooze_tier": SnoozeTier}
"""Orders about a borrower's tier: they name the legal entity."""
OTHERS: Final[Mapping[str, Any]] = {
    "endorse": Endorse,
    "approve_trigger": ApproveTrigger,
    "hold": PutOnHold,
    "lift_hold": LiftHold,
}
KINDS: Final[Mapping[str, Any]] = {**OF_CASE, **OF_TIER, **OTHERS}
_WORDS: Final = ("text", "reason")
"""What people write themselves: looked at for personal data before it is signed."""
_ABOUT: Final = {"endorse": "record_id", "approve_trigger": "trigger_id", "lift_hold": "hold"}


class NoOrderError(ValueError):
    """What was asked for is no order; the text says why."""


class Given(NamedTuple):
    """An order about a case.

    Attributes:
        kind: Which.
        body: What is signed.
        about: The record, trigger or hold that it is about, if it is about one.
    """

    kind: str
    body: dict[str, Any]
    about: str | None


class By(NamedTuple):
    """Whose order it is.

    Attributes:
        name: The operator's.
        acting_as: The class by which they may.
        together: Of how many it is one, and who has confirmed them.
    """

    name: str
    acting_as: OperatorClass
    together: Together | None = None


class Signer(NamedTuple):
    """The desk's key."""

    key_id: str
    key: Ed25519PrivateKey


def made(asked: Mapping[str, Any], case: Case) -> Given:
    """Return the order that was asked for about a case.

    Raises:
        NoOrderError: If it is none.
    """
    kind = asked.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise NoOrderError(f"expected one of {', '.join(KINDS)} as `kind`, got another")
    fields = {name: value for name, value in asked.items() if value is not None}
    if kind in OF_CASE:
        fields["case_id"] = case.case_id
    if kind in OF_TIER:
        fields["legal_entity"] = case.legal_entity
    try:
        order = msgspec.convert(fields, KINDS[kind])
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise NoOrderError(f"{kind}: {error}") from error
    _refuse_personal(kind, fields)
    body = msgspec.json.decode(msgspec.json.encode(order))
    return Given(kind, body, fields.get(_ABOUT.get(kind, "")))


def signed(
    given: Given,
    case: Case,
    by: By,
    *,
    supersedes: str | None,
    now_ms: int,
    signer: Signer,
) -> tuple[str, Signed]:
    """Return the id of an order's record, and the record.

    Args:
        given: The order.
        case: The case that it is about.
        by: Whose order it is.
        supersedes: The last action on this borrower.
        now_ms: The wall's time.
        signer: The desk's key.
    """
    said = (case.case_id, given.body, by.name, supersedes, now_ms)
    digest = sha256(msgspec.json.encode(said)).hexdigest()[:ID_DIGITS]
    record_id = f"{given.kind}-{digest}"
    payload = ActionPayload(
        record_id=record_id,
        subject=case.borrower_id,
        supersedes=supersedes,
        operator=by.name,
        issued_at=from_ms(now_ms),
        body=given.body,
        operator_class=by.acting_as,
        together=by.together,
    )
    text = msgspec.json.encode(payload).decode()
    signature = sign(text, key_id=signer.key_id, key=signer.key)
    return record_id, Signed(payload=text, signatures=(signature,))


def _refuse_personal(kind: str, fields: Mapping[str, Any]) -> None:
    for name in _WORDS:
        value = fields.get(name)
        if isinstance(value, str) and is_in_words(value):
            raise NoOrderError(f"{kind}: expected `{name}` without personal data, found some")
