"""How many alerts a desk can take: a threshold that follows what is said, for a tier and a segment.

Online quantile control (Gibbs and Candes, Adaptive conformal inference, NeurIPS 2021). Scores are
v = -ln p, calibrated. After each score

    t += GAIN (1{v >= t} - share) / sqrt(share (1 - share))

so an alert raises the threshold and each score without one lowers it a little. As t never rises
above `V_MOST`, the share of alerts over n scores is above the stated one by at most
`V_MOST` sqrt(share (1 - share)) / (GAIN n), whatever the scores are. It may stay below: t does not
fall below `V_LEAST`, so that a desk with room to spare is not sent what is usual, and a voice that
says nothing of anybody never alerts.

A desk that always gets the same number of alerts would never see a wave. So the threshold has a
band around -ln(share), where it stands as long as p-values are what they say: out of it the
segment is under stress (too much is unusual), or asleep (p-values claim more than they hold). It
comes back at half the band. What is severe by rule is not asked here and never throttled.

What it does not do: choose between borrowers of one look by rank; remember who was told of.
"""

from enum import StrEnum
from math import log, sqrt
from typing import Final

from detectors.codec import Field, Layout

GAIN: Final = 0.02
"""At a share of 1e-3 the threshold forgets in 1,600 scores and scatters by 0.56."""

V_LEAST: Final = 3.0
"""p = 0.05: what one look in twenty shows is no news."""

V_MOST: Final = 40.0
BAND_SPREADS: Final = 5.0
"""A threshold scatters by sqrt(GAIN / (2 sqrt(share))) where v is exponential; the band is five
times as wide to each side (the most seen in 18 runs of 100,000 scores was 4.5 times)."""

LOOP_MOST: Final = 0.5
"""Of a day's many scores: half an error is corrected on the next day."""

FLOOD_SPREADS: Final = 3.0
"""So far, in standard deviations of a count, alerts are chance."""

SHARE_LEAST, SHARE_MOST = 1e-6, 0.05
COUNT_MOST: Final = 2**32 - 1
_LAYOUT = Layout(
    tag=103,
    version=1,
    slots=("all",),
    fields=(
        Field("threshold", "f8", least=V_LEAST, most=V_MOST),
        Field("scores", "u4"),
        Field("alerts", "u4"),
        Field("strain", "u2", most=2),
    ),
)


class Strain(StrEnum):
    """Where a threshold stands: within its band, above it, below it."""

    NONE = "none"
    STRESS = "stress"
    SLEEP = "sleep"


_STRAINS: Final = tuple(Strain)


class Control:
    """The threshold of one tier in one segment.

    Args:
        share: The share of scores that may be alerts, in [1e-6, 0.05].
        row: Where to go on; from -ln(share) if `None`. A row is 22 bytes.

    Raises:
        ValueError: If the share is out of range.
        RecordError: If the row cannot be trusted.

    Examples:
        >>> control = Control(0.01)
        >>> control.is_alert(4.7), control.is_alert(4.5)
        (True, False)
        >>> control.learn_one(4.7)
        >>> control.is_alert(4.7)
        False
    """

    def __init__(self, share: float, row: bytes | None = None) -> None:
        if not SHARE_LEAST <= share <= SHARE_MOST:
            raise ValueError(f"expected a share from {SHARE_LEAST} to {SHARE_MOST}, got {share}")
        self.share, self._spread = share, sqrt(share * (1 - share))
        self.nominal = -log(share)
        self.band = BAND_SPREADS * sqrt(GAIN / (2 * sqrt(share)))
        start: tuple[float, ...] = (max(self.nominal, V_LEAST), 0, 0, 0)
        known: tuple[float, ...] = start if row is None else _LAYOUT.read(row, "all")
        self.threshold, scores, alerts, strain = known
        self.scores, self.alerts = int(scores), int(alerts)
        self.strain = _STRAINS[int(strain)]

    @property
    def row(self) -> bytes:
        """All that is remembered; the share is the caller's."""
        values = (self.threshold, self.scores, self.alerts, _STRAINS.index(self.strain))
        return _LAYOUT.pack({"all": values})

    def is_alert(self, v: float) -> bool:
        """Say whether a score is an alert; changes nothing."""
        return v >= self.threshold

    def learn_one(self, v: float) -> None:
        """Let the threshold follow one score; what is not a number from 0 on is not learned."""
        if not 0.0 <= v < float("inf"):
            return
        is_alert = self.is_alert(v)
        self._move(is_alert, 1, GAIN * (is_alert - self.share) / self._spread)

    def learn_day(self, alerts: int, scores: int, *, counts_alone: bool = False) -> None:
        """Let the threshold follow what came of many scores while it stood.

        The sum of their single steps, but for two bounds, since nothing corrected the threshold
        meanwhile. With many scores a step is smaller, lest it overshoot. And a flood, more than
        chance explains, lifts it no further than where the stated share is if v is exponential: it
        is told as stress, and not paid back by weeks of silence.

        Args:
            alerts: How many of them were alerts.
            scores: How many there were, from 1 on; none changes nothing.
            counts_alone: Whether another threshold stood, so that this one learns nothing of it.
        """
        if scores <= 0:
            return
        expected = self.share * scores
        gain = min(GAIN, LOOP_MOST / (scores * sqrt(self.share)))
        by_chance = min(alerts - expected, FLOOD_SPREADS * sqrt(expected + 1))
        lifted = log((alerts + 1) / (expected + 1))
        step = gain * (alerts - expected) / self._spread
        step = min(step, max(gain * by_chance / self._spread, lifted))
        self._move(alerts, scores, 0.0 if counts_alone else step)

    def _move(self, alerts: int, scores: int, step: float) -> None:
        self.scores = min(self.scores + scores, COUNT_MOST)
        self.alerts = min(self.alerts + alerts, COUNT_MOST)
        self.threshold = min(max(self.threshold + step, V_LEAST), V_MOST)
        off = self.threshold - self.nominal
        if abs(off) > self.band:
            self.strain = Strain.STRESS if off > 0 else Strain.SLEEP
        elif abs(off) < self.band / 2:
            self.strain = Strain.NONE


def share_of(*, alerts_a_month: float, borrowers: int, looks_a_month: float) -> float:
    """Return which share of looks may be alerts, for a desk that takes so many a month.

    Args:
        alerts_a_month: How many the desk can take, above 0.
        borrowers: How many are looked at.
        looks_a_month: How often each is.

    Returns:
        A share that `Control` takes.

    Examples:
        >>> share_of(alerts_a_month=20, borrowers=1_000, looks_a_month=4)
        0.005
    """
    looks = max(1, borrowers) * looks_a_month
    return min(max(alerts_a_month / looks, SHARE_LEAST), SHARE_MOST)
