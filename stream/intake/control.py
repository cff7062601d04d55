"""Copies of control records, one for every journal partition, in one sequence.

What cannot be read is copied too, as void: the sequence has no gap, and one bad record stops
nobody. Signatures are not looked at here but in the fold, where a record counts or does not.
"""

from typing import Final

import msgspec

from schemas import journal
from schemas.signing import Signed

LARGEST_COPY: Final = (4 << 20) - 1024
"""Bytes of a copy: what the journal takes (`schemas.topics`), less a batch's own."""

_decoder = msgspec.json.Decoder(Signed)


def control_copy(value: bytes | None, *, seq: int, prev_seq: int) -> bytes:
    """Return the journal record that copies one record of the topic `control`.

    Args:
        value: The record's bytes; anything at all.
        seq: Its offset.
        prev_seq: The offset of the record before it, -1 if it is the first.

    Examples:
        >>> control_copy(b"nonsense", seq=3, prev_seq=2)
        b'{"kind":"control","seq":3,"prev_seq":2,"void_reason":"expected ..."}'
    """
    try:
        signed = _decoder.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _void(seq, prev_seq, f"expected a signed record: {error}")
    copied = journal.encode(journal.Control(seq=seq, prev_seq=prev_seq, signed=signed))
    if len(copied) > LARGEST_COPY:
        return _void(seq, prev_seq, f"expected at most {LARGEST_COPY} bytes, got {len(copied)}")
    return copied


def _void(seq: int, prev_seq: int, reason: str) -> bytes:
    return journal.encode(journal.Control(seq=seq, prev_seq=prev_seq, void_reason=reason))
