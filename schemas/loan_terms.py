"""The words in which a loan's terms and its end are said (ledger.md).

Used by reference records (contract, schedule, position) and by repayments. What the ledger makes
of them stands in stream/ledger.
"""

from enum import StrEnum

import msgspec

from schemas.header import OpenEnum
from schemas.money import Money


class Component(StrEnum):
    """What an amount due is made of."""

    FEE = "FEE"
    PENALTY = "PENALTY"
    INTEREST = "INTEREST"
    PRINCIPAL = "PRINCIPAL"


class WaterfallOrder(StrEnum):
    """Whether a payment fills one instalment after the other, or one component after the other."""

    INSTALMENT = "INSTALMENT"
    COMPONENT = "COMPONENT"


class Waterfall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a payment is spread over what is due, where the core system does not say.

    Components that are not named come after those that are, in the default order.
    """

    by: WaterfallOrder = WaterfallOrder.INSTALMENT
    components: tuple[Component, ...] = tuple(Component)


class Components(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an instalment is made of; what is missing is nothing."""

    principal: Money | None = None
    interest: Money | None = None
    fee: Money | None = None
    penalty: Money | None = None


class ArrearsTreatment(StrEnum):
    """What a new schedule version makes of what is overdue when it takes effect.

    `CARRIED`: it stays due since its original date. `CAPITALISED`: it is part of the new amounts.
    """

    CARRIED = "CARRIED"
    CAPITALISED = "CAPITALISED"


class LoanStatus(OpenEnum):
    """Where a loan stands, as the core system says."""

    ACTIVE = "ACTIVE"
    PAID_OFF = "PAID_OFF"
    WRITTEN_OFF = "WRITTEN_OFF"
    SOLD = "SOLD"
    SETTLED = "SETTLED"
    OTHER = "OTHER"
