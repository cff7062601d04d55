"""Time in which nobody looked: an input of the borrower was silent or broken.

Such time is no clear time, and what was clear before it is not lost. It is kept as spans and not
as a sum, so that a repair that finds a rung clear since an earlier day counts what lies after it.
"""

from itertools import pairwise
from typing import Final

from stream.decide.tiers.facts import Facts
from stream.decide.tiers.state import TierState

Spans = tuple[tuple[int, int], ...]
"""From when until when, in epoch milliseconds, in order and apart from each other."""

SPANS_MOST: Final = 16
"""Of more, those that lie nearest to each other become one: so no tier comes down sooner."""


def spans_of(state: TierState, facts: Facts, now_ms: int) -> Spans:
    """Return the spans up to `now_ms`; the last one is open if an input is not seen now.

    Args:
        state: As the last look left it.
        facts: What is known now.
        now_ms: The time of the look.
    """
    spans = state.blinds
    if state.facts.blind and spans:
        spans = (*spans[:-1], (spans[-1][0], now_ms))
    elif facts.blind:
        spans = (*spans, (now_ms, now_ms))
    return spans if len(spans) <= SPANS_MOST else _joined(spans)


def _joined(spans: Spans) -> Spans:
    """Join the two with the shortest time between them."""
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(spans)]
    at = gaps.index(min(gaps))
    return (*spans[:at], (spans[at][0], spans[at + 1][1]), *spans[at + 2 :])


def unseen_ms(spans: Spans, since_ms: int) -> int:
    """Return for how long nobody looked since an instant.

    Examples:
        >>> unseen_ms(((10, 20), (30, 35)), 15)
        10
    """
    return sum(max(until_ms - max(from_ms, since_ms), 0) for from_ms, until_ms in spans)
