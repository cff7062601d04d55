"""How one loan was paid: instalments without funds (RP03), and promises kept (RP17)."""

from fractions import Fraction
from typing import Final

from rules.measures.reading import Reading, Series
from rules.measures.sales import phases

STREAM: Final = "repayment"

NO_FUNDS: Final = Series(
    "instalments_without_funds",
    STREAM,
    (
        ("event_type", ("COLLECTION_ATTEMPT",)),
        ("status", ("FAILED",)),
        ("reason_class", ("INSUFFICIENT_FUNDS",)),
    ),
    "instalment_no",
    kept="distinct",
    by_loan=True,
)
_PROMISE: Final = (("event_type", ("PROMISE_TO_PAY",)),)
PROMISED: Final = Series(
    "promised",
    STREAM,
    _PROMISE,
    "promise_amount",
    day="promise_date",
    by_loan=True,
    open_days=True,
)
PROMISES: Final = Series(
    "promises_made", STREAM, _PROMISE, "promise_amount", by_loan=True, open_days=True
)
PAID: Final = Series(
    "paid",
    STREAM,
    (
        ("event_type", ("PAYMENT", "PREPAYMENT", "COLLECTION_ATTEMPT", "RECOVERY")),
        ("status", ("SUCCEEDED", "PARTIAL")),
    ),
    "amount_paid",
    by_loan=True,
    open_days=True,
)
TAKEN_BACK: Final = Series(
    "taken_back",
    STREAM,
    (("event_type", ("REVERSAL", "RETURN")),),
    "amount_paid",
    by_loan=True,
    open_days=True,
)
"""Money counts at once, not when its day has closed: who has paid is not to be asked to."""


def nsf_instalments(reading: Reading, last: int) -> int | None:
    """Return how many of the loan's `last` instalments due had a debit fail for want of funds.

    However often, and whatever came of it later. Missing before the first instalment falls due.
    """
    loan = reading.loan
    if loan is None or loan.last_due_no is None:
        return None
    failed = reading.latest.get(NO_FUNDS.name, {})
    due = range(loan.last_due_no, loan.last_due_no - last, -1)
    return sum(str(number) in failed for number in due)


def promise_kept(reading: Reading) -> Fraction | None:
    """Return the share that was paid of the latest promise whose day has passed.

    A promise is looked at when the business day after its date has closed. What counts is what was
    paid on the loan since the day on which it was made, less what was taken back; late money
    counts, too, so that a promise kept late is a promise kept in the end. Missing without a
    promise that is old enough.
    """
    closed = reading.closed(STREAM)
    if closed is None:
        return None
    promised = reading.days(PROMISED)
    passed = [day for day in promised if _grace_day(reading, day) <= closed]
    made = [day for day in reading.days(PROMISES) if passed and day <= max(passed)]
    if not made or not promised[max(passed)][1]:
        return None
    paid = _since(reading, PAID, max(made)) - _since(reading, TAKEN_BACK, max(made))
    return Fraction(paid, promised[max(passed)][1])


def _grace_day(reading: Reading, day: int) -> int:
    """Return the business day after a day: a bank needs it."""
    calendar = reading.shared(phases)
    day += 1
    while not calendar.is_business_day(day):
        day += 1
    return day


def _since(reading: Reading, series: Series, first: int) -> int:
    return sum(total for day, (_, total) in reading.days(series).items() if day >= first)
