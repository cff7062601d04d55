"""Counts fences, to tell a lost partition from a stolen name.

A worker that was away finds all of its partitions fenced, once. Two live processes under one
instance name take every partition from each other again and again, for ever, without any
rebalance: the group thinks that they are one member (its heartbeats do not say which).
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Final

from stream.journal.errors import UsurpedError

USURPED: Final = 3
WITHIN_S: Final = 30.0


class Fences:
    """The fences of one generation of the group."""

    def __init__(self) -> None:
        self._at_s: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=USURPED))

    def rebalanced(self) -> None:
        """Forget them: a new generation has given partitions away."""
        self._at_s.clear()

    def note(self, partition: int, now_s: float) -> None:
        """Count one, at a time on any clock that never goes back.

        Raises:
            UsurpedError: If it is the third of this partition within `WITHIN_S`.
        """
        fences = self._at_s[partition]
        fences.append(now_s)
        if len(fences) == USURPED and fences[-1] - fences[0] <= WITHIN_S:
            raise UsurpedError(
                f"partition {partition} fenced {USURPED} times in"
                f" {fences[-1] - fences[0]:.0f} s without a rebalance: expected one process of"
                " each LOANWATCH_INSTANCE, found another of this one's"
            )
