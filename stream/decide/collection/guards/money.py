"""Guards 7 to 9: whether what is said of the debt can be trusted, and what may be asked for."""

from itertools import takewhile
from typing import Final

from schemas.collection_trigger import Channel
from schemas.conduct import Retries
from schemas.failure_codes import ReasonClass
from schemas.instants import DAY_MS, HOUR_MS
from stream.decide.collection.ask import Ask, Ruling, allow, defer, suppress
from stream.decide.collection.state import Attempt

DEFAULT: Final = "DEFAULT"


def data_health(ask: Ask) -> Ruling:
    """No contact on data that nobody vouches for (H01, H05, ledger.md 8)."""
    view, soon_ms = ask.view, ask.now_ms + HOUR_MS
    if ask.blind:
        return suppress("what feeds the borrower is silent or its totals are broken")
    if view.quarantine:
        return suppress("quarantined: " + ", ".join(cause.value for cause in view.quarantine))
    if view.is_stale:
        return suppress("days past due wait for a source of payments", soon_ms)
    if view.is_unverified:
        return suppress("days past due were counted without a source of payments", soon_ms)
    return allow("tied out")


def amount_check(ask: Ask) -> Ruling:
    """No more is asked for than is due, and nothing that may have been paid."""
    intent, view = ask.intent, ask.view
    due = view.overdue or view.next_amount
    if intent.currency != view.currency or intent.amount > due:
        return suppress(f"{intent.amount} {intent.currency} is not what is due")
    uncounted = view.suspense + view.incoming + view.advance + view.held
    if 0 < due <= uncounted:
        return suppress("money that is here and not counted could cover it")
    if ask.pending_ms is not None:
        free_ms = ask.pending_ms + ask.edition.pending_hours.value * HOUR_MS
        if ask.now_ms < free_ms:
            return defer("a payment is on its way", free_ms)
    if ask.paid_ms is not None:
        free_ms = ask.paid_ms + ask.edition.settle_hours.value * HOUR_MS
        if ask.now_ms < free_ms:
            return defer("something was paid a moment ago", free_ms)
    return allow("due")


def retry_cap(ask: Ask) -> Ruling:
    """A failed debit is tried again as its scheme allows; of anything else it says nothing."""
    if ask.intent.channel is not Channel.DEBIT:
        return allow("no debit")
    attempts = sorted(
        (each for each in ask.attempts if each.instalment_no == ask.view.oldest_unpaid_no),
        key=lambda each: each.at_ms,
    )
    if not attempts:
        return allow("the first attempt")
    last = attempts[-1]
    rules = ask.edition.retries.get(last.scheme, ask.edition.retries[DEFAULT])
    since_ms = ask.now_ms - rules.within_days * DAY_MS
    tried = sum(each.at_ms >= since_ms for each in attempts)
    if last.reason not in rules.only:
        return suppress(f"not tried again after {last.reason}")
    if tried > rules.at_most:
        return suppress(f"tried {tried} times")
    if _days_without_funds(attempts) >= rules.no_funds_days:
        return suppress("without funds on several days: a person or the borrower acts first")
    return _apart(last, rules, ask.now_ms)


def _days_without_funds(attempts: list[Attempt]) -> int:
    """Return on how many days the latest attempts in a row found no funds."""
    in_a_row = takewhile(
        lambda each: each.reason == ReasonClass.INSUFFICIENT_FUNDS, reversed(attempts)
    )
    return len({each.at_ms // DAY_MS for each in in_a_row})


def _apart(last: Attempt, rules: Retries, now_ms: int) -> Ruling:
    free_ms = last.at_ms + rules.apart_hours * HOUR_MS
    return allow("apart") if now_ms >= free_ms else defer("tried a moment ago", free_ms)
