"""What is remembered of how fit the detectors are: counts of this partition, answers about all.

    #fitness/day/<n>, #fitness/told   counts.py
    #fitness/shares/<block>           shares.py
    #fitness/known                    by detector, what crossing's answers have come to

Invariant: what is known follows from crossing's answers and signed records alone, so it is the
same in every partition.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

import msgspec

from detectors.drift import Standing
from detectors.ews import NAME as EWS
from detectors.ews import VERSION as EWS_VERSION
from detectors.protocol import Detector
from schemas.fitness import FitnessCounts, Shares
from schemas.model import Check, Demotion
from stream.decide.fitness.counts import Counts
from stream.decide.fitness.shares import PREFIX as SHARES
from stream.decide.fitness.shares import ShareCounts
from stream.decide.heard import versions

PREFIX: Final = b"#fitness/"
KNOWN: Final = b"#fitness/known"


class Reference(msgspec.Struct, array_like=True, kw_only=True):
    """The 28 days that a model is compared with, and the ordinal of their last."""

    day: int
    counts: FitnessCounts


class Model(msgspec.Struct, array_like=True, kw_only=True):
    """One detector of one version. Days are ordinals, 0 for none.

    Attributes:
        version: Of the detector.
        first: The first day on which it is known to have said something.
        since: It is compared with nothing from before this day, as people wanted.
        candidate: What it will be compared with, if the 28 days after that are alike.
        reference: What it is compared with, `None` until that is known.
        latest: The last 28 days.
        checks: What these have come to; none in shadow.
        round: The last week that counted as a round; of D8 the last cohort of four weeks.
        bad: How many rounds in a row said `act`.
        demotion: Why it is no longer heard.
        told: By check that is not fine, and for a demotion, the id by which health was told of it.
        decisions: How many decisions were made about it.
        shares: What people have said of closed cases that rested on it, by trait.
    """

    version: int
    first: int = 0
    since: int = 0
    candidate: Reference | None = None
    reference: Reference | None = None
    latest: FitnessCounts = FitnessCounts()
    checks: tuple[Check, ...] = ()
    round: int = 0
    bad: int = 0
    demotion: Demotion | None = None
    told: dict[str, str] = msgspec.field(default_factory=dict)
    decisions: int = 0
    shares: Shares = {}

    @property
    def standing(self) -> Standing:
        """As the check of rounds has it."""
        return Standing(self.bad, self.demotion is not None)


class Known(msgspec.Struct, array_like=True, kw_only=True):
    """Of all detectors, by name; `day` is the last that crossing has answered."""

    day: int = 0
    models: dict[str, Model] = msgspec.field(default_factory=dict)

    def of(self, name: str, version: int) -> Model:
        """Return what is known of a detector; another version of it is known anew."""
        model = self.models.get(name)
        if model is None or model.version != version:
            decisions = model.decisions if model is not None else 0
            model = self.models[name] = Model(version=version, decisions=decisions)
        return model


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Known).decode


class Fitness:
    """Of one partition; `versions` are those of all models, D8 and those of segments among them.

    Args:
        detectors: By name.
    """

    def __init__(self, detectors: Mapping[str, Detector[Any]]) -> None:
        self.versions = versions(detectors) | {EWS: EWS_VERSION}
        self.counts = Counts(detectors)
        self.shares = ShareCounts()
        self.known = Known()
        self.has_changed = False

    @property
    def demoted(self) -> Set[str]:
        """The models that the machine no longer hears."""
        return {
            name
            for name, model in self.known.models.items()
            if model.demotion is not None and self.versions.get(name) == model.version
        }

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        yield from self.counts.store()
        yield from self.shares.store()
        if self.has_changed:
            yield KNOWN, _encode(self.known)
        self.has_changed = False

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored record, `None` for one that is gone."""
        if key.startswith(SHARES):
            self.shares.restore(key, value)
        elif key != KNOWN:
            self.counts.restore(key, value)
        elif value is not None:
            self.known = _decode(value)
