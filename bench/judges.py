"""What is learned from labels, and single features, as voices: beside what learned from none.

D8 judges each borrower once, and is asked at looks before as well; the batch boosting judges once.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from bench.boosting import upper_mark
from detectors.features import NAMES
from stream.evaluate.ews import OF_LATENESS, Scores, judge, masked
from stream.evaluate.numbers import Bools
from stream.evaluate.panel import Frozen
from stream.evaluate.watch import Heard

VERY_LATE: Final = [place for place, name in enumerate(NAMES) if name.startswith("is_very_late")]


def of_scores(frozen: Sequence[Frozen], scores: Scores) -> list[Heard]:
    """Return D8's scores as what a voice said: an alarm is its first look above the threshold."""
    return [
        Heard(float(score), int(alarm), (each.label.until_ms or 0) - 1 if alarm else None)
        for each, score, alarm in zip(frozen, scores.score, scores.is_alarm, strict=True)
    ]


def of_looks(scores: Scores) -> list[Heard]:
    """Return the same of all looks: the first above the threshold of such."""
    return [
        Heard(float(highest), int(not np.isnan(first)), None if np.isnan(first) else int(first))
        for highest, first in zip(scores.highest, scores.first_ms, strict=True)
    ]


def of_feature(frozen: Sequence[Frozen], value: Callable[[Sequence[float]], float]) -> list[Heard]:
    """Return a feature as a voice without a threshold."""
    return [Heard(value(each.x)) for each in frozen]


def two_months_late(frozen: Sequence[Frozen]) -> list[Heard]:
    """Return the floor of a rule: two months late in any period so far."""
    found = []
    for label, x, earlier, _ in frozen:
        looks = [*earlier, ((label.until_ms or 0) - 1, x)]
        first = next((at for at, each in looks if any(each[i] for i in VERY_LATE)), None)
        found.append(Heard(float(first is not None), int(first is not None), first))
    return found


def judges(
    frozen: list[Frozen], is_bad: Bools, judged: int, *, false_share: float
) -> dict[str, list[Heard]]:
    """Return what D8 and the boosting say, with and without what is made of lateness."""
    last, found = frozen[-judged:], {}
    for tail, without in (("", ()), (" without lateness", OF_LATENESS)):
        for when, days in (("", None), (", only what had matured", 0)):
            scores = judge(
                frozen, matures_after_days=days, false_share=false_share, without=without
            )
            cut = Scores(*(each[-judged:] for each in scores))
            if not when or any(
                (each.label.outcome_ms or 0) > (each.label.until_ms or 0) for each in last
            ):
                found[f"D8{tail}{when}"] = of_scores(last, cut)
            if not when and any(each.earlier for each in last):
                found[f"D8{tail}, each month"] = of_looks(cut)
        xs = [masked(without)(each.x) for each in frozen]
        found[f"boosting{tail}"] = [
            Heard(float(each)) for each in upper_mark(xs, is_bad, judged=judged)
        ]
    return found
