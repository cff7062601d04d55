"""The body of a request for a permit, as an executor sends it."""

from typing import Annotated

import msgspec

from schemas.collection_trigger import Channel
from schemas.tokens import Reference


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which record of the trigger is about to be carried out, and by what.

    `request_key` is the executor's own: one for each contact, the same when it asks again.
    """

    request_key: Reference
    ordinal: Annotated[int, msgspec.Meta(ge=0)]
    channel: Channel
