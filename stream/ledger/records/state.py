"""One loan's record, as memory holds it and as it is stored: nothing is kept beside it.

What follows from the record (balances, days past due) is made anew when it is read and is not
stored: so a restart cannot change it, and a correction has nothing to undo.
"""

from typing import Final

import msgspec

from schemas.loan_terms import LoanStatus
from stream.ledger.records.days import Day
from stream.ledger.records.facts import Aliases, Fact
from stream.ledger.records.terms import Terms
from stream.ledger.records.versions import Version

FORMAT: Final = 1


class Position(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """How the core system says that the loan stood at the end of a day; amounts in minor units."""

    as_of: Day
    at_ms: int
    dpd: int
    overdue: int
    outstanding: int | None
    currency: str
    status: LoanStatus
    booked_class: str = ""


class Comparison(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """What came of comparing a position with the ledger at the same cut.

    Attributes:
        as_of: The position's day.
        cause: Why they differ, a value of `tieout.Cause`; empty if they agree.
        dpd: Days past due of the core less ours.
        overdue: Amount overdue of the core less ours, minor units.
    """

    as_of: Day
    cause: str = ""
    dpd: int = 0
    overdue: int = 0


class TieOut(msgspec.Struct, array_like=True, kw_only=True):
    """What the core has said of the loan's standing, and what came of it.

    Attributes:
        position: The latest position.
        comparison: Of that position; `None` while the day is not closed.
        accepted: Keys of facts and versions in doubt that the core or an operator confirmed.
        rejected: Keys of those that count for nothing, as the core or an operator showed.
        released: The difference that an operator released.
        released_on: The day of that release.
    """

    position: Position | None = None
    comparison: Comparison | None = None
    accepted: list[bytes] = msgspec.field(default_factory=list)
    rejected: list[bytes] = msgspec.field(default_factory=list)
    released: Comparison | None = None
    released_on: Day = 0


class LoanState(msgspec.Struct, array_like=True, kw_only=True):
    """Everything that is remembered of one loan.

    Attributes:
        format: The layout of this record.
        terms: What the contract says, `None` before it came.
        versions: Schedule versions by number.
        facts: What happened, by key.
        aliases: Events of earlier versions: what is taken back may name one of them.
        sources: Whose events were seen, in order.
        rolled: The latest day to which an overdue loan was counted; it never goes back.
        tie_out: What the core says of its standing.
    """

    format: int = FORMAT
    terms: Terms | None = None
    versions: dict[int, Version] = msgspec.field(default_factory=dict)
    facts: dict[bytes, Fact] = msgspec.field(default_factory=dict)
    aliases: Aliases = msgspec.field(default_factory=dict)
    sources: list[str] = msgspec.field(default_factory=list)
    rolled: Day = 0
    tie_out: TieOut = msgspec.field(default_factory=TieOut)


class FormatError(ValueError):
    """A stored record of a layout that this engine does not know."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(LoanState)


def encode(state: LoanState) -> bytes:
    """Return the record as it is stored."""
    return _encoder.encode(state)


def decode(value: bytes) -> LoanState:
    """Read a stored record.

    Raises:
        FormatError: If it was written by an engine with another layout.
        msgspec.DecodeError: If it is no such record at all.
    """
    state = _decoder.decode(value)
    if state.format != FORMAT:
        raise FormatError(f"expected a loan's record of format {FORMAT}, got {state.format}")
    return state
