"""What stands behind each line of the table of endpoints.

Each function gets the desk's parts and the request, which has a session and the right that its line
names, and returns a struct of the type that its line names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec

from desk import handover as shift
from desk import problems, queue
from desk.audit import page_of
from desk.bulk import BulkAsked, PreviewAsked
from desk.capacity import capacity_of
from desk.detail import case_for, detail_of, file_of, machine_of, shown_to
from desk.figures import Known, figures
from desk.ordering import status_of
from desk.queue import Queued
from desk.resolver import ResolveAsked, masked
from desk.trust import incidents_for, trust_for
from schemas import desk_view
from schemas.case import Case
from schemas.desk_keys import CaseFacts, Name, NextContact
from schemas.desk_view import ShiftLine
from schemas.instants import DAY_MS, parse, wire
from schemas.operators import May

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from desk.model import Model
    from desk.operator import Operator
    from desk.parts import Parts
    from desk.sessions import Session
    from schemas.case_file import CaseFile

KPI_MS: Final = 30 * DAY_MS

T = TypeVar("T")


class Ask(NamedTuple):
    """A request that has passed the gate.

    Attributes:
        session: Whose.
        path: What stands in the path.
        query: The parameters.
        body: As it came.
    """

    session: Session
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def who(self) -> Operator:
        """Who asks."""
        return self.session.who

    def read(self, of: type[T]) -> T:
        """Return the body.

        Raises:
            RefusedError: If it is not what is expected.
        """
        try:
            return msgspec.json.decode(self.body, type=of)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
            raise problems.body(str(error)) from error

    def since_ms(self, else_ms: int) -> int:
        """Return the instant of the query, or another if none is named.

        Raises:
            RefusedError: If it is none.
        """
        text = self.query.get("since")
        if text is None:
            return else_ms
        try:
            return max(0, parse(text))
        except (ValueError, OverflowError) as error:
            raise problems.body("since: expected an instant, RFC 3339 with a zone") from error

    def limit(self) -> int:
        """Return how many are wanted at most.

        Raises:
            RefusedError: If it is no such number.
        """
        text = self.query.get("limit", str(queue.PAGE))
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= queue.LARGEST_PAGE:
            return int(text)
        raise problems.body(f"limit: expected an integer from 1 to {queue.LARGEST_PAGE}")


async def session(_parts: Parts, ask: Ask) -> desk_view.Session:
    """Say who is signed in."""
    return session_view(ask.session)


def session_view(one: Session) -> desk_view.Session:
    """Return a session as the page sees it."""
    return desk_view.Session(
        operator=one.operator,
        classes=one.classes,
        rights=one.who.rights,
        csrf=one.csrf,
        language=one.language,
        expires_at=wire(one.ends_ms),
    )


async def trust(parts: Parts, ask: Ask) -> desk_view.Trust:
    """Say whether what the page shows is to be trusted."""
    return await trust_for(parts.models, ask.who)


async def incidents(parts: Parts, ask: Ask) -> desk_view.Incidents:
    """Say what is wrong with many at once."""
    return await incidents_for(await parts.models.open(ask.who))


async def queue_(parts: Parts, ask: Ask) -> desk_view.Queue:
    """Return a page of the queue."""
    model = await parts.models.open(ask.who)
    view = ask.query.get("view", queue.VIEWS[0])
    lane = ask.query.get("lane", "")
    if view not in queue.VIEWS:
        raise problems.body(f"view: expected one of {', '.join(queue.VIEWS)}")
    cursor = ask.query.get("cursor")
    try:
        place = queue.read(cursor) if cursor else None
    except ValueError as error:
        raise problems.body(f"cursor: {error}") from error
    now_ms = await model.now_ms()
    page = queue.page_of(
        await _queued(model), lane=lane, view=view, cursor=place, limit=ask.limit(), now_ms=now_ms
    )
    return desk_view.Queue(
        rows=await _rows(model, page.cases, now_ms),
        total=page.total,
        by_tier=page.by_tier,
        waiting=page.waiting,
        next=page.next,
        rebuilding=await parts.models.built() is not None,
    )


async def _queued(model: Model) -> list[Queued]:
    return [Queued(*each) for each in await model.queued()]


async def _rows(
    model: Model, cases: Sequence[Queued], now_ms: int
) -> tuple[desk_view.QueueRow, ...]:
    records: dict[str, Case] = {}
    for restricted in model.lanes:
        ids = [one.case_id for one in cases if one.restricted == restricted]
        records |= await model.some(Name.CASES, ids, Case, restricted=restricted)
    records = {case_id: shown_to(model.who, case) for case_id, case in records.items()}
    borrowers = {case.borrower_id for case in records.values()}
    sees = model.who.may(May.SEE_TRIGGERS) or model.who.may(May.WORK_CASES)
    contacts = await model.some(Name.CONTACT, borrowers, NextContact) if sees else {}
    return queue.rows_of(cases, records, contacts, now_ms)


async def case(parts: Parts, ask: Ask) -> desk_view.CaseDetail:
    """Return one case; that somebody looked is recorded first."""
    model = await parts.models.open(ask.who)
    found = await case_for(model, ask.path["case_id"])
    parts.audit.note(ask.who, "view_case", found)
    return await detail_of(model, found)


async def case_file(parts: Parts, ask: Ask) -> CaseFile:
    """Return the story behind a case."""
    model = await parts.models.open(ask.who)
    found = await case_for(model, ask.path["case_id"])
    parts.audit.note(ask.who, "view_file", found)
    return await file_of(model, found)


async def machine(parts: Parts, ask: Ask) -> desk_view.Machine:
    """Return what the machine did about the borrower of a case."""
    model = await parts.models.open(ask.who)
    found = await case_for(model, ask.path["case_id"])
    parts.audit.note(ask.who, "view_machine", found)
    return await machine_of(model, found)


async def order(parts: Parts, ask: Ask) -> desk_view.OrderAccepted:
    """Sign and send an order."""
    asked = ask.read(desk_view.OrderAsked)
    model = await parts.models.open(ask.who)
    return await parts.ordering.give(model, ask.path["case_id"], asked)


async def order_status(parts: Parts, ask: Ask) -> desk_view.OrderStatus:
    """Say what became of an order."""
    return await status_of(await parts.models.open(ask.who), ask.path["record_id"])


async def handover(parts: Parts, ask: Ask) -> desk_view.HandOver:
    """Return the page for the next shift."""
    model = await parts.models.open(ask.who)
    now_ms = await model.now_ms()
    since_ms = ask.since_ms(now_ms - shift.SHIFT_MS)
    lists = shift.lists_of(await _queued(model), now_ms)
    rows = {name: await _rows(model, cases, now_ms) for name, cases in lists.items()}
    lines = await _lines(model, since_ms) if ask.who.may(May.SEE_EVIDENCE) else []
    parts.audit.note(ask.who, "hand_over")
    facts = await _facts(model)
    return shift.page_of(rows, facts, lines, since_ms=since_ms, now_ms=now_ms)


async def _facts(model: Model) -> dict[str, CaseFacts]:
    facts: dict[str, CaseFacts] = {}
    for restricted in model.lanes:
        facts |= await model.every(Name.FACTS, CaseFacts, restricted=restricted)
    return facts


async def _lines(model: Model, since_ms: int) -> list[ShiftLine]:
    return [msgspec.json.decode(raw, type=ShiftLine) for raw in await model.lines(since_ms)]


async def bulk_preview(parts: Parts, ask: Ask) -> desk_view.BulkPreview:
    """Say what an order about many cases would do."""
    asked = ask.read(PreviewAsked)
    return await parts.bulk.preview(await parts.models.open(ask.who), asked)


async def bulk(parts: Parts, ask: Ask) -> desk_view.BulkAccepted:
    """Do what was previewed, or confirm it."""
    asked = ask.read(BulkAsked)
    return await parts.bulk.give(await parts.models.open(ask.who), asked.preview_id)


async def resolve(parts: Parts, ask: Ask) -> desk_view.Resolved:
    """Say whose a token is, masked; that somebody asked is recorded first."""
    asked = ask.read(ResolveAsked)
    model = await parts.models.open(ask.who)
    found = await case_for(model, asked.case_id)
    if parts.resolver is None or found.case.borrower_id != asked.token:
        raise problems.not_found()
    parts.audit.note(ask.who, "resolve", found, detail=asked.reason_code)
    person = await parts.resolver.person(asked.token)
    if person is None:
        raise problems.not_found()
    return desk_view.Resolved(
        token=asked.token, masked={name: masked(text) for name, text in person.items()}
    )


async def kpi(parts: Parts, ask: Ask) -> desk_view.Kpi:
    """Return the desk's own figures."""
    model = await parts.models.open(ask.who)
    now_ms = await model.now_ms()
    since_ms = ask.since_ms(now_ms - KPI_MS)
    peaks: dict[str, str] = {}
    for restricted in model.lanes:
        peaks |= await model.texts(Name.PEAK, restricted=restricted)
    firsts = {name: int(at) for name, at in (await model.texts(Name.FIRST)).items()}
    borrowers = await model.client.hlen(model.key(Name.TIERS))
    known = Known(await _facts(model), peaks, firsts, await _lines(model, since_ms), borrowers)
    return figures(known, since_ms, now_ms)


async def capacity(_parts: Parts, ask: Ask) -> desk_view.Capacity:
    """Say whether the people who are there can look at it all."""
    return capacity_of(ask.read(desk_view.CapacityAsked))


async def audit(parts: Parts, ask: Ask) -> desk_view.AuditPage:
    """Return who looked at what and did what; that somebody looked here is recorded, too."""
    model = await parts.models.open(ask.who)
    parts.audit.note(ask.who, "view_audit")
    try:
        return await page_of(model, ask.query.get("cursor", ""), ask.limit())
    except ValueError as error:
        raise problems.body(f"cursor: {error}") from error


ANSWERS: Final[dict[str, Any]] = {
    "session": session,
    "trust": trust,
    "incidents": incidents,
    "queue": queue_,
    "case": case,
    "case_file": case_file,
    "machine": machine,
    "order": order,
    "order_status": order_status,
    "handover": handover,
    "bulk_preview": bulk_preview,
    "bulk": bulk,
    "resolve": resolve,
    "kpi": kpi,
    "capacity": capacity,
    "audit": audit,
}
"""By the name in the table of endpoints."""
