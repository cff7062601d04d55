"""`collection_trigger.v1`: what the collection system may do about a borrower, and what it may not.

One trigger is one intended contact. It lives through several records with one `trigger_id`: what
was first deferred is proposed later, and what was proposed may be retracted. A reader does what
the record with the highest `ordinal` says. A proposal alone allows nothing: whoever sends asks
for a permit at that moment (`schemas.permit`).
"""

from enum import StrEnum

import msgspec

from schemas.alert import Cause, Phase, Text
from schemas.money import Money


class Op(StrEnum):
    """What this record says of the trigger."""

    PROPOSE = "PROPOSE"
    DEFER = "DEFER"
    SUPPRESS = "SUPPRESS"
    NEED_APPROVAL = "NEED_APPROVAL"
    RETRACT = "RETRACT"


class CollectionAction(StrEnum):
    """What the tier, or the ladder of days past due, asks for (domain.md 4.5)."""

    REMIND = "REMIND"
    STRENGTHEN_MONITORING = "STRENGTHEN_MONITORING"
    EARLY_COLLECTION = "EARLY_COLLECTION"


class Channel(StrEnum):
    """By what the borrower is reached; `DEBIT` takes money and is a contact like the others."""

    MESSAGE = "MESSAGE"
    CALL = "CALL"
    LETTER = "LETTER"
    DEBIT = "DEBIT"


class Guard(StrEnum):
    """The sixteen guards, in the order in which they are asked (domain.md 4.7)."""

    KILL_SWITCH = "KILL_SWITCH"
    LEGAL_HOLD = "LEGAL_HOLD"
    DECEASED = "DECEASED"
    COMPLIANCE_HOLD = "COMPLIANCE_HOLD"
    DISPUTE = "DISPUTE"
    HARDSHIP = "HARDSHIP"
    DATA_HEALTH = "DATA_HEALTH"
    AMOUNT_CHECK = "AMOUNT_CHECK"
    RETRY_CAP = "RETRY_CAP"
    CONSENT = "CONSENT"
    IDENTITY = "IDENTITY"
    QUIET_HOURS = "QUIET_HOURS"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    PUBLIC_HOLIDAY = "PUBLIC_HOLIDAY"
    RATE_LIMIT = "RATE_LIMIT"
    APPROVAL = "APPROVAL"


class Answer(StrEnum):
    """What a guard says."""

    ALLOW = "ALLOW"
    DEFER = "DEFER"
    SUPPRESS = "SUPPRESS"
    NEED_APPROVAL = "NEED_APPROVAL"


class GuardResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One guard's answer, on what basis; `until` says when a deferral ends."""

    guard: Guard
    answer: Answer
    detail: str
    legal_basis: str
    until: str | None = None


class ProfileVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Which conduct profile decided."""

    name: str
    version: int
    draft: bool


class CollectionTrigger(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="collection_trigger.v1",
):
    """One record of one trigger.

    `amount_due` is the most that may be asked for or debited. `earliest_at` and `latest_at` bound
    the window in which it may be sent, conduct hours applied; `expires_at` is when the proposal is
    void whatever comes. `rung_dpd` is the rung of the ladder that brought it about, absent if it
    was the tier. `sequence_no` is that of the tier change behind it. `guards` holds the answers of
    all guards, in order. `compensate` says of a retraction that the contact has happened already.
    """

    trigger_id: str
    ordinal: int
    op: Op
    action: CollectionAction
    channel: Channel
    borrower_id: str
    loan_id: str
    legal_entity: str
    tier: str
    cause: Cause
    phase: Phase
    at: str
    amount_due: Money
    reason: Text
    profile: ProfileVersion
    guards: tuple[GuardResult, ...] = ()
    earliest_at: str | None = None
    latest_at: str | None = None
    expires_at: str | None = None
    rung_dpd: int | None = None
    sequence_no: int | None = None
    alert_ids: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    compensate: bool = False
    simulated: bool = False
