"""What is known of a borrower before the first event: the statistics of the segment.

A `NormalPrior` says how the borrowers' usual levels differ (`between_variance`) and how one
borrower's events scatter around its own (`within_variance`). Their ratio, kappa, is the number
of events that the segment's mean is worth; where borrowers are much alike the segment speaks
for long, where they differ the first events replace it (empirical Bayes; Gelman et al.,
Bayesian Data Analysis, 3rd ed., 2.5 and 3.3).

`Priors` holds one prior for each segment and a default for the rest. It comes from the
`segments` of a signed control record of kind `parameters`: the segment's name to the detector's
values, with `default` among them or not. A prior is used at a borrower's first event and never
again: new parameters do not touch what was learned.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from detectors.protocol import Detector

P = TypeVar("P")

MEAN_MOST = 40.0
"""log1p of the largest amount is 36.7, so a mean beyond 40 is a mistake of units."""

VARIANCE_LEAST, VARIANCE_MOST = 1e-4, 100.0
"""Standard deviations of 1 % and of a factor exp(10): beyond, the values are in other units."""

DEFAULT = "default"
"""The name, among the segments, of the prior for all segments that are not named."""


class PriorError(ValueError):
    """Parameters that make no prior; the message names the field."""


class NormalPrior(NamedTuple):
    """A segment's level and scatter of one quantity.

    Attributes:
        mean: The mean of the borrowers' levels.
        between_variance: The variance of the borrowers' levels, above 0.
        within_variance: The usual variance of a borrower's events around its level, above 0.
    """

    mean: float
    between_variance: float
    within_variance: float

    @property
    def kappa(self) -> float:
        """How many events of a borrower's own the segment's mean is worth."""
        return self.within_variance / self.between_variance


_RANGES = {
    "mean": (0.0, MEAN_MOST),
    "between_variance": (VARIANCE_LEAST, VARIANCE_MOST),
    "within_variance": (VARIANCE_LEAST, VARIANCE_MOST),
}


@dataclass(frozen=True, slots=True)
class Priors(Generic[P]):
    """The priors of one detector, by segment.

    Examples:
        >>> priors = Priors("everybody", {"bakers": "bakers"})
        >>> priors.of("bakers"), priors.of("smiths")
        ('bakers', 'everybody')
    """

    default: P
    segments: Mapping[str, P] = field(default_factory=dict)

    def of(self, segment: str) -> P:
        """Return the prior of a segment, the default's if it has none of its own."""
        return self.segments.get(segment, self.default)


def read_priors(detector: "Detector[P]", segments: Mapping[str, Any]) -> Priors[P]:
    """Read a detector's priors from the `segments` of a `parameters` record.

    What a segment omits is taken from `default`, and what that omits from the shipped prior.

    Raises:
        PriorError: If something is unknown, of the wrong type or out of range.

    Examples:
        >>> from detectors.amount import AMOUNT
        >>> level = {"mean": 9.2, "between_variance": 0.5, "within_variance": 0.1}
        >>> priors = read_priors(AMOUNT, {"bakers": {"repayment": level}})
        >>> priors.of("bakers")["repayment"].mean
        9.2
        >>> priors.of("smiths") == AMOUNT.default_prior
        True
        >>> read_priors(AMOUNT, {"bakers": {"repaiment": level}})
        Traceback (most recent call last):
        detectors.prior.PriorError: unknown field `repaiment` in `segments.bakers`: did you ...
    """
    place = "segments"
    named = table(segments, place)
    default = _read(detector, named.get(DEFAULT, {}), detector.default_prior, f"{place}.{DEFAULT}")
    return Priors(
        default,
        {
            name: _read(detector, values, default, f"{place}.{name}")
            for name, values in named.items()
            if name != DEFAULT
        },
    )


def _read(detector: "Detector[P]", values: object, base: P, place: str) -> P:
    return detector.read_prior(table(values, place), base, place)


def read_normal(values: object, place: str) -> NormalPrior:
    """Read a `NormalPrior`, all three fields of it.

    Raises:
        PriorError: If a field is missing, unknown, not a number or out of range.
    """
    return NormalPrior(*read_numbers(values, _RANGES, place))


def read_numbers(
    values: object, ranges: Mapping[str, tuple[float, float]], place: str
) -> tuple[float, ...]:
    """Read one number for each name of `ranges`, in their order.

    Raises:
        PriorError: If one is missing, unknown, not a number or out of its range.
    """
    given = table(values, place)
    refuse_unknown(given, ranges, place)
    return tuple(_number(given, name, *ranges[name], place) for name in ranges)


def read_by_stream(
    values: Mapping[str, Any], base: Mapping[str, NormalPrior], place: str
) -> dict[str, NormalPrior]:
    """Read `{stream: {mean, between_variance, within_variance}}`; what is omitted is `base`'s.

    Raises:
        PriorError: If a stream is unknown or its prior is wrong.
    """
    refuse_unknown(values, base, place)
    return {
        stream: read_normal(values[stream], f"{place}.{stream}") if stream in values else of
        for stream, of in base.items()
    }


def table(values: object, place: str) -> Mapping[str, Any]:
    """Return `values`, which must be a table with names for keys.

    Raises:
        PriorError: If it is not.
    """
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise PriorError(f"expected a table of named values, got `{values!r}` in `{place}`")
    return values


def refuse_unknown(given: Mapping[str, Any], known: Mapping[str, Any], place: str) -> None:
    """Pass if every name in `given` is `known`.

    Raises:
        PriorError: If one is not; names the closest known one.
    """
    for name in given:
        if name not in known:
            closest = get_close_matches(name, known, n=1)
            hint = (
                f": did you mean `{closest[0]}`?" if closest else f": known are {', '.join(known)}"
            )
            raise PriorError(f"unknown field `{name}` in `{place}`{hint}")


def _number(given: Mapping[str, Any], name: str, least: float, most: float, place: str) -> float:
    if name not in given:
        raise PriorError(f"expected `{name}`, got nothing in `{place}`")
    value = given[name]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not least <= value <= most:
        raise PriorError(
            f"expected a number from {least:g} to {most:g}, got `{value!r}` in `{place}.{name}`"
        )
    return float(value)
