"""The ledger: what is owed, what was paid, since when it is late (docs/ledger.md).

    ledger.py        one borrower: records in, views out; start here
    movements.py     where an event belongs, versions, corrections under another key
    references.py    contracts, schedules, positions
    loan.py          one loan: its record, and what follows from it
    suspense.py      money that names no loan
    rolling.py       up to which day a loan is counted
    waking.py        when time alone changes something
    view.py look.py  what a loan is like on a day, and how that is made
    tieout.py        is it what the core says
    quarantine.py    which loans no machine may contact anybody about
    morning.py       how many loans tie out
    punctuality.py   how punctually a loan is paid
    arrears.py       since when it is not as late any more
    distress.py      from when to when it was in distress
    instalments.py   what became of each instalment
    booked.py        what the core's books and the contract say of it
    change.py        what came of a record

    records/         what is remembered, as it is stored
    account/         what follows from it

Pure: no I/O, no clock, no randomness; integer minor units; all days in the contract's zone. The
record holds facts alone, and everything else is worked out from them again whenever they change
out of order: so a correction, a return or a late payment has nothing to repair.
"""

from stream.ledger.booked import Booked
from stream.ledger.change import Conflict, ConflictKind, LedgerChange, Outcome
from stream.ledger.distress import Distress
from stream.ledger.instalments import Instalment
from stream.ledger.ledger import Ledger
from stream.ledger.morning import Morning, Tie, Verdict
from stream.ledger.movements import SUSPENSE
from stream.ledger.punctuality import Punctuality
from stream.ledger.rolling import Passed, Times, Wake
from stream.ledger.view import Cause, LoanView, State, Worst, worst_by_entity

__all__ = [
    "SUSPENSE",
    "Booked",
    "Cause",
    "Conflict",
    "ConflictKind",
    "Distress",
    "Instalment",
    "Ledger",
    "LedgerChange",
    "LoanView",
    "Morning",
    "Outcome",
    "Passed",
    "Punctuality",
    "State",
    "Tie",
    "Times",
    "Verdict",
    "Wake",
    "Worst",
    "worst_by_entity",
]
