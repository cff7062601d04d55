"""What people do: orders, one or many, and asking whose a token is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import problems
from desk.bulk import BulkAsked, PreviewAsked
from desk.detail import case_for
from desk.ordering import status_of
from desk.resolver import ResolveAsked, masked
from schemas import desk_door, desk_view

if TYPE_CHECKING:
    from desk.answers.ask import Ask
    from desk.parts import Parts


async def order(parts: Parts, ask: Ask) -> desk_view.OrderAccepted:
    """Sign and send an order."""
    asked = ask.read(desk_view.OrderAsked)
    model = await parts.models.open(ask.who)
    return await parts.ordering.give(model, ask.path["case_id"], asked)


async def order_status(parts: Parts, ask: Ask) -> desk_view.OrderStatus:
    """Say what became of an order."""
    return await status_of(await parts.models.open(ask.who), ask.path["record_id"])


async def bulk_preview(parts: Parts, ask: Ask) -> desk_view.BulkPreview:
    """Say what an order about many cases would do."""
    asked = ask.read(PreviewAsked)
    return await parts.bulk.preview(await parts.models.open(ask.who), asked)


async def bulk(parts: Parts, ask: Ask) -> desk_view.BulkAccepted:
    """Do what was previewed, or confirm it."""
    asked = ask.read(BulkAsked)
    return await parts.bulk.give(await parts.models.open(ask.who), asked.preview_id)


async def resolve(parts: Parts, ask: Ask) -> desk_door.Resolved:
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
    return desk_door.Resolved(
        token=asked.token, masked={name: masked(text) for name, text in person.items()}
    )
