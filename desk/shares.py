"""Shares and percentiles, as figures are told."""

from typing import Final

from schemas.desk_figures import Percentiles, Share

DIGITS: Final = 4


def share(n: int, hits: int) -> Share:
    """Return a share; of nothing there is none."""
    return Share(n=n, hits=hits, share=round(hits / n, DIGITS) if n else None)


def percentiles(times: list[int]) -> Percentiles:
    """Return the median and what 95 of 100 do not exceed, by nearest rank.

    Examples:
        >>> percentiles([3, 1, 2]).p50_ms
        2
    """
    ordered = sorted(times)
    if not ordered:
        return Percentiles(n=0)
    n = len(ordered)
    return Percentiles(
        n=n, p50_ms=ordered[-(-n * 50 // 100) - 1], p95_ms=ordered[-(-n * 95 // 100) - 1]
    )
