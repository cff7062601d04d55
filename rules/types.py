"""Types of values in rules: what may be compared with what, and what arithmetic gives.

A quantity has dimensions, so that money is never compared with a count. The three plain
numbers differ by name only: a *ratio* (a share, written `15%`), a *score* (in [0, 1]) and a
*number* (a z value, the count of an attempt). Identifiers are nominal: an account is never
equal to a terminal. Every type may be missing (`null`).

Leaf of `rules`, next to `errors`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

Dimensions = tuple[int, int, int]
"""Exponents of money, events and time."""


class Kind(StrEnum):
    """What sort of value it is."""

    QUANTITY = "quantity"
    ENUM = "enum"
    ID = "id"
    DATE = "date"
    INSTANT = "instant"
    TEXT = "text"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value.

    Attributes:
        kind: What sort of value it is.
        name: `money`, `count`, `ratio`, `score`, `number`, `duration`; the name of an id.
        dimensions: Of a quantity.
        null: Whether it may be missing.
        values: The words of an enum.
        bare: A number without a unit, which takes the unit of what it is compared with.
    """

    kind: Kind
    name: str = ""
    dimensions: Dimensions = (0, 0, 0)
    null: bool = False
    values: tuple[str, ...] = ()
    bare: bool = False

    def or_missing(self, missing: bool = True) -> "Type":  # noqa: FBT001, FBT002 - reads as said
        """Return the same type, missing at times (`missing`) or not."""
        return replace(self, null=self.null or missing)

    def known(self) -> "Type":
        """Return the same type, never missing."""
        return replace(self, null=False)

    @property
    def described(self) -> str:
        """The type as messages say it."""
        if self.bare:
            return "a bare number"
        if self.kind is Kind.ENUM:
            return "a word (" + ", ".join(self.values[:3]) + ", …)"
        if self.kind is Kind.QUANTITY and not self.name:
            return "a mixed quantity (" + _spell(self.dimensions) + ")"
        return _ARTICLES.get(self.name or self.kind, self.name or str(self.kind))


_ARTICLES = {
    "money": "money", "count": "a count", "ratio": "a ratio", "score": "a score",
    "number": "a number", "level": "a level", "duration": "a duration", "date": "a date",
    "instant": "an instant", "text": "text", "bool": "yes or no",
    "money/day": "money per day", "count/day": "a count per day",
}  # fmt: skip

MONEY = Type(Kind.QUANTITY, "money", (1, 0, 0))
COUNT = Type(Kind.QUANTITY, "count", (0, 1, 0))
DURATION = Type(Kind.QUANTITY, "duration", (0, 0, 1))
RATIO = Type(Kind.QUANTITY, "ratio")
SCORE = Type(Kind.QUANTITY, "score")
NUMBER = Type(Kind.QUANTITY, "number")
LEVEL = Type(Kind.QUANTITY, "level")
"""The logarithm of one plus an amount in major units: the axis of the amount detector."""
MONEY_PER_DAY = Type(Kind.QUANTITY, "money/day", (1, 0, -1))
COUNT_PER_DAY = Type(Kind.QUANTITY, "count/day", (0, 1, -1))
BARE = Type(Kind.QUANTITY, bare=True)
BOOL = Type(Kind.BOOL)
DATE = Type(Kind.DATE)
INSTANT = Type(Kind.INSTANT)
TEXT = Type(Kind.TEXT)

PARAMETER_TYPES = {
    "money": MONEY, "count": COUNT, "ratio": RATIO, "score": SCORE, "number": NUMBER,
    "duration": DURATION,
}  # fmt: skip
"""What a `param` may be."""

_BY_DIMENSIONS = {
    (1, 0, 0): MONEY, (0, 1, 0): COUNT, (0, 0, 1): DURATION, (0, 0, 0): RATIO,
    (1, 0, -1): MONEY_PER_DAY, (0, 1, -1): COUNT_PER_DAY,
}  # fmt: skip


def comparable(left: Type, right: Type) -> bool:
    """Whether the two may stand on the sides of `=`; for `<` they must be ordered, too."""
    if left.kind is not right.kind:
        return False
    if left.kind is Kind.QUANTITY:
        plain = (0, 0, 0)
        if left.bare or right.bare:
            other = right if left.bare else left
            return other.bare or other.name == "count" or other.dimensions == plain
        return left.dimensions == right.dimensions
    return left.kind is not Kind.ID or left.name == right.name


def ordered(kind: Kind) -> bool:
    """Whether values of this kind have a less and a more."""
    return kind in (Kind.QUANTITY, Kind.DATE, Kind.INSTANT)


def added(left: Type, right: Type) -> Type | None:
    """Return the type of a sum or a difference; `None` if there is none."""
    if left.kind is not Kind.QUANTITY or right.kind is not Kind.QUANTITY:
        return None
    if not comparable(left, right):
        return None
    other = right if left.bare else left
    return other.or_missing(left.null or right.null)


def multiplied(left: Type, right: Type) -> Type | None:
    """Return the type of a product; `None` if there is none."""
    return _combined(left, right, sign=1)


def divided(left: Type, right: Type) -> Type | None:
    """Return the type of a quotient, which is missing where the divisor is zero."""
    quotient = _combined(left, right, sign=-1)
    return quotient.or_missing() if quotient else None


def per_day(type_: Type) -> Type | None:
    """Return the type of so much per day; `None` of what is neither money nor a count."""
    of = COUNT if type_.bare else type_
    found = {"money": MONEY_PER_DAY, "count": COUNT_PER_DAY}.get(of.name)
    return found.or_missing(of.null) if found else None


def _combined(left: Type, right: Type, *, sign: int) -> Type | None:
    if left.kind is not Kind.QUANTITY or right.kind is not Kind.QUANTITY:
        return None
    null = left.null or right.null
    if left.bare and right.bare:
        return BARE.or_missing(null)
    a, b = left.dimensions, right.dimensions
    dimensions = (a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2])
    known = _BY_DIMENSIONS.get(dimensions)
    return (known or Type(Kind.QUANTITY, "", dimensions)).or_missing(null)


def _spell(dimensions: Dimensions) -> str:
    names = zip(("money", "count", "time"), dimensions, strict=True)
    return " · ".join(name if n == 1 else f"{name}^{n}" for name, n in names if n)
