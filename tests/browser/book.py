"""What the stand-in desk knows: cases, orders and events, told in `schemas.desk_view`."""

import itertools
import threading
import time
from typing import TYPE_CHECKING

from schemas.case import Case, CaseState
from schemas.desk_event import DeskEvent, EventKind, OrderState
from schemas.desk_figures import Kpi
from schemas.desk_trust import FeedState, Incidents, Trust
from schemas.desk_view import (
    CaseDetail,
    HandOver,
    Machine,
    OrderStatus,
    Queue,
    QueueRow,
    Rank,
    ShiftLine,
)
from schemas.instants import HOUR_MS, parse, wire
from tests.browser import fold, world
from tests.browser.given import again, given

if TYPE_CHECKING:
    from schemas.operators import May

DECIDES_AFTER_S = 0.05
AGE_MS = 42_000
TIERS = ["none", "mild", "moderate", "severe"]
INCIDENTS, KPI, TRUST = given("incidents", Incidents), given("kpi", Kpi), given("trust", Trust)


class Book:
    """The state of the stand-in; time goes on from `world.START_MS`."""

    def __init__(self, cases: int = 12) -> None:
        self.cases: dict[str, Case] = {}
        self.orders: dict[str, OrderStatus] = {}
        self.events: list[DeskEvent] = []
        self.rebuilding = self.red = self.down = False
        self.refuse_next: str | None = None
        self._ids = itertools.count(1)
        self._began = time.monotonic()
        for index in range(cases):
            self.put(world.case(index))

    def now_ms(self) -> int:
        """The stand-in's time."""
        return world.START_MS + int(1000 * (time.monotonic() - self._began))

    def tell(self, kind: EventKind, **what: object) -> None:
        """Send an event to every browser."""
        self.events.append(DeskEvent(kind=kind, **what))

    def put(self, case: Case) -> None:
        """Write a case as it stands, and tell of it."""
        is_new = case.case_id not in self.cases
        self.cases[case.case_id] = case
        shown = {
            name: getattr(case, name) for name in ("version", "tier", "hard", "state", "holder")
        }
        self.tell(EventKind.CASE, case_id=case.case_id, is_new=is_new, **shown)

    def order(self, case_id: str, order: dict, operator: str) -> str:
        """Take an order; it is decided a moment later."""
        record_id = f"act-{next(self._ids)}"
        self.orders[record_id] = OrderStatus(record_id=record_id, state=OrderState.SENT)
        threading.Timer(
            DECIDES_AFTER_S, self._decide, (record_id, case_id, order, operator)
        ).start()
        return record_id

    def _decide(self, record_id: str, case_id: str, order: dict, operator: str) -> None:
        refused, self.refuse_next = self.refuse_next, None
        state = OrderState.REFUSED if refused else OrderState.DONE
        if not refused:
            entry = fold.entry(order, operator, wire(self.now_ms()), record_id)
            self.put(fold.applied(self.cases[case_id], order, entry))
        self.orders[record_id] = OrderStatus(record_id=record_id, state=state, detail=refused)
        self.tell(
            EventKind.ORDER, record_id=record_id, case_id=case_id, order=state, detail=refused
        )

    def row(self, case: Case) -> QueueRow:
        """Return a case as a row of the queue."""
        due = "ack" if case.ack_due_at else "outcome" if case.outcome_due_at else None
        due_at = case.ack_due_at or case.outcome_due_at
        due_in_ms = parse(due_at) - self.now_ms() if due_at else None
        return QueueRow(
            case_id=case.case_id,
            borrower_id=case.borrower_id,
            legal_entity=case.legal_entity,
            version=case.version,
            rank=self._rank(case, due_in_ms),
            tier=case.tier,
            hard=case.hard,
            state=case.state,
            reason=case.reason,
            advice=fold.NEXT[case.state],
            opened_at=case.opened_at,
            at=case.at,
            age_ms=AGE_MS,
            lane=case.lane,
            dpd=case.dpd,
            exposure=case.exposure,
            overdue=case.overdue,
            holder=case.holder,
            due=due,
            due_at=due_at,
            due_in_ms=due_in_ms,
            wait_until=case.wait_until,
            contact_at=wire(world.OPENING_MS),
            contact_by="QUIET_HOURS",
            segment=case.segment,
            simulated=case.simulated,
        )

    @staticmethod
    def _rank(case: Case, due_in_ms: int | None) -> Rank:
        if due_in_ms is not None and due_in_ms < 0:
            return Rank.DEADLINE_PASSED
        return Rank.HARD_SEVERE if case.hard and case.tier == "severe" else Rank.EXPOSURE

    def queue(self, view: str, limit: int, cursor: str | None) -> Queue:
        """Return one page of the queue."""
        waiting = [each for each in self.cases.values() if each.state is CaseState.WAIT]
        now = [
            each
            for each in self.cases.values()
            if each.state not in {CaseState.WAIT, CaseState.CLOSED}
        ]
        seen = {"now": now, "waiting": waiting}.get(view, list(self.cases.values()))
        rows = sorted(map(self.row, seen), key=_worst_first)
        start = int(cursor or 0)
        return Queue(
            rows=tuple(rows[start : start + limit]),
            total=len(rows),
            by_tier={
                tier: sum(row.tier == tier for row in rows) for tier in ("severe", "moderate")
            },
            waiting=len(waiting),
            next=str(start + limit) if start + limit < len(rows) else None,
            rebuilding=self.rebuilding,
        )

    def trust(self) -> Trust:
        """Return the trust line; when red, the last source is silent."""
        *others, last = TRUST.sources
        if self.red:
            last = again(last, state=FeedState.SILENT, message="no record for 7 hours")
        return again(
            TRUST,
            at=wire(self.now_ms()),
            red=self.red,
            rebuilding=self.rebuilding,
            sources=(*others, last),
        )

    def detail(self, case: Case, operator: str, rights: "set[May]") -> CaseDetail:
        """Return one case."""
        return CaseDetail(
            case=case,
            alerts=world.alerts(case),
            tier_changes=world.tier_changes(case),
            earlier=(world.earlier(case),),
            actions=fold.actions(case, operator, rights),
            advice=fold.NEXT[case.state],
            contact_at=wire(world.OPENING_MS),
            contact_by="QUIET_HOURS",
            age_ms=AGE_MS,
        )

    def machine(self, case: Case) -> Machine:
        """Return what the machine did about a case."""
        return Machine(triggers=(world.trigger(case),))

    def handover(self) -> HandOver:
        """Return the page for the next shift."""
        rows = [self.row(each) for each in self.cases.values()]
        return HandOver(
            since=wire(self.now_ms() - 12 * HOUR_MS),
            at=wire(self.now_ms()),
            until=wire(self.now_ms() + 12 * HOUR_MS),
            opened=len(rows),
            closed=4,
            outcomes={"TRUE_DISTRESS": 2, "SEASONAL": 1, "DATA_ERROR": 1},
            unacknowledged=tuple(row for row in rows if row.state == "NEW")[:6],
            overdue=tuple(row for row in rows if row.rank is Rank.DEADLINE_PASSED),
            waiting=tuple(row for row in rows if row.state == "WAIT"),
            log=tuple(
                ShiftLine(case_id=case.case_id, borrower_id=case.borrower_id, entry=entry)
                for case in self.cases.values()
                for entry in case.entries
                if entry.operator
            ),
        )


def _worst_first(row: QueueRow) -> tuple[int, int, int]:
    exposure = row.exposure.amount_minor if row.exposure else 0
    return (list(Rank).index(row.rank), -TIERS.index(row.tier), -exposure)
