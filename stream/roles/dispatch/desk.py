"""The counter at which permits are asked for: finds the partition, judges, writes, judges again.

A new permit is answered only when it is committed, and only if nothing speaks against sending by
then: the second judgement is what is answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from stream import clock, metrics
from stream.dispatch.gate import Known, Leave, is_behind, judge, switched_off
from stream.dispatch.limits import Limits, spent
from stream.dispatch.refusals import Reason, Refusal
from stream.roles.dispatch.held import GivenUpError

if TYPE_CHECKING:
    from schemas.permit import Permit
    from stream.dispatch.gate import Request
    from stream.dispatch.switch import Switch
    from stream.roles.dispatch.custody import GateCustody
    from stream.roles.dispatch.held import Held
    from stream.settings import Settings

log = structlog.get_logger()

WRITTEN_WITHIN_S: Final = 5.0


class Desk:
    """Answers requests; all of it on the event loop.

    Args:
        settings: Of the process.
        switch: The live kill switch.
        custody: The partitions that this process holds.
    """

    def __init__(self, settings: Settings, switch: Switch, custody: GateCustody) -> None:
        self._switch, self._custody = switch, custody
        self._limits = Limits(
            stale_ms=settings.stale_s * 1_000,
            valid_ms=settings.permit_s * 1_000,
            per_minute=settings.permits_per_minute,
            per_hour=settings.permits_per_hour,
        )
        partitions = settings.partitions
        self._shares = [self._limits.share(number, partitions) for number in range(partitions)]

    async def ask(self, request: Request) -> Permit | Refusal:
        """Grant a permit, or say why not."""
        with metrics.PERMIT_SECONDS.time():
            answer = await self._ask(request)
        if isinstance(answer, Refusal):
            metrics.PERMITS.labels(answer.reason).inc()
            return answer
        permit, is_new = answer
        metrics.PERMITS.labels("granted" if is_new else "repeated").inc()
        return permit

    async def _ask(self, request: Request) -> Leave | Refusal:
        held = self._find(request.trigger_id)
        if isinstance(held, Refusal):
            return held
        answer = self._judge(request, held)
        if isinstance(answer, Refusal):
            return answer
        if answer.is_new:
            held.grants.add(answer.permit)
            written = held.write(answer.permit)
        elif waiting := held.waiting(request.trigger_id):
            written = waiting
        else:
            return answer
        try:
            await asyncio.wait_for(asyncio.shield(written), WRITTEN_WITHIN_S)
        except (TimeoutError, GivenUpError) as error:
            log.warning("permit not written", trigger_id=request.trigger_id, error=repr(error))
            detail = "Kafka has not confirmed the permit: ask again with the same request key"
            return Refusal(Reason.NOT_WRITTEN, detail)
        again = self._judge(request, held)
        return again if isinstance(again, Refusal) else answer

    def _judge(self, request: Request, held: Held) -> Leave | Refusal:
        now_ms = clock.now_ms()
        limits, recent = self._shares[held.number], spent(held.grants, now_ms)
        return judge(
            request, Known(now_ms, self._switch, held.triggers, held.grants, limits, recent)
        )

    def _find(self, trigger_id: str) -> Held | Refusal:
        """Return the partition that a trigger belongs to, or why none is known."""
        now_ms = clock.now_ms()
        if refusal := switched_off(self._switch, now_ms):
            return refusal
        for held in self._custody.held:
            if trigger_id in held.triggers:
                return held
        if not self._custody.holds_all:
            return Refusal(
                Reason.NOT_OWNER,
                "the trigger is not known here, and some partitions are not this process's:"
                " ask another, or again in a moment",
            )
        if any(is_behind(held.triggers, self._limits, now_ms) for held in self._custody.held):
            detail = (
                "the trigger is not known here, and the triggers have not been read to their end"
            )
            return Refusal(Reason.BEHIND, detail)
        return Refusal(Reason.UNKNOWN_TRIGGER, "no trigger of this id is known")

    def refusing(self) -> Refusal | None:
        """Return why every request would be refused now, nothing if some would not."""
        now_ms = clock.now_ms()
        if refusal := switched_off(self._switch, now_ms):
            return refusal
        if not any(self._custody.held):
            return Refusal(Reason.NOT_OWNER, "no partition is held by this process")
        behind = [is_behind(each.triggers, self._limits, now_ms) for each in self._custody.held]
        return behind[0] if all(behind) else None
