"""The watch and the desk themselves: who is signed in, can it be trusted, figures, who looked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from desk import handover as shift
from desk import problems
from desk.answers.rows import rows_for
from desk.audit import page_of
from desk.capacity import capacity_of
from desk.figures import Known, figures
from desk.foresight import Past, episodes_of, firsts_of, stretches_of
from desk.queue import Queued
from desk.trust import incidents_for, trust_for
from schemas import desk_audit, desk_door, desk_figures, desk_trust, desk_view
from schemas.desk_keys import Assigned, CaseFacts, Name, Warned
from schemas.desk_view import ShiftLine
from schemas.instants import DAY_MS, wire
from schemas.operators import May

if TYPE_CHECKING:
    from desk.answers.ask import Ask
    from desk.model import Model
    from desk.parts import Parts
    from desk.sessions import Session

KPI_MS: Final = 30 * DAY_MS


async def session(_parts: Parts, ask: Ask) -> desk_door.Session:
    """Say who is signed in."""
    return session_view(ask.session)


def session_view(one: Session) -> desk_door.Session:
    """Return a session as the page sees it."""
    return desk_door.Session(
        operator=one.operator,
        classes=one.classes,
        rights=one.who.rights,
        csrf=one.csrf,
        language=one.language,
        expires_at=wire(one.ends_ms),
    )


async def trust(parts: Parts, ask: Ask) -> desk_trust.Trust:
    """Say whether what the page shows is to be trusted."""
    return await trust_for(parts.models, ask.who)


async def incidents(parts: Parts, ask: Ask) -> desk_trust.Incidents:
    """Say what is wrong with many at once."""
    return await incidents_for(await parts.models.open(ask.who))


async def handover(parts: Parts, ask: Ask) -> desk_view.HandOver:
    """Return the page for the next shift."""
    model = await parts.models.open(ask.who)
    now_ms = await model.now_ms()
    since_ms = ask.since_ms(now_ms - shift.SHIFT_MS)
    lists = shift.lists_of([Queued(*each) for each in await model.queued()], now_ms)
    rows = {name: await rows_for(model, cases, now_ms) for name, cases in lists.items()}
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
    lines = [msgspec.json.decode(raw, type=ShiftLine) for raw in await model.lines(since_ms)]
    avoided = await model.avoided()
    return [line for line in lines if line.borrower_id not in avoided]


async def kpi(parts: Parts, ask: Ask) -> desk_figures.Kpi:
    """Return the desk's own figures."""
    model = await parts.models.open(ask.who)
    now_ms = await model.now_ms()
    since_ms = ask.since_ms(now_ms - KPI_MS)
    peaks: dict[str, str] = {}
    for restricted in model.lanes:
        peaks |= await model.texts(Name.PEAK, restricted=restricted)
    known = Known(await _facts(model), peaks, await _past(model), await _lines(model, since_ms))
    # A year of a large book takes a while to count, and others wait for their queue.
    return await asyncio.to_thread(figures, known, since_ms, now_ms)


async def _past(model: Model) -> Past:
    return Past(
        firsts=firsts_of({name: int(at) for name, at in (await model.texts(Name.FIRST)).items()}),
        stretches=stretches_of(await model.every(Name.WARNED, Warned)),
        assigned=await model.every(Name.ASSIGNED, Assigned),
        episodes=episodes_of(await model.texts(Name.EPISODES)),
        loans=sum(int(each) for each in (await model.texts(Name.BOOK)).values()),
    )


async def capacity(_parts: Parts, ask: Ask) -> desk_figures.Capacity:
    """Say whether the people who are there can look at it all."""
    return capacity_of(ask.read(desk_figures.CapacityAsked))


async def audit(parts: Parts, ask: Ask) -> desk_audit.AuditPage:
    """Return who looked at what and did what; that somebody looked here is recorded, too."""
    model = await parts.models.open(ask.who)
    parts.audit.note(ask.who, "view_audit")
    try:
        return await page_of(model, ask.query.get("cursor", ""), ask.limit())
    except ValueError as error:
        raise problems.body(f"cursor: {error}") from error
