"""What warnings and contacts are good for (domain.md 6.2): lift and hold-out: pure."""

from math import sqrt
from typing import Final

from desk.foresight import Past
from desk.shares import DIGITS, share
from schemas.desk_figures import HoldOutEffect, Lift, Share
from schemas.instants import DAY_MS

HORIZON_MS: Final = 30 * DAY_MS
"""Within that somebody who was warned rightly is overdue (domain.md 6.2, T1)."""
BAD: Final = "dpd_4"
"""What counts as being overdue here: more than a transfer that was forgotten."""
Z: Final = 1.959964
"""Of a two-sided interval of 95 %."""


def lift(past: Past, since_ms: int, now_ms: int) -> Lift:
    """Return how much more often who was warned comes to be overdue than anybody.

    Of those who were warned in a period as long that ended a horizon ago, so that all of it has
    been seen; against first arrears a loan in the same time, scaled to a horizon.
    """
    begin_ms, end_ms = since_ms - HORIZON_MS, now_ms - HORIZON_MS
    bad = past.firsts.get(BAD, {})
    hits = []
    for borrower_id, stretches in past.stretches.items():
        begun = sorted(each for each, _ in stretches if begin_ms <= each <= end_ms)
        if begun and (verdict := _came_true(bad.get(borrower_id), begun[0])) is not None:
            hits.append(verdict)
    warned = share(len(hits), sum(hits))
    arrears = sum(begin_ms <= at_ms <= now_ms for at_ms in bad.values())
    lasted_ms = now_ms - begin_ms
    if not past.loans or lasted_ms <= 0:
        return Lift(warned=warned)
    base = arrears / past.loans * HORIZON_MS / lasted_ms
    times = (
        round(hits_share / base, 2) if base and (hits_share := warned.share) is not None else None
    )
    return Lift(warned=warned, base_share=round(base, DIGITS), lift=times)


def _came_true(bad_ms: int | None, at_ms: int) -> bool | None:
    """Whether it came within the horizon; `None` if it had come before: nothing to foresee."""
    if bad_ms is None:
        return False
    return None if bad_ms <= at_ms else bad_ms <= at_ms + HORIZON_MS


def hold_out(past: Past, since_ms: int, now_ms: int) -> HoldOutEffect | None:
    """Return what contacting the mild is good for: how many fewer of them come to be overdue.

    Who was to be contacted counts as contacted, whatever came of it. Only those from the first held
    out on are compared, since before nobody was, and only those seen for a whole horizon.
    """
    begin_ms = min((e.at_ms for e in past.assigned.values() if e.is_held_out), default=now_ms)
    begin_ms, end_ms = max(begin_ms, since_ms - HORIZON_MS), now_ms - HORIZON_MS
    groups: dict[bool, list[bool]] = {True: [], False: []}
    for borrower_id, each in past.assigned.items():
        verdict = _came_true(past.firsts.get(BAD, {}).get(borrower_id), each.at_ms)
        if begin_ms <= each.at_ms <= end_ms and verdict is not None:
            groups[each.is_held_out].append(verdict)
    held, contacted = (share(len(groups[each]), sum(groups[each])) for each in (True, False))
    if not held.n or not contacted.n:
        return None
    effect, low, high = difference(held, contacted)
    return HoldOutEffect(held_out=held, contacted=contacted, effect=effect, low=low, high=high)


def difference(one: Share, other: Share) -> tuple[float, float, float]:
    """Return the difference of two shares and its interval of 95 %.

    Newcombe's tenth method (Statistics in Medicine 17, 1998, 873-890), made of Wilson's intervals:
    fit for small shares and few cases. His own example:

    Examples:
        >>> difference(Share(n=70, hits=56), Share(n=80, hits=48))
        (0.2, 0.0524, 0.3339)
    """
    p, q = one.hits / one.n, other.hits / other.n
    (low_p, high_p), (low_q, high_q) = wilson(one), wilson(other)
    low = p - q - sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    high = p - q + sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return round(p - q, DIGITS), round(low, DIGITS), round(high, DIGITS)


def wilson(of: Share) -> tuple[float, float]:
    """Return the interval of 95 % of a share (Wilson 1927)."""
    n, p = of.n, of.hits / of.n
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return middle - half, middle + half
