"""When all partitions have told of the same round, and so a total is one of one place in the log.

A round is known by a number that follows from ticks: the time of a tick, an hour, a date. What a
partition tells of a round never changes, so a part that comes again changes nothing.
"""

from typing import Final, Generic, TypeVar

Part = TypeVar("Part")

MOST_KEPT: Final = 100
"""Rounds of one total that are remembered; older ones are given up, complete or not."""


class Rounds(Generic[Part]):
    """The rounds of one total.

    Args:
        partitions: How many partitions the journal has.

    Examples:
        >>> rounds = Rounds[str](partitions=2)
        >>> rounds.take(10, 0, "a")
        >>> rounds.take(20, 0, "b")
        >>> rounds.take(10, 1, "c")
        ['a', 'c']
        >>> rounds.take(10, 1, "c")
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._open: dict[int, dict[int, Part]] = {}
        self._done: set[int] = set()
        self._floor = -1

    def take(self, number: int, partition: int, part: Part) -> list[Part] | None:
        """Take what a partition tells of a round; return all parts of it when they are complete.

        A round is returned once; its parts are in the order of partitions.
        """
        if number in self._done or number < self._floor:
            return None
        parts = self._open.setdefault(number, {})
        parts[partition] = part
        self._forget()
        if len(parts) < self._partitions:
            return None
        self._open.pop(number, None)
        self._done.add(number)
        return [parts[each] for each in sorted(parts)]

    def _forget(self) -> None:
        known = self._open.keys() | self._done
        if len(known) <= MOST_KEPT:
            return
        self._floor = sorted(known)[-MOST_KEPT]
        self._open = {number: of for number, of in self._open.items() if number >= self._floor}
        self._done = {number for number in self._done if number >= self._floor}


class Lanes(Generic[Part]):
    """The rounds of a total that partitions tell one lane of segments after the other.

    Args:
        partitions: How many partitions the journal has.
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._rounds: dict[int, Rounds[Part]] = {}

    def take(self, lane: int, number: int, partition: int, part: Part) -> list[Part] | None:
        """Take what a partition tells of a round of a lane; return all parts when complete."""
        rounds = self._rounds.setdefault(lane, Rounds(self._partitions))
        return rounds.take(number, partition, part)
