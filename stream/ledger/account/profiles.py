"""Floors by days past due, as data (`profiles.json`): of the tier, and of the class.

A floor says at least how bad it is. The tier's are `domain.md` 4.2, the classes' 4.6; the
adopter's finance and legal people confirm them ([K]). A class floor is not a class: who assigns
classes has facts that the ledger has not.
"""

from datetime import date
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final

import msgspec

from stream.ledger.records.days import Day

DEFAULT: Final = "DEFAULT"


class ClassRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Class floors: from so many days past due on, at least this class."""

    since: date
    legal_basis: str
    floors: tuple[tuple[int, str], ...]


class DefaultRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When an obligation counts as in default: late for long, and with a material amount.

    `absolute_minor` is by currency, `relative_permille` of what is outstanding; both must be
    exceeded. The days are those of the oldest amount overdue, not those since the amounts
    became material, which is the stricter reading of the two [K].
    """

    after_days: int
    absolute_minor: dict[str, int]
    relative_permille: int


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One profile.

    Attributes:
        tiers: From so many days past due on, at least this tier.
        residue_minor: By currency: rests up to this do not count for tiers.
        classes: By the date since which they are in force.
        default: The flag that supervisors ask for beside the class.
    """

    tiers: tuple[tuple[int, int], ...]
    residue_minor: dict[str, int]
    classes: tuple[ClassRules, ...]
    default: DefaultRule

    def __post_init__(self) -> None:
        """Refuse data whose days do not ascend: floors would be skipped in silence."""
        for steps in (self.tiers, *(rules.floors for rules in self.classes)):
            if any(later[0] <= earlier[0] for earlier, later in pairwise(steps)):
                raise ValueError(f"expected days in ascending order, got `{steps}`")

    def tier_floor(self, dpd: int) -> int:
        """Return the tier that a loan of so many days past due has at least, 0 to 3."""
        floor = 0
        for days, tier in self.tiers:
            if dpd >= days:
                floor = tier
        return floor

    def class_floor(self, dpd: int, day: Day) -> str:
        """Return the class that it has at least, by the rules in force on `day`.

        Before the first rules known the first ones count.
        """
        floors = self._floors(day)
        found = floors[0][1]
        for days, name in floors:
            if dpd >= days:
                found = name
        return found

    def order_of_classes(self, day: Day) -> list[str]:
        """Return the classes by the rules in force on `day`, the best first."""
        return [name for _, name in self._floors(day)]

    def _floors(self, day: Day) -> tuple[tuple[int, str], ...]:
        rules = self.classes[0]
        for each in self.classes[1:]:
            if each.since.toordinal() <= day:
                rules = each
        return rules.floors

    def is_default(self, dpd: int, overdue: int, outstanding: int, currency: str) -> bool:
        """Whether the obligation counts as in default; amounts in minor units."""
        rule = self.default
        if dpd <= rule.after_days or overdue <= rule.absolute_minor.get(currency, 0):
            return False
        return overdue * 1000 > rule.relative_permille * outstanding


@cache
def profiles() -> dict[str, Profile]:
    """Return all profiles by code.

    Examples:
        >>> profiles()["CN"].tier_floor(4), profiles()["CN"].class_floor(91, 739_000)
        (2, 'SUBSTANDARD')
    """
    text = resources.files(__package__).joinpath("profiles.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Profile])


def profile_of(code: str) -> Profile:
    """Return the profile of a contract; of an empty or unknown code the default one."""
    known = profiles()
    return known.get(code) or known[DEFAULT]
