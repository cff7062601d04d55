"""Cases: the queue, orders and what came of them, and what the figures are made of."""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.alert import Tier
from schemas.case import Case, CaseEntry, CaseState, Done, Measure
from schemas.desk_event import DeskEvent, EventKind, OrderState
from schemas.desk_keys import CaseFacts, Name, QueueEntry, earliest, version
from schemas.desk_view import OrderStatus, ShiftLine
from schemas.instants import parse
from stream.desk_feed.writes import Always, Do, Put, Write, told

OF_DONE: Final = {
    Done.DONE: OrderState.DONE,
    Done.PENDING: OrderState.WAITING,
    Done.REFUSED: OrderState.REFUSED,
}
OVERDUE_DAYS: Final = (1, 4, 30)

_encode = msgspec.json.Encoder().encode


def of_case(case: Case, raw: bytes, *, restricted: bool) -> Iterator[Write]:
    """Yield what a case's record changes."""
    its_version = version(case.version)
    yield Put(
        Name.CASES,
        "",
        case.case_id,
        its_version,
        raw,
        (
            Do("SADD", Name.OF_BORROWER, case.borrower_id, (case.case_id,)),
            _queued(case),
            _told(case),
        ),
        restricted,
    )
    yield Put(Name.FACTS, "", case.case_id, its_version, _encode(facts_of(case)), (), restricted)
    peak = Tier[case.tier.upper()]
    yield Put(Name.PEAK, "", case.case_id, version(peak), peak.word.encode(), (), restricted)
    if not restricted:
        yield from first_overdue(case.borrower_id, case.dpd, parse(case.at))
    yield from _orders(case, restricted=restricted)


def first_overdue(borrower_id: str, dpd: int, at_ms: int) -> Iterator[Put]:
    """Yield that a borrower was seen to be overdue for so many days; the first time stays."""
    for days in OVERDUE_DAYS:
        if dpd >= days:
            yield first(borrower_id, f"dpd_{days}", at_ms)


def first(borrower_id: str, what: str, at_ms: int) -> Put:
    """Return that something of a borrower was so; the first time stays."""
    value = str(at_ms).encode()
    return Put(Name.FIRST, "", f"{borrower_id} {what}", earliest(at_ms), value)


def _queued(case: Case) -> Do:
    if case.state is CaseState.CLOSED:
        return Do("HDEL", Name.QUEUE, "", (case.case_id,))
    return Do("HSET", Name.QUEUE, "", (case.case_id, _encode(entry_of(case))))


def _told(case: Case) -> Do:
    return told(
        DeskEvent(
            kind=EventKind.CASE,
            case_id=case.case_id,
            version=case.version,
            tier=case.tier,
            hard=case.hard,
            state=case.state.value,
            holder=case.holder,
            is_new=case.version == 1,
        )
    )


def entry_of(case: Case) -> QueueEntry:
    """Return what the queue's order depends on."""
    wait_ms = _ms(case.wait_until) if case.state is CaseState.WAIT else 0
    return QueueEntry(
        lane=case.lane,
        tier=case.tier,
        hard=case.hard,
        state=case.state.value,
        opened_ms=parse(case.opened_at),
        exposure_minor=case.exposure.amount_minor if case.exposure else 0,
        currency=case.exposure.currency if case.exposure else "",
        ack_due_ms=_ms(case.ack_due_at),
        outcome_due_ms=_ms(case.outcome_due_at),
        urgent_ms=_ms(case.urgent_at),
        away_until_ms=max(wait_ms, _ms(case.snoozed_until)),
        holder=case.holder or "",
        segment=case.segment,
        damped=case.damped,
        pending=len(case.pending),
    )


def facts_of(case: Case) -> CaseFacts:
    """Return what the figures need of a case."""
    said = (e.at for e in case.entries if e.kind == "outcome" and e.done is Done.DONE)
    return CaseFacts(
        borrower_id=case.borrower_id,
        tier=case.tier,
        hard=case.hard,
        state=case.state.value,
        opened_ms=parse(case.opened_at),
        acked_ms=_ms(case.acked_at),
        outcome_ms=_ms(next(said, case.closed_at)) if case.outcome else 0,
        closed_ms=_ms(case.closed_at),
        outcome=case.outcome.value if case.outcome else "",
        signals=case.signals,
        contacted=case.measure is Measure.CONTACT,
        simulated=case.simulated,
    )


def _orders(case: Case, *, restricted: bool) -> Iterator[Write]:
    for entry in (*case.entries, *case.pending):
        if entry.action_id is None:
            continue
        yield _order(case, entry, entry.action_id, restricted=restricted)
        line = ShiftLine(case_id=case.case_id, borrower_id=case.borrower_id, entry=entry)
        score = str(parse(entry.at))
        yield Always((Do("ZADD", Name.LINES, "", (score, _encode(line))),), restricted)


def _order(case: Case, entry: CaseEntry, record_id: str, *, restricted: bool) -> Put:
    status = OrderStatus(
        record_id=record_id,
        state=OF_DONE[entry.done],
        case_id=case.case_id,
        kind=entry.kind,
        detail=entry.detail,
        at=entry.at,
    )
    return order_put(status, of_case=True, restricted=restricted)


def order_put(status: OrderStatus, *, of_case: bool, restricted: bool) -> Put:
    """Return what is known of an order; what the case says replaces what a decision says.

    That an action was noted says nothing of whether it waits for a second person; the case does.
    """
    is_final = status.state is OrderState.REFUSED or (
        of_case and status.state is not OrderState.WAITING
    )
    rank = 2 if is_final else 1
    event = DeskEvent(
        kind=EventKind.ORDER,
        record_id=status.record_id,
        order=status.state,
        case_id=status.case_id,
        detail=status.detail,
    )
    its_version = version(rank, int(of_case))
    then = (told(event),)
    return Put(Name.ORDERS, "", status.record_id, its_version, _encode(status), then, restricted)


def _ms(at: str | None) -> int:
    return 0 if at is None else parse(at)
