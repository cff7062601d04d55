"""Times lines of a group beside each other, in turns, and compares them as ratios.

Cores are shared and change their speed, so an absolute time says little and a gate on it lies.
The lines of a group take turns, block by block; a line's time is its fastest block, its ratio
the median over the turns of its block by the first line's block of the same turn.
"""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

Run = Callable[[], object]


class Line(NamedTuple):
    """One thing to time.

    Attributes:
        name: What a reader of the table sees.
        make: Sets up and returns what is called; its own time does not count.
        operations: How many operations one call makes.
    """

    name: str
    make: Callable[[], Run]
    operations: int = 1


class Group(NamedTuple):
    """Lines that are compared; the first is the measure of the others."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """What was measured: microseconds per operation, and the ratio to the group's first line."""

    group: str
    line: str
    microseconds: float
    ratio: float


def run(group: Group, *, turns: int, block_s: float) -> list[Timing]:
    """Time the lines of a group in turns.

    Args:
        group: The lines.
        turns: How many blocks of each line.
        block_s: How long a block takes, about, in seconds.
    """
    blocks = [_Block(line, block_s) for line in group.lines]
    times = [[block.time() for block in blocks] for _ in range(turns)]
    return [
        Timing(
            group.name,
            line.name,
            min(turn[i] for turn in times) * 1e6,
            statistics.median(turn[i] / turn[0] for turn in times),
        )
        for i, line in enumerate(group.lines)
    ]


class _Block:
    """A line with the number of calls that fills a block."""

    def __init__(self, line: Line, block_s: float) -> None:
        self._run, self._operations, self._calls = line.make(), line.operations, 1
        while (elapsed := self._elapsed()) < block_s / 2:
            self._calls = max(self._calls + 1, int(self._calls * block_s / max(elapsed, 1e-7)))

    def time(self) -> float:
        """Seconds per operation in one block."""
        return self._elapsed() / (self._calls * self._operations)

    def _elapsed(self) -> float:
        run = self._run
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        for _ in range(self._calls):
            run()
        elapsed = time.perf_counter() - start
        gc.enable()
        return elapsed
