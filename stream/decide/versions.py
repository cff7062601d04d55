"""Tells whether an event is new, sent again, a correction or a conflict (domain.md 2.1, 2.6).

The business key tells events apart, the version orders what is said of one key, and a digest of
the content tells a repetition from a contradiction. Keys of repayments are kept for the life of
the loan; those of the other streams by day of the event, for the repair horizon. An event older
than that cannot be told from a duplicate any more and is put aside.
"""

from enum import Enum
from hashlib import blake2b
from typing import Final

import msgspec

from schemas.header import Quality
from schemas.instants import DAY_MS
from schemas.journal import Event, RepaymentEvent, stream_of
from stream.decide.borrower import SEEN, Borrower

REPAIR_HORIZON_DAYS: Final = {"settlement": 5, "pos_clearing": 10}
"""How late an event is still told from a duplicate (domain.md 2.6, defaults [D])."""

SUSPENSE: Final = "suspense"
"""The place of money that names no loan; kept for the borrower's life, as a loan's is."""

DIGEST_BYTES: Final = 8

_encode = msgspec.json.Encoder().encode


class Judgement(Enum):
    """What an event is to those before it."""

    NEW = "new"
    SUPERSEDES = "supersedes"
    DUPLICATE = "duplicate"
    STALE = "stale"
    CONFLICT = "conflict"
    TOO_LATE = "too_late"
    TEST = "test"


def judge(borrower: Borrower, event: Event, now_ms: int) -> Judgement:
    """Say what `event` is, and remember it where it counts.

    Args:
        borrower: Its keys are changed if the event is new or supersedes.
        event: The event.
        now_ms: The time of the step.
    """
    if Quality.TEST in event.data.quality:
        return Judgement.TEST
    place = _place(event)
    _forget(borrower, now_ms)
    if not isinstance(event, RepaymentEvent) and _day(place) < _first_day(place, now_ms):
        return Judgement.TOO_LATE
    version, digest = event.data.record_version, _digest(event)
    known_place, known = _find(borrower, event, place)
    judgement = _compare(known, version, digest)
    if judgement in (Judgement.NEW, Judgement.SUPERSEDES):
        seen = borrower.seen.setdefault(known_place, {})
        seen[event.business_key] = (version, digest)
        borrower.changed.add(SEEN + known_place)
    return judgement


def _compare(known: tuple[int, bytes] | None, version: int, digest: bytes) -> Judgement:
    if known is None:
        return Judgement.NEW
    if version != known[0]:
        return Judgement.SUPERSEDES if version > known[0] else Judgement.STALE
    return Judgement.DUPLICATE if digest == known[1] else Judgement.CONFLICT


def _digest(event: Event) -> bytes:
    """Digest what the event says; who sent it under which id, and when, is not part of it."""
    told = msgspec.structs.replace(
        event.data, observed_at=None, trace_id=None, idempotency_key=None, quality=()
    )
    return blake2b(_encode((event.event_at_ms, told)), digest_size=DIGEST_BYTES).digest()


def _place(event: Event) -> str:
    if isinstance(event, RepaymentEvent):
        return event.data.loan_id or SUSPENSE
    return f"{stream_of(event)}/{event.event_at_ms // DAY_MS}"


def _find(borrower: Borrower, event: Event, place: str) -> tuple[str, tuple[int, bytes] | None]:
    """Look in the event's own place, then in the stream's other days: a correction may move it."""
    if known := borrower.seen.get(place, {}).get(event.business_key):
        return place, known
    stream = place.partition("/")[0]
    for other, seen in borrower.seen.items():
        if other.startswith(f"{stream}/") and (known := seen.get(event.business_key)):
            return other, known
    return place, None


def _forget(borrower: Borrower, now_ms: int) -> None:
    for place in [p for p in borrower.seen if "/" in p and _day(p) < _first_day(p, now_ms)]:
        del borrower.seen[place]
        borrower.changed.add(SEEN + place)


def _day(place: str) -> int:
    return int(place.partition("/")[2])


def _first_day(place: str, now_ms: int) -> int:
    return now_ms // DAY_MS - REPAIR_HORIZON_DAYS[place.partition("/")[0]]
