"""What ingest could not take, counted for `DATA_QUALITY` from `dead-letters`.

Counted are letters of sources: of the three streams, of references, and of what waited in vain for
its party. What the step set aside is counted from its decisions, a push that nobody took is none of
the data's, and of signed records nothing is counted here: they may be of the restricted lane. A
letter has no day of its own, so it counts for the day that is told next; one that an ingest wrote
again after a crash counts again.
"""

from collections import Counter
from typing import Final

import msgspec

from schemas.dead_letter import DeadLetterReason, Origin
from schemas.topics import STREAM_TOPICS
from stream.compliance.state import Letters, State

OF_SOURCES: Final = frozenset({*STREAM_TOPICS, "references", "unresolved"})


class _Letter(msgspec.Struct):
    """What is looked at of a letter: not its payload."""

    reason: DeadLetterReason
    origin: Origin | None = None


_decode: Final = msgspec.json.Decoder(_Letter).decode


def note(value: bytes, state: State) -> None:
    """Count a letter.

    Raises:
        msgspec.DecodeError: If it is none.
    """
    letter = _decode(value)
    if letter.origin is None or letter.origin.topic not in OF_SOURCES:
        return
    known = state.letters.get("") or Letters()
    counts = Counter(known.counts)
    counts[f"{letter.origin.topic}/{letter.reason.value}"] += 1
    state.letters.put("", Letters(counts=dict(sorted(counts.items()))))


def counted(state: State) -> dict[str, int]:
    """Return the letters since the last call, by topic and reason."""
    known = state.letters.get("") or Letters()
    state.letters.drop("")
    return known.counts
