"""What detectors have said of a segment's members, over all partitions: vectors, added up.

Nothing here knows what is counted: that is the step's, which counts and reads what comes of it.
"""

from collections.abc import Iterable, Mapping

from detectors.counts import added, packed, unpacked
from schemas.crossing import ModelsTold
from schemas.journal import SegmentModel
from stream.crossing.rounds import Lanes


class Models:
    """Adds up what the partitions tell, one lane of segments after the other.

    Args:
        partitions: How many partitions the journal has.
    """

    def __init__(self, partitions: int) -> None:
        self._lanes: Lanes[ModelsTold] = Lanes(partitions)

    def take(self, told: ModelsTold) -> list[SegmentModel]:
        """Take one record in; return the snapshots of its lane when its day is complete."""
        parts = self._lanes.take(told.lane, told.day.toordinal(), told.partition, told)
        if parts is None:
            return []
        return [
            SegmentModel(
                segment_id=segment,
                version=told.day.toordinal(),
                day=told.day,
                at_ms=told.at_ms,
                counts=_sum(part.segments.get(segment, {}) for part in parts),
            )
            for segment in sorted({segment for part in parts for segment in part.segments})
        ]


def _sum(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for part in parts:
        for name, vector in part.items():
            found.setdefault(name, []).append(vector)
    return {
        name: of[0] if len(of) == 1 else packed(added(map(unpacked, of)))
        for name, of in sorted(found.items())
    }
