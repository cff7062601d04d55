"""What the stages of one record share."""

from functools import cached_property

from schemas.alert import Alert
from schemas.decision import DecisionKind
from stream.decide import alerts
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.outbox import Outbox
from stream.ledger import Times


class Turn:
    """What the stages of one record share.

    Attributes:
        broadcast: Rule set, parameters, lists, phase, how far the feeds have come.
        now_ms: The later of the last tick and the record's arrival; a timer's deadline.
        outbox: Takes what is decided.
    """

    def __init__(self, broadcast: Broadcast, now_ms: int, outbox: Outbox) -> None:
        self.broadcast = broadcast
        self.now_ms = now_ms
        self.outbox = outbox

    @cached_property
    def times(self) -> Times:
        """What time it is for the ledger, and how far the sources of repayments have come."""
        return Times(self.now_ms, self.broadcast.repayments_passed)


def decide(
    borrower: Borrower,
    kind: DecisionKind,
    about: str,
    turn: Turn,
    *,
    detail: str | None = None,
    alert: Alert | None = None,
) -> None:
    """Record a decision about this borrower."""
    turn.outbox.decide(
        subject_kind=alerts.BORROWER,
        subject_id=borrower.borrower_id,
        ordinal=borrower.next_ordinal(),
        kind=kind,
        at_ms=turn.now_ms,
        about=about,
        detail=detail,
        alert=alert,
    )
