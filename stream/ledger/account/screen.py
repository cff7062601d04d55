"""The screen before the account: which entries are held back, and why.

Checks of an entry by itself were made when it was read (`records.doubt`); here it is compared
with what the loan is at the moment at which the entry counts. What the core or an operator has
accepted passes.
"""

from collections.abc import Collection

from stream.ledger.account.account import Account
from stream.ledger.account.entries import Entry, Rank
from stream.ledger.account.waterfall import named
from stream.ledger.records import doubt
from stream.ledger.records.facts import Doubt, Fact
from stream.ledger.records.terms import Terms
from stream.ledger.records.versions import Version, version_key

Likeness = tuple[int, int | None, str, tuple[int, ...] | None, bool, bool]
"""All that a payment says of itself but who sent it, and under which reference."""


class Screen:
    """Holds entries of one loan back; entries must be shown in order.

    Args:
        terms: The contract's.
        accepted: Keys of entries that were confirmed.
    """

    def __init__(self, terms: Terms, accepted: Collection[bytes]) -> None:
        self._terms = terms
        self._accepted = frozenset(accepted)
        self._instant_ms = -1
        self._at_instant: set[Likeness] = set()

    def flaw_of_first(self, version: Version) -> str:
        """Return why the first schedule is held back, empty if it is not."""
        accepted = version_key(version) in self._accepted
        return "" if accepted else doubt.flaw_of_first(version, self._terms)

    def reason(self, entry: Entry, claim: Account, *, ended: bool) -> str:
        """Return why an entry is held back, empty if it is not.

        Args:
            entry: The entry.
            claim: The account before it.
            ended: Whether the loan had ended before it.
        """
        if entry.key in self._accepted:
            return ""
        if entry.version is not None:
            return doubt.flaw_of_later(entry.version, self._terms, claim.left)
        fact = entry.fact
        if fact is None or not entry.amount:
            return ""
        if fact.doubt is not Doubt.NONE:
            return fact.doubt.name
        if fact.currency != self._terms.currency:
            return Doubt.CURRENCY.name
        return self._doubt(entry, fact, claim) if entry.rank == Rank.PAYMENT and not ended else ""

    def _doubt(self, entry: Entry, fact: Fact, claim: Account) -> str:
        if self._is_twin(entry, fact):
            return Doubt.TWIN.name
        if claim.open_from == len(claim.items):
            return ""
        if not claim.open_period and entry.amount >= doubt.EXCESS_FACTOR * claim.left:
            return Doubt.EXCESS.name
        return Doubt.SCALE.name if self._is_off(entry, fact, claim) else ""

    def _is_twin(self, entry: Entry, fact: Fact) -> bool:
        """Whether another payment of the same instant says the same.

        One of another instalment says something else: over a holiday several fall on one day, and
        are debited in one run.
        """
        if entry.at_ms != self._instant_ms:
            self._instant_ms, self._at_instant = entry.at_ms, set()
        says = _likeness(entry.amount, fact)
        is_known = says in self._at_instant
        self._at_instant.add(says)
        return is_known

    def _is_off(self, entry: Entry, fact: Fact, claim: Account) -> bool:
        """Whether it is a unit's factor off what the instalment that it is for comes to."""
        if fact.is_prepayment:
            return False
        item = named(claim, fact.instalment_no) or claim.items[claim.open_from]
        if entry.amount == item.rest:
            return False
        return doubt.is_off_by_scale(entry.amount, item.amount, self._terms.currency)


def _likeness(amount: int, fact: Fact) -> Likeness:
    return (
        amount,
        fact.instalment_no,
        fact.payer,
        fact.split,
        fact.is_prepayment,
        fact.is_recovery,
    )
