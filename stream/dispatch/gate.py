"""The gate: one request against all that is known now; the first objection decides.

    judge(request, known) -> Leave | Refusal

Asked when a permit is requested, and again when it has been written, before it is answered: so
an answer is never older than what the gate knows. A request that was granted before gets the same
permit as long as nothing speaks against sending now.

Invariants: at most one permit a trigger; none while the switch is on or not known; none after a
retraction has been read; nothing is granted that `step` has not proposed.
"""

from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from schemas.alert import Phase
from schemas.collection_trigger import Channel, Op
from schemas.instants import from_ms, to_ms, wire
from schemas.permit import Permit
from stream.dispatch.grants import Grants
from stream.dispatch.limits import AHEAD_MS, SWITCH_KNOWN_MS, Limits, Spent
from stream.dispatch.refusals import Reason, Refusal
from stream.dispatch.switch import Switch
from stream.dispatch.triggers import Standing, Triggers

ID_DIGITS: Final = 32

_OPS: Final = {
    Op.RETRACT: Reason.RETRACTED,
    Op.DEFER: Reason.DEFERRED,
    Op.SUPPRESS: Reason.SUPPRESSED,
    Op.NEED_APPROVAL: Reason.NEEDS_APPROVAL,
}


class Request(NamedTuple):
    """What an executor asks: may I send this proposal now?

    Attributes:
        trigger_id: Which trigger.
        ordinal: Which of its records the executor is about to carry out.
        channel: By what.
        executor: Who asks, from the token.
        request_key: The executor's own; the same for a repeated request.
    """

    trigger_id: str
    ordinal: int
    channel: Channel
    executor: str
    request_key: str

    @property
    def permit_id(self) -> str:
        """The id of the permit: another executor's request with the same key is another one."""
        said = msgspec.json.encode((self.trigger_id, self.executor, self.request_key))
        return f"pm_{sha256(said).hexdigest()[:ID_DIGITS]}"


class Known(NamedTuple):
    """What is known at one instant of the partition that a trigger belongs to."""

    now_ms: int
    switch: Switch
    triggers: Triggers
    grants: Grants
    limits: Limits
    spent: Spent


class Leave(NamedTuple):
    """A permit, and whether it was granted just now: then it is yet to be written."""

    permit: Permit
    is_new: bool


def judge(request: Request, known: Known) -> Leave | Refusal:
    """Answer a request for a trigger that is known."""
    standing = known.triggers[request.trigger_id]
    earlier = known.grants.of(request.trigger_id)
    refusal = (
        switched_off(known.switch, known.now_ms)
        or _blind(standing, known)
        or _taken(request, earlier)
        or _not_proposed(request, standing)
        or _out_of_window(standing, known.now_ms)
        or _ended(earlier, known.now_ms)
    )
    if refusal:
        return refusal
    if earlier:
        return Leave(earlier, is_new=False)
    return _too_much(standing, known) or Leave(_permit(request, standing, known), is_new=True)


def switched_off(switch: Switch, now_ms: int) -> Refusal | None:
    """Object while the kill switch is on, or not known as of now."""
    if switch.known_ms is None or abs(now_ms - switch.known_ms) > SWITCH_KNOWN_MS:
        return Refusal(
            Reason.KILL_SWITCH_UNKNOWN,
            "the kill switch is not known: `control` has not been read to its end within"
            f" {SWITCH_KNOWN_MS} ms",
        )
    return Refusal(Reason.KILL_SWITCH, "the kill switch is on") if switch.on else None


def is_behind(triggers: Triggers, limits: Limits, now_ms: int) -> Refusal | None:
    """Object if the decisions of a partition are not known up to about now."""
    through_ms = triggers.through_ms
    if through_ms is None:
        return Refusal(Reason.STALE, "no checkpointed tick of this partition has been read")
    if through_ms > now_ms + AHEAD_MS:
        detail = f"the last tick, {wire(through_ms)}, is ahead of this clock"
        return Refusal(Reason.CLOCK_SKEW, detail)
    if now_ms - through_ms > limits.stale_ms:
        return Refusal(
            Reason.STALE,
            f"the last checkpointed tick of this partition is of {wire(through_ms)}, which is more"
            f" than {limits.stale_ms // 1_000} s ago",
        )
    return None


