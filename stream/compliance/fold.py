"""The feed: one decision or action in, what is to be written out.

    feed = Feed(house, trust, partitions=4)
    feed.take("decisions", 2, 4711, value, now_ms)
    feed.messages()    # records, heads, health
    feed.changes()     # the checkpoint that goes with them, in the same transaction

Total: a value that cannot be read is skipped and told to `health`. What was taken before, by its
offset, is not taken again. Which partition came first is the caller's choice and stands in the
feed for ever; everything else follows from what was taken (architecture.md 3).
"""

from typing import Final

import msgspec
import rfc8785

from schemas.alert import Phase
from schemas.decision import Decision, DecisionKind
from schemas.health import Health, HealthKind
from schemas.instants import wire
from schemas.signing import Trust
from stream.compliance import access, days, drafts, held, incidents, letters
from stream.compliance.actions import ActionRefusedError, Actions, GapError
from stream.compliance.folding import Folding
from stream.compliance.log import House, Message

DECISIONS: Final = "decisions"
ACTIONS: Final = "compliance-actions"
AUDIT: Final = "desk-audit"
LETTERS: Final = "dead-letters"
HEALTH: Final = "health"

UNREADABLE: Final = (
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    rfc8785.CanonicalizationError,
)
"""What a value can be that is no decision, or that no canonical JSON can say."""

_decode: Final = msgspec.json.Decoder(Decision).decode
_encode: Final = msgspec.json.Encoder().encode


class Feed(Folding):
    """The fold.

    Args:
        house: Whose feed it is, and what signs it.
        trust: Whose compliance actions count.
        partitions: How many `decisions` has: a day is closed when all have closed it.
    """

    def __init__(self, house: House, trust: Trust, *, partitions: int) -> None:
        super().__init__(house)
        self._actions = Actions(trust, self._state, self._log)
        self._partitions = partitions

    def _take(self, topic: str, partition: int, offset: int, value: bytes) -> None:
        try:
            if topic == ACTIONS:
                self._actions.take(value)
            elif topic == AUDIT:
                access.note(value, self._state, self._log)
            elif topic == LETTERS:
                letters.note(value, self._state)
            elif topic == HEALTH:
                incidents.note(value, self._state)
            else:
                self._decide(_decode(value), partition)
        except ActionRefusedError as error:
            gap = isinstance(error, GapError)
            kind = HealthKind.FEED_GAP if gap else HealthKind.COMPLIANCE_REFUSED
            self._health(kind, f"{topic}/{partition}/{offset}", str(error))
        except UNREADABLE as error:
            self._health(HealthKind.UNREAD_RECORD, f"{topic}/{partition}/{offset}", str(error))

    def _pass(self, now_ms: int) -> None:
        super()._pass(now_ms)
        access.report(self._state, self._log)

    def _decide(self, decision: Decision, partition: int) -> None:
        state, log = self._state, self._log
        if decision.kind is DecisionKind.CONTROL_APPLIED:
            drafts.control(decision, log)  # who changed what counts before go-live as well
        drafts.demotion(decision, log)  # and so does that nobody did
        if decision.phase is not Phase.LIVE:
            return
        if decision.tier_change is not None:
            drafts.tier_change(decision, decision.tier_change, log)
        if decision.trigger is not None:
            days.count(decision.trigger, partition, state)
            drafts.trigger(decision, decision.trigger, log)
        days.count_contact(decision, partition, state)
        days.count_set_aside(decision, partition, state)
        if decision.alert is not None:
            held.hold(decision.alert, decision.subject_kind, state)
        if decision.kind is DecisionKind.MORNING:
            drafts.morning(decision, log)
        if decision.day is not None:
            days.close(decision, decision.day, self._partitions, state, log)

    def _health(self, kind: HealthKind, about: str, message: str) -> None:
        finding = Health(
            health_id=f"{kind.value}/{about}",
            kind=kind,
            subject="compliance",
            message=message,
            at=wire(self._state.core.clock_ms),
            phase=Phase.LIVE,
        )
        self._log.messages.append(Message(HEALTH, b"compliance", _encode(finding)))
