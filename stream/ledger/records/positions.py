"""The core's positions: how it says that a loan stood at the end of each day (ledger.md 8)."""

import msgspec

from schemas.instants import DAY_MS
from schemas.reference import LoanPosition
from stream.ledger.records.days import EPOCH_DAY, Day
from stream.ledger.records.state import LoanState, Position


def read_position(data: LoanPosition, at_ms: int) -> Position:
    """Return the position of a record that took effect at `at_ms`."""
    return Position(
        as_of=data.as_of.toordinal(),
        at_ms=at_ms,
        dpd=data.dpd,
        overdue=data.overdue.amount_minor,
        outstanding=data.outstanding.amount_minor if data.outstanding else None,
        currency=data.overdue.currency,
        status=data.status,
        booked_class=data.booked_class or "",
    )


def put_position(state: LoanState, position: Position) -> bool:
    """Take a position unless a later one is known; `False` if nothing changed."""
    known = state.tie_out.position
    if known is not None and _rank(known) >= _rank(position):
        return False
    state.tie_out.position = position
    state.tie_out.comparison = None
    return True


def _rank(position: Position) -> tuple[Day, int, bytes]:
    return position.as_of, position.at_ms, msgspec.msgpack.encode(position)


def compare_again(state: LoanState, at_ms: int) -> None:
    """Forget how the last position differed if something that was compared has changed.

    One that agreed has agreed: what is corrected later was so for the core as well, on that day.
    """
    tie_out = state.tie_out
    if tie_out.comparison is None or not tie_out.comparison.cause:
        return
    if at_ms // DAY_MS + EPOCH_DAY <= tie_out.comparison.as_of + 1:
        tie_out.comparison = None
