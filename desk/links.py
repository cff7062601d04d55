"""Other borrowers to whom one is linked: the same account, terminal, owner or guarantor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.case import CaseState
from schemas.desk_keys import Name, Party
from schemas.desk_view import Linked, SharedParty

if TYPE_CHECKING:
    from desk.model import Model
    from schemas.case import Case

MOST: Final = 50
"""Of a borrower's tokens, and of those who are linked: more is a payment agent, and no link."""


async def linked_to(model: Model, borrower_id: str) -> tuple[Linked, ...]:
    """Return who is linked to a borrower now, the worst first."""
    now_ms = await model.now_ms()
    mine = _valid(await model.every(Name.TOKENS, Party, borrower_id), now_ms)
    shared: dict[str, list[SharedParty]] = {}
    for token, party in sorted(mine.items())[:MOST]:
        others = _valid(await model.every(Name.PARTIES, Party, token), now_ms)
        for other_id, other in sorted(others.items())[: MOST + 1]:
            if other_id != borrower_id:
                by = SharedParty(token=token, relation=party.relation, theirs=other.relation)
                shared.setdefault(other_id, []).append(by)
    avoided = await model.avoided()
    ids = [each for each in sorted(shared) if each not in avoided][:MOST]
    found = [await _linked(model, each, shared[each]) for each in ids]
    return tuple(sorted(found, key=lambda each: (each.case_id is None, each.borrower_id)))


def _valid(parties: dict[str, Party], now_ms: int) -> dict[str, Party]:
    return {name: party for name, party in parties.items() if party.from_ms <= now_ms < party.to_ms}


async def _linked(model: Model, borrower_id: str, by: list[SharedParty]) -> Linked:
    case = await _open_case(model, borrower_id)
    return Linked(
        borrower_id=borrower_id,
        by=tuple(by),
        case_id=case.case_id if case else None,
        tier=case.tier if case else None,
    )


async def _open_case(model: Model, borrower_id: str) -> Case | None:
    """Return an open case of the borrower that is not of the restricted lane."""
    cases = [each.case for each in await model.cases_of(borrower_id) if not each.restricted]
    return next((each for each in cases if each.state is not CaseState.CLOSED), None)
