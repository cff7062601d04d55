"""The numbers of the segment's own signals, as one structure with a fingerprint.

Of the catalogue (domain.md 3.6); [D] where it gives none. A lever between `enter` and `leave` is
there so that a segment near a threshold does not open and close the same alert over and over.
"""

from hashlib import sha256
from typing import Final

import msgspec


class SalesIndex(msgspec.Struct, frozen=True, kw_only=True):
    """G05: the median of members' `window_days` sales over expected sales, in thousandths.

    Entered at or below, left at or above: halfway back to 1 (domain.md 4.3).
    """

    window_days: int = 7
    members: int = 50
    enter: tuple[int, int] = (800, 600)
    leave: tuple[int, int] = (900, 800)


class BatchCollapse(msgspec.Struct, frozen=True, kw_only=True):
    """G06: members that came to moderate within a week; left below half the bar [D]."""

    times_mean: int = 3
    members_percent: int = 3
    borrowers: int = 10
    weeks: int = 8


class FailureSpike(msgspec.Struct, frozen=True, kw_only=True):
    """G01: failed attempts above the bound, and percentage points above the usual share.

    The bound itself, and where the excess is, are crossing's (`stream/crossing/attempts.py`).
    Left halfway back [D].
    """

    attempts: int = 200
    enter_points: tuple[int, int] = (5, 15)
    leave_points: tuple[float, float] = (2.5, 10.0)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """All of them; `fresh_days`: an older snapshot says nothing of today [D]."""

    name: str = "segments"
    version: int = 1
    sales: SalesIndex = SalesIndex()
    collapse: BatchCollapse = BatchCollapse()
    failures: FailureSpike = FailureSpike()
    fresh_days: int = 7

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits of what the policy says."""
        return sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:12]


SHIPPED: Final = Policy()
