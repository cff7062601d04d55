"""What D8 keeps of a borrower that it has judged, and what it learns of when that has matured.

A judgement is frozen: the features as they were, what was said of them, and by which model. An
example is what a judgement has become: the same without whose it was, and whether it turned out
bad. Features are singles from the start: what is scored, what is learned and what is stored are the
same numbers.

    judgement   tag 107, 282 bytes: in the borrower's memory until it has matured
    example     tag 108, 252 bytes: told to all partitions, in base64

Chances are whole millionths, so that counts of them add up exactly.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final, NamedTuple

from detectors.codec import Field, Layout, RecordError
from detectors.features import NAMES

ONE: Final = 1_000_000
"""A chance of one, in millionths."""

REASONS: Final = 5
"""So many contributions are kept: those that add most."""

NO_REASON: Final = len(NAMES)
FEATURE_MOST: Final = 1e12
"""What is beyond is not sound; D8 learns nothing of it."""

_CHANCES: Final = (
    Field("model", "u4"),
    Field("champion", "u4", most=ONE),
    Field("challenger", "u4", most=ONE),
)
_FEATURES: Final = tuple(Field(name, "f4", -FEATURE_MOST, FEATURE_MOST) for name in NAMES)
_JUDGEMENT: Final = Layout(
    tag=107,
    version=1,
    slots=("all",),
    fields=(
        Field("day", "u4"),
        *_CHANCES,
        *(Field(f"reason{place}", "u2", most=NO_REASON) for place in range(REASONS)),
        *(Field(f"adds{place}", "f4", -FEATURE_MOST, FEATURE_MOST) for place in range(REASONS)),
        *_FEATURES,
    ),
)
_EXAMPLE: Final = Layout(
    tag=108,
    version=1,
    slots=("all",),
    fields=(
        Field("is_bad", "u2", most=1),
        Field("is_simulated", "u2", most=1),
        *_CHANCES,
        *_FEATURES,
    ),
)


class Chances(NamedTuple):
    """What was said of a borrower.

    Attributes:
        model: Which model was in force: `mark_of` its row, 0 for the formula.
        champion: Its chance, in millionths.
        challenger: That of the model that learns on.
    """

    model: int
    champion: int
    challenger: int


class Judgement(NamedTuple):
    """A borrower as it was when it was judged.

    Attributes:
        day: When, as an ordinal.
        chances: What was said.
        reasons: What adds most to the challenger's log-odds: feature and how much, the greatest
            first.
        x: The features, in the order of `NAMES`.
    """

    day: int
    chances: Chances
    reasons: tuple[tuple[str, float], ...]
    x: tuple[float, ...]


class Example(NamedTuple):
    """A judgement that has matured: what was said, what came of it, and the features.

    `is_simulated`: it is of a simulated borrower.
    """

    is_bad: bool
    chances: Chances
    x: tuple[float, ...]
    is_simulated: bool = False


def millionths(chance: float) -> int:
    """Return a chance in whole millionths.

    Examples:
        >>> millionths(0.25), millionths(1.0)
        (250000, 1000000)
    """
    return round(chance * ONE)


def packed(of: Judgement) -> bytes:
    """Return the row of a judgement.

    Raises:
        RecordError: If a feature is no number, or beyond `FEATURE_MOST`: nothing sound can be said.
    """
    reasons = [*of.reasons[:REASONS], *[("", 0.0)] * (REASONS - len(of.reasons))]
    names = (NAMES.index(name) if name else NO_REASON for name, _ in reasons)
    values = (of.day, *of.chances, *names, *(adds for _, adds in reasons), *of.x)
    return _JUDGEMENT.pack({"all": values})


def read(row: bytes) -> Judgement:
    """Read the row of a judgement.

    Raises:
        RecordError: If it cannot be trusted.
    """
    day, *flat = _JUDGEMENT.read(row, "all")
    names, adds = flat[3 : 3 + REASONS], flat[3 + REASONS : 3 + 2 * REASONS]
    reasons = tuple(
        (NAMES[int(name)], of) for name, of in zip(names, adds, strict=True) if name != NO_REASON
    )
    return Judgement(int(day), _chances(flat), reasons, tuple(flat[3 + 2 * REASONS :]))


def singles(x: Sequence[float]) -> tuple[float, ...]:
    """Return features as they are stored, rounded to singles.

    Raises:
        RecordError: If one is no number, or beyond `FEATURE_MOST`.
    """
    return read(packed(Judgement(0, Chances(0, 0, 0), (), tuple(x)))).x


def told(example: Example) -> str:
    """Return an example as it is told, base64."""
    values = (example.is_bad, example.is_simulated, *example.chances, *example.x)
    return b64encode(_EXAMPLE.pack({"all": values})).decode()


def heard(text: str) -> Example:
    """Read an example that was told.

    Raises:
        RecordError: If it cannot be trusted.
    """
    try:
        row = b64decode(text, validate=True)
    except ValueError:
        raise RecordError("header", "expected base64") from None
    is_bad, is_simulated, *flat = _EXAMPLE.read(row, "all")
    return Example(bool(is_bad), _chances(flat), tuple(flat[3:]), bool(is_simulated))


def _chances(flat: Sequence[float]) -> Chances:
    model, champion, challenger, *_ = flat
    return Chances(int(model), int(champion), int(challenger))
