"""The ledger as a stage of the step: after the event was judged, before the features.

    record -> ledger -> facts for the tier, loans for the rules, waits for the next roll

What is in doubt is a decision and is not counted; the loan's quarantine says so until somebody
settles it (docs/ledger.md). Whoever asks how a loan stands asks after a record or a roll: between
two of them nothing changes, so that a restart changes nothing either.
"""

from datetime import date
from typing import Final

from schemas import journal
from schemas.decision import DecisionKind
from schemas.feed import feed_name
from schemas.instants import DAY_MS
from schemas.loan_release import Release
from stream.decide.borrower import Borrower
from stream.decide.feeds.wait import Wait
from stream.decide.feeds.waits import blocking
from stream.decide.turn import Turn, decide
from stream.ledger import SUSPENSE, LedgerChange, Outcome, Wake
from stream.ledger.change import IGNORED

STREAM: Final = "repayment"
WAITS: Final = "ledger/"


def book(borrower: Borrower, record: journal.JournalRecord, turn: Turn) -> LedgerChange:
    """Put a contract, schedule, position or repayment into the books; of all else nothing."""
    if isinstance(record, journal.SettlementEvent | journal.PosClearingEvent):
        return IGNORED
    before = _held(borrower, turn)
    change = borrower.ledger.apply(record, turn.times)
    for conflict in change.conflicts:
        detail = f"{conflict.kind.value}: {conflict.message}"
        decide(borrower, DecisionKind.IN_DOUBT, conflict.loan_id or SUSPENSE, turn, detail=detail)
    if change.outcome is not Outcome.IGNORED:
        told = frozenset(conflict.kind.value for conflict in change.conflicts)
        _tell_held(borrower, before, turn, told=told)
        wait(borrower, turn)
    return change


def roll(borrower: Borrower, turn: Turn) -> LedgerChange:
    """Count the loans up to the day that their sources allow."""
    before = _held(borrower, turn)
    change = borrower.ledger.roll(turn.times)
    _tell_held(borrower, before, turn)
    wait(borrower, turn)
    return change


Keys = frozenset[tuple[str, bytes]]


def _held(borrower: Borrower, turn: Turn) -> Keys:
    """Return what is held back of each loan, by the entry's key."""
    books = borrower.ledger
    return frozenset(
        (loan_id, held.key) for loan_id in books.loans for held in books.doubts(loan_id, turn.times)
    )


def _tell_held(
    borrower: Borrower, before: Keys, turn: Turn, *, told: frozenset[str] = frozenset()
) -> None:
    """Say what is held back now and was not before: it is not counted until somebody settles it."""
    for loan_id in borrower.ledger.loans:
        for held in borrower.ledger.doubts(loan_id, turn.times):
            if (loan_id, held.key) not in before and held.reason not in told:
                detail = f"{held.reason}: {held.amount} minor units are held back"
                decide(borrower, DecisionKind.IN_DOUBT, loan_id, turn, detail=detail)


def release(borrower: Borrower, signed: Release, turn: Turn) -> LedgerChange:
    """Let a loan out of quarantine."""
    change = borrower.ledger.release(signed, turn.times)
    wait(borrower, turn)
    return change


def wait(borrower: Borrower, turn: Turn) -> None:
    """Wait for the next roll of each loan; note whether there is one that goes on.

    A borrower all of whose loans are over is not watched (ledger.md 7); one of whom no loan is
    known is.
    """
    loans = borrower.ledger.loans
    views = (borrower.ledger.view(loan_id, turn.times) for loan_id in loans)
    is_over = bool(loans) and all(view is not None and view.is_over for view in views)
    if is_over is not borrower.header.is_over:
        borrower.header.is_over = is_over
        borrower.changed.add("header")
    wakes = enumerate(borrower.ledger.wakes(turn.times))
    waits = {f"{WAITS}{number}": _wait_of(wake, borrower, turn) for number, wake in wakes}
    borrower.wait(waits, of=WAITS)


def _wait_of(wake: Wake, borrower: Borrower, turn: Turn) -> Wait:
    """Return when a loan is to be rolled next.

    Where everything has passed and the ledger waits all the same, only time helps.
    """
    if not wake.through or wake.by_ms <= wake.at_ms:
        return Wait(wake.at_ms, by_tick=True)
    feeds = tuple(feed_name(each, STREAM) for each in wake.sources or turn.times.passed)
    found = Wait(
        at_ms=wake.at_ms,
        streams=() if feeds else (STREAM,),
        past_ms=wake.at_ms,
        by_ms=None if turn.times.is_patient else wake.by_ms,
        feeds=feeds,
        through=date.fromordinal(wake.through),
        by_tick=True,
    )
    is_in_vain = wake.at_ms <= turn.times.now_ms and not blocking(
        found, borrower, turn.broadcast.watermarks
    )
    return Wait(max(wake.by_ms, turn.times.now_ms + DAY_MS), by_tick=True) if is_in_vain else found
