"""The borrowers of one partition: as objects once touched, as stored bytes until then.

Knows which of them changed, and whose timer is due next. Stored records come in any order and
several times (an uncompacted log is read from its start); the last one of a key counts.
"""

from collections.abc import Iterator
from heapq import heappop, heappush

from stream.decide import borrower as memory
from stream.decide.borrower import Borrower, Header


class Shelf:
    """Borrowers by id, with their timers."""

    def __init__(self) -> None:
        self._held: dict[str, Borrower] = {}
        self._stored: dict[str, dict[str, bytes]] = {}
        self._timers: list[tuple[int, str]] = []
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
            held.armed_ms = held.header.deadline_ms
            self._held[borrower_id] = held
        return held

    def arm(self, borrower: Borrower) -> None:
        """Set the timer of a borrower to the deadline in its header."""
        deadline_ms = borrower.header.deadline_ms
        if deadline_ms is not None and deadline_ms != borrower.armed_ms:
            heappush(self._timers, (deadline_ms, borrower.borrower_id))
        borrower.armed_ms = deadline_ms

    def due(self, now_ms: int) -> Iterator[tuple[int, Borrower]]:
        """Yield deadline and borrower of each timer due at `now_ms`, in order of both.

        The caller may arm the borrower again while this goes on.
        """
        while self._timers and self._timers[0][0] <= now_ms:
            deadline_ms, borrower_id = heappop(self._timers)
            if self._deadline_ms(borrower_id) == deadline_ms:
                yield deadline_ms, self.take(borrower_id)

    def watched(self) -> list[str]:
        """Return the ids of all borrowers with a timer or a tier, in order."""
        return sorted(each for each in (*self._held, *self._stored) if self._is_watched(each))

    def _is_watched(self, borrower_id: str) -> bool:
        header = self._header(borrower_id)
        return header.deadline_ms is not None or header.tier > 0

    def _deadline_ms(self, borrower_id: str) -> int | None:
        return self._header(borrower_id).deadline_ms

    def _header(self, borrower_id: str) -> Header:
        held = self._held.get(borrower_id)
        if held is not None:
            return held.header
        stored = self._stored[borrower_id].get("header")
        return Header() if stored is None else memory.read_header(stored)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored record, `None` for one that is gone."""
        borrower_id, part = memory.split_key(key)
        parts = self._stored.setdefault(borrower_id, {})
        if value is None:
            parts.pop(part, None)
            return
        parts[part] = value
        if part == "header" and (deadline_ms := memory.read_header(value).deadline_ms) is not None:
            heappush(self._timers, (deadline_ms, borrower_id))

    def store(self) -> list[tuple[bytes, bytes | None]]:
        """Return the changed records of all borrowers taken since the last call."""
        records = [
            record
            for borrower_id in sorted(self._dirty)
            for record in self._held[borrower_id].store()
        ]
        self._dirty.clear()
        return records
