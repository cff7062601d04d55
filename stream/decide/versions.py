"""Tells whether an event is new, sent again, a correction or a conflict (domain.md 2.1, 2.6).

The business key tells events apart, the version orders what is said of one key, and a digest of
the content tells a repetition from a contradiction. Keys of repayments are kept for the life of
the loan; those of the other streams by day of the event, for the longest repair horizon. An event
older than the horizon of its feed cannot be told from a duplicate any more and is put aside.
"""

from enum import Enum
from hashlib import blake2b
from typing import Final

import msgspec

from schemas.feed import feed_name
from schemas.header import Quality
from schemas.instants import DAY_MS
from schemas.journal import Event, RepaymentEvent, stream_of
from stream.decide.borrower import SEEN, Borrower
from stream.decide.feeds.declared import Declared
from stream.decide.known import Known, find, key_of, name_of

UNDECLARED: Final = Declared()
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


def judge(
    borrower: Borrower, event: Event, now_ms: int, declared: Declared = UNDECLARED
) -> Judgement:
    """Say what `event` is, and remember it where it counts.

    Args:
        borrower: Its keys are changed if the event is new or supersedes.
        event: The event.
        now_ms: The time of the step.
        declared: The feeds' repair horizons: how late an event is still told from a duplicate.
    """
    if Quality.TEST in event.data.quality:
        return Judgement.TEST
    stream = stream_of(event)
    places = borrower.seen.setdefault(stream, {})
    if isinstance(event, RepaymentEvent):
        place = place_of(event)
    else:
        day, today = event.event_at_ms // DAY_MS, now_ms // DAY_MS
        if day < today - declared[feed_name(event.source, stream)].horizon_ms // DAY_MS:
            return Judgement.TOO_LATE
        place = str(day)
        if place not in places:
            _forget(borrower, stream, today - declared.longest_ms // DAY_MS - 1)
    key, digest = key_of(event), _digest(event)
    place = _known_place(borrower, place, event)
    seen = places.setdefault(place, {})
    known = seen.get(key)
    judgement = _compare(known, event.data.record_version, digest)
    name = name_of(event.source, event.event_id)
    if known is None:
        known = seen[key] = Known(event.data.record_version, digest, event.event_at_ms, name)
    elif judgement is Judgement.SUPERSEDES:
        known.version, known.digest = event.data.record_version, digest
        known.note_name(name)
    elif judgement is Judgement.STALE:
        known.note_name(name)
    else:
        return judgement
    borrower.changed.add(f"{SEEN}{stream}/{place}")
    return judgement


def place_of(event: RepaymentEvent) -> str:
    """Return where a repayment is remembered: with its loan."""
    return event.data.loan_id or SUSPENSE


def _compare(known: Known | None, version: int, digest: bytes) -> Judgement:
    if known is None:
        return Judgement.NEW
    if version != known.version:
        return Judgement.SUPERSEDES if version > known.version else Judgement.STALE
    return Judgement.DUPLICATE if digest == known.digest else Judgement.CONFLICT


def _digest(event: Event) -> bytes:
    """Digest what the event says; who sent it under which id, and when, is not part of it."""
    told = msgspec.structs.replace(
        event.data, observed_at=None, trace_id=None, idempotency_key=None, quality=()
    )
    return blake2b(_encode((event.event_at_ms, told)), digest_size=DIGEST_BYTES).digest()


def _known_place(borrower: Borrower, place: str, event: Event) -> str:
    """Return the day where the key is known, else its own.

    A correction may move an event to another day; then the later one keeps it.
    """
    key, stream = key_of(event), stream_of(event)
    places = borrower.seen[stream]
    if isinstance(event, RepaymentEvent) or key in places.get(place, ()):
        return place
    found = find(places, key)
    if found is None:
        return place
    other, known = found
    if int(other) > int(place) or event.data.record_version <= known.version:
        return other
    places.setdefault(place, {})[key] = places[other].pop(key)
    borrower.changed.add(f"{SEEN}{stream}/{other}")
    return place


def _forget(borrower: Borrower, stream: str, first_day: int) -> None:
    """Drop the days that lie behind the horizon; called when a new day begins."""
    places = borrower.seen[stream]
    for place in [place for place in places if int(place) < first_day]:
        del places[place]
        borrower.changed.add(f"{SEEN}{stream}/{place}")
