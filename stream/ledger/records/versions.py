"""Schedule versions: what is due when, as the core system said, one version after the other.

All versions are kept. Of one number the latest record counts; a record sent again changes
nothing. Two records of one number and one time that differ are a conflict: the one whose bytes
sort last counts, whatever came first, so that every reader has the same.
"""

import msgspec

from schemas.loan_terms import ArrearsTreatment
from schemas.money import Money
from schemas.reference import Instalment, RepaymentSchedule, ScheduleReason
from stream.ledger.records.days import Day
from stream.ledger.records.terms import PARTS

NO_CUT_OFF = -1


class Row(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """One instalment.

    Attributes:
        no: Its number.
        due: The local day it is due on, after the business-day convention.
        amount: Minor units.
        cut_off: Milliseconds of the day up to which it is on time, -1 for the whole day.
        grace: Days after `due` in which nothing is overdue.
        parts: The amount by component, `None` if the core does not say.
    """

    no: int
    due: Day
    amount: int
    cut_off: int = NO_CUT_OFF
    grace: int = 0
    parts: tuple[int, ...] | None = None


class Version(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """One version.

    Attributes:
        number: Higher ones replace lower ones.
        at_ms: The time of its latest record.
        first_ms: The time of its first record: it is in effect from then on.
        from_day: The local day from whose beginning it is in effect, if the core says so.
        reason: Why it came to be.
        capitalised: Whether it has taken over what was overdue.
        advance_applied: How much of the money kept aside it has used, minor units.
        currency: Of all amounts; empty if they differ.
        rows: The instalments by due day.
        flaw: What cannot be true about it by itself; empty if nothing.
    """

    number: int
    at_ms: int
    first_ms: int
    from_day: Day | None
    reason: ScheduleReason
    capitalised: bool
    advance_applied: int
    currency: str
    rows: tuple[Row, ...]
    flaw: str = ""


def read_schedule(data: RepaymentSchedule, at_ms: int, flaw: str) -> Version:
    """Return the version of a schedule record.

    Args:
        data: The record.
        at_ms: When it took effect.
        flaw: What `doubt.flaw_of_schedule` found.
    """
    rows = sorted((_row(each) for each in data.instalments), key=lambda row: (row.due, row.no))
    currencies = {each.amount.currency for each in data.instalments}
    return Version(
        number=data.schedule_version,
        at_ms=at_ms,
        first_ms=at_ms,
        from_day=data.effective_from.toordinal() if data.effective_from else None,
        reason=data.reason,
        capitalised=data.arrears is ArrearsTreatment.CAPITALISED,
        advance_applied=_minor(data.advance_applied),
        currency=currencies.pop() if len(currencies) == 1 else "",
        rows=tuple(rows),
        flaw=flaw,
    )


def merge(known: Version, new: Version) -> Version:
    """Return what counts of two records of one version, in whatever order they came."""
    at_ms, first_ms = max(known.at_ms, new.at_ms), min(known.first_ms, new.first_ms)
    if known.at_ms != new.at_ms:
        counts = known if known.at_ms > new.at_ms else new
    else:
        counts = max(known, new, key=content)
    return msgspec.structs.replace(counts, at_ms=at_ms, first_ms=first_ms)


def version_key(version: Version) -> bytes:
    """Return the key that a version has among facts and entries."""
    return b"v%d" % version.number


def content(version: Version) -> bytes:
    """Return what a version says, without when its records came."""
    return msgspec.msgpack.encode(msgspec.structs.replace(version, at_ms=0, first_ms=0))


def _row(data: Instalment) -> Row:
    parts = data.components
    return Row(
        no=data.instalment_no,
        due=data.due_date.toordinal(),
        amount=data.amount.amount_minor,
        cut_off=_cut_off(data.cut_off_local),
        grace=data.grace_days,
        parts=tuple(_minor(getattr(parts, each.lower())) for each in PARTS) if parts else None,
    )


def _minor(money: Money | None) -> int:
    return money.amount_minor if money else 0


def _cut_off(hh_mm: str | None) -> int:
    if hh_mm is None:
        return NO_CUT_OFF
    hours, minutes = hh_mm.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000
