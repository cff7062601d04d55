"""The watch itself: health, how far the feeds have come, decisions, and what governs everybody."""

from collections.abc import Iterable, Iterator
from typing import Final
from zlib import crc32

import msgspec

from schemas.decision import Decision, DecisionKind
from schemas.desk_audit import DeskAudit
from schemas.desk_event import DeskEvent, EventKind, OrderState
from schemas.desk_keys import Name, version
from schemas.desk_trust import ConfigChange, KillSwitch, TieOutView
from schemas.desk_view import OrderStatus
from schemas.health import Health, HealthKind
from schemas.instants import parse
from schemas.operators import OPERATOR_LINKS
from stream.desk_feed import foresight
from stream.desk_feed.people import order_put
from stream.desk_feed.writes import Always, Do, Put, Write, told
from stream.intake.progress import Held, Progress

TRUST_EVENT: Final = told(DeskEvent(kind=EventKind.TRUST))
UNKNOWN_ACTION: Final = "action"
"""What a refusal is about where nobody could read which action it was."""

_encode = msgspec.json.Encoder().encode


def of_health(health: Health, raw: bytes) -> Iterator[Write]:
    """Yield what a finding changes; a refused action is told by its order."""
    if health.kind is HealthKind.ACTION_REFUSED:
        return
    field = f"{health.kind.value} {health.subject}"
    of_several = int(health.ended) << 32 | crc32(health.health_id.encode())
    its_version = version(parse(health.at), of_several)
    yield Put(Name.HEALTH, "", field, its_version, raw, (TRUST_EVENT,))


def of_progress(told_by: Progress | Held) -> Iterator[Write]:
    """Yield how far a feed has come in one partition."""
    match told_by:
        case Held():
            yield Put(
                Name.PROGRESS, "", told_by.key, version(told_by.read), _encode(told_by.earliest_ms)
            )
        case Progress(closed=closed) if closed is not None:
            its_version = version(closed.toordinal())
            yield Put(Name.PROGRESS, "", told_by.key, its_version, closed.isoformat().encode())
        case Progress():
            at_ms = told_by.alive_at_ms or told_by.clock_at_ms or 0
            yield Put(Name.PROGRESS, "", told_by.key, version(at_ms), str(at_ms).encode())


def of_decision(decision: Decision) -> Iterator[Write]:
    """Yield what a decision changes at the desk; most do not."""
    at_ms = parse(decision.at)
    yield Put(Name.TRUST, "", "decided_ms", version(at_ms), str(at_ms).encode())
    yield Put(Name.TRUST, "", "phase", version(at_ms, _live(decision)), decision.phase.encode())
    match decision.kind:
        case DecisionKind.MORNING:
            yield from _morning(decision, at_ms)
        case DecisionKind.DAY_CLOSED:
            yield from foresight.of_day(decision)
        case DecisionKind.CONTROL_APPLIED:
            yield from _change(decision)
        case DecisionKind.ACTION_NOTED:
            yield from _order(decision, OrderState.DONE)
        case DecisionKind.ACTION_REFUSED:
            yield from _order(decision, OrderState.REFUSED)
        case _:
            pass


def _live(decision: Decision) -> int:
    return int(decision.phase == "live")


def _morning(decision: Decision, at_ms: int) -> Iterator[Put]:
    if decision.tie_out is None or decision.about is None:
        return
    view = TieOutView(
        day=decision.about,
        at=decision.at,
        ties=decision.tie_out.ties,
        causes=decision.tie_out.causes,
        sentence=decision.detail or "",
    )
    its_version = version(at_ms, decision.ordinal)
    yield Put(Name.TRUST, "", "tie_out", its_version, _encode(view), (TRUST_EVENT,))


def _change(decision: Decision) -> Iterator[Put]:
    note = decision.control
    if note is None:
        return
    view = ConfigChange(
        record_id=note.record_id,
        subject=note.subject,
        author=note.author,
        approver=note.approver,
        at=decision.at,
    )
    value = _encode(view)
    yield Put(Name.CHANGES, "", note.record_id, version(1), value, (TRUST_EVENT,))


def _order(decision: Decision, state: OrderState) -> Iterator[Put]:
    if decision.about is None or decision.about == UNKNOWN_ACTION:
        return
    status = OrderStatus(
        record_id=decision.about, state=state, detail=decision.detail, at=decision.at
    )
    yield order_put(status, of_case=False, restricted=False)


def of_switch(switch: KillSwitch, sequence: int) -> Iterator[Write]:
    """Yield that the kill switch is on or off, as its record number `sequence` says."""
    value = _encode(switch)
    yield Put(Name.TRUST, "", "kill_switch", version(sequence), value, (TRUST_EVENT,))


def of_links(members: Iterable[str], offset: int) -> Iterator[Write]:
    """Yield who is linked to which borrower from now on."""
    value = _encode(sorted(members))
    yield Put(Name.TRUST, "", OPERATOR_LINKS, version(offset), value, (TRUST_EVENT,))


def of_clock(clock: str) -> Iterator[Write]:
    """Yield what time the journal goes by since its go-live."""
    yield Put(Name.TRUST, "", "clock", version(1), clock.encode(), (TRUST_EVENT,))


def of_audit(record: DeskAudit, raw: bytes) -> Iterator[Write]:
    """Yield one more line of who looked at what; only those see it who see everything."""
    score = str(parse(record.at))
    yield Always((Do("ZADD", Name.AUDIT, "", (score, raw)),), restricted=True)


def simulated() -> Put:
    """Return that something here is simulated."""
    return Put(Name.TRUST, "", "simulated", version(1), b"1")
