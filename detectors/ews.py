"""D8, the early-warning score: how likely is a default, as learned from outcomes that have matured?

A logistic regression over `detectors.features`, standardised, learned by AdaGrad (Duchi, Hazan and
Singer, JMLR 12, 2011): river's `StandardScaler` and `LogisticRegression`, whose equal it is in a
test, as one flat row. Online and no bigger: nothing bigger was better (detectors.md 0.6 and 5).

Outcomes come late and defaults before the rest: learning each as it arrives would think everybody
bad. So features are frozen when the borrower is judged, and learned when its outcome is final for
good and bad alike (`Cohorts`). Nothing is re-weighted or resampled: that helps no ranking and ruins
the probability. Until fifty bad outcomes have matured a fixed formula speaks: the worst lateness
and the evidence.

It is a shadow: no rule, tier or action reads it. What it does not do: explain a cause. A
contribution is a weight times a standardised feature, exact and no more than that.
"""

from heapq import heappop, heappush
from math import exp, log, sqrt
from typing import Final, NamedTuple

from detectors.codec import Field, Layout
from detectors.evidence import APART, VOICES
from detectors.features import NAMES

NAME: Final = "ews"
VERSION: Final = 1
RATE: Final = 0.05
INTERCEPT_RATE: Final = 0.005
"""AdaGrad's and the intercept's learning rates (detectors.md 5, chosen there)."""

POSITIVES_LEAST: Final = 50
"""Before so many bad outcomes the weights are noise (detectors.md 7)."""

BASE_RATE: Final = 0.05
"""Where the intercept starts: one in twenty turns bad."""

PRIOR: Final = {"late_mean": 0.5, "late_worst": 0.2, "late_count": 0.2}
"""Weights of standardised features from which to start: who was late will be. A choice of ours."""

GRADIENT: Final = 50.0
"""Squared gradients start here: the first borrowers then do not throw 57 weights about. Of 0, 10
and 50 the best on the first two thirds of two sets together (docs/evaluation.md)."""

EPSILON: Final = 1e-8
_LOGIT: Final = log(BASE_RATE / (1 - BASE_RATE))

_MOST = 1e30
_LAYOUT = Layout(
    tag=8,
    version=1,
    slots=("all",),
    fields=(
        Field("n", "u4"),
        Field("positives", "u4"),
        Field("intercept", "f8", least=-_MOST, most=_MOST),
        *(Field(f"mean_{name}", "f8", least=-_MOST, most=_MOST) for name in NAMES),
        *(Field(f"square_{name}", "f8", least=0.0, most=_MOST) for name in NAMES),
        *(Field(f"weight_{name}", "f8", least=-_MOST, most=_MOST) for name in NAMES),
        *(Field(f"gradient_{name}", "f8", least=0.0, most=_MOST) for name in NAMES),
    ),
)
_LATE_WORST = NAMES.index("late_worst")
_EVIDENCE = tuple(NAMES.index(f"evidence_{voice}") for voice in VOICES if voice != APART)


