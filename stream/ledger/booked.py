"""What the contract and the core's books say of a loan, for reports; nothing is decided by it."""

from typing import NamedTuple

from stream.ledger.account.profiles import profile_of
from stream.ledger.loan import Loan
from stream.ledger.records.days import Day


class Booked(NamedTuple):
    """One loan.

    Attributes:
        partner: Through whom it was lent, empty if nobody is named.
        profile: The code of its classification profile.
        outstanding: The principal not yet paid back, minor units; `None` if the core has not said.
        booked_class: The class that the books have it in, empty if the core has not said.
    """

    partner: str
    profile: str
    outstanding: int | None
    booked_class: str

    def is_below(self, floor: str, day: Day) -> bool | None:
        """Whether the books have it in a better class than `floor`; `None` if that is not known."""
        order = profile_of(self.profile).order_of_classes(day)
        if self.booked_class not in order or floor not in order:
            return None
        return order.index(self.booked_class) < order.index(floor)


def booked(loan: Loan) -> Booked | None:
    """Return what is said of a loan, `None` before its contract came."""
    terms, position = loan.state.terms, loan.state.tie_out.position
    if terms is None:
        return None
    if position is None:
        return Booked(terms.partner, terms.profile, None, "")
    return Booked(terms.partner, terms.profile, position.outstanding, position.booked_class)
