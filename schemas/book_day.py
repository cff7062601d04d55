"""What one partition of the journal says of its loans when a day has ended.

Part of a decision of the kind `day_closed`, the only one that is of a partition and not of a
subject. Compliance adds the partitions up once all of them have closed the day; everything that a
partition decided on that day stands before it on `decisions`.
"""

from datetime import date
from typing import Annotated, Final

import msgspec

from schemas.money import CurrencyCode

OF_PARTITION: Final = "#day-"
"""Begins the subject of such a decision; the partition's number follows."""

Count = Annotated[int, msgspec.Meta(ge=0)]


class BookCell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The open loans that have all of this in common.

    `dpd` is a bucket: `0`, `1-30`, `31-60`, `61-90`, `91-`. `exposure_minor` is the principal not
    yet paid back, as the core said last; of `unknown` loans it has said nothing.
    """

    legal_entity: str
    tier: str
    dpd: str
    class_floor: str
    currency: CurrencyCode
    segment: str = ""
    region: str = ""
    partner: str = ""
    loans: Count = 0
    exposure_minor: Count = 0
    unknown: Count = 0


class FloorDiff(msgspec.Struct, frozen=True, kw_only=True):
    """A loan that the lender's books have in a better class than its days past due allow."""

    borrower_id: str
    loan_id: str
    legal_entity: str
    booked_class: str
    class_floor: str
    dpd: Count


class DayClosed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The loans of one partition at the end of `day`.

    `compared` have a booked class to compare, by legal entity. On the last day of a month `rolls`
    says by legal entity how many loans went from which bucket to which within it: `0>1-30`; a loan
    of this month comes from `NEW`, one that ended goes to its state. `feeds` says up to when all
    of a feed was there as the day was closed, empty if nobody knew.
    """

    day: date
    partition: Count
    cells: tuple[BookCell, ...] = ()
    compared: dict[str, Count] = {}
    differing: tuple[FloorDiff, ...] = ()
    rolls: dict[str, dict[str, Count]] = {}
    feeds: dict[str, str] = {}
