"""`case_file.v1`: the story behind a case, for the desk's one time axis.

Written when a case opens or its tier changes, and once a day while it is open; the topic
`case-files` holds the latest of each borrower, compacted. The restricted lane adds nothing to it.
"""

from datetime import date

import msgspec

from schemas.money import Money

DAYS: int = 90
"""How many days it goes back."""

AHEAD_DAYS: int = 90
"""How far ahead instalments are shown."""

ROWS: int = 200
"""So many instalments and payments at most: the latest."""


class Day(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One business day, in the minor units of the file's currency.

    `low`, `expected` and `high` are what sales were expected to be, two standard deviations apart;
    absent where too little is known. `special` names the festival or holiday. `peers` is the
    segment's median of sales of seven days as a share of its usual ones: of the latest day alone.
    """

    day: date
    sales_minor: int = 0
    sales: int = 0
    inflow_minor: int = 0
    outflow_minor: int = 0
    low_minor: int | None = None
    expected_minor: int | None = None
    high_minor: int | None = None
    special: str | None = None
    peers: float | None = None


class FileInstalment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is due of a loan, and how much of it is there; a fee has the number 0."""

    loan_id: str
    number: int
    due: date
    amount: Money
    paid_minor: int = 0
    overdue: bool = False


class FilePayment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A `payment`, one `in_doubt`, money `taken_back`, or a `failed_debit`.

    Of a debit that failed no amount is kept, and of one that was taken back whole none was said.
    `digest` is of the event's source and id: the ledger keeps no ids.
    """

    at: str
    loan_id: str
    kind: str
    amount: Money | None = None
    digest: str | None = None
    failure: str | None = None


class FileLoan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One open loan as it stands; `outstanding` is all that is still to be paid."""

    loan_id: str
    outstanding: Money
    overdue: Money
    dpd: int
    next_due: date | None = None
    quarantined: bool = False


class CaseFile(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="case_file.v1",
):
    """What happened in the last `DAYS` days, as it was known `at`; days are of `zone`.

    The amounts of days are in `currency`, that of the rule set, which counts nothing else.
    """

    borrower_id: str
    at: str
    zone: str
    currency: str | None = None
    exponent: int = 2
    days: tuple[Day, ...] = ()
    instalments: tuple[FileInstalment, ...] = ()
    payments: tuple[FilePayment, ...] = ()
    loans: tuple[FileLoan, ...] = ()
    sources: dict[str, str] = {}
    """The feeds that tell of this borrower, and how far each has come; empty if nobody knows."""
    simulated: bool = False
