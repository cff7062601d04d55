"""Has a model come away from what it was made for? Four checks, and the rule that demotes it.

    H06 drift        a distribution differs from its reference: population stability index
    H07 missingness  more of a feature is missing than there was
    H08 precision    too few of its warnings were right
    H09 calibration  what it predicted is not what came

Each check says `watch` or `act` only where both hold: the convention's threshold is passed, and
chance alone would hardly pass it with so few. The index of two samples of one distribution with B
bins is about chi-squared with B - 1 degrees of freedom, times 1/N + 1/M (Yurdakul, 2018): with a
hundred scores in ten bins an index of 0.25 is nothing.

Nothing here resets a model: a drifted one is reported, and after two bad checks in a row it is
demoted, which means that it goes on learning and is no longer heard.
"""

from collections.abc import Sequence
from enum import IntEnum
from math import log, sqrt
from operator import itemgetter
from statistics import NormalDist
from typing import Final, NamedTuple

PSI_WATCH, PSI_ACT = 0.10, 0.25
"""The convention's thresholds (domain.md 3.8, S-25)."""

ALPHA: Final = 0.01
"""How often chance alone may pass a critical value."""

MISSING_RISE: Final = 0.05
"""H07: five percentage points."""

PRECISION_LEAST: Final = 30
"""H08: fewer warnings that were judged say nothing."""

RATIO_LEAST, RATIO_MOST = 0.7, 1.3
"""H09: observed by predicted, decile by decile."""

FLOOR: Final = 0.5
"""Half a count in a bin that has none: the index has logarithms in it."""

BAD_IN_A_ROW: Final = 2
"""So many checks in a row say `act` before a model is demoted."""


class Verdict(IntEnum):
    """What a check comes to."""

    FINE = 0
    WATCH = 1
    ACT = 2


class Finding(NamedTuple):
    """One check.

    Attributes:
        signal: `H06` to `H09`.
        verdict: What it comes to.
        value: What was measured.
        critical: What chance alone hardly passes, with as many.
        n: On how many that rests: the smaller sample.
    """

    signal: str
    verdict: Verdict
    value: float
    critical: float
    n: int


def drift(reference: Sequence[float], latest: Sequence[float]) -> Finding:
    """Compare the counts of the same bins, then and now: H06.

    Raises:
        ValueError: If there are not as many bins, or a count is below 0 or no number.

    Examples:
        >>> drift([500, 300, 200], [490, 310, 200]).verdict.name
        'FINE'
        >>> drift([500, 300, 200], [200, 300, 500]).verdict.name
        'ACT'
        >>> drift([50, 30, 20], [3, 4, 3]).verdict.name
        'FINE'
    """
    if len(reference) != len(latest) or not all(each >= 0 for each in (*reference, *latest)):
        raise ValueError("expected counts from 0 on, of the same bins")
    then, now = sum(reference), sum(latest)
    if len(latest) < 2 or min(then, now) < 1:  # noqa: PLR2004 - one bin is no distribution
        return Finding("H06", Verdict.FINE, 0.0, float("inf"), int(min(then, now)))
    value = psi(reference, latest)
    critical = chi_squared(len(latest) - 1, 1 - ALPHA) * (1 / then + 1 / now)
    return Finding("H06", _passed(value, critical), value, critical, int(min(then, now)))


def psi(reference: Sequence[float], latest: Sequence[float]) -> float:
    """Return the population stability index of the counts of the same bins.

    Examples:
        >>> round(psi([50, 50], [60, 40]), 3)
        0.041
    """
    then, now = sum(reference), sum(latest)
    return sum(
        (b - a) * log(b / a)
        for a, b in (
            (max(of, FLOOR) / then, max(at, FLOOR) / now)
            for of, at in zip(reference, latest, strict=True)
            if of or at
        )
    )


def _passed(value: float, critical: float) -> Verdict:
    if value < critical or value < PSI_WATCH:
        return Verdict.FINE
    return Verdict.ACT if value >= PSI_ACT else Verdict.WATCH


def missingness(reference: tuple[int, int], latest: tuple[int, int]) -> Finding:
    """Compare how many values are missing of how many, then and now: H07.

    Examples:
        >>> missingness((10, 1_000), (120, 1_000)).verdict.name
        'ACT'
        >>> missingness((1, 20), (3, 20)).verdict.name
        'FINE'
    """
    (gone, then), (missing, now) = reference, latest
    if min(then, now) < 1:
        return Finding("H07", Verdict.FINE, 0.0, float("inf"), 0)
    rise, pooled = missing / now - gone / then, (gone + missing) / (then + now)
    critical = _z(1 - ALPHA) * sqrt(pooled * (1 - pooled) * (1 / then + 1 / now))
    is_high = rise >= MISSING_RISE and rise > critical
    return Finding("H07", Verdict.ACT if is_high else Verdict.FINE, rise, critical, min(then, now))