class Ews:
    """The model of one segment, or of all.

    Args:
        row: Where to go on; from the start if `None`.
        from_prior: Whether it starts from `PRIOR` and `GRADIENT`; else from nothing, as river's.

    Raises:
        RecordError: If the row cannot be trusted.
    """

    def __init__(self, row: bytes | None = None, *, from_prior: bool = True) -> None:
        count = len(NAMES)
        weights = (PRIOR.get(name, 0.0) * from_prior for name in NAMES)
        gradients = (GRADIENT * from_prior,) * count
        start: tuple[float, ...] = (0, 0, _LOGIT, *(0.0,) * (2 * count), *weights, *gradients)
        known: tuple[float, ...] = start if row is None else _LAYOUT.read(row, "all")
        n, positives, self._intercept, *flat = known
        self.n, self.positives = int(n), int(positives)
        self._means, self._squares, self._weights, self._gradients = (
            flat[i * count : (i + 1) * count] for i in range(4)
        )

    @property
    def row(self) -> bytes:
        """All that is remembered."""
        flat = (*self._means, *self._squares, *self._weights, *self._gradients)
        return _LAYOUT.pack({"all": (self.n, self.positives, self._intercept, *flat)})

    @property
    def is_learned(self) -> bool:
        """Whether it speaks from outcomes, and no longer by the fixed formula."""
        return self.positives >= POSITIVES_LEAST

    def predict_one(self, x: tuple[float, ...]) -> float:
        """Return the chance of a default, in [0, 1].

        Args:
            x: The features, in the order of `NAMES`.
        """
        if not self.is_learned:
            evidence = sum(x[i] for i in _EVIDENCE)
            return _sigmoid(-4 + 2 * x[_LATE_WORST] + evidence / 4)
        return _sigmoid(self._raw(self._scaled(x)))

    def learn_one(self, x: tuple[float, ...], *, is_bad: bool) -> None:
        """Learn what became of who was judged by `x`; unsound features are not learned."""
        if len(x) != len(NAMES) or not all(-1e12 < each < 1e12 for each in x):  # noqa: PLR2004
            return
        self.n += 1
        self.positives += is_bad
        for i, value in enumerate(x):
            off = value - self._means[i]
            self._means[i] += off / self.n
            self._squares[i] += (off * (value - self._means[i]) - self._squares[i]) / self.n
        scaled = self._scaled(x)
        sign = 1.0 if is_bad else -1.0
        gradient = -sign * _sigmoid(-sign * self._raw(scaled))
        for i, value in enumerate(scaled):
            each = gradient * value
            self._gradients[i] += each * each
            self._weights[i] -= RATE / sqrt(self._gradients[i] + EPSILON) * each
        self._intercept -= INTERCEPT_RATE * gradient

    def contributions(self, x: tuple[float, ...]) -> list[tuple[str, float]]:
        """Return what each feature adds to the log-odds, the greatest first."""
        parts = zip(NAMES, self._weights, self._scaled(x), strict=True)
        return sorted(((name, w * value) for name, w, value in parts), key=lambda each: -each[1])

    def _scaled(self, x: tuple[float, ...]) -> list[float]:
        return [
            (value - mean) / sqrt(square) if square > 0 else 0.0
            for value, mean, square in zip(x, self._means, self._squares, strict=True)
        ]

    def _raw(self, scaled: list[float]) -> float:
        return self._intercept + sum(w * x for w, x in zip(self._weights, scaled, strict=True))


class Judged(NamedTuple):
    """A borrower as it was when it was judged, and what became of it.

    Attributes:
        x: The features at that time.
        score: What was said of it.
        is_bad: What became of it.
        matures_ms: From when on that is final, for good and bad alike.
        highest: The highest that was said of it until then.
    """

    x: tuple[float, ...]
    score: float
    is_bad: bool
    matures_ms: int
    highest: float = 0.0


class Cohorts:
    """Judged borrowers whose outcome is not final yet.

    Examples:
        >>> cohorts = Cohorts()
        >>> cohorts.freeze(Judged((1.0,), 0.2, True, matures_ms=50))
        >>> cohorts.matured(49), len(cohorts.matured(50)), cohorts.matured(50)
        ([], 1, [])
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Judged]] = []
        self._count = 0

    def freeze(self, judged: Judged) -> None:
        """Keep a borrower until its outcome is final."""
        heappush(self._waiting, (judged.matures_ms, self._count, judged))
        self._count += 1

    def matured(self, now_ms: int) -> list[Judged]:
        """Return, and forget, those whose outcome is final now, by when it became so."""
        found = []
        while self._waiting and self._waiting[0][0] <= now_ms:
            found.append(heappop(self._waiting)[-1])
        return found


def _sigmoid(raw: float) -> float:
    return 1 / (1 + exp(-raw)) if raw >= 0 else 1 - 1 / (1 + exp(min(raw, 700.0)))
