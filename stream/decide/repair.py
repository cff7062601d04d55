"""The windows of a borrower: what an event puts into them, and what a later record takes out.

    ORIGINAL     is put in
    CORRECTION   takes the earlier version of its key out, and is put in; so does any later version
    CANCEL       takes it out, and puts nothing in
    REVERSAL     takes the event out whose money went back, and puts nothing in: sums are net

A correction or cancellation may also name an event under another key (`original_event_id`). What
was taken back by another record stays out, also if that is reversed in turn: the ledger counts
such a payment again, windows do not. Whatever order they come in, the windows are the same.

Verdicts about an event are given as of its own time: on the windows without what happened after
it. Models are not repaired: each key is learned once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from detectors import Score
from rules import Put, as_of, take_back
from rules.features import Windows
from rules.rows import features_of
from schemas import journal
from schemas.header import RecordKind
from schemas.journal import Event, RepaymentEvent, stream_of
from stream.decide.borrower import SEEN, Borrower
from stream.decide.known import (
    Found,
    Known,
    all_known,
    is_awaited,
    key_of,
    leave_note,
    taken_back_by,
)
from stream.decide.turn import Turn
from stream.decide.versions import Judgement, place_of

COUNTING: Final = frozenset({RecordKind.ORIGINAL, RecordKind.CORRECTION})
"""Kinds of records that say that something happened."""

UNCHANGED_MS: Final = 2**63 - 1
"""Later than anything."""

Scores = Mapping[str, Score]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode_event: Final = msgspec.json.Decoder(journal.Event).decode
_decode: Final = msgspec.msgpack.Decoder(tuple[bytes, dict[str, Score]]).decode


@dataclass(slots=True)
class Changes:
    """What a record has changed of the windows.

    Attributes:
        found: What is known of its event.
        counts: Whether it is in the windows and is judged.
        dropped: The digests of events that no longer are what the rules have judged.
        since_ms: From when on things may be otherwise.
        touched: The features that were changed, as rows name them, each with the earliest day.
    """

    found: Found
    counts: bool = False
    dropped: list[bytes] = field(default_factory=list)
    since_ms: int = UNCHANGED_MS
    touched: dict[int, int] = field(default_factory=dict)

    def note(self, at_ms: int, row: bytes) -> None:
        """Note that an event was put in or taken out, with its row if it went into a feature."""
        self.since_ms = min(self.since_ms, at_ms)
        if row:
            for number, day in features_of(row).items():
                self.touched[number] = min(day, self.touched.get(number, day))


def heed(borrower: Borrower, event: Event, judgement: Judgement, turn: Turn) -> Changes:
    """Let the windows follow a record that is new, supersedes or is stale.

    Of a stale record only its id counts, by which it may have been taken back.
    """
    found = _own(borrower, event)
    changes, places = Changes(found), borrower.seen[found.stream]
    if judgement is not Judgement.STALE:
        _take_out(borrower, found, changes)
        other = taken_back_by(borrower.seen, event, found.known)
        if other is not None:
            _undo(borrower, other, changes)
        elif event.data.record_kind is not RecordKind.ORIGINAL:
            leave_note(places[found.place], event, found.known)
    if is_awaited(places, event):
        _undo(borrower, found, changes)
    if judgement is not Judgement.STALE and not found.known.is_undone:
        changes.counts = event.data.record_kind in COUNTING
        if changes.counts:
            _put_in(borrower, event, turn, changes)
    return changes


def _own(borrower: Borrower, event: Event) -> Found:
    """Return what `versions.judge` has just noted of an event."""
    stream, key = stream_of(event), key_of(event)
    places = borrower.seen[stream]
    if isinstance(event, RepaymentEvent):
        place = place_of(event)
    else:
        place = next(place for place, seen in places.items() if key in seen)
    return Found(stream, place, key, places[place][key])


def _put_in(borrower: Borrower, event: Event, turn: Turn, changes: Changes) -> None:
    known, program = changes.found.known, turn.broadcast.program
    known.at_ms = event.event_at_ms
    if program is None:
        return
    row = known.row = program.apply(borrower.windows, event, turn.repairs_from_ms)
    changes.note(event.event_at_ms, row)
    if row:
        for name in turn.broadcast.unused_features(borrower.windows, turn.now_ms):
            del borrower.windows[name]
        borrower.changed.add("windows")


def _undo(borrower: Borrower, found: Found, changes: Changes) -> None:
    found.known.is_undone = True
    _take_out(borrower, found, changes)


def _take_out(borrower: Borrower, found: Found, changes: Changes) -> None:
    """Take what is known of an event out of the windows, and never judge it again."""
    known = found.known
    changes.dropped.append(found.digest)
    row, known.row, known.event, known.restricted = known.row, b"", b"", b""
    mark_changed(borrower, found)
    changes.note(known.at_ms, row)
    if row:
        take_back(borrower.windows, [Put(known.at_ms, row)], _puts(borrower))
        borrower.changed.add("windows")


def _puts(borrower: Borrower) -> Iterator[Put]:
    """Yield what is in the windows, as far as it is remembered."""
    for found in all_known(borrower.seen):
        if found.known.row:
            yield Put(found.known.at_ms, found.known.row)


def windows_at(borrower: Borrower, at_ms: int) -> Windows:
    """Return the windows without what happened after an instant."""
    if at_ms >= max(borrower.header.last_event_ms.values(), default=at_ms):
        return borrower.windows
    puts = list(_puts(borrower))
    later = [put for put in puts if put.at_ms > at_ms]
    return as_of(borrower.windows, later, [put for put in puts if put.at_ms <= at_ms])


def mark_changed(borrower: Borrower, found: Found) -> None:
    """Let what is known of an event be stored."""
    borrower.changed.add(f"{SEEN}{found.stream}/{found.place}")


def remember(
    borrower: Borrower,
    found: Found,
    event: Event,
    scores: Scores,
    turn: Turn,
    *,
    restricted: bool = False,
) -> None:
    """Keep an event to be judged again, and drop those of its place that no longer can be."""
    found.known.keep(_encode((journal.encode(event), scores)), restricted=restricted)
    for known in borrower.seen[found.stream][found.place].values():
        if known.kept(restricted=restricted) and known.at_ms < turn.repairs_from_ms:
            known.keep(b"", restricted=restricted)
    mark_changed(borrower, found)


def recall(known: Known, *, restricted: bool = False) -> tuple[Event, Scores]:
    """Return an event that is kept, and what the detectors said of it."""
    value, scores = _decode(known.kept(restricted=restricted))
    return _decode_event(value), scores


def kept_since(
    borrower: Borrower, changes: Changes, latest_ms: int, *, restricted: bool = False
) -> list[Found]:
    """Return the other events that are kept, and happened since windows may answer otherwise.

    Args:
        borrower: Whose.
        changes: What the record in hand has changed.
        latest_ms: When the latest event before it happened: mostly nothing is later.
        restricted: Whether those kept for the restricted lane are meant, or the others.
    """
    if not changes.touched or changes.since_ms > latest_ms:
        return []
    return [
        found
        for found in all_known(borrower.seen)
        if found.known.kept(restricted=restricted)
        and found.known.at_ms >= changes.since_ms
        and found.known is not changes.found.known
    ]
