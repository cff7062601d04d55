"""The borrowers of one partition: as objects once touched, as stored bytes until then.

Knows which of them changed, and whose timer is due next. Stored records come in any order and
several times (an uncompacted log is read from its start); the last one of a key counts.
"""

from collections.abc import Iterator, Set

from stream.decide import borrower as memory
from stream.decide.borrower import Borrower
from stream.decide.ews.rhythm import slot_of
from stream.decide.feeds.wait import Wait
from stream.decide.feeds.waits import Due, Waits
from stream.decide.feeds.watermarks import Watermarks
from stream.decide.parts import Header, read_header, read_judged
from stream.ledger import Ledger


class Shelf:
    """Borrowers by id, with their timers."""

    def __init__(self) -> None:
        self._held: dict[str, Borrower] = {}
        self._stored: dict[str, dict[str, bytes]] = {}
        self._waits = Waits()
        self._dirty: set[str] = set()

    def __len__(self) -> int:
        """How many borrowers are known."""
        return len(self._held) + len(self._stored)

    @property
    def dirty(self) -> int:
        """How many borrowers were taken since `store`."""
        return len(self._dirty)

    def take(self, borrower_id: str) -> Borrower:
        """Return a borrower to be changed; one that nobody knows starts empty."""
        self._dirty.add(borrower_id)
        held = self._held.get(borrower_id)
        if held is None:
            held = memory.load(borrower_id, self._stored.pop(borrower_id, {}))
            held.armed = held.header.waits
            self._held[borrower_id] = held
        return held

    def arm(self, borrower: Borrower) -> None:
        """Wait for what is in the borrower's header now."""
        waits = borrower.header.waits
        if waits is not borrower.armed:
            self._waits.follow(borrower.borrower_id, waits, borrower.armed)
            borrower.armed = waits

    def rearm(self, borrower: Borrower) -> None:
        """Wait anew: another feed has something to say of the borrower."""
        self._waits.follow(borrower.borrower_id, borrower.header.waits, {})
        borrower.armed = borrower.header.waits

    def due(self, watermarks: Watermarks) -> Iterator[tuple[Due, Borrower]]:
        """Yield each timer that is due with its borrower, in order.

        The caller may arm the borrower again while this goes on.
        """
        for due in self._waits.due(watermarks, self.take):
            yield due, self.take(due.borrower_id)

    def ledgers(self) -> Iterator[Ledger]:
        """Yield every borrower's ledger, to be read; nobody is touched by that."""
        for held in self._held.values():
            yield held.ledger
        for parts in self._stored.values():
            yield memory.load_ledger(parts)

    def readers(self) -> Iterator[Borrower]:
        """Yield every borrower, to be read: ledger, references and tier, whoever is stored."""
        yield from self._held.values()
        for borrower_id, parts in self._stored.items():
            yield memory.load_standing(borrower_id, parts)

    def watched(self) -> list[str]:
        """Return the ids of all borrowers with a timer or a tier, in order."""
        return sorted(each for each in (*self._held, *self._stored) if self._is_watched(each))

    def collecting(self) -> list[str]:
        """Return the ids of all borrowers with a trigger that goes on, in order."""
        known = sorted((*self._held, *self._stored))
        return [each for each in known if self._header(each).is_collecting]

    def to_judge(self, slots: Set[int]) -> list[str]:
        """Return the ids of those whose day it is to be judged by D8, in order.

        Not of those whose loans are all over, once nothing waits to have matured.
        """
        known = (each for each in (*self._held, *self._stored) if slot_of(each) in slots)
        return sorted(each for each in known if not self._is_done(each))

    def _is_done(self, borrower_id: str) -> bool:
        held = self._held.get(borrower_id)
        if held is not None:
            return held.header.is_over and not held.judged
        judged = self._stored[borrower_id].get(memory.JUDGED)
        return self._header(borrower_id).is_over and not read_judged(judged)

    def _is_watched(self, borrower_id: str) -> bool:
        header = self._header(borrower_id)
        return bool(header.waits) or header.tier > 0

    def _header(self, borrower_id: str) -> Header:
        held = self._held.get(borrower_id)
        if held is not None:
            return held.header
        stored = self._stored[borrower_id].get("header")
        return Header() if stored is None else read_header(stored)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored record, `None` for one that is gone."""
        borrower_id, part = memory.split_key(key)
        parts = self._stored.setdefault(borrower_id, {})
        if part == "header":
            before = self._waits_of(parts.get(part))
            self._waits.follow(borrower_id, self._waits_of(value), before)
        if value is None:
            parts.pop(part, None)
        else:
            parts[part] = value

    @staticmethod
    def _waits_of(header: bytes | None) -> dict[str, Wait]:
        return {} if header is None else read_header(header).waits

    def store(self) -> list[tuple[bytes, bytes | None]]:
        """Return the changed records of all borrowers taken since the last call."""
        records = [
            record
            for borrower_id in sorted(self._dirty)
            for record in self._held[borrower_id].store()
        ]
        self._dirty.clear()
        return records
