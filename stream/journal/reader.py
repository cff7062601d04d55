"""What the journal's reader refuses before the step sees it.

`step` is total and trusts the order of the log; two things it cannot judge are judged here:

* A gap in the sequence of control records. A partition that missed one would decide by other
  rules than its neighbours, so it stops.
* A tick from the future. One wrong clock would fire every timer at once, for good. The broker's
  time of the record (LogAppendTime) is the judge, so that a replay judges alike.

Only records under the broadcast keys are decoded here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from schemas import journal
from stream.journal.errors import JournalGapError

if TYPE_CHECKING:
    from stream.journal.chunk import Record

BROADCAST_KEYS: Final = frozenset(
    {journal.TICK_KEY, journal.CONTROL_KEY, journal.FEED_KEY, journal.SEGMENT_KEY}
)
FUTURE_MS: Final = 60_000
"""How far a tick may be ahead of the broker's time (architecture.md 4)."""


def admits(record: Record, control_seq: int) -> bool:
    """Return whether to fold a record under a broadcast key; a tick from the future is not.

    What cannot be read is for the step to put aside.

    Args:
        record: Under one of `BROADCAST_KEYS`.
        control_seq: The number of the last control record applied, -1 for none.

    Raises:
        JournalGapError: If a control record between that and this one is missing.
    """
    try:
        content = journal.decode(record.value or b"")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return True
    if isinstance(content, journal.Tick):
        return content.wall_at_ms <= record.timestamp + FUTURE_MS
    if isinstance(content, journal.Control) and content.prev_seq > control_seq:
        raise JournalGapError(
            f"expected control record {control_seq + 1} or one that follows {control_seq},"
            f" found {content.seq}, which follows {content.prev_seq},"
            f" at offset {record.offset} of {record.topic}-{record.partition}"
        )
    return True
