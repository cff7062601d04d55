"""One case: why it is one, what may be done, and what the machine has done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from desk import problems
from desk.actions import Around, possible
from desk.queue import advice_of
from schemas.alert import Alert, Text, Transition
from schemas.case_file import CaseFile
from schemas.collection_trigger import CollectionTrigger
from schemas.desk_keys import Name, NextContact
from schemas.desk_view import CaseDetail, Machine
from schemas.instants import parse
from schemas.operators import May
from schemas.tier import BorrowerTier, TierChange

if TYPE_CHECKING:
    from collections.abc import Container

    from desk.model import Found, Model
    from desk.operator import Operator
    from schemas.case import Case

OVER: Final = (Transition.CLEARED, Transition.WITHDRAWN)
SHOWN: Final = 50
"""The latest of each list that may be long."""
CREDIT: Final = "credit"
_UNSAID: Final = Text(en="", zh="")


async def case_for(model: Model, case_id: str) -> Found:
    """Return a case that the asker may see.

    Raises:
        RefusedError: If there is none, or none for them: the same answer. And if they are linked
            to the borrower, which they know themselves.
    """
    found = await model.case(case_id)
    if found is None:
        raise problems.not_found()
    if found.case.borrower_id in await model.avoided():
        raise problems.linked()
    return found


async def detail_of(model: Model, found: Found) -> CaseDetail:
    """Return what the page shows of a case."""
    case, who = found.case, model.who
    sees = who.may(May.SEE_EVIDENCE)
    now_ms = await model.now_ms()
    alerts = await _alerts(model, case, restricted=found.restricted) if sees else []
    around = await around_of(model, case)
    contact = around.contact or NextContact()
    others = [each.case for each in await model.cases_of(case.borrower_id)]
    earlier = [each for each in others if each.case_id != case.case_id]
    tier_of = f"{case.borrower_id}/{case.legal_entity}"
    return CaseDetail(
        case=shown_to(who, case),
        restricted=found.restricted,
        tier=await model.get(Name.TIERS, tier_of, BorrowerTier) if sees else None,
        tier_changes=await _changes(model, case) if sees else (),
        alerts=tuple(each for each in alerts if each.transition not in OVER),
        past=tuple(each for each in alerts if each.transition in OVER)[:SHOWN],
        earlier=tuple(
            shown_to(who, each)
            for each in sorted(earlier, key=lambda one: one.opened_at, reverse=True)[:SHOWN]
        ),
        actions=possible(case, who, around, restricted=found.restricted),
        advice=advice_of(case),
        contact_at=contact.at,
        contact_by=contact.guard,
        age_ms=max(0, now_ms - parse(case.at)),
    )


def shown_to(who: Operator, case: Case, avoided: Container[str] = ()) -> Case:
    """Return a case as somebody may see it: without evidence, no more than credit's facts.

    Of somebody to whom one is linked one sees that there is a case.
    """
    is_avoided = case.borrower_id in avoided
    if who.may(May.SEE_EVIDENCE) and not is_avoided:
        return case
    bare = replace(case, alert_ids=(), signals=(), entries=(), segment="")
    if case.lane == CREDIT and not is_avoided:
        return bare
    return replace(bare, reason=_UNSAID, clears_when=_UNSAID)


async def around_of(model: Model, case: Case) -> Around:
    """Return what is known of contacts with the borrower."""
    records = await model.every(Name.TRIGGERS, CollectionTrigger, case.borrower_id)
    contact = await model.get(Name.CONTACT, case.borrower_id, NextContact)
    return Around(latest(list(records.values())), contact)


def latest(records: list[CollectionTrigger]) -> tuple[CollectionTrigger, ...]:
    """Return the last record of each trigger, the latest trigger first."""
    of: dict[str, CollectionTrigger] = {}
    for record in sorted(records, key=lambda each: each.ordinal):
        of[record.trigger_id] = record
    return tuple(sorted(of.values(), key=lambda each: (each.at, each.trigger_id), reverse=True))


async def machine_of(model: Model, found: Found) -> Machine:
    """Return what the machine did about the borrower of a case.

    A case of the restricted lane never reaches collections, so there is nothing about it.
    """
    if found.restricted:
        return Machine()
    records = await model.every(Name.TRIGGERS, CollectionTrigger, found.case.borrower_id)
    last = latest(list(records.values()))[:SHOWN]
    known = {(each.trigger_id, each.ordinal) for each in last}
    named = {each.trigger_id for each in last}
    before = [
        each
        for each in records.values()
        if each.trigger_id in named and (each.trigger_id, each.ordinal) not in known
    ]
    before.sort(key=lambda each: (each.at, each.ordinal), reverse=True)
    return Machine(triggers=last, history=tuple(before))


async def file_of(model: Model, found: Found) -> CaseFile:
    """Return the story behind a case.

    Raises:
        RefusedError: If none has been told yet.
    """
    file = await model.get(Name.FILES, found.case.borrower_id, CaseFile)
    if file is None:
        raise problems.not_found()
    return file


async def _alerts(model: Model, case: Case, *, restricted: bool) -> list[Alert]:
    """Return the latest of each episode of the case's own lane, the newest first."""
    alerts = await model.every(Name.ALERTS, Alert, case.borrower_id, restricted=restricted)
    return sorted(alerts.values(), key=lambda each: (each.detected_at, each.alert_id), reverse=True)


async def _changes(model: Model, case: Case) -> tuple[TierChange, ...]:
    changes = await model.every(Name.TIER_CHANGES, TierChange, case.borrower_id)
    mine = [each for each in changes.values() if each.legal_entity == case.legal_entity]
    return tuple(sorted(mine, key=lambda each: each.sequence_no, reverse=True)[:SHOWN])
