"""How a simulated borrower may be contacted: tokens and channels, never a number or an address.

Every borrower has agreed to messages and calls by day and is known to be reached by all channels,
so that what keeps a contact back is a hold, the hour or the amount. Contracts name the Chinese
conduct profile; it is a draft, and `ACCEPTED` is the lender's word that it may be used all the
same: for people who do not exist.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from schemas.collection_trigger import Channel
from schemas.control import ConductBody
from schemas.reference import Consent, ContactState
from stream.sources.records import Record
from stream.sources.simulator.merchants import REGION, SOURCE, Merchant, midnight_ms

PROFILE: Final = "CN"
ACCEPTED: Final = ConductBody(accept_draft_profile=(PROFILE,))
AGREED: Final = (Channel.MESSAGE, Channel.CALL)
VERIFIED: Final = (Channel.MESSAGE, Channel.CALL, Channel.LETTER)


def contact_state(merchant: Merchant, zones: Sequence[str], start: date) -> Record:
    """Return how `merchant` may be contacted in its zones, as known at `start`."""
    state = ContactState(
        borrower_id=merchant.borrower_id,
        zones=tuple(zones),
        region=REGION,
        consents=tuple(Consent(channel=channel, given=True) for channel in AGREED),
        verified=VERIFIED,
    )
    return Record(f"{merchant.tag}-contact", SOURCE, midnight_ms(start), state)
