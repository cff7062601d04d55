"""Times as percentiles, for people to read."""

from collections.abc import Iterable

PERCENTS = (50, 95)


def spread(times_ms: Iterable[float]) -> dict[str, float]:
    """Return count, median, 95th percentile and greatest, by nearest rank.

    Examples:
        >>> spread([3, 1, 2])
        {'n': 3, 'p50_ms': 2, 'p95_ms': 3, 'max_ms': 3}
    """
    ordered = sorted(times_ms)
    n = len(ordered)
    if not n:
        return {"n": 0}
    ranks = {f"p{each}_ms": ordered[-(-n * each // 100) - 1] for each in PERCENTS}
    return {"n": n, **ranks, "max_ms": ordered[-1]}