def precision(right: int, judged: int, *, floor: float) -> Finding:
    """Compare the share of warnings that were right, of four weeks, with its floor: H08.

    `watch` if it is below, `act` if chance would hardly put a model at its floor so low.

    Args:
        right: How many were right.
        judged: How many people or outcomes have judged.
        floor: In (0, 1).

    Examples:
        >>> [precision(right, 100, floor=0.3).verdict.name for right in (31, 27, 15)]
        ['FINE', 'WATCH', 'ACT']
        >>> precision(0, 29, floor=0.3).verdict.name
        'FINE'
    """
    value = right / judged if judged else 0.0
    if judged < PRECISION_LEAST:
        return Finding("H08", Verdict.FINE, value, float("-inf"), judged)
    critical = floor - _z(1 - ALPHA) * sqrt(floor * (1 - floor) / judged)
    if value >= floor:
        return Finding("H08", Verdict.FINE, value, critical, judged)
    return Finding(
        "H08", Verdict.ACT if value < critical else Verdict.WATCH, value, critical, judged
    )


def calibration(predicted: Sequence[float], is_bad: Sequence[bool], *, parts: int = 10) -> Finding:
    """Compare chances with outcomes, in as many equal parts by chance: H09.

    The worst part stands in the finding: observed by predicted. It counts where it is out of the
    band and the number of bad ones is out of what chance makes of that prediction.

    Args:
        predicted: Chances, each in [0, 1].
        is_bad: What became of them.
        parts: How many; deciles.

    Examples:
        >>> chances = [0.02 * (1 + i % 10) for i in range(1_000)]
        >>> right = [i * 0.618034 % 1 < p for i, p in enumerate(chances)]
        >>> calibration(chances, right).verdict.name
        'FINE'
        >>> calibration([p / 2 for p in chances], right).verdict.name
        'ACT'
    """
    pairs = sorted(zip(predicted, is_bad, strict=True), key=itemgetter(0))
    size = len(pairs) // parts
    return calibration_of(
        [
            _part(pairs[part * size : (part + 1) * size if part < parts - 1 else None])
            for part in range(parts if size else 0)
        ]
    )


class Part(NamedTuple):
    """Some chances that are near each other, added up.

    Attributes:
        n: How many.
        bad: How many of them turned out bad.
        predicted: The sum of the chances.
        spread: The sum of p (1 - p): the variance of `bad` if they were right.
    """

    n: int
    bad: int
    predicted: float
    spread: float


def calibration_of(parts: Sequence[Part]) -> Finding:
    """Compare chances with outcomes, part by part: H09, of counts that were added up before.

    Examples:
        >>> calibration_of([Part(500, 5, 5.2, 5.1), Part(500, 90, 40.0, 36.0)]).verdict.name
        'ACT'
    """
    n = sum(part.n for part in parts)
    worst = Finding("H09", Verdict.FINE, 1.0, 0.0, n)
    for part in parts:
        worst = max(worst, _finding(part, len(parts), n), key=_badness)
    return worst


def _badness(of: Finding) -> tuple[Verdict, float]:
    return of.verdict, abs(log(max(of.value, 1e-9)))


def _part(of: Sequence[tuple[float, bool]]) -> Part:
    bad, spread = sum(is_bad for _, is_bad in of), sum(p * (1 - p) for p, _ in of)
    return Part(len(of), bad, sum(p for p, _ in of), spread)


def _finding(of: Part, parts: int, n: int) -> Finding:
    critical = _z(1 - ALPHA / parts / 2) * sqrt(of.spread)
    value = of.bad / of.predicted if of.predicted else 1.0
    is_out = not RATIO_LEAST <= value <= RATIO_MOST and abs(of.bad - of.predicted) > critical
    verdict = Verdict.ACT if is_out else Verdict.FINE
    return Finding("H09", verdict, value, critical / of.predicted if of.predicted else 0.0, n)


class Standing(NamedTuple):
    """How a model in force has fared at its checks.

    Attributes:
        bad: How many in a row said `act`.
        is_demoted: Whether it is no longer heard. It is promoted again by people alone.
    """

    bad: int = 0
    is_demoted: bool = False

    def after(self, findings: Sequence[Finding]) -> "Standing":
        """Return the standing after one more round of checks.

        Missing input is the feed's fault (H07): it degrades a model and does not demote it.

        Examples:
            >>> bad = Finding("H06", Verdict.ACT, 0.4, 0.02, 900)
            >>> Standing().after([bad]).is_demoted, Standing().after([bad]).after([bad]).is_demoted
            (False, True)
        """
        is_bad = any(each.verdict is Verdict.ACT and each.signal != "H07" for each in findings)
        bad = self.bad + 1 if is_bad else 0
        return Standing(bad, self.is_demoted or bad >= BAD_IN_A_ROW)


def chi_squared(degrees: int, share: float) -> float:
    """Return the quantile of chi-squared (Wilson and Hilferty, PNAS 17, 1931: to 2 per cent).

    Examples:
        >>> round(chi_squared(9, 0.99), 1)
        21.7
    """
    spread = 2 / (9 * degrees)
    return float(degrees * (1 - spread + _z(share) * sqrt(spread)) ** 3)


def _z(share: float) -> float:
    return NormalDist().inv_cdf(share)
