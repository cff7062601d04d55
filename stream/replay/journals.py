"""Folds the journal of a cluster, partition by partition, to its present end.

What it decides is what the workers published, whatever happened to them: that the two are the
same, byte for byte, is the proof of exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from schemas.topics import STREAM_TOPICS
from stream.decide import Book
from stream.journal.log_reading import read_partition
from stream.journal.reader import BROADCAST_KEYS, admits

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.signing import Trust
    from stream.replay.tally import Report, Tally
    from stream.settings import Settings

STREAMS = frozenset(STREAM_TOPICS.values())


class _Kind(msgspec.Struct):
    kind: str


_kind = msgspec.json.Decoder(_Kind).decode


def fold_journal(
    settings: Settings, trust: Trust, tally: Tally, *, on_record: Callable[[], None] = lambda: None
) -> Report:
    """Fold every partition, one after the other.

    Args:
        settings: Which cluster, with which prefix.
        trust: The keys whose signatures count; those of the workers, to compare with them.
        tally: Where to count.
        on_record: Called for each record, for progress.

    Raises:
        JournalGapError: If a control record is missing.
    """
    books = []
    for number in range(settings.partitions):
        book = Book(trust, speaks=number == 0)
        books.append(book)
        for record in read_partition(settings, "journal", number):
            on_record()
            if record.key in BROADCAST_KEYS and not admits(record, book.control_seq):
                continue
            value = record.value or b""
            _count(value, tally)
            tally.take(book.fold(record.key, value))
    return tally.report(books)


def _count(value: bytes, tally: Tally) -> None:
    try:
        kind = _kind(value).kind
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if kind in STREAMS:
        tally.events[kind] += 1
