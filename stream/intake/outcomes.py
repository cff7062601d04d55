"""What can become of one record of a source: exactly one of these.

Admitted     journal records, one for each borrower that it concerns
Clock        the source's own clock has come so far
Alive        the source lives, and has sent what came before
Closed       the source has sent all of a business date
Unresolved   an event of a token that nobody has linked yet: it waits
Heard        a new name of a token that is nobody's: of use once somebody is linked to it
DeadLetter   it cannot be taken: why, which field, from where
"""

from collections.abc import Iterable
from typing import NamedTuple

from schemas import journal
from schemas.dead_letter import DeadLetter
from schemas.feed import BusinessDateClosed

BorrowersRecord = (
    journal.Event | journal.ReferenceRecord | journal.Action | journal.Permit | journal.Outcome
)


class Admitted(NamedTuple):
    """Taken.

    Attributes:
        records: Key and value of each journal record.
        unknown: Fields whose value is in no list of ours, and reads as `OTHER`.
    """

    records: tuple[tuple[bytes, bytes], ...]
    unknown: tuple[str, ...] = ()


class Clock(NamedTuple):
    """The source has sent all that came before `at_ms` on its own clock."""

    source: str
    at_ms: int


class Alive(NamedTuple):
    """The source lives, and has sent all that happened before `at_ms` on this topic."""

    source: str
    at_ms: int


class Closed(NamedTuple):
    """The source has sent all of a business date, and says how much that was."""

    source: str
    said: BusinessDateClosed


class Unresolved(NamedTuple):
    """Nobody's yet: no contract names the loan, or no link the token.

    `source` and `at_ms` are an event's: its feed has not been read beyond it.
    """

    token: str
    field_path: str
    event_id: str
    source: str = ""
    at_ms: int = 0


class Heard(NamedTuple):
    """Known to `Links`, and so far of no borrower's concern."""


Outcome = Admitted | Clock | Alive | Closed | Unresolved | Heard | DeadLetter


def admitted(records: Iterable[BorrowersRecord], unknown: tuple[str, ...] = ()) -> Admitted:
    """Return the outcome of a record that became these, as they are written to the journal."""
    return Admitted(
        tuple((each.borrower_id.encode(), journal.encode(each)) for each in records), unknown
    )
