"""What follows from crossing's answers: what a p-value is worth, what is new, what peers do.

    #model/<segment>    the latest answer, and the controls of M's lanes

A segment of which little is known goes by `default`, which is the sum of all. A higher version
replaces a lower one, and nothing else changes; all else is derived, and made when it is asked for.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from detectors.calibration import Calibrator
from detectors.combination import Lane
from detectors.control import Control, Strain
from detectors.counts import LAST_BIN, Counts, calibrator_of, quantile, unpacked
from detectors.flow import FALL_MOST
from detectors.novelty import FOREST, Reference
from schemas.journal import SegmentModel
from stream.decide.models.lanes import LEAST_LOOKS, SHARES, controls_after
from stream.decide.models.tallies import CONTROL, EVERYTHING, LANE, LEAVES, LOOKS, PEERS

PREFIX: Final = b"#model/"
LEAST_SCORES: Final = 1_000
"""A voice with fewer in a segment is read as in all of them [D]."""

LEAST_PEERS: Final = 10
"""The middle of fewer says nothing of anybody else [D]."""

THOUSANDTHS: Final = 1_000
PEERS_MOST: Final = 40_000
"""Twenty above nothing: r is at most ln 6."""

LAST: Final = {LEAVES: (FOREST.trees << FOREST.height) - 1, PEERS: PEERS_MOST, CONTROL: 1}
"""By kind of name, the last number that there is; of all others that of bins."""

Strains = dict[str, tuple[Strain, Strain]]
"""By lane, its strain before an answer and after."""


class Derived(NamedTuple):
    """What was worked out for one segment of the latest answers, as far as anybody asked.

    `reference` holds one, or nothing while nobody has asked.
    """

    calibrators: dict[str, Calibrator | None]
    reference: list[Reference | None]
    peers: dict[str, float | None]
    controls: dict[str, Control]


class Known(msgspec.Struct, array_like=True, kw_only=True):
    """One segment: the latest answer, and the rows of its controls by lane."""

    told: SegmentModel
    controls: dict[str, bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Known).decode


class Beliefs:
    """What is believed of all segments."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._changed: set[str] = set()
        self._derived: dict[str, Derived] = {}

    def learn(self, told: SegmentModel) -> Strains | None:
        """Take an answer in; return by lane its strain before and after, `None` if it is no news.

        Raises:
            ValueError: If it cannot be read; nothing has changed then.
        """
        known = self._known.get(told.segment_id)
        if known is not None and told.version <= known.told.version:
            return None
        for name, vector in told.counts.items():
            check(name, unpacked(vector))
        before = known.controls if known else {}
        after = controls_after(before, told)
        rows = {lane: control.row for lane, control in after.items()}
        self._known[told.segment_id] = Known(told=told, controls=rows)
        self._changed.add(told.segment_id)
        self._forget(told.segment_id)
        strains = {lane: Control(SHARES[Lane(lane)], before.get(lane)).strain for lane in after}
        return {lane: (strains[lane], control.strain) for lane, control in after.items()}

    def calibrator(self, segment: str, name: str) -> Calibrator | None:
        """Return what a voice is read by in a segment; `None` while nothing is known of it."""
        known = self._derived_of(segment).calibrators
        if name not in known:
            known[name] = self._calibrator(segment, name)
        return known[name]

    def lane(self, segment: str, lane: Lane) -> Calibrator | None:
        """Return what a lane's number is worth; `None` before so many looks that it is known."""
        known, name = self._derived_of(segment).calibrators, LANE + lane
        if name not in known:
            counts = self._counts(segment, name, LEAST_LOOKS)
            is_known = sum(counts.values()) >= LEAST_LOOKS
            known[name] = calibrator_of(counts) if is_known else None
        return known[name]

    def reference(self, segment: str) -> Reference | None:
        """Return what D7 holds a borrower of a segment against; `None` while too little is seen."""
        known = self._derived_of(segment).reference
        if not known:
            counts = self._counts(segment, LEAVES, FOREST.window * FOREST.trees)
            seen = sum(counts.values()) // FOREST.trees
            shape = FOREST._replace(window=seen)
            known.append(Reference(shape, counts) if seen >= FOREST.window else None)
        return known[0]

    def peers(self, segment: str, stream: str) -> float | None:
        """Return the median of D3's statistic a day ago; `None` while there are too few."""
        known = self._derived_of(segment).peers
        if stream not in known:
            counts = self._counts(segment, PEERS + stream, LEAST_PEERS)
            is_known = sum(counts.values()) >= LEAST_PEERS
            known[stream] = as_statistic(quantile(counts, 1, 2)) if is_known else None
        return known[stream]

    def controls(self, segment: str) -> dict[str, Control]:
        """Return the controls of a segment's lanes; to be read."""
        known = self._derived_of(segment).controls
        if not known:
            of = segment if self._looks(segment) >= LEAST_LOOKS else EVERYTHING
            rows = self._known[of].controls if of in self._known else {}
            known |= {lane.value: Control(SHARES[lane], rows.get(lane)) for lane in Lane}
        return known

    def _derived_of(self, segment: str) -> Derived:
        derived = self._derived.get(segment)
        if derived is None:
            derived = self._derived[segment] = Derived({}, [], {}, {})
        return derived

    def _forget(self, segment: str) -> None:
        """Forget what was derived of other answers: of `default`'s it is everybody's."""
        if segment == EVERYTHING:
            self._derived.clear()
        self._derived.pop(segment, None)

    def _looks(self, segment: str) -> int:
        return self._own(segment, CONTROL + Lane.PERSISTENT).get(LOOKS, 0)

    def _calibrator(self, segment: str, name: str) -> Calibrator | None:
        counts = self._own(segment, name)
        if segment != EVERYTHING and sum(counts.values()) < LEAST_SCORES:
            return self.calibrator(EVERYTHING, name)
        return calibrator_of(counts) if counts else None

    def _counts(self, segment: str, name: str, least: int) -> Counts:
        """Return a segment's counts if they are so many, else those of all."""
        own = self._own(segment, name)
        return own if sum(own.values()) >= least else self._own(EVERYTHING, name)

    def _own(self, segment: str, name: str) -> Counts:
        known = self._known.get(segment)
        return unpacked(known.told.counts.get(name, "")) if known else {}

    def store(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the records that changed since the last call."""
        for segment in sorted(self._changed):
            yield PREFIX + segment.encode(), _encode(self._known[segment])
        self._changed.clear()

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one stored record."""
        segment = key.removeprefix(PREFIX).decode()
        self._known[segment] = _decode(value)
        self._forget(segment)


def check(name: str, counts: Counts) -> None:
    """Pass if nothing else is counted under a name than can be.

    Raises:
        ValueError: If a number is beyond the last that there is.
    """
    last = next((last for kind, last in LAST.items() if name.startswith(kind)), LAST_BIN)
    most = max(counts, default=0)
    if most > last:
        raise ValueError(f"expected numbers up to {last} in `{name}`, got {most}")


def as_number(statistic: float) -> int:
    """Return D3's statistic as the number by which it is counted.

    Examples:
        >>> as_number(-20.0), as_number(0.0), as_statistic(20_000)
        (0, 20000, 0.0)
    """
    return int((statistic + FALL_MOST) * THOUSANDTHS)


def as_statistic(number: int) -> float:
    """Return the statistic that was counted by a number, to a thousandth."""
    return number / THOUSANDTHS - FALL_MOST
