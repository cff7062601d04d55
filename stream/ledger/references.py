"""Takes contracts, schedules and positions into a loan's record, and says what is wrong."""

from schemas.reference import LoanContract, LoanPosition, RepaymentSchedule
from stream.ledger.account.profiles import profiles
from stream.ledger.change import Conflict, ConflictKind, LedgerChange, Outcome
from stream.ledger.loan import Loan
from stream.ledger.records import positions
from stream.ledger.records.days import start_ms, zone_of
from stream.ledger.records.doubt import flaw_of_schedule
from stream.ledger.records.terms import read_contract
from stream.ledger.records.versions import read_schedule


def put_contract(loan: Loan, data: LoanContract, at_ms: int) -> LedgerChange:
    """Take a contract; a later one replaces it whole."""
    terms = read_contract(data, at_ms)
    if not loan.put_terms(terms):
        return LedgerChange(Outcome.DUPLICATE)
    conflicts = []
    if data.ledger_tz is not None and zone_of(data.ledger_tz) is None:
        message = f"expected the name of a time zone, got `{data.ledger_tz}`: counted in UTC"
        conflicts.append(Conflict(ConflictKind.ZONE, loan.loan_id, message))
    if terms.profile and terms.profile not in profiles():
        known = ", ".join(sorted(profiles()))
        message = f"expected one of {known}, got `{terms.profile}`: counted as DEFAULT"
        conflicts.append(Conflict(ConflictKind.PROFILE, loan.loan_id, message))
    return LedgerChange(Outcome.APPLIED, (loan.loan_id,), 0, tuple(conflicts))


def put_schedule(loan: Loan, data: RepaymentSchedule, at_ms: int) -> LedgerChange:
    """Take a schedule version."""
    flaw = flaw_of_schedule(data)
    version = read_schedule(data, at_ms, flaw)
    changed, contradicts = loan.put_version(version)
    conflicts = []
    if contradicts:
        message = f"expected one content of schedule version {version.number}, got two"
        conflicts.append(Conflict(ConflictKind.VERSION, loan.loan_id, message))
    if flaw:
        message = f"schedule version {version.number}: {flaw}"
        conflicts.append(Conflict(ConflictKind.SCHEDULE, loan.loan_id, message))
    if not changed:
        outcome = Outcome.CONFLICT if contradicts else Outcome.DUPLICATE
        return LedgerChange(outcome, conflicts=tuple(conflicts))
    since_ms = start_ms(version.rows[0].due, loan.zone) if version.rows else at_ms
    return LedgerChange(Outcome.APPLIED, (loan.loan_id,), since_ms, tuple(conflicts))


def put_position(loan: Loan, data: LoanPosition, at_ms: int) -> LedgerChange:
    """Take a position of the core; it is compared once its day is closed."""
    position = positions.read_position(data, at_ms)
    if not positions.put_position(loan.state, position):
        return LedgerChange(Outcome.STALE)
    return LedgerChange(Outcome.APPLIED, (loan.loan_id,), at_ms)
