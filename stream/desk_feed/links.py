"""Who is linked to whom: the lender's party links, by token and by borrower.

A token that belongs to several borrowers links them. Names of a token before a rotation of keys are
not followed: such a link is not seen.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.desk_keys import Name, Party, version
from schemas.envelope import decode
from schemas.instants import to_ms
from schemas.reference import PartyLink
from stream.desk_feed.writes import Put

KIND: Final = "party_link"
ALWAYS: Final = (0, 1 << 52)
NEVER: Final = Party(relation="", from_ms=0, to_ms=0)
"""A link that was taken back."""
_TYPE: Final = b"party_link.v1"
_PARTS: Final = 3

_encode = msgspec.json.Encoder().encode


def of_reference(key: bytes | None, value: bytes | None, offset: int) -> Iterator[Put]:
    """Yield what a reference record changes; all but party links change nothing here.

    Args:
        key: The record's, `party_link:<token>:<borrower>`.
        value: The record's; `None` takes the link back.
        offset: Where it stands: of one link the latest counts.

    Raises:
        DecodeError: If it cannot be taken.
    """
    if value is None:
        parts = (key or b"").decode(errors="replace").split(":")
        if len(parts) == _PARTS and parts[0] == KIND:
            yield from _puts(parts[1], parts[2], NEVER, offset)
        return
    if _TYPE not in value:
        return
    data = decode(value).data
    if isinstance(data, PartyLink):
        begin, end = ALWAYS
        party = Party(
            relation=data.relation.value,
            from_ms=to_ms(data.valid_from) if data.valid_from else begin,
            to_ms=to_ms(data.valid_to) if data.valid_to else end,
        )
        yield from _puts(data.token, data.borrower_id, party, offset)


def _puts(token: str, borrower_id: str, party: Party, offset: int) -> Iterator[Put]:
    its_version, value = version(offset + 1), _encode(party)
    yield Put(Name.TOKENS, borrower_id, token, its_version, value)
    yield Put(Name.PARTIES, token, borrower_id, its_version, value)
