"""Journal records about contacts alone: how to reach a borrower, leave, and what came of it."""

from schemas import journal
from stream.decide.borrower import Borrower
from stream.decide.collection.breaches import note_outcome, note_permit
from stream.decide.collection.notes import note_contact_state
from stream.decide.turn import Turn

OfContact = journal.ContactStateRecord | journal.Permit | journal.Outcome


def hear(borrower: Borrower, record: OfContact, turn: Turn) -> bool:
    """Note what one of them says; return whether rules may read something else now."""
    before = list(borrower.collection.unreached_ms)
    match record:
        case journal.ContactStateRecord():
            note_contact_state(borrower, record)
        case journal.Permit():
            note_permit(borrower, record, turn)
        case journal.Outcome():
            note_outcome(borrower, record, turn)
    return borrower.collection.unreached_ms != before
