"""Which tier a segment's own signal has, by what crossing has answered.

Each judge takes an answer and the tier so far and returns the tier now, 0 to 3: entered at the
threshold, kept until it is left. An answer of too few says nothing, and the tier stays.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from schemas.journal import CollectionSnapshot, SegmentSnapshot, SegmentTiers
from stream.decide.segments.policy import Policy

MILD, MODERATE, SEVERE = 1, 2, 3


def sales_tier(told: SegmentSnapshot, before: int, policy: Policy) -> int:
    """G05: have the members' sales fallen together?"""
    by = policy.sales
    ratio = told.ratios.get(by.window_days)
    if ratio is None or told.members < by.members:
        return before
    entered = _highest((MILD, MODERATE), by.enter, lambda most: ratio <= most * 1_000)
    kept = _highest((MILD, MODERATE), by.leave, lambda least: ratio < least * 1_000)
    return max(entered, min(before, kept))


def collapse_bar(told: SegmentTiers, policy: Policy) -> int:
    """Return how many members within a week are a collapse.

    Examples:
        >>> from datetime import date
        >>> told = SegmentTiers(segment_id="food", version=1, day=date(2026, 3, 2), at_ms=0,
        ...                     members=1_000, raised=0, before=64)
        >>> collapse_bar(told, Policy())
        30
    """
    by = policy.collapse
    mean = -(-by.times_mean * max(0, told.before) // by.weeks)
    share = -(-by.members_percent * told.members // 100)
    return max(mean, share, by.borrowers)


def collapse_tier(told: SegmentTiers, before: int, policy: Policy) -> int:
    """G06: have many members come to moderate or more within a week?"""
    bar = collapse_bar(told, policy)
    if told.raised >= bar:
        return SEVERE
    return before if 2 * told.raised >= bar else 0


def usual_share(told: CollectionSnapshot) -> Fraction:
    """Return the share of attempts that usually fail."""
    return Fraction(told.usual_failed, max(told.usual_attempts, 1))


def failures_tier(told: CollectionSnapshot, before: int, policy: Policy) -> int:
    """G01: do more attempts fail than chance explains?"""
    by = policy.failures
    if told.bound is None or told.attempts < by.attempts:
        return before
    points = 100 * (Fraction(told.failed, told.attempts) - usual_share(told))
    if told.failed <= told.bound:
        return 0
    entered = _highest((MODERATE, SEVERE), by.enter_points, lambda least: points >= least)
    kept = _highest((MODERATE, SEVERE), by.leave_points, lambda least: points > least)
    return max(entered, min(before, kept))


def _highest(
    tiers: Sequence[int], thresholds: Sequence[float], is_met: Callable[[float], bool]
) -> int:
    met = [tier for tier, each in zip(tiers, thresholds, strict=True) if is_met(each)]
    return max(met, default=0)
