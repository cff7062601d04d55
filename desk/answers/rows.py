"""Rows of the queue, as somebody may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk import queue
from desk.detail import shown_to
from schemas.case import Case
from schemas.desk_keys import Name, NextContact
from schemas.operators import May

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.model import Model
    from desk.queue import Queued
    from schemas.desk_view import QueueRow


async def rows_for(model: Model, cases: Sequence[Queued], now_ms: int) -> tuple[QueueRow, ...]:
    """Return the rows of some cases."""
    records: dict[str, Case] = {}
    for restricted in model.lanes:
        ids = [one.case_id for one in cases if one.restricted == restricted]
        records |= await model.some(Name.CASES, ids, Case, restricted=restricted)
    avoided = await model.avoided()
    records = {case_id: shown_to(model.who, case, avoided) for case_id, case in records.items()}
    borrowers = {case.borrower_id for case in records.values()}
    sees = model.who.may(May.SEE_TRIGGERS) or model.who.may(May.WORK_CASES)
    contacts = await model.some(Name.CONTACT, borrowers, NextContact) if sees else {}
    return queue.rows_of(cases, records, contacts, now_ms)
