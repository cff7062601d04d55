"""`permit.v1` and `collection_outcome.v1`: leave to send, and what came of it.

A permit is granted at the moment of sending by dispatch, and written before it is answered. The
executor tells what it did by outcomes; one that names no permit is a contact without leave.
"""

from enum import StrEnum

import msgspec

from schemas.collection_trigger import Channel
from schemas.instants import Instant
from schemas.tokens import BorrowerId, Reference


class Permit(msgspec.Struct, frozen=True, kw_only=True, tag_field="schema", tag="permit.v1"):
    """Leave to send one trigger once.

    `permit_id` is made of the trigger and the request; `request_key` is the caller's own and makes
    a repeated request get the same answer.
    """

    permit_id: Reference
    trigger_id: Reference
    borrower_id: BorrowerId
    request_key: Reference
    channel: Channel
    granted_at: Instant
    valid_until: Instant


class OutcomeKind(StrEnum):
    """What came of a contact (domain.md 2.8)."""

    DELIVERED = "DELIVERED"
    CONTACTED = "CONTACTED"
    UNREACHABLE = "UNREACHABLE"
    PROMISED = "PROMISED"
    REFUSED = "REFUSED"
    DISPUTED = "DISPUTED"
    HARDSHIP_CLAIMED = "HARDSHIP_CLAIMED"
    COMPLAINT = "COMPLAINT"
    WRONG_PARTY = "WRONG_PARTY"


class CollectionOutcome(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True,
    tag_field="schema", tag="collection_outcome.v1",
):  # fmt: skip
    """What one contact came to; without `permit_id` nobody gave leave for it."""

    outcome_id: Reference
    borrower_id: BorrowerId
    channel: Channel
    outcome: OutcomeKind
    at: Instant
    trigger_id: Reference | None = None
    permit_id: Reference | None = None
