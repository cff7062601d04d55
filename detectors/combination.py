"""M: what all voices come to, and whether the desk hears of it.

A borrower is looked at, at a tick or after an event, in three lanes, each with a budget of its own:

    persistent   the total of the evidence: the sum over all voices but `mix`
    apart        the evidence of `mix`, since a payer shift drowns in any sum
    instant      the least calibrated p-value, corrected for how many there are

Each lane is a segment's: a calibrator makes of its number a p-value among the looks of that
segment, and a control holds the share of alerts. So a lane speaks in the same unit whatever it is
made of, v = -ln p, and a budget is all that has to be stated.

Calibrators learn every look. The control learns those at which an alert would have been told: not
those of a borrower who is muted because it was told of lately. What is severe by rule passes here
untouched: it is no lane.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import log
from typing import Final, NamedTuple

from detectors.calibration import P_LEAST, Calibrator
from detectors.control import Control, Strain
from detectors.evidence import VOICES, Combined, clears_in_days

NAME: Final = "combination"
VERSION: Final = 1
QUIET: Final = float(len(VOICES) - 1)
"""The total of a borrower of whom nothing was said."""

V_MOST: Final = -log(P_LEAST)
RAW_MOST: Final = 600.0


class Lane(StrEnum):
    """The ways to be noticed."""

    PERSISTENT = "persistent"
    APART = "apart"
    INSTANT = "instant"


ALERTS_A_MONTH: Final = 2.0
"""Of 100 borrowers: what detectors.md 7 measured the design with."""

PARTS: Final = {Lane.PERSISTENT: 0.75, Lane.APART: 0.125, Lane.INSTANT: 0.125}
"""How the lanes share that budget."""

MUTED_DAYS: Final = 30
"""Who was noticed is not noticed again for so long (detectors.md 7)."""


class Look(NamedTuple):
    """What is known of one borrower at one instant.

    Attributes:
        combined: Its evidence.
        instant: Of what was just said, the p-value corrected for how many (`evidence.instant`); 1
            if nothing was.
    """

    combined: Combined
    instant: float = 1.0

    def raw(self, lane: Lane) -> float:
        """Return a lane's number, from 0 on; high is a worry."""
        if lane is Lane.PERSISTENT:
            return max(0.0, self.combined.total - QUIET)
        if lane is Lane.APART:
            return max(0.0, self.combined.apart - 1.0)
        return -log(max(self.instant, P_LEAST))


class Meter:
    """One number of one segment: how rare it is there, and whether it is an alert.

    Args:
        share: The share of looks that may be alerts, as `Control` takes it.
        rows: Where to go on: those of calibrator and control; from the start if `None`.

    Raises:
        RecordError: If a row cannot be trusted.

    Examples:
        >>> meter = Meter(0.01)
        >>> for i in range(2_000):
        ...     meter.learn_one(i * 0.618034 % 1)
        >>> meter.is_alert(0.5), meter.is_alert(9.0)
        (False, True)
    """

    def __init__(self, share: float, rows: tuple[bytes, bytes] | None = None) -> None:
        calibrator, control = rows or (None, None)
        self._calibrator, self.control = Calibrator(calibrator), Control(share, control)

    @property
    def rows(self) -> tuple[bytes, bytes]:
        """All that is remembered."""
        return self._calibrator.row, self.control.row

    def v(self, raw: float) -> float:
        """Return -ln of the share of looks with at least this number."""
        return -log(self._calibrator.p_value(raw))

    def is_alert(self, raw: float) -> bool:
        """Say whether a number is an alert; changes nothing."""
        return self.control.is_alert(self.v(raw))

    def learn_one(self, raw: float, *, is_muted: bool = False) -> None:
        """Learn one look, after it was asked about.

        Args:
            raw: The number; one that is none from 0 on is not learned.
            is_muted: Whether nobody would have been told.
        """
        if not 0.0 <= raw <= RAW_MOST:
            return
        if not is_muted:
            self.control.learn_one(self.v(raw))
        self._calibrator.learn_one(raw)

    def level(self) -> float:
        """Return the least number that is an alert, to a thousandth."""
        return level_of(self._calibrator, self.control.threshold)


def level_of(calibrator: Calibrator, threshold: float) -> float:
    """Return the least number, to a thousandth, at which -ln p reaches a threshold."""
    low, high = 0.0, RAW_MOST
    if -log(calibrator.p_value(low)) >= threshold:
        return low
    while high - low > 1e-3:  # noqa: PLR2004 - nobody reads more digits
        middle = (low + high) / 2
        is_beyond = -log(calibrator.p_value(middle)) >= threshold
        low, high = (low, middle) if is_beyond else (middle, high)
    return high


class Notice(NamedTuple):
    """What a segment makes of one look.

    Attributes:
        v: By lane, -ln of how rare that is here.
        lanes: In which lanes it is an alert.
    """

    v: Mapping[Lane, float]
    lanes: tuple[Lane, ...]


class Combination:
    """The three lanes of one segment.

    Args:
        shares: By lane, the share of looks that may be alerts.
        rows: By lane, where to go on.

    Raises:
        RecordError: If a row cannot be trusted.
    """

    def __init__(
        self,
        shares: Mapping[Lane, float],
        rows: Mapping[Lane, tuple[bytes, bytes]] | None = None,
    ) -> None:
        given = rows or {}
        self._meters = {lane: Meter(shares[lane], given.get(lane)) for lane in Lane}

    @property
    def rows(self) -> dict[Lane, tuple[bytes, bytes]]:
        """All that is remembered."""
        return {lane: meter.rows for lane, meter in self._meters.items()}

    @property
    def strains(self) -> dict[Lane, Strain]:
        """By lane, whether it has left its band: `segment-stress`."""
        return {lane: meter.control.strain for lane, meter in self._meters.items()}

    def ask(self, look: Look) -> Notice:
        """Return what a look comes to; changes nothing."""
        v = {lane: meter.v(look.raw(lane)) for lane, meter in self._meters.items()}
        lanes = (lane for lane, each in v.items() if self._meters[lane].control.is_alert(each))
        return Notice(v, tuple(lanes))

    def learn_one(self, look: Look, *, is_muted: bool = False) -> None:
        """Learn one look, after it was asked about."""
        for lane, meter in self._meters.items():
            meter.learn_one(look.raw(lane), is_muted=is_muted)

    def clears_in_days(self, row: bytes, now_ms: int) -> int | None:
        """Return after how many days without news the evidence would be no alert any more.

        Args:
            row: The borrower's evidence.
            now_ms: When it is asked.

        Returns:
            0 if it is none now; `None` if it would be one for a year.

        Raises:
            RecordError: If the row cannot be trusted.
        """
        level = self._meters[Lane.PERSISTENT].level()
        return clears_in_days(row, now_ms, QUIET + level)