def _blind(standing: Standing, known: Known) -> Refusal | None:
    if refusal := is_behind(known.triggers, known.limits, known.now_ms):
        return refusal
    if standing.borrower_id.encode() in known.triggers.unreadable:
        return Refusal(Reason.UNREADABLE, "a record of this borrower cannot be read")
    return None


def _taken(request: Request, earlier: Permit | None) -> Refusal | None:
    if earlier is None or earlier.permit_id == request.permit_id:
        return None
    return Refusal(Reason.GRANTED_TO_ANOTHER, "another request has the permit of this trigger")


def _not_proposed(request: Request, standing: Standing) -> Refusal | None:
    if standing.phase is not Phase.LIVE:
        return Refusal(Reason.NOT_LIVE, "the trigger is of the time before go-live")
    if standing.simulated:
        return Refusal(Reason.SIMULATED, "the trigger is simulated")
    if reason := _OPS.get(standing.op):
        return Refusal(reason, f"record {standing.ordinal} of the trigger says {standing.op}")
    if request.ordinal != standing.ordinal:
        return Refusal(
            Reason.SUPERSEDED,
            f"expected the proposal with ordinal {standing.ordinal}, got {request.ordinal}",
        )
    if request.channel is not standing.channel:
        return Refusal(
            Reason.CHANNEL, f"expected the channel {standing.channel}, got {request.channel}"
        )
    return None


def _out_of_window(standing: Standing, now_ms: int) -> Refusal | None:
    earliest_ms, latest_ms, expires_ms = (
        standing.earliest_ms,
        standing.latest_ms,
        standing.expires_ms,
    )
    if earliest_ms is None or latest_ms is None or expires_ms is None:
        return Refusal(Reason.NO_WINDOW, "the proposal does not say when it may be sent")
    if now_ms >= expires_ms:
        return Refusal(Reason.EXPIRED, f"the proposal expired at {wire(expires_ms)}")
    if now_ms < earliest_ms:
        detail = f"it may be sent from {wire(earliest_ms)}"
        return Refusal(Reason.TOO_EARLY, detail, again_ms=earliest_ms)
    if now_ms > latest_ms:
        return Refusal(Reason.TOO_LATE, f"it could be sent until {wire(latest_ms)}")
    return None


def _ended(earlier: Permit | None, now_ms: int) -> Refusal | None:
    if earlier is None or now_ms <= to_ms(earlier.valid_until):
        return None
    until = wire(to_ms(earlier.valid_until))
    return Refusal(Reason.PERMIT_ENDED, f"the permit was good until {until}", permit=earlier)


def _too_much(standing: Standing, known: Known) -> Refusal | None:
    now_ms, limits, spent = known.now_ms, known.limits, known.spent
    if open_one := known.grants.open_of(standing.borrower_id, now_ms):
        detail = "the borrower may be being contacted right now, by another permit"
        return Refusal(Reason.BORROWER_BUSY, detail, again_ms=to_ms(open_one.valid_until) + 1)
    if spent.minute >= limits.per_minute:
        detail = f"{limits.per_minute} permits of this partition were granted within a minute"
        return Refusal(Reason.LIMIT_MINUTE, detail, again_ms=spent.minute_free_ms)
    if spent.hour >= limits.per_hour:
        detail = f"{limits.per_hour} permits of this partition were granted within an hour"
        return Refusal(Reason.LIMIT_HOUR, detail, again_ms=spent.hour_free_ms)
    return None


def _permit(request: Request, standing: Standing, known: Known) -> Permit:
    until_ms = known.now_ms + known.limits.valid_ms
    if standing.latest_ms is not None and standing.expires_ms is not None:
        until_ms = min(until_ms, standing.latest_ms, standing.expires_ms - 1)
    return Permit(
        permit_id=request.permit_id,
        trigger_id=request.trigger_id,
        borrower_id=standing.borrower_id,
        request_key=request.request_key,
        channel=standing.channel,
        granted_at=from_ms(known.now_ms),
        valid_until=from_ms(until_ms),
    )
