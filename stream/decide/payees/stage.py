"""Payees as a stage: a borrower's settlements are turned to somebody, and turned away again.

    event    a change of payee, or a later version of one    -> who has turned to which payee
    hour     what is older than 60 days is forgotten         -> how many, to crossing
    answer   how many over all partitions                    -> whom to look at again

It may take up to an hour until a borrower is known to share a payee.
"""

from typing import Final

from schemas.header import RecordKind
from schemas.instants import DAY_MS
from schemas.journal import Event, PayeeSnapshot, SettlementEvent
from schemas.settlement import AccountChange, CounterpartyClass
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.known import short_key
from stream.decide.outbox import Outbox
from stream.decide.payees.state import Change

PART: Final = "payees"
COUNTED_MS: Final = 60 * DAY_MS
"""So long a change counts [D]; later on, who shares a payee has long shared it."""

NO_STRANGERS: Final = frozenset(
    {
        CounterpartyClass.SELF,
        CounterpartyClass.OWNER,
        CounterpartyClass.RELATED,
        CounterpartyClass.LENDER,
        CounterpartyClass.PLATFORM,
        CounterpartyClass.ACQUIRER,
    }
)
"""The borrower's own, and those who serve many by trade (domain.md X12: agents with permission)."""


def on_event(borrower: Borrower, event: Event, at: Broadcast) -> bool:
    """Take an applied event in; return whether the borrower has turned to or from a payee."""
    if not isinstance(event, SettlementEvent):
        return False
    changes, change = borrower.payees, _change(event)
    if change is None and not changes:
        return False
    key = short_key(event)
    if changes.get(key) == change:
        return False
    since_ms = at.position.now_ms - COUNTED_MS
    kept = {each: of for each, of in changes.items() if of.at_ms >= since_ms and each != key}
    if change is not None and change.at_ms >= since_ms:
        kept[key] = change
    borrower.payees = kept
    borrower.changed.add(PART)
    return at.payees.put(borrower.borrower_id, _in_force(kept))


def _change(event: SettlementEvent) -> Change | None:
    data = event.data
    if data.account_change is not AccountChange.PAYEE_CHANGED:
        return None
    if data.record_kind is RecordKind.CANCEL:
        return None
    payee = "" if data.counterparty_class in NO_STRANGERS else data.counterparty_token or ""
    return Change(data.account_token, payee, event.event_at_ms)


def _in_force(changes: dict[bytes, Change]) -> dict[str, int]:
    """Return the payees by the last change of each account, and when it was turned to them."""
    last: dict[str, Change] = {}
    for _, change in sorted(changes.items()):
        if change.account not in last or change.at_ms > last[change.account].at_ms:
            last[change.account] = change
    turned: dict[str, int] = {}
    for change in last.values():
        if change.payee:
            turned[change.payee] = max(change.at_ms, turned.get(change.payee, 0))
    return turned


def on_tick(at: Broadcast, outbox: Outbox) -> list[str]:
    """Tell crossing once an hour; return the borrowers whose change counts no more.

    Nothing is told before the first rule set.
    """
    now_ms = at.position.now_ms
    if at.program is None or not at.payees.is_due(now_ms):
        return []
    gone = at.payees.forget(now_ms - COUNTED_MS)
    outbox.cross(at.payees.tell(now_ms))
    return gone


def on_answer(answer: PayeeSnapshot, at: Broadcast) -> list[str]:
    """Take what crossing has counted; return the borrowers to look at again."""
    return at.payees.learn(answer)
