"""What D8 learns from: a borrower's last six periods and the evidence of the other detectors.

A period is what ends when a bill is written or an instalment is settled: how late it was, what was
paid, what had been owed, what is due next. A row keeps the last six of them; `vector` is the one
place where numbers are made of them, for every set and every lender alike. No person's attribute is
among them: no age, sex, schooling, place or name.

Features by the age of the period (0 is the latest):

    late    days late by thirty, in logarithms, early below 0; whether late, and two months late
    used    what is due by the limit
    paid    what was paid, in logarithms; by what was owed; whether nothing was paid of something

and over all six: the worst and the mean lateness, how many late, the mean of what was used and how
it has changed, the limit, how many periods are known. Periods that never were are as if paid and
unused.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import copysign, log1p
from typing import Final, NamedTuple

from detectors.codec import Field, Layout
from detectors.evidence import VOICES

PERIODS: Final = 6
DAYS_LATE_MOST: Final = 3_650
AMOUNT_MOST: Final = 1e15


class Period(NamedTuple):
    """One period; amounts in major units.

    Attributes:
        late_days: How late; below 0 is early.
        paid: What was paid in it.
        owed: What had been due before that.
        due: What is due next.
    """

    late_days: float
    paid: float
    owed: float
    due: float


VERY_LATE: Final = 2
"""Months late from which on few catch up: the floor of uci_taiwan is made of it."""

NEVER: Final = Period(0.0, 0.0, 0.0, 0.0)
_LAYOUT = Layout(
    tag=102,
    version=1,
    slots=("all",),
    fields=(
        Field("n", "u4"),
        Field("limit", "f8", most=AMOUNT_MOST),
        *(
            Field(f"{name}{i}", "f8", least=-DAYS_LATE_MOST if name == "late" else 0.0, most=most)
            for i in range(PERIODS)
            for name, most in (
                ("late", DAYS_LATE_MOST),
                ("paid", AMOUNT_MOST),
                ("owed", AMOUNT_MOST),
                ("due", AMOUNT_MOST),
            )
        ),
    ),
)
NOTHING: Final = _LAYOUT.pack({"all": (0, 0.0, *NEVER * PERIODS)})
"""The row of a borrower of whom nothing is known."""


def with_limit(row: bytes, limit: float) -> bytes:
    """Return the row with what may be owed at most, in major units; what is no amount is 0."""
    n, _, *kept = _LAYOUT.read(row, "all")
    return _LAYOUT.write(row, "all", (n, _amount(limit), *kept))


def closed(row: bytes, period: Period) -> bytes:
    """Return the row after one more period; numbers out of range are put into it.

    Raises:
        RecordError: If the row cannot be trusted.
    """
    n, limit, *kept = _LAYOUT.read(row, "all")
    late = min(max(period.late_days, -DAYS_LATE_MOST), DAYS_LATE_MOST)
    if late != late:  # noqa: PLR0124 - NaN
        late = 0.0
    latest = (late, _amount(period.paid), _amount(period.owed), _amount(period.due))
    return _LAYOUT.write(row, "all", (min(n + 1, 2**32 - 1), limit, *latest, *kept[:-4]))


def of_periods(limit: float, periods: Sequence[Period]) -> bytes:
    """Return the row of a borrower whose periods are all known, the latest last.

    Examples:
        >>> early, late = Period(-3, 10, 10, 10), Period(40, 0, 10, 0)
        >>> of_periods(500, [early, late]) == closed(closed(with_limit(NOTHING, 500), early), late)
        True
    """
    row = with_limit(NOTHING, limit)
    for period in periods[-PERIODS:]:
        row = closed(row, period)
    _, *kept = _LAYOUT.read(row, "all")
    return _LAYOUT.write(row, "all", (len(periods), *kept))


def _amount(value: float) -> float:
    return min(value, AMOUNT_MOST) if value >= 0 else 0.0


def vector(row: bytes, evidence: Mapping[str, float]) -> tuple[float, ...]:
    """Return the features, in the order of `NAMES`.

    Args:
        row: Of the periods.
        evidence: Of each voice, as `detectors.evidence.evidence` gives it.

    Raises:
        RecordError: If the row cannot be trusted.

    Examples:
        >>> from detectors.evidence import NOTHING as SILENT, evidence
        >>> row = closed(with_limit(NOTHING, 1_000), Period(60, 0, 200, 400))
        >>> found = dict(zip(NAMES, vector(row, evidence(SILENT, 0)), strict=True))
        >>> found["is_late0"], found["used0"], found["unpaid0"]
        (1.0, 0.4, 1.0)
    """
    n, limit, *flat = _LAYOUT.read(row, "all")
    known = min(int(n), PERIODS)
    periods = [Period(*flat[4 * i : 4 * i + 4]) for i in range(PERIODS)]
    by_age = [_of_period(each, limit) for each in periods]
    return (
        *(number for each in by_age for number in each),
        *_of_all(by_age, known),
        log1p(limit),
        log1p(n),
        *(log1p(max(0.0, evidence[voice])) for voice in VOICES),
    )


def _of_period(of: Period, limit: float) -> tuple[float, ...]:
    months = of.late_days / 30
    late = copysign(log1p(abs(months)), months)
    used = min(of.due / limit, 2.0) if limit else 0.0
    share = min(of.paid / of.owed, 1.5) if of.owed else 1.0
    is_unpaid = float(of.owed > 0 and of.paid <= 0)
    return (
        late,
        float(months > 0),
        float(months >= VERY_LATE),
        used,
        log1p(of.paid),
        share,
        is_unpaid,
    )


def _of_all(by_age: list[tuple[float, ...]], known: int) -> Iterator[float]:
    of_known = by_age[:known] or by_age[:1]
    lates = [each[0] for each in of_known]
    yield max(lates)
    yield sum(lates) / len(lates)
    yield sum(each[1] for each in of_known) / PERIODS
    used = [each[3] for each in of_known]
    yield sum(used) / len(used)
    yield used[0] - used[-1]
    yield sum(each[6] for each in of_known) / PERIODS


_OF_PERIOD = ("late", "is_late", "is_very_late", "used", "paid", "share", "unpaid")
NAMES: Final = (
    *(f"{name}{i}" for i in range(PERIODS) for name in _OF_PERIOD),
    *("late_worst", "late_mean", "late_count", "used_mean", "used_change", "unpaid_count"),
    *("limit", "periods"),
    *(f"evidence_{voice}" for voice in VOICES),
)
"""The names of the features."""
