"""Doubt: records that are well formed and yet cannot be true.

A lender's feed goes wrong in ways that no schema sees: yuan sent for fen, a zone lost on the way,
day and month exchanged, a file sent again under new ids. Each check here compares a record with
itself or with what the loan is, and is so narrow that an honest record hardly ever meets it. A
record in doubt is kept and not counted; the loan is quarantined until a correction, the core's
position or an operator settles it (ledger.md 8 and 9).

What no check can tell (a wrong amount of a likely size) is left to the control totals of the day
and to tie-out; docs/ledger.md says which catches what.
"""

from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from schemas.instants import DAY_MS, HOUR_MS
from schemas.money import Money, exponent
from schemas.reference import Instalment, RepaymentSchedule
from schemas.repayment import Repayment, RepaymentStatus
from stream.ledger.records.days import Day, local_day, swapped
from stream.ledger.records.facts import Doubt
from stream.ledger.records.terms import PARTS, Terms
from stream.ledger.records.versions import Version

AHEAD_MS: Final = HOUR_MS
"""How far clocks of honest systems differ; a lost zone is off by several hours."""

EXCESS_FACTOR: Final = 10
"""A payment of ten times all that is left, or a schedule of ten times the principal."""

SHIFT_DAYS: Final = 15
"""How far a business-day convention moves a date: the longest holidays with their weekends."""

MATURITY_DAYS: Final = 31
"""How far the last instalment may lie from the contract's maturity."""

GAP_FACTOR: Final = 10
"""How much longer the longest gap between instalments may be than the usual one."""

CENT_SCALE: Final = 100


def scales(currency: str) -> tuple[int, ...]:
    """Return the factors by which an amount is off when its unit was mistaken.

    Examples:
        >>> scales("CNY"), scales("KWD"), scales("JPY")
        ((100,), (100, 1000), (100,))
    """
    own = 10 ** exponent(currency)
    return (CENT_SCALE,) if own in (1, CENT_SCALE) else (CENT_SCALE, own)


def is_off_by_scale(amount: int, expected: int, currency: str) -> bool:
    """Whether an amount is a unit's factor larger or smaller than what was expected.

    Yuan for fen loses its decimals on the way: cut off or rounded.

    Examples:
        >>> [is_off_by_scale(amount, 51_230, "CNY") for amount in (512, 513, 514, 5_123_000)]
        [True, True, False, True]
    """
    return expected > 0 < amount and any(
        amount == expected * scale or abs(amount * scale - expected) < scale
        for scale in scales(currency)
    )


def of_event(
    data: Repayment, paid: Money | None, at_ms: int, arrived_ms: int, zone: ZoneInfo
) -> Doubt:
    """Return what is wrong with a movement of money by itself.

    Args:
        data: The event.
        paid: The amount that it moves.
        at_ms: When it happened, as it says.
        arrived_ms: When it was known.
        zone: The loan's zone.
    """
    if paid is None:
        return Doubt.AMOUNT
    if data.allocation is not None:
        parts = [getattr(data.allocation, each.lower()) for each in PARTS]
        if {part.currency for part in parts} != {paid.currency}:
            return Doubt.ALLOCATION
        if sum(part.amount_minor for part in parts) != paid.amount_minor:
            return Doubt.ALLOCATION
    if day_meant(data, at_ms, arrived_ms, zone) is not None:
        return Doubt.TIME
    asked = data.amount_requested if data.status is RepaymentStatus.SUCCEEDED else None
    if asked and is_off_by_scale(paid.amount_minor, asked.amount_minor, paid.currency):
        return Doubt.SCALE
    return Doubt.NONE


def day_meant(data: Repayment, at_ms: int, arrived_ms: int, zone: ZoneInfo) -> Day | None:
    """Return the day on which an event may have happened whose time cannot be right.

    That is: known before it happened, booked before it was paid, or day and month exchanged.
    `None` if nothing is wrong with its time.
    """
    if at_ms > arrived_ms + AHEAD_MS:
        return local_day(arrived_ms, zone)
    is_recent = at_ms > arrived_ms - 2 * DAY_MS
    if is_recent and data.booking_date is None:
        return None
    booked = data.booking_date.toordinal() if data.booking_date else None
    day = local_day(at_ms, zone)
    if booked is not None and booked < day:
        return booked
    if is_recent:
        return None
    meant, arrived = swapped(day), local_day(arrived_ms, zone)
    is_meant = meant is not None and (meant == booked or arrived - 1 <= meant <= arrived)
    return meant if is_meant else None


def flaw_of_schedule(data: RepaymentSchedule) -> str:
    """Return what cannot be true about a schedule by itself, empty if nothing."""
    rows = data.instalments
    if not rows:
        return "no instalments"
    if len({row.amount.currency for row in rows}) != 1:
        return "more than one currency"
    for row in rows:
        if flaw := _flaw_of_row(row):
            return f"instalment {row.instalment_no}: {flaw}"
    return _flaw_of_dates([row.due_date.toordinal() for row in rows])


def _flaw_of_row(row: Instalment) -> str:
    if row.components is not None:
        parts = [getattr(row.components, each.lower()) for each in PARTS]
        given = [part for part in parts if part is not None]
        if any(part.currency != row.amount.currency for part in given):
            return "components in another currency"
        if sum(part.amount_minor for part in given) != row.amount.amount_minor:
            return "components do not add up"
    unadjusted = row.due_date_unadjusted
    if unadjusted is not None and abs((row.due_date - unadjusted).days) > SHIFT_DAYS:
        return "due date far from the unadjusted one"
    return ""


def _flaw_of_dates(days: list[Day]) -> str:
    gaps = [later - earlier for earlier, later in pairwise(days)]
    if any(gap < 0 for gap in gaps):
        return "due dates do not ascend"
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 0
    if len(gaps) > 1 and max(gaps) > GAP_FACTOR * max(usual, 1):
        return "a gap between due dates much longer than the others"
    return ""


def flaw_of_first(version: Version, terms: Terms) -> str:
    """Return what cannot be true about a loan's first schedule, given its contract."""
    if version.flaw:
        return version.flaw
    if version.currency != terms.currency:
        return f"amounts in {version.currency}, the contract's in {terms.currency}"
    first, last = version.rows[0].due, version.rows[-1].due
    if first < terms.disbursed:
        return "due before disbursement"
    if terms.maturity is not None and abs(last - terms.maturity) > MATURITY_DAYS:
        return "ends far from the contract's maturity"
    return _flaw_of_total(version, terms.principal)


def flaw_of_later(version: Version, terms: Terms, left: int) -> str:
    """Return what cannot be true about a later schedule.

    Args:
        version: The new version.
        terms: The contract's.
        left: What was still to be paid when it took effect, minor units.
    """
    if version.flaw:
        return version.flaw
    if version.currency != terms.currency:
        return f"amounts in {version.currency}, the contract's in {terms.currency}"
    return _flaw_of_total(version, max(left, terms.principal))


def _flaw_of_total(version: Version, expected: int) -> str:
    total = sum(row.amount for row in version.rows)
    if total >= EXCESS_FACTOR * expected > 0:
        return f"amounts of {total}, far more than the {expected} owed"
    return ""
