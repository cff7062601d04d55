"""What follows from tier and ledger: the contacts that are intended, one for each loan at most.

    overdue           the latest rung of the ladder; of a severe borrower a call, before that of
                      seven days (then the ladder's own)
    due tomorrow      a reminder, from mild up
    moderate          a neutral message, which asks for nothing; one, and only if nothing is overdue

Nothing due, no dunning. From thirty days past due on a person has the case. A loan that was
restructured, is over, or cannot be counted gets nothing. What never exists here: acceleration,
blacklists, reports to a bureau, other people's telephones (domain.md 4.5).
"""

from datetime import date, timedelta
from typing import Final, NamedTuple

from schemas.collection_trigger import Channel, CollectionAction
from schemas.instants import HOUR_MS
from stream.decide.borrower import Borrower
from stream.decide.collection.state import Intent
from stream.decide.tiers.owed import DEFAULT_ENTITY
from stream.decide.turn import Turn
from stream.ledger import LoanView

MILD, MODERATE, SEVERE = 1, 2, 3
PEOPLE_DPD: Final = 30
"""From here on a person has the case."""

EVE_MS: Final = 23 * HOUR_MS
"""So long before a due day begins it is the day before, however the clocks are set that night."""

ONE_DAY: Final = timedelta(days=1)


class Rung(NamedTuple):
    """A rung of the ladder (domain.md 4.5 [D])."""

    dpd: int
    action: CollectionAction
    channel: Channel


LADDER: Final = (
    Rung(1, CollectionAction.REMIND, Channel.MESSAGE),
    Rung(3, CollectionAction.REMIND, Channel.MESSAGE),
    Rung(7, CollectionAction.EARLY_COLLECTION, Channel.CALL),
    Rung(15, CollectionAction.EARLY_COLLECTION, Channel.LETTER),
)
CALLED_DPD: Final = 7
"""Of the rung at which the ladder calls by itself."""


def intents_of(borrower: Borrower, views: dict[str, LoanView]) -> dict[str, Intent]:
    """Return what is intended now, by trigger id.

    Args:
        borrower: Whose levels are known.
        views: Its loans, by id.
    """
    intents = {loan_id: _of_loan(borrower, view) for loan_id, view in sorted(views.items())}
    asked = _asked_after(intents, views)
    return {
        intent.trigger_id: intent
        for loan_id, intent in intents.items()
        if intent is not None and (not _is_neutral(intent) or loan_id in asked)
    }


def _is_neutral(intent: Intent) -> bool:
    return intent.action is CollectionAction.STRENGTHEN_MONITORING


def _asked_after(intents: dict[str, Intent | None], views: dict[str, LoanView]) -> set[str]:
    """Return about which loans somebody is asked how things are: one towards each legal entity.

    Who is overdue on one of them hears of that instead.
    """
    if any(view.overdue for view in views.values()):
        return set()
    first: dict[str, str] = {}
    for loan_id in sorted(views, key=lambda each: views[each].next_due or date.max):
        intent = intents[loan_id]
        if intent is not None and _is_neutral(intent):
            first.setdefault(intent.legal_entity, loan_id)
    return set(first.values())


def views_of(borrower: Borrower, turn: Turn) -> dict[str, LoanView]:
    """Return the loans that can be counted and go on, by id."""
    books = borrower.ledger
    views = {loan_id: books.view(loan_id, turn.times) for loan_id in books.loans}
    return {key: view for key, view in views.items() if view is not None and view.is_open}


def eve_ms(borrower: Borrower, views: dict[str, LoanView], turn: Turn) -> int | None:
    """Return when the next day before a due day has begun, of what is to be reminded of."""
    eves = []
    for loan_id, view in views.items():
        if not view.overdue and level_towards(borrower, view)[0] >= MILD:
            paid = borrower.ledger.punctuality(loan_id, turn.times)
            if paid is not None and paid.next_due_ms is not None:
                eves.append(paid.next_due_ms - EVE_MS)
    return min((each for each in eves if each > turn.now_ms), default=None)


def level_towards(borrower: Borrower, view: LoanView) -> tuple[int, int]:
    """Return the level towards whom a loan is owed, and the number of the change behind it."""
    entity = view.legal_entity or DEFAULT_ENTITY
    return borrower.collection.levels.get(entity, (0, 0))


def _of_loan(borrower: Borrower, view: LoanView) -> Intent | None:
    if view.is_forborne or view.tier_dpd >= PEOPLE_DPD:
        return None
    if view.overdue:
        return _of_arrear(borrower, view)
    level, sequence_no = level_towards(borrower, view)
    if level >= MILD and view.next_due == view.on + ONE_DAY and view.next_amount:
        return _reminder(borrower, view, view.next_due)
    if level == MODERATE and sequence_no and view.next_due is not None:
        return _by_tier(borrower, view, CollectionAction.STRENGTHEN_MONITORING, Channel.MESSAGE)
    return None


def _of_arrear(borrower: Borrower, view: LoanView) -> Intent | None:
    """Return what an arrear leads to; nothing while it is below the residue, or in doubt."""
    if not view.tier_dpd or view.oldest_due is None:
        return None
    level, sequence_no = level_towards(borrower, view)
    if level == SEVERE and sequence_no and view.tier_dpd < CALLED_DPD:
        return _by_tier(borrower, view, CollectionAction.EARLY_COLLECTION, Channel.CALL)
    return _of_ladder(borrower, view, view.oldest_due)


def _of_ladder(borrower: Borrower, view: LoanView, oldest_due: date) -> Intent:
    rung = next(each for each in reversed(LADDER) if each.dpd <= view.tier_dpd)
    name = f"dpd-{rung.dpd}/{oldest_due.isoformat()}"
    return _intent(borrower, view, name, rung.action, rung.channel, rung_dpd=rung.dpd)


def _reminder(borrower: Borrower, view: LoanView, due: date) -> Intent:
    name = f"due/{due.isoformat()}"
    return _intent(borrower, view, name, CollectionAction.REMIND, Channel.MESSAGE)


def _by_tier(
    borrower: Borrower, view: LoanView, action: CollectionAction, channel: Channel
) -> Intent:
    _, sequence_no = level_towards(borrower, view)
    return _intent(borrower, view, f"tier/{sequence_no}", action, channel, by_tier=True)


def _intent(
    borrower: Borrower,
    view: LoanView,
    name: str,
    action: CollectionAction,
    channel: Channel,
    *,
    rung_dpd: int | None = None,
    by_tier: bool = False,
) -> Intent:
    level, sequence_no = level_towards(borrower, view)
    is_reminder = rung_dpd is None and not by_tier
    return Intent(
        trigger_id=f"{borrower.borrower_id}/{view.loan_id}/{name}",
        action=action,
        channel=channel,
        loan_id=view.loan_id,
        legal_entity=view.legal_entity or DEFAULT_ENTITY,
        rung_dpd=rung_dpd,
        sequence_no=sequence_no if by_tier else 0,
        level=level,
        amount=_surely_due(view, view.next_amount if is_reminder else view.overdue),
        currency=view.currency,
    )


def _surely_due(view: LoanView, due: int) -> int:
    """Return what is due whatever becomes of the money that is here and not counted."""
    return max(0, due - view.suspense - view.incoming - view.advance - view.held)
