"""How a payment is spread over what is due (ledger.md 3).

    the core's allocation, if it has one
    else what is due, the oldest instalment first, inside it fee, penalty, interest, principal
    then the instalment that the payment names, though it is not due yet
    then, for kinds with a minimum per period, the period that is open
    then money is kept aside

It never pays a later instalment in silence, unless it covers all that is left.
"""

from stream.ledger.account.account import Account, Item
from stream.ledger.records.days import Day
from stream.ledger.records.facts import Fact


def pay(account: Account, fact: Fact, amount: int, day: Day) -> None:
    """Spread `amount` of a payment that counts on `day`; what is left is kept aside."""
    account.fall_due(day)
    left = _settle_due(account, fact, amount, day)
    if left:
        left -= _ahead(account, fact.instalment_no, left, day)
    account.advance += left
    account.skip_paid()


def waive(account: Account, fact: Fact, amount: int, day: Day) -> None:
    """Let go of up to `amount` of what is owed, as a payment would have settled it."""
    account.fall_due(day)
    before = [(item, item.rest) for item in account.items[account.open_from :]]
    left = _settle_due(account, fact, amount, day)
    if left and (item := named(account, fact.instalment_no)):
        account.settle(item, left, day)
    for item, rest in before:
        account.lower(item, rest - item.rest)
    account.skip_paid()


def would_settle(account: Account, fact: Fact, day: Day) -> bool:
    """Whether a payment that counts on `day` could settle anything, then or later."""
    is_ahead = account.open_period or named(account, fact.instalment_no) is not None
    if is_ahead or account.may_draw(fact.amount):
        return True
    return account.open_from < account.due_by(day)


def named(account: Account, no: int | None) -> Item | None:
    """Return the instalment of this number that has a rest."""
    if no is None or no < 0:
        return None
    items = account.items
    for index in range(account.open_from, len(items)):
        if items[index].no == no and items[index].rest:
            return items[index]
    return None


def _settle_due(account: Account, fact: Fact, amount: int, day: Day) -> int:
    """Settle what is due; an allocation is not followed once a part of it was taken back."""
    if fact.split is not None and amount == fact.amount:
        return _by_core(account, fact, fact.split, day)
    return _fill(account, amount, day)


def _due(account: Account, day: Day) -> list[Item]:
    return account.items[account.open_from : account.due_by(day)]


def _fill(account: Account, amount: int, day: Day) -> int:
    """Pay what is due by the contract's waterfall; return what is left."""
    if account.by_component:
        for index in account.order:
            amount = _fill_part(account, index, amount, day)
        return amount
    items, index = account.items, account.open_from
    while amount and index < len(items) and items[index].due <= day:
        amount -= account.settle(items[index], amount, day)
        index += 1
    account.open_from = max(account.open_from, index - 1)
    return amount


def _fill_part(account: Account, index: int, amount: int, day: Day) -> int:
    for item in _due(account, day):
        if not amount:
            break
        amount -= account.settle_part(item, index, amount, day)
    return amount


def _by_core(account: Account, fact: Fact, split: tuple[int, ...], day: Day) -> int:
    """Pay as the core says: by component, the instalment that it names first."""
    first = named(account, fact.instalment_no)
    open_items = [item for item in account.items[account.open_from :] if item.rest]
    if any(item.parts is None for item in open_items if item is first or item.due <= day):
        amount = sum(split)  # the schedule does not say what an instalment is made of
        amount -= account.settle(first, amount, day) if first else 0
        return _fill(account, amount, day)
    left = 0
    for index, amount in enumerate(split):
        if first and amount:
            amount -= account.settle_part(first, index, amount, day)  # noqa: PLW2901 - the rest
        left += _fill_part(account, index, amount, day)
    return left


def _ahead(account: Account, no: int | None, amount: int, day: Day) -> int:
    """Pay ahead where the payment or the product says so; return what it took."""
    item = named(account, no)
    if item is None and account.open_period:
        later = account.items[account.due_by(day) :]
        item = next((each for each in later if each.rest and each.no >= 0), None)
    return account.settle(item, amount, day) if item else 0
