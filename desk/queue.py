"""What now, and in which order (domain.md 6.1): pure.

    deadline passed -> hard severe -> what gets worse first -> what is owed

Mild is never queued, nor what has no tier: but a case that somebody holds, or that waits for a
second person, stays in sight until it is closed.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from schemas.case import Case, CaseState
from schemas.desk_keys import NextContact, QueueEntry
from schemas.desk_view import Advice, QueueRow, Rank
from schemas.instants import parse

SEVERE: Final = "severe"
QUEUED: Final = (SEVERE, "moderate")
NEVER_MS: Final = 1 << 52
PAGE: Final = 10
LARGEST_PAGE: Final = 100
VIEWS: Final = ("now", "waiting", "all")

Place = tuple[int, int, int, int, str]
"""Where a case stands; the smallest is the first."""


class Queued(NamedTuple):
    """One case in the queue, before its record is read."""

    case_id: str
    entry: QueueEntry
    restricted: bool


def place_of(case_id: str, entry: QueueEntry, now_ms: int) -> Place:
    """Return where a case stands now."""
    return (
        0 if is_passed(entry, now_ms) else 1,
        0 if is_hard_severe(entry) else 1,
        entry.urgent_ms or NEVER_MS,
        -entry.exposure_minor,
        case_id,
    )


def is_passed(entry: QueueEntry, now_ms: int) -> bool:
    """Whether one of the desk's own deadlines has passed."""
    return any(0 < due_ms <= now_ms for due_ms in (entry.ack_due_ms, entry.outcome_due_ms))


def is_hard_severe(entry: QueueEntry) -> bool:
    """Whether a hard fact makes it severe."""
    return entry.hard and entry.tier == SEVERE


def is_away(entry: QueueEntry, now_ms: int) -> bool:
    """Whether it is put off, or waits for something."""
    return entry.away_until_ms > now_ms


def is_queued(entry: QueueEntry) -> bool:
    """Whether it stands in the queue at all."""
    return entry.tier in QUEUED or bool(entry.holder)


def written(place: Place) -> str:
    """Return a place as a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read(cursor: str) -> Place:
    """Read a cursor.

    Raises:
        ValueError: If it is none of ours.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place: Place = msgspec.json.decode(raw, type=Place)
    except (msgspec.DecodeError, binascii.Error, UnicodeError) as error:
        raise ValueError("expected a cursor that an answer gave") from error
    return place


def rank_of(entry: QueueEntry, now_ms: int) -> Rank:
    """Return why a case stands where it does."""
    if is_passed(entry, now_ms):
        return Rank.DEADLINE_PASSED
    if is_hard_severe(entry):
        return Rank.HARD_SEVERE
    return Rank.URGENT if entry.urgent_ms else Rank.EXPOSURE


_ADVICE: Final = {
    CaseState.NEW: Advice.ACKNOWLEDGE,
    CaseState.ACKED: Advice.TRIAGE,
    CaseState.TRIAGED: Advice.MEASURE,
    CaseState.ACTION: Advice.OUTCOME,
    CaseState.WAIT: Advice.WAIT,
    CaseState.OUTCOME: Advice.CLOSE,
}


def advice_of(case: Case) -> Advice | None:
    """Return what to do next about a case, `None` if it is closed."""
    if case.pending:
        return Advice.SECOND_APPROVER
    return _ADVICE.get(case.state)


def row_of(one: Queued, case: Case, contact: NextContact | None, now_ms: int) -> QueueRow:
    """Return a case's row."""
    due, due_at = _due(case)
    contact = contact or NextContact()
    return QueueRow(
        case_id=case.case_id,
        borrower_id=case.borrower_id,
        legal_entity=case.legal_entity,
        version=case.version,
        rank=rank_of(one.entry, now_ms),
        tier=case.tier,
        hard=case.hard,
        state=case.state.value,
        reason=case.reason,
        advice=advice_of(case) or Advice.CLOSE,
        opened_at=case.opened_at,
        at=case.at,
        age_ms=max(0, now_ms - parse(case.at)),
        restricted=one.restricted,
        lane=case.lane,
        dpd=case.dpd,
        exposure=case.exposure,
        overdue=case.overdue,
        holder=case.holder,
        due=due,
        due_at=due_at,
        due_in_ms=None if due_at is None else parse(due_at) - now_ms,
        urgent_at=case.urgent_at,
        snoozed_until=case.snoozed_until,
        wait_until=case.wait_until,
        contact_at=contact.at,
        contact_by=contact.guard,
        pending=case.pending,
        segment=case.segment,
        damped=case.damped,
        ended=case.ended_at is not None,
        simulated=case.simulated,
    )


def _due(case: Case) -> tuple[str | None, str | None]:
    """Return the deadline that comes first, and which one it is."""
    dues = [("ack", case.ack_due_at), ("outcome", case.outcome_due_at)]
    open_dues = [(parse(at), what, at) for what, at in dues if at is not None]
    if not open_dues:
        return None, None
    _, what, at = min(open_dues)
    return what, at


def rows_of(
    cases: Sequence[Queued],
    records: dict[str, Case],
    contacts: dict[str, NextContact],
    now_ms: int,
) -> tuple[QueueRow, ...]:
    """Return the rows of some cases; one that was closed meanwhile has none."""
    return tuple(
        row_of(one, case, contacts.get(case.borrower_id), now_ms)
        for one in cases
        if (case := records.get(one.case_id)) is not None and case.state is not CaseState.CLOSED
    )
