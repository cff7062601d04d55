"""What now, and why: the queue, one case and what stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import problems, queue
from desk.answers.rows import rows_for
from desk.detail import case_for, detail_of, file_of, machine_of
from desk.order import page_of
from schemas import desk_view

if TYPE_CHECKING:
    from desk.answers.ask import Ask
    from desk.parts import Parts
    from schemas.case_file import CaseFile


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
    page = page_of(
        await model.orders(), lane=lane, view=view, cursor=place, limit=ask.limit(), now_ms=now_ms
    )
    return desk_view.Queue(
        rows=await rows_for(model, page.cases, now_ms),
        total=page.total,
        by_tier=page.by_tier,
        waiting=page.waiting,
        next=page.next,
        rebuilding=await parts.models.built() is not None,
    )


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
