"""What a state rule may look at beside the windows: the time, the feeds, the loans, the calendar.

The step makes a scene of one borrower at one instant; rules and measures only read it. Everything
that time alone may change is in it, so truth is a function of the events put in and the scene.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from schemas.reference import BorrowerProfile
from schemas.tokens import CounterpartyToken


class Feed(NamedTuple):
    """How far that has come which feeds this borrower on one stream; `None` is unknown.

    Attributes:
        passed_ms: Everything that happened before this instant is here.
        closed: The last day, in the rule set's zone, of which everything is here.
        since_ms: Since when events of the stream are taken for this borrower.
    """

    passed_ms: int | None = None
    closed: date | None = None
    since_ms: int | None = None


class Loan(msgspec.Struct, frozen=True, kw_only=True):
    """One open loan as rules name it, `loan.tier_dpd`; amounts in minor units of `currency`.

    Attributes:
        loan_id: Its id.
        legal_entity: Whose claim it is.
        currency: Of all amounts.
        raw_dpd: Days past due, every minor unit counted.
        tier_dpd: The same over rests above the residue.
        uncured_dpd: As if nobody else had paid for the borrower.
        overdue: What is past due and outside its grace.
        overdue_since_ms: When its first day past due began; rules cannot name it.
        oldest_unpaid_no: The number of the instalment that days past due count from.
        last_due_no: The number of the latest instalment that fell due.
        next_due: When the next one does.
        due_28d: What falls due within the next 28 days.
        disbursed: When it was paid out.
        is_unverified: Whether days past due were counted without every source.
        is_forborne: In probation after a restructuring with arrears.
    """

    loan_id: str
    legal_entity: str = ""
    currency: str = ""
    raw_dpd: int = 0
    tier_dpd: int = 0
    uncured_dpd: int = 0
    overdue: int = 0
    overdue_since_ms: int | None = None
    oldest_unpaid_no: int | None = None
    last_due_no: int | None = None
    next_due: date | None = None
    due_28d: int = 0
    disbursed: date | None = None
    is_unverified: bool = False
    is_forborne: bool = False

    @property
    def terms(self) -> tuple[Any, ...]:
        """What measures may read of a loan: what does not change from day to day."""
        return self.loan_id, self.currency, self.disbursed, self.due_28d, self.last_due_no


class Segment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is known of the borrower's segment, from the latest snapshot.

    Attributes:
        members: How many merchants stand behind the figures.
        ratios: The median of sales over expected sales, in millionths, by window in days.
        reopened: The share of members that have sold since the festival, in millionths.
    """

    members: int = 0
    ratios: dict[int, int] = {}
    reopened: int | None = None


class Days(Protocol):
    """The calendar of the borrower's region.

    What it says of a day does not change, and two that are equal say the same: measures remember
    its answers.
    """

    def __hash__(self) -> int:
        """Return the same for equal calendars."""

    def words(self, day: date) -> frozenset[str] | None:
        """Return what is special about a day, `CNY_CORE`; `None` if nobody has said."""

    def is_business_day(self, day: date) -> bool:
        """Whether a day is one of business."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Whether people can be reached, as rules name it: `contact.unreachable`.

    Attributes:
        unreachable: Attempts in a row, up to the last, at which nobody was reached.
        unreachable_days: On how many days of the rule set's zone these were made.
    """

    unreachable: int = 0
    unreachable_days: int = 0


UNTRIED: Final = Contact()


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """To whom the borrower's sales are paid since a change, as rules name it: `payee.shared_by`.

    Attributes:
        token: The payee; `None` if there was no change of late, or to the borrower's own account.
            Of several the one with the most borrowers.
        shared_by: How many borrowers have turned to it, this one included, as of the last count
            over all partitions; 1 until then, 0 without a payee.
    """

    token: CounterpartyToken | None = None
    shared_by: int = 0


UNCHANGED: Final = Payee()


class Scene(NamedTuple):
    """One borrower at one instant.

    Attributes:
        now_ms: The later of the last tick and the record's arrival, or a timer's deadline.
        segment: Of the borrower; chooses parameters.
        lists: The published lists by name, with `@`.
        feeds: By stream.
        loans: Those that are open, by id.
        profile: The borrower's latest.
        days: The calendar of its region.
        peers: Of its segment; `None` while nothing is known.
        opened_ms: By episode key (a rule, or `rule@loan`): since when the episode has been open.
            It freezes the baselines of the rule's measures.
        contact: What came of trying to reach people.
        payee: To whom its sales are paid since a change.
    """

    now_ms: int
    segment: str
    lists: Mapping[str, frozenset[str]]
    feeds: Mapping[str, Feed]
    loans: Mapping[str, Loan]
    profile: BorrowerProfile | None
    days: Days
    peers: Segment | None
    opened_ms: Mapping[str, int]
    contact: Contact = UNTRIED
    payee: Payee = UNCHANGED
