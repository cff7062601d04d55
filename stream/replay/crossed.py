"""A journal of one partition with crossing's answers in place, where no Kafka is between them.

What the book tells crossing is added up at once, and the answer is the next record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import crossing, journal
from stream.crossing.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream.decide import Book, Output


class Crossed:
    """Folds records into a book, and what crossing answers.

    Args:
        book: The only one.
        take: Given the messages of each record.
    """

    def __init__(self, book: Book, take: Callable[[list[Output]], None]) -> None:
        self._book = book
        self._take = take
        self._answers = Answers(partitions=1)

    def fold(self, key: bytes, value: bytes) -> None:
        """Fold one record, then the answers to what it has told."""
        outputs = self._book.fold(key, value)
        self._take(outputs)
        for output in outputs:
            if output.topic == "crossings":
                for answer in self._answers.take(crossing.decode(output.value)):
                    self.fold(journal.key_of(answer), journal.encode(answer))
