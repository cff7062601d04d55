"""D8 on labelled borrowers: each is judged once, from what was known, by what had matured before.

    frozen by the panel at `until`, and at looks before it -> judged, in order -> learned

A borrower is judged at its label's `until`, from records before that; those of one instant in the
order of the labels' file. Its outcome is learned when it is final (`matures_after_days` after
`outcome_at`), good or bad alike. So nobody is judged by a label that nobody had. Where all are
judged in one month no label has matured; there each may teach about the borrowers after it, never
about itself, and the report says so.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from detectors.ews import Cohorts, Ews, Judged
from detectors.features import NAMES
from schemas.instants import DAY_MS
from stream.evaluate.numbers import Bools, Floats
from stream.evaluate.panel import Frozen
from stream.sources.labels import Label

OF_LATENESS: Final = frozenset(
    name for name in NAMES if name.startswith(("late", "is_late", "is_very_late"))
) | {"evidence_shortfall"}
"""What is made of days past due, or of whether an instalment came late."""

_FOREVER_MS: Final = 2**52

WINDOW: Final = 3_000
"""The threshold follows the scores of the latest good ones whose outcome has matured."""

LEAST: Final = 100
"""With fewer of them there is no threshold, and no alarm."""

MOVED_EVERY: Final = 50
"""After so many borrowers the threshold is looked at anew."""


class Scores(NamedTuple):
    """What D8 said of each borrower, in the order in which they were judged.

    Attributes:
        is_bad: What became of them.
        score: The chance of a default, when it was judged.
        is_alarm: Whether that was above the threshold of its time.
        highest: The highest chance of all looks until then.
        first_ms: The first look whose chance was above the threshold of such; not a number if none.
    """

    is_bad: Bools
    score: Floats
    is_alarm: Bools
    highest: Floats
    first_ms: Floats


class _Threshold:
    """Above which a score is an alarm: so that a share of the latest good ones is let through."""

    def __init__(self, false_share: float) -> None:
        self._good = deque[float](maxlen=WINDOW)
        self._false_share = false_share
        self.value = 1.0

    def learn(self, score: float) -> None:
        self._good.append(score)

    def move(self) -> None:
        if len(self._good) >= LEAST:
            self.value = float(np.quantile(self._good, 1 - self._false_share))


def judge(
    frozen: Iterable[Frozen],
    *,
    matures_after_days: int | None,
    false_share: float,
    without: Collection[str] = (),
) -> Scores:
    """Judge each borrower by what had matured before, and learn it when it matures.

    Args:
        frozen: In the order in which they are judged.
        matures_after_days: So many days after its outcome's instant an outcome is final; `None`: it
            teaches about others as soon as the borrower was judged.
        false_share: The share of good ones that the threshold is to let through, in (0, 1).
        without: Features that are not looked at.
    """
    ews, cohorts, seen = Ews(), Cohorts(), masked(without)
    last, all_looks = _Threshold(false_share), _Threshold(false_share)
    said: list[tuple[bool, float, bool, float, float]] = []
    for number, (label, full, earlier, _) in enumerate(frozen):
        now_ms, is_bad, x = _until_ms(label), label.label == 1, seen(full)
        for judged in cohorts.matured(now_ms):
            ews.learn_one(judged.x, is_bad=judged.is_bad)
            if not judged.is_bad:
                last.learn(judged.score)
                all_looks.learn(judged.highest)
        if number % MOVED_EVERY == 0:
            last.move()
            all_looks.move()
        score = ews.predict_one(x)
        looks = [(at_ms, ews.predict_one(seen(each))) for at_ms, each in earlier]
        looks.append((now_ms, score))
        highest = max(each for _, each in looks)
        first = next((float(at) for at, each in looks if each > all_looks.value), float("nan"))
        said.append((is_bad, score, score > last.value, highest, first))
        matures_ms = _matures_ms(label, matures_after_days)
        cohorts.freeze(Judged(x, score, is_bad, matures_ms, highest))
    return Scores(*(np.array(each) for each in zip(*said, strict=True)))


def masked(without: Collection[str]) -> Callable[[Sequence[float]], tuple[float, ...]]:
    """Return what puts 0 in place of some features: a number that never changes tells nothing."""
    places = {NAMES.index(name) for name in without}

    def seen(x: Sequence[float]) -> tuple[float, ...]:
        return tuple(0.0 if place in places else each for place, each in enumerate(x))

    return seen


def _until_ms(label: Label) -> int:
    return _FOREVER_MS if label.until_ms is None else label.until_ms


def _matures_ms(label: Label, after_days: int | None) -> int:
    now_ms = _until_ms(label)
    if after_days is None or label.outcome_ms is None:
        return now_ms
    return max(now_ms, label.outcome_ms + after_days * DAY_MS)
