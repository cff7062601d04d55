"""How many failures may be chance: the upper bound of a beta-binomial distribution.

Failures of one day vary more than coin tosses do, since days differ (a pay day, a bank's bad
morning). A beta-binomial has that: each day has a probability of its own, and `rho` says how far
these lie apart. Both are estimated by moments (Kleinman, JASA 68, 1973).
"""

from collections.abc import Sequence
from math import exp, lgamma, log
from typing import Final, NamedTuple

LEAST_RHO: Final = 0.0005
"""Days are never taken to be all alike: a few of them say little of how they differ [D]."""
MOST_RHO: Final = 0.5


class Usual(NamedTuple):
    """What days usually are: the share that fails, and how far days lie apart (0 not at all)."""

    p: float
    rho: float


def usual_of(days: Sequence[tuple[int, int]]) -> Usual:
    """Estimate from `(failed, attempts)` of days, each with at least one attempt.

    Half a failure in one more attempt is added: nothing that was seen is not impossible.

    Examples:
        >>> usual_of([(9, 100), (11, 100), (10, 100)])
        Usual(p=0.10132890365448505, rho=0.0005)
    """
    attempts = sum(of for _, of in days)
    p = (sum(failed for failed, _ in days) + 0.5) / (attempts + 1)
    weights = [of / attempts for _, of in days]
    spread = sum(w * (failed / of - p) ** 2 for w, (failed, of) in zip(weights, days, strict=True))
    tossed = sum(w * (1 - w) / of for w, (_, of) in zip(weights, days, strict=True))
    between = sum(w * (1 - w) for w in weights) - tossed
    rho = (spread / (p * (1 - p)) - tossed) / between if between > 0 else 0.0
    return Usual(p, min(max(rho, LEAST_RHO), MOST_RHO))


def bound(attempts: int, usual: Usual, *, beyond: float) -> int:
    """Return the least number that more failures exceed with at most the probability `beyond`.

    Args:
        attempts: Of the day.
        usual: What days usually are.
        beyond: In (0, 1).

    Examples:
        >>> bound(1_000, Usual(0.10, 0.0005), beyond=0.001)
        138
    """
    a = usual.p * (1 - usual.rho) / usual.rho
    b = (1 - usual.p) * (1 - usual.rho) / usual.rho
    log_p = _log_beta(a, attempts + b) - _log_beta(a, b)
    below = exp(log_p)
    for failed in range(attempts):
        if below >= 1 - beyond:
            return failed
        log_p += log(
            (attempts - failed) / (failed + 1) * (failed + a) / (attempts - failed - 1 + b)
        )
        below += exp(log_p)
    return attempts


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
