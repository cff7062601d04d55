"""A forest of half-space trees: which leaf of each tree an observation falls into.

Random trees over [0, 1]^d of one constant seed (Tan, Ting and Liu, IJCAI 2011), planted as river's
`HalfSpaceTrees` plants them, to the last bit (a test compares). They are written out here, since
river takes scipy with it: a second and half a hundred megabytes that the monitor does without.

What stands in the leaves is D7's (`detectors.novelty`), by segment.
"""

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple

SEED: Final = 7
"""Of the shipped forest: a constant, since a replay must plant the same trees."""

SIZE_LIMIT: Final = 0.1
"""A node with less than this part of a window ends the search (the paper's constant)."""

PADDING: Final = 0.15
"""So much of a node's range is left free at either end (river's constant)."""


class Shape(NamedTuple):
    """How a forest is built; the score depends on nothing else but the counts.

    Attributes:
        features: How many numbers an observation has.
        trees: How many trees.
        height: Of each: it has 2 ** height leaves.
        window: After so many observations the running counts become the reference.
        seed: Of the construction.
    """

    features: int
    trees: int = 25
    height: int = 8
    window: int = 2_000
    seed: int = SEED


Node = tuple[int, float, Any, Any]
"""The feature's number, the threshold, and where a lower one leads and where another: to a node, or
at the lowest level to a leaf, which is its number."""


@cache
def planted(shape: Shape) -> tuple[Node, ...]:
    """Return the roots of the trees as river plants them."""
    rng = Random(shape.seed)  # noqa: S311 - of one constant seed
    return tuple(_tree(shape, rng) for _ in range(shape.trees))


def _tree(shape: Shape, rng: Random) -> Node:
    inner = (1 << shape.height) - 1

    def grow(node: int, limits: tuple[tuple[float, float], ...]) -> Any:
        if node >= inner:
            return node - inner
        widths = [high - low for low, high in limits]
        on = rng.choices(range(shape.features), weights=widths)[0]
        low, high = limits[on]
        spare = PADDING * (high - low)
        at = rng.uniform(low + spare, high - spare)
        lower = grow(2 * node + 1, (*limits[:on], (low, at), *limits[on + 1 :]))
        return on, at, lower, grow(2 * node + 2, (*limits[:on], (at, high), *limits[on + 1 :]))

    root: Node = grow(0, ((0.0, 1.0),) * shape.features)
    return root


def leaves_of(shape: Shape, x: Sequence[float]) -> list[int]:
    """Return the leaf of each tree that `x` falls into, counted through all trees."""
    leaves, levels = 1 << shape.height, range(shape.height)
    found, first = [], 0
    for root in planted(shape):
        node: Any = root
        for _ in levels:
            feature, threshold, lower, other = node
            node = lower if x[feature] < threshold else other
        found.append(first + node)
        first += leaves
    return found


def looked_up(shape: Shape, counts: Sequence[int]) -> list[int]:
    """Return what each leaf adds to a score while these counts, of one window, are the reference.

    Args:
        shape: How the forest is built; of its window so many observations were counted.
        counts: Of the leaves, through all trees.
    """
    leaves = 1 << shape.height
    starts = range(0, shape.trees * leaves, leaves)
    return [each for at in starts for each in _scores(shape, counts[at : at + leaves])]


def _scores(shape: Shape, counts: Sequence[int]) -> list[int]:
    """Walk one tree down: a node adds its mass times 2 to its depth until one is too small."""
    inner, limit = (1 << shape.height) - 1, SIZE_LIMIT * shape.window
    mass = [0] * inner + [*counts]
    for node in range(inner - 1, -1, -1):
        mass[node] = mass[2 * node + 1] + mass[2 * node + 2]
    sums, is_over = [mass[0]] * len(mass), [mass[0] < limit] * len(mass)
    for node in range(1, len(mass)):
        parent = (node - 1) // 2
        depth = (node + 1).bit_length() - 1
        sums[node] = sums[parent] + (0 if is_over[parent] else mass[node] << depth)
        is_over[node] = is_over[parent] or mass[node] < limit
    return sums[inner:]
