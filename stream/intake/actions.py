"""What operators do: an action signed by the desk becomes a record of the borrower's journal.

The signature is checked in the fold. Here no more is asked than whose action it is, which is
what the payload's `subject` says.
"""

import msgspec

from schemas.control import ActionPayload
from schemas.journal import Action
from schemas.signing import Signed
from schemas.tokens import BorrowerId
from stream.intake.decoding import decode_as, refuse_large
from stream.intake.links import Links


class _Subject(ActionPayload, frozen=True, kw_only=True):
    """An action about a borrower."""

    subject: BorrowerId


_signed = msgspec.json.Decoder(Signed)
_payload = msgspec.json.Decoder(_Subject)


def read_action(raw: bytes, links: Links, wall_now_ms: int) -> Action:
    """Return the journal record of one record of the topic `desk-actions`.

    Raises:
        DecodeError: If it is not a signed record, or its payload is not about a borrower.
    """
    refuse_large(raw)
    signed = decode_as(_signed, raw, "$")
    payload = decode_as(_payload, signed.payload.encode(), "$.payload")
    return Action(
        borrower_id=links.oldest(payload.subject), wall_arrival_at_ms=wall_now_ms, signed=signed
    )
