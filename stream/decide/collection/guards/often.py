"""Guards 13, 15 and 16: how often, how many at once, and what waits for people."""

from schemas.conduct import Cap
from schemas.instants import HOUR_MS
from stream.decide.collection.ask import Ask, Ruling, allow, defer, need_approval, suppress
from stream.decide.collection.guards.holds import PEOPLE
from stream.decide.collection.windows import share


def frequency_cap(ask: Ask) -> Ruling:
    """No cap is passed, if everything that somebody may send now is sent."""
    free_ms = max((_free_ms(ask, cap) for cap in ask.edition.caps), default=ask.now_ms)
    return allow("below the caps") if free_ms <= ask.now_ms else defer("a cap is reached", free_ms)


def _free_ms(ask: Ask, cap: Cap) -> int:
    """Return from when on one more contact is within a cap."""
    if cap.channel is not ask.intent.channel:
        return ask.now_ms
    within_ms = cap.within_hours * HOUR_MS
    counted = sorted(
        each.at_ms
        for each in ask.contacts
        if each.channel is cap.channel
        and each.at_ms > ask.now_ms - within_ms
        and (each.talked or not cap.talks)
    )
    open_ones = () if cap.talks else ask.proposed
    ends_ms = sorted(until_ms for channel, until_ms in open_ones if channel is cap.channel)
    over = len(counted) + len(ends_ms) - cap.at_most
    if over < 0:
        return ask.now_ms
    return sorted([*(at_ms + within_ms for at_ms in counted), *ends_ms])[over]


def rate_limit(ask: Ask) -> Ruling:
    """The partition has not made so many proposals that something must be wrong."""
    rate, edition = ask.rate, ask.edition
    if rate.in_day >= edition.per_day.value:
        return defer("the day's proposals are made", _later(ask, rate.next_day_ms))
    if rate.in_hour >= edition.per_hour.value:
        return defer("the hour's proposals are made", _later(ask, rate.next_hour_ms))
    return allow("below the limit")


def _later(ask: Ask, at_ms: int) -> int:
    return at_ms + share(f"release/{ask.borrower_id}", HOUR_MS)


def approval(ask: Ask) -> Ruling:
    """A draft proposes nothing; a call that the tier alone asks for is released by people."""
    if not ask.is_accepted:
        return suppress("the conduct profile is a draft that nobody has accepted")
    needs = ask.intent.action in ask.edition.approval.actions and ask.intent.is_by_tier
    if needs and len(set(ask.approvals)) < PEOPLE:
        return need_approval("two people release it")
    return allow("released" if needs else "none is needed")
