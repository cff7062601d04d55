"""Somebody who is signed in, and what that allows."""

from typing import NamedTuple

from schemas.operators import RIGHTS, May, OperatorClass


class Operator(NamedTuple):
    """Who asks.

    Attributes:
        name: As it stands in orders and in the audit.
        classes: What they are at the lender.
        language: In which they read.
    """

    name: str
    classes: tuple[OperatorClass, ...]
    language: str = "en"

    def may(self, what: May) -> bool:
        """Whether they may do or see it."""
        return any(what in RIGHTS[each] for each in self.classes)

    @property
    def rights(self) -> tuple[May, ...]:
        """All that they may, in the order of `May`."""
        return tuple(each for each in May if self.may(each))

    def acting_as(self, what: May) -> OperatorClass:
        """Return the class by which they may do it.

        Raises:
            LookupError: If none of theirs may.
        """
        for each in self.classes:
            if what in RIGHTS[each]:
                return each
        raise LookupError(f"expected somebody who may {what.value}")
