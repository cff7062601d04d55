"""What the stages of one record share."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Final

from rules import Program
from rules.catalogue import RESTRICTED
from schemas.alert import Alert, Cause, Transition
from schemas.control import Clock
from schemas.decision import DecisionKind
from schemas.health import HealthKind
from schemas.journal import Event
from stream.decide import alerts, images
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.outbox import Outbox
from stream.decide.parts import Episode
from stream.ledger import Times

LIVE_MODE: Final = "live"
"""The mode of a rule whose warnings are told; of any other they are only recorded."""


class Turn:
    """What the stages of one record share.

    Attributes:
        broadcast: Rule set, parameters, lists, phase, how far the feeds have come.
        now_ms: The later of the last tick and the record's arrival; a timer's deadline, or the
            borrower's last tick if that was later.
        heard_ms: The same by this record alone: how late it is does not depend on what came
            before it. An input clock lets one stream run ahead of another by days.
        outbox: Takes what is decided.
        event: The event in hand, `None` of a timer and of any other record.
        cause: Why something changes: because of what happened, of what came late, of a correction.
        latest_ms: When the borrower's latest event before this one happened, -1 if there is none.
        since_ms: The earliest time of which the record in hand tells: of its event, and of those
            that it corrects or takes back.
        touched: The features that the record in hand has changed, as rows name them.
        unlearned: The detectors' rows without what the event in hand has taught, once it has.
    """

    def __init__(
        self,
        broadcast: Broadcast,
        now_ms: int,
        outbox: Outbox,
        event: Event | None = None,
        heard_ms: int | None = None,
    ) -> None:
        self.broadcast = broadcast
        self.now_ms = now_ms
        self.heard_ms = now_ms if heard_ms is None else heard_ms
        self.outbox = outbox
        self.event = event
        self.cause = Cause.SIGNAL
        self.latest_ms = -1
        self.since_ms = event.event_at_ms if event else now_ms
        self.touched: Collection[int] = ()
        self.unlearned: Mapping[str, bytes] | None = None

    @cached_property
    def times(self) -> Times:
        """What time it is for the ledger, and how far the sources of repayments have come.

        The ledger goes by ticks: on an input clock a record of another stream may be days ahead of
        payments that are still to be read, and nobody is overdue for that. Nor does it count there
        without a source after some days, which may be a second of the wall.
        """
        tick_ms = self.broadcast.position.now_ms
        now_ms = min(self.now_ms, tick_ms) if tick_ms else self.now_ms
        is_patient = self.broadcast.governance.clock is Clock.INPUT
        return Times(now_ms, self.broadcast.repayments_passed, is_patient)

    @property
    def repairs_from_ms(self) -> int:
        """Nothing that happened before this is put right in windows and warnings."""
        return self.heard_ms - self.broadcast.declared.longest_ms


def tell(borrower: Borrower, episode: Episode, alert: Alert, turn: Turn) -> None:
    """Record the transition as a decision, and hand out the alert unless the rule is in shadow.

    Of what belongs to the restricted lane the tier hears nothing.
    """
    restricted = alert.lane == RESTRICTED
    decide(borrower, DecisionKind.EPISODE, alert.alert_id, turn, alert=alert, restricted=restricted)
    if not episode.shadow:
        turn.outbox.alert(alert)
        if not restricted:
            borrower.told.append(alert)
    if not restricted:
        warning = images.warning_of(alert.alert_id)
        is_open = not episode.shadow and episode.tier > 0
        images.follow(borrower, warning, rows_before(borrower, turn), turn.now_ms, is_open=is_open)


def rows_before(borrower: Borrower, turn: Turn) -> Mapping[str, bytes]:
    """Return the detectors' rows without what the event in hand has taught."""
    return borrower.models if turn.unlearned is None else turn.unlearned


def tell_end(
    borrower: Borrower, episode: Episode, transition: Transition, cause: Cause, turn: Turn
) -> None:
    """Tell how an episode ended, by what its last alert said of it; it has been closed before."""
    alert = alerts.repeated(
        borrower,
        episode,
        transition=transition,
        cause=cause,
        at_ms=turn.now_ms,
        phase=turn.outbox.phase,
        reason=alerts.ended(cause, turn.now_ms),
    )
    tell(borrower, episode, alert, turn)


def rules_failed(program: Program, error: Exception, turn: Turn) -> None:
    """Report a bug of ours by name; the partition goes on."""
    turn.outbox.health(
        HealthKind.RULE_FAILED,
        subject=program.name,
        about=_in_hand(turn),
        message=_failure(program, error),
        at_ms=turn.now_ms,
    )


def restricted_rules_failed(
    borrower: Borrower, program: Program, error: Exception, turn: Turn
) -> None:
    """Report a bug of ours to compliance alone: that a rule was looked at tells of the borrower."""
    decide(
        borrower,
        DecisionKind.RULE_FAILED,
        _in_hand(turn),
        turn,
        detail=_failure(program, error),
        restricted=True,
    )


def _in_hand(turn: Turn) -> str:
    return turn.event.event_id if turn.event else str(turn.now_ms)


def _failure(program: Program, error: Exception) -> str:
    return f"rule set version {program.version}: {type(error).__name__}: {error}"


def decide(
    borrower: Borrower,
    kind: DecisionKind,
    about: str,
    turn: Turn,
    *,
    detail: str | None = None,
    alert: Alert | None = None,
    restricted: bool = False,
) -> None:
    """Record a decision about this borrower; those of the restricted lane are counted apart."""
    turn.outbox.decide(
        subject_kind=alerts.BORROWER,
        subject_id=borrower.borrower_id,
        ordinal=borrower.next_ordinal(restricted=restricted),
        kind=kind,
        at_ms=turn.now_ms,
        about=about,
        detail=detail,
        alert=alert,
        restricted=restricted,
    )
