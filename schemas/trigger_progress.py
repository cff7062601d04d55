"""`trigger_progress.v1`: how far the triggers of one partition have come.

Stands among the triggers of a partition, under a key that is no borrower's, in the transaction
of the checkpoint that it tells of. Who has read it has read every trigger that follows from
what the journal's partition held before that tick: dispatch refuses when the last one is old.
"""

import msgspec

from schemas.journal import EpochMs

PROGRESS_KEY = b"#progress"
PROGRESS_EVERY_MS = 5_000
"""By the ticks' own wall clock: a record a second would be most of the topic."""


class TriggerProgress(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="schema", tag="trigger_progress.v1"
):
    """All that was before the tick of this time is in the triggers before this record."""

    tick_at_ms: EpochMs
