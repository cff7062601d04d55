"""The ledger of one borrower: takes records in, answers how each loan stands.

    apply(record) -> what came of it       contracts, schedules, positions, repayments
    roll(times)   -> what came of time
    view(loan)    -> what is owed, paid, overdue, since when, and how sure that is

It is total: data never raises. It is a function of the records, not of their order, but for one
thing: a day to which an overdue loan was counted is not taken back when another source turns up.
One record is stored for each loan, and one for money that names no loan.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from schemas import journal
from schemas.header import Quality
from schemas.loan_release import InDoubt, Release
from schemas.reference import LoanContract, LoanPosition, RepaymentSchedule
from stream.ledger import suspense
from stream.ledger.account.course import Held
from stream.ledger.booked import Booked, booked
from stream.ledger.change import IGNORED, LedgerChange, Outcome
from stream.ledger.distress import Distress, distress
from stream.ledger.instalments import Instalment, instalments
from stream.ledger.loan import Loan
from stream.ledger.look import look
from stream.ledger.morning import Verdict, verdict_of
from stream.ledger.movements import SUSPENSE, Movements
from stream.ledger.punctuality import Punctuality, punctuality
from stream.ledger.quarantine import let_go
from stream.ledger.records import state as codec
from stream.ledger.references import put_contract, put_position, put_schedule
from stream.ledger.rolling import Counted, Times, Wake
from stream.ledger.story import LoanStory, story_of
from stream.ledger.tieout import compare, is_to_be_compared
from stream.ledger.view import LoanView
from stream.ledger.waking import wakes_of

if TYPE_CHECKING:
    from stream.ledger.records.days import Day

Reference = (
    journal.LoanContractRecord | journal.RepaymentScheduleRecord | journal.LoanPositionRecord
)


class Ledger:
    """One borrower's loans, and its money that names none of them.

    Examples:
        >>> Ledger().view("ln_1", Times(0)) is None
        True
    """

    def __init__(self) -> None:
        self._suspense = suspense.SuspenseState()
        self._loans: dict[str, Loan] = {}
        self._changed: set[str] = set()
        self._totals: dict[str, int] | None = None
        self._views: dict[str, tuple[Day, Counted, LoanView]] = {}

    @property
    def loans(self) -> tuple[str, ...]:
        """The ids of all loans, in order."""
        return tuple(sorted(self._loans))

    # --- records in

    def apply(self, record: journal.JournalRecord, times: Times) -> LedgerChange:
        """Take one record of this borrower; what is none of the ledger's changes nothing.

        Args:
            record: A contract, schedule, position or repayment; never raises on any other.
            times: What time it is: a position may be compared at once.
        """
        match record:
            case journal.RepaymentEvent():
                if Quality.TEST in record.data.quality:
                    return IGNORED
                self._views.clear()
                change = self._event(record)
            case (
                journal.LoanContractRecord()
                | journal.RepaymentScheduleRecord()
                | journal.LoanPositionRecord()
            ):
                self._views.clear()
                change = self._reference(record)
            case _:
                return IGNORED
        for loan_id in change.loans:
            self._compare(self._loans[loan_id], times)
        return change

    def _reference(self, record: Reference) -> LedgerChange:
        loan, at_ms = self._loan(record.data.loan_id), record.effective_at_ms
        self._changed.add(loan.loan_id)
        match record.data:
            case LoanContract():
                return put_contract(loan, record.data, at_ms)
            case RepaymentSchedule():
                return put_schedule(loan, record.data, at_ms)
            case LoanPosition():
                return put_position(loan, record.data, at_ms)

    def _event(self, event: journal.RepaymentEvent) -> LedgerChange:
        if event.data.loan_id is not None:
            self._loan(event.data.loan_id)
        put = Movements(self._loans, self._suspense).put(event)
        self._changed |= put.places
        if put.outcome is not Outcome.APPLIED:
            loans = tuple(sorted(put.places - {SUSPENSE}))
            return LedgerChange(put.outcome, loans, conflicts=put.conflicts)
        self._totals = None
        is_of_all = SUSPENSE in put.places or self._suspense.facts
        loans = self.loans if is_of_all else tuple(sorted(put.places))
        return LedgerChange(Outcome.APPLIED, loans, put.since_ms, put.conflicts)

    def roll(self, times: Times) -> LedgerChange:
        """Count every loan up to the day that its sources allow; safe to call at any time."""
        self._views.clear()
        for loan in self._loans.values():
            now = loan.counted(times)
            if now.day > loan.state.rolled and look(loan, now.today, now, 0).raw_dpd:
                loan.state.rolled = now.day
                self._changed.add(loan.loan_id)
            self._compare(loan, times)
        return LedgerChange(Outcome.APPLIED, self.loans)

    def release(self, release: Release, times: Times) -> LedgerChange:
        """Let a loan out of quarantine, as an operator has signed.

        What it is released from is the difference to the core that is known now, money and
        schedules in doubt now, returns that match nothing, and the lack of a position for two
        more days. What comes later is looked at anew. Whether the release is signed by somebody
        who may is the caller's to check.
        """
        self._views.clear()
        loan = self._loans.get(release.loan_id)
        if loan is None:
            return IGNORED
        let_go(loan, accept=release.in_doubt is InDoubt.ACCEPT, today=loan.counted(times).today)
        self._changed.add(loan.loan_id)
        self._compare(loan, times)
        return LedgerChange(Outcome.APPLIED, (loan.loan_id,))

    def _compare(self, loan: Loan, times: Times) -> None:
        if is_to_be_compared(loan) and compare(loan, loan.counted(times).day):
            self._changed.add(loan.loan_id)

    def _loan(self, loan_id: str) -> Loan:
        loan = self._loans.get(loan_id)
        if loan is None:
            loan = self._loans[loan_id] = Loan(loan_id, self._suspense.voided)
        return loan

    # --- answers out

    def view(self, loan_id: str, times: Times, on: date | None = None) -> LoanView | None:
        """Return how a loan stands, `None` if nobody has said anything of it.

        Args:
            loan_id: The loan.
            times: What time it is.
            on: The local day, at its end; today if `None`. Of a day in the past the view is
                what is known of it today: a payment that was returned since was not made.
        """
        loan = self._loans.get(loan_id)
        if loan is None:
            return None
        now = loan.counted(times)
        day = on.toordinal() if on else now.today
        known = self._views.get(loan_id)
        if known is None or known[:2] != (day, now):
            view = look(loan, day, now, self._in_suspense(loan))
            known = self._views[loan_id] = day, now, view
        return known[2]

    def booked(self, loan_id: str) -> Booked | None:
        """Return what others say of a loan, `None` before its contract came."""
        loan = self._loans.get(loan_id)
        return None if loan is None else booked(loan)

    def legal_entity(self, loan_id: str) -> str:
        """Return whose claim a loan is, empty if nobody has said."""
        loan = self._loans.get(loan_id)
        return "" if loan is None or loan.state.terms is None else loan.state.terms.legal_entity

    def doubts(self, loan_id: str, times: Times) -> tuple[Held, ...]:
        """Return what is held back of a loan, and why; for the person who has to decide."""
        loan = self._loans.get(loan_id)
        course = loan.course(loan.counted(times).today) if loan else None
        return tuple(course.held) if course else ()

    def story(self, loan_id: str, times: Times) -> LoanStory:
        """Return what is due of a loan, and what was paid; for the person who looks into it."""
        loan = self._loans.get(loan_id)
        return story_of(loan, loan.counted(times).today) if loan else LoanStory()

    def tie_out(self, as_of: date) -> dict[str, Verdict]:
        """Return what the tie-out of one day says of each loan that was open on it."""
        return {
            loan_id: verdict
            for loan_id, loan in sorted(self._loans.items())
            if (verdict := verdict_of(loan, as_of.toordinal())) is not None
        }

    def punctuality(self, loan_id: str, times: Times) -> Punctuality | None:
        """Return how punctually a loan is paid, `None` if that cannot be said."""
        loan = self._loans.get(loan_id)
        return punctuality(loan, loan.counted(times)) if loan else None

    def instalments(self, times: Times) -> list[Instalment]:
        """Return the instalments of all loans that were settled or are past due (`instalments.py`).

        By the day on which they were settled; those that are not come last.
        """
        found = [
            each
            for _, loan in sorted(self._loans.items())
            for each in instalments(loan, loan.counted(times))
        ]
        return sorted(found, key=lambda each: (not each.is_settled, each.until, each.due))

    def distress(self, loan_id: str, times: Times, *, days_late: int) -> Distress | None:
        """Return when a loan was in distress, `None` if that cannot be said (`distress.py`)."""
        loan = self._loans.get(loan_id)
        return distress(loan, loan.counted(times), days_late=days_late) if loan else None

    def latest_principal(self) -> tuple[int, str] | None:
        """Return what was lent by the latest contract: minor units, and their currency."""
        known = [
            (loan.state.terms.at_ms, loan_id, loan.state.terms)
            for loan_id, loan in self._loans.items()
            if loan.state.terms is not None
        ]
        terms = max(known)[-1] if known else None
        return (terms.principal, terms.currency) if terms else None

    def wakes(self, times: Times) -> list[Wake]:
        """Return when `roll` is due next, and which sources it waits for; see `Wake`."""
        return [
            wake for loan in self._loans.values() for wake in wakes_of(loan, loan.counted(times))
        ]

    def next_deadline_ms(self, times: Times) -> int | None:
        """Return the next instant at which `roll` is due, `None` if only records change anything.

        A roll whose time has come and that waits for a source is due when it waits no longer;
        `wakes` says what would let it come before.
        """
        wakes = self.wakes(times)
        return min((wake.deadline_ms(times.now_ms) for wake in wakes), default=None)

    def _in_suspense(self, loan: Loan) -> int:
        if not self._suspense.facts or loan.state.terms is None:
            return 0
        if self._totals is None:
            assigned = [pair for each in self._loans.values() for pair in each.payments()]
            voided = self._suspense.voided
            self._totals = suspense.in_suspense(self._suspense, assigned, voided)
        return self._totals.get(loan.state.terms.currency, 0)

    # --- storing

    def store(self) -> list[tuple[str, bytes]]:
        """Return the records that changed since the last call: of each loan, and of suspense."""
        changed = sorted(self._changed)
        self._changed.clear()
        return [(part, self.encode(part)) for part in changed]

    def encode(self, part: str) -> bytes:
        """Return the record of a loan, or of `SUSPENSE`, as it is stored."""
        if part == SUSPENSE:
            return suspense.encode(self._suspense)
        return codec.encode(self._loans[part].state)

    @classmethod
    def load(cls, parts: Mapping[str, bytes]) -> "Ledger":
        """Make a ledger of its stored records.

        Raises:
            FormatError: If an engine with another layout wrote one.
            msgspec.DecodeError: If one is not what `encode` returned.
        """
        ledger = cls()
        if SUSPENSE in parts:
            ledger._suspense = suspense.decode(parts[SUSPENSE])
        for part, value in parts.items():
            if part != SUSPENSE:
                state = codec.decode(value)
                ledger._loans[part] = Loan(part, ledger._suspense.voided, state)
        return ledger
