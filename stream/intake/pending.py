"""Borrowers of whom reference records were read that the journal may not have yet.

Ingest reads the references twice: in one go, to know who is who, and as the group's share, to
append them to the journal. An event could overtake its borrower's contract and profile between
the two; so one whose borrower is in here waits a moment.
"""

from collections import Counter, deque
from collections.abc import Iterable


class Pending:
    """Counts, for each borrower, the reference records that are on their way.

    Examples:
        >>> pending = Pending()
        >>> pending.note(partition=0, offset=7, borrower_id="brw_1")
        >>> "brw_1" in pending
        True
        >>> pending.done(partition=0, before=8)
        >>> "brw_1" in pending
        False
    """

    def __init__(self) -> None:
        self._on_their_way: dict[int, deque[tuple[int, str]]] = {}
        self._count: Counter[str] = Counter()

    def __contains__(self, borrower_id: str) -> bool:
        """Whether something of this borrower is on its way."""
        return borrower_id in self._count

    def __len__(self) -> int:
        """Return how many borrowers there are."""
        return len(self._count)

    def has_any(self, borrower_ids: Iterable[str]) -> bool:
        """Whether something of one of them is on its way."""
        return any(each in self._count for each in borrower_ids)

    def note(self, *, partition: int, offset: int, borrower_id: str) -> None:
        """Note a record that was read; called in the order of offsets within a partition."""
        self._on_their_way.setdefault(partition, deque()).append((offset, borrower_id))
        self._count[borrower_id] += 1

    def done(self, *, partition: int, before: int) -> None:
        """Note that the journal has all records of a partition before the offset `before`."""
        waiting = self._on_their_way.get(partition, deque())
        while waiting and waiting[0][0] < before:
            _, borrower_id = waiting.popleft()
            self._count[borrower_id] -= 1
            if not self._count[borrower_id]:
                del self._count[borrower_id]

    def clear(self) -> None:
        """Forget all of it."""
        self._on_their_way.clear()
        self._count.clear()
