"""Which detectors are heard, and how their p-values are read: their standing, by control records.

A detector learns whatever its standing; in shadow nothing that decides is told of it. A record
names the version that it is about. So a new version of a detector starts in shadow, whatever the
old one was, and so does a detector that no record speaks of, but for those in `AT_FIRST`. What the
machine has demoted is not heard until the next record about it.

With a calibration, a p-value is what the segment's calibrator makes of it: a fixed one, which was
signed with the record, so that what is decided depends on the borrower's own records and on
broadcast ones alone. Where the segment has none, `default`'s counts; where that is missing, the
p-value is as the detector says.
"""

from base64 import b64decode
from collections.abc import Mapping, Set
from math import log
from typing import Any, Final

from msgspec.structs import replace

from detectors import AMOUNT, CADENCE, SHORTFALL, RecordError, Score, combination
from detectors.calibration import AGED_FROM, Calibrator, Key
from detectors.ews import NAME as EWS
from detectors.ews import VERSION as EWS_VERSION
from detectors.protocol import Detector
from detectors.suite import find
from schemas.control import CalibrationRow, DetectorBody, Standing
from stream.decide.borrower import DEFAULT_SEGMENT
from stream.decide.ews.champion import check_champion

AT_FIRST: Final = frozenset({AMOUNT.name, CADENCE.name, SHORTFALL.name})
"""In force before any record speaks of them: D1, D2 and D5 (issue 7)."""

OF_SEGMENTS: Final[Mapping[str, int]] = {combination.NAME: combination.VERSION}
"""Models of a segment with their versions: M. They have no rows to calibrate; what they rest on is
folded by crossing."""

EVERYWHERE: Final = DEFAULT_SEGMENT
"""The segment whose calibration counts for those without one."""

Detectors = Mapping[str, Detector[Any]]


class StandingError(ValueError):
    """A standing that cannot be; the message says why."""


class Heard:
    """The standings of all detectors.

    Args:
        detectors: Those that there are.
        bodies: By detector, the record in force. One that does not fit this engine counts as
            shadow: it was checked by the engine that took it.
        demoted: Those that the machine has demoted since (`stream.decide.fitness`).
    """

    def __init__(
        self,
        detectors: Detectors,
        bodies: Mapping[str, DetectorBody],
        demoted: Set[str] = frozenset(),
    ) -> None:
        self._names: set[str] = set()
        self._calibrators: dict[Key, Calibrator] = {}
        for name, version in versions(detectors).items():
            body = bodies.get(name)
            if name in demoted:
                continue
            if body is None:
                self._names |= {name} & AT_FIRST
            elif body.standing is Standing.IN_FORCE and body.version == version:
                self._hear(body)

    @property
    def names(self) -> Set[str]:
        """The detectors in force."""
        return self._names

    def told(
        self, scores: Mapping[str, Score], asked: Set[str], segment: str
    ) -> Mapping[str, Score]:
        """Return what rules and warnings may tell of, with p-values as they are to be believed.

        Args:
            scores: What the detectors say.
            asked: Of which detectors anybody wants to know.
            segment: The borrower's.
        """
        return {
            name: self._believed(name, score, segment)
            for name, score in scores.items()
            if name in asked and name in self._names
        }

    def _hear(self, body: DetectorBody) -> None:
        try:
            read = calibrators_of(body)
        except StandingError:
            return
        self._names.add(body.detector)
        self._calibrators |= read

    def _believed(self, name: str, score: Score, segment: str) -> Score:
        if not self._calibrators:
            return score
        aged = score.n >= AGED_FROM
        of = self._calibrators.get(Key(name, segment, aged)) or self._calibrators.get(
            Key(name, EVERYWHERE, aged)
        )
        if of is None:
            return score
        return replace(score, p_value=of.p_value(-log(score.p_value)))


def versions(detectors: Detectors) -> dict[str, int]:
    """Return the versions of all that a record can be about."""
    return {**{name: detector.version for name, detector in detectors.items()}, **OF_SEGMENTS}


def version_of(detectors: Detectors, name: str) -> int:
    """Return the version of a detector, of a model of segments, or of D8.

    Raises:
        ValueError: If there is no such; names the closest.
    """
    if name == EWS:
        return EWS_VERSION
    return OF_SEGMENTS[name] if name in OF_SEGMENTS else find(detectors, name).version


def calibrators_of(body: DetectorBody) -> dict[Key, Calibrator]:
    """Return the calibrators that a record carries.

    Raises:
        StandingError: If a row cannot be trusted; names its segment.
    """
    return {
        Key(body.detector, each.segment, each.aged): _read(each, place)
        for place, each in enumerate(body.calibration)
    }


def _read(of: CalibrationRow, place: int) -> Calibrator:
    try:
        return Calibrator(b64decode(of.row, validate=True))
    except (RecordError, ValueError) as error:
        raise StandingError(f"calibration[{place}] of `{of.segment}`: {error}") from None


def check(detectors: Detectors, body: DetectorBody) -> None:
    """Pass if a standing can be taken.

    Raises:
        ValueError: If there is no such detector; names the closest.
        ChampionError: If it is about D8 and cannot be taken.
        StandingError: If it is of another version, if a calibration cannot be trusted, or if a
            detector that starts in shadow is to be heard without one for all segments.
    """
    if body.detector == EWS:
        check_champion(body)
        return
    if body.row is not None:
        raise StandingError(f"expected no `row`: `{body.detector}` keeps one for each borrower")
    version = version_of(detectors, body.detector)
    if body.version != version:
        raise StandingError(
            f"expected version {version} of detector `{body.detector}`, got {body.version}"
        )
    is_of_segment = body.detector in OF_SEGMENTS
    if is_of_segment and body.calibration:
        raise StandingError(f"expected no calibration of `{body.detector}`: it is folded")
    found = calibrators_of(body)
    if is_of_segment or body.standing is Standing.SHADOW or body.detector in AT_FIRST:
        return
    for aged in (False, True):
        if Key(body.detector, EVERYWHERE, aged) not in found:
            raise StandingError(
                f"expected a calibration of segment `{EVERYWHERE}` with `aged` {aged}: "
                f"`{body.detector}` is not heard without"
            )
