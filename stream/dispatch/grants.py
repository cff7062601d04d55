"""The permits of one partition: who has leave, which contacts are open, how many went out.

Filled from the topic `permits` when the partition is taken, then by the grants made here.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from schemas.instants import HOUR_MS, to_ms
from schemas.permit import CollectionOutcome, Permit

SKEW_MS: Final = 5_000
"""How far an executor's clock may be behind ours."""


class Grants:
    """What has been granted of one partition."""

    def __init__(self) -> None:
        self._by_trigger: dict[str, Permit] = {}
        self._by_id: dict[str, Permit] = {}
        self._open: dict[str, Permit] = {}
        self._at_ms: deque[int] = deque()

    def __len__(self) -> int:
        """Return how many permits there are."""
        return len(self._by_trigger)

    def of(self, trigger_id: str) -> Permit | None:
        """Return the permit of a trigger."""
        return self._by_trigger.get(trigger_id)

    def add(self, permit: Permit) -> bool:
        """Note a permit, in the order of granting; return False if its trigger has one."""
        if permit.trigger_id in self._by_trigger:
            return False
        self._by_trigger[permit.trigger_id] = permit
        self._by_id[permit.permit_id] = permit
        self._open[permit.borrower_id] = permit
        self._at_ms.append(to_ms(permit.granted_at))
        return True

    def settle(self, outcome: CollectionOutcome) -> bool:
        """Take what came of a contact; return False if nobody had given leave for it.

        The borrower is free for another contact from then on.
        """
        permit = self._by_id.get(outcome.permit_id or "")
        if permit is None:
            return False
        if self._open.get(permit.borrower_id) is permit:
            del self._open[permit.borrower_id]
        return (
            permit.borrower_id == outcome.borrower_id
            and permit.channel is outcome.channel
            and to_ms(permit.granted_at) <= to_ms(outcome.at) + SKEW_MS
        )

    def open_of(self, borrower_id: str, now_ms: int) -> Permit | None:
        """Return the permit by which the borrower may be being contacted right now."""
        permit = self._open.get(borrower_id)
        return permit if permit is not None and now_ms <= to_ms(permit.valid_until) else None

    def recent(self, now_ms: int) -> Sequence[int]:
        """Return when permits were granted within the last hour, oldest first."""
        while self._at_ms and self._at_ms[0] <= now_ms - HOUR_MS:
            self._at_ms.popleft()
        return self._at_ms
