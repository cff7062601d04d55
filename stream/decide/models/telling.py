"""To crossing, once a day: all that this partition's detectors have said.

Told at the first tick from seven in the morning on, by the rule set's zone: then the looks of the
day are over. All partitions have that tick, or one of the same hour; so all have the same rounds.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from rules.zone import Zone
from schemas.crossing import LANES, ModelsTold, lane_of
from schemas.instants import HOUR_MS
from stream.decide.models.state import Models

TOLD_HOUR: Final = 7
"""After the last look of a day (`looks.LOOK_HOURS`)."""


def round_of(models: Models, now_ms: int, zone: Zone, partition: int) -> Iterator[ModelsTold]:
    """Yield what crossing has to hear at a tick; nothing within a day.

    Args:
        models: Of this partition; notes what is told.
        now_ms: The time.
        zone: In which days are counted.
        partition: Its number.
    """
    day = zone.day_at(now_ms - TOLD_HOUR * HOUR_MS)
    if day <= models.tallies.told.day:
        return
    lanes: dict[int, dict[str, dict[str, str]]] = {lane: {} for lane in range(LANES)}
    for segment, vectors in models.tell(day).items():
        lanes[lane_of(segment)][segment] = vectors
    on = date.fromordinal(day)
    at_ms = max(0, zone.instant(on, TOLD_HOUR, 0))
    for lane, segments in lanes.items():
        yield ModelsTold(lane=lane, partition=partition, day=on, at_ms=at_ms, segments=segments)
