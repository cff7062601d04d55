"""Folds the journal of a cluster, partition by partition, to its present end.

What it decides is what the workers published, whatever happened to them: that the two are the
same, byte for byte, is the proof of exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from schemas.journal import CONTROL_KEY
from schemas.topics import STREAM_TOPICS
from stream.decide import Book
from stream.journal.log_reading import read_partition
from stream.journal.reader import BROADCAST_KEYS, admits

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.signing import Trust
    from stream.replay.tally import Report, Tally
    from stream.replay.trial import OtherRules
    from stream.settings import Settings

STREAMS = frozenset(STREAM_TOPICS.values())


class _Kind(msgspec.Struct):
    kind: str


_kind = msgspec.json.Decoder(_Kind).decode


def fold_journal(
    settings: Settings,
    trust: Trust,
    tally: Tally,
    *,
    rules: OtherRules | None = None,
    on_record: Callable[[], None] = lambda: None,
) -> Report:
    """Fold every partition, one after the other.

    Args:
        settings: Which cluster, with which prefix.
        trust: The keys whose signatures count; those of the workers, to compare with them.
        tally: Where to count.
        rules: Rules to fold with in the place of the journal's own.
        on_record: Called for each record, for progress.

    Raises:
        JournalGapError: If a control record is missing.
    """
    books = []
    for number in range(settings.partitions):
        book = Book(trust, speaks=number == 0, partition=number, partitions=settings.partitions)
        books.append(book)
        _fold_partition(settings, number, book, tally, rules=rules, on_record=on_record)
    return tally.report(books)


def _fold_partition(
    settings: Settings,
    number: int,
    book: Book,
    tally: Tally,
    *,
    rules: OtherRules | None,
    on_record: Callable[[], None],
) -> None:
    if rules is not None:
        book.fold(CONTROL_KEY, rules.first)
    shift = 0 if rules is None else 1
    for record in read_partition(settings, "journal", number):
        on_record()
        if record.key in BROADCAST_KEYS and not admits(record, book.control_seq - shift):
            continue
        value = record.value or b""
        if rules is not None and record.key == CONTROL_KEY:
            value = rules.replace(value)
        _count(value, tally)
        tally.take(book.fold(record.key, value))


def _count(value: bytes, tally: Tally) -> None:
    try:
        kind = _kind(value).kind
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if kind in STREAMS:
        tally.events[kind] += 1
