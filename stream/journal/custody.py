"""Custody: who says where a partition is read from, and how far its group has come.

The transport (`transport.py`) is the same for every role and leaves these two questions to a
custody:

* `CheckpointCustody` (`owner.py`): the monitor. Its checkpoints say where to read, fencing says
  whose the partition is, and the group's offset only tells the lag.
* `DeliveredCustody` (`delivered.py`): everybody else. The group's offset says where to read, and
  it never passes a record whose results are not acknowledged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from faust.types import TP


class Custody(Protocol):
    """What the transport asks. All of it is called on the event loop."""

    def assigned(self, tps: Set[TP], generation: int) -> None:
        """Note what the group suggests; `generation` counts the group's rebalances.

        What was held in generation n - 1 may be kept in n, since nobody else can have held it
        in between; everything else is void.
        """

    async def take_over(self, tps: Set[TP]) -> Mapping[TP, int | None]:
        """Take the partitions and say, for each that could be taken, where to go on.

        Returns:
            The last offset that need not be read again; -1 for none; None to go on at the
            group's offset. A partition that is left out delivers nothing until it is taken:
            the keeper asks again.

        Raises:
            JournalError: If going on would be wrong: the worker ends.
        """

    def holds(self, tp: TP) -> bool:
        """Return whether the partition has been taken over and not lost since."""

    def stopped(self, tp: TP) -> bool:
        """Return whether the partition is held but stands still, for a reason that was logged."""

    def reached(self, tp: TP) -> int | None:
        """Return the offset that tells the watchdog whether the partition moves."""

    def committable(self, tp: TP) -> int | None:
        """Return the offset for the group, that of the next record to do, None for none yet."""

    async def checkpoint_all(self) -> None:
        """Make `committable` as high as it can be; called with the flow stopped."""


def kept(tps: Set[TP], *, generation: int, before: int) -> Set[TP]:
    """Return which of the newly assigned partitions may go on with what is in memory."""
    return tps if generation == before + 1 else frozenset()
