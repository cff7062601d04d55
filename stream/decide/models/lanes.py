"""M's lanes: what each may cost the desk, and how a segment's thresholds follow the answers.

The budgets are those that the suite was measured with (docs/evaluation.md): two alerts a month of
100 borrowers, each of whom is looked at once a day.
"""

from typing import Final

from detectors.combination import ALERTS_A_MONTH, PARTS, Lane
from detectors.control import Control, share_of
from detectors.counts import unpacked
from schemas.journal import SegmentModel
from stream.decide.models.tallies import ALERTS, CONTROL, LOOKS

LOOKS_A_MONTH: Final = 30.4
SHARES: Final = {
    lane: share_of(alerts_a_month=part * ALERTS_A_MONTH, borrowers=100, looks_a_month=LOOKS_A_MONTH)
    for lane, part in PARTS.items()
}
LEAST_LOOKS: Final = 1_000
"""A segment with fewer looks goes by the thresholds of all [D]."""


def controls_after(rows: dict[str, bytes], told: SegmentModel) -> dict[str, Control]:
    """Return a segment's controls after an answer, by lane.

    Looks and alerts are told since ever, so a round that was lost is made up for by the next.

    Args:
        rows: Before it; none at first.
        told: The answer.
    """
    controls = {}
    for lane in Lane:
        control = Control(SHARES[lane], rows.get(lane))
        counts = unpacked(told.counts.get(CONTROL + lane, ""))
        looks, alerts = counts.get(LOOKS, 0), counts.get(ALERTS, 0)
        control.learn_day(
            alerts - control.alerts,
            looks - control.scores,
            counts_alone=looks < LEAST_LOOKS,
        )
        controls[lane.value] = control
    return controls
