"""The course of a loan: its account after all entries up to a day.

Two accounts run side by side once somebody else has paid for the borrower: the *claim's*, and
the *borrower's own*, as if those payments had not been made (ledger.md 3). Entries in doubt are
held back from both; so are entries after the loan's end, but for what is recovered.

New entries at the end of the row are added as they come. Whatever comes out of order makes a new
course from the record: that is the whole of how corrections and late records are handled.
"""

from bisect import insort
from collections.abc import Collection
from typing import NamedTuple

from stream.ledger.account.account import Account, Item
from stream.ledger.account.entries import Entry, Rank
from stream.ledger.account.schedules import take_first, take_later
from stream.ledger.account.screen import Screen
from stream.ledger.account.waterfall import pay, waive, would_settle
from stream.ledger.records.days import Day
from stream.ledger.records.facts import Doubt, Fact
from stream.ledger.records.terms import FEE, OPEN_PERIOD, PARTS, Terms
from stream.ledger.records.versions import Version, version_key


class Held(NamedTuple):
    """An entry that is not counted.

    Attributes:
        key: The entry's.
        day: On which it would count, or on which it may have happened.
        amount: Of money that it would bring in, minor units.
        reason: A `Doubt` by name, or what is wrong with a schedule.
        may_pay: Whether what is overdue could be less by it.
    """

    key: bytes
    day: Day
    amount: int
    reason: str
    may_pay: bool = True


class End(NamedTuple):
    """When the loan's monitoring ended; what comes in later is recovered."""

    day: Day
    at_ms: int


class Course:
    """The accounts of one loan, and how far they have come.

    Args:
        terms: The contract's.
        entries: In order; they count once `upto` has come to their day.
        first: The first schedule version, if there is one.
        residue: Rests up to this count as paid for tiers.
        accepted: Keys of entries in doubt that were confirmed.
        rejected: Keys of entries in doubt that count for nothing.
        end: When the claim was given up, if it was.
    """

    def __init__(
        self,
        terms: Terms,
        entries: list[Entry],
        *,
        first: Version | None,
        residue: int,
        accepted: Collection[bytes] = (),
        rejected: Collection[bytes] = (),
        end: End | None = None,
    ) -> None:
        self._terms = terms
        self._screen = Screen(terms, accepted)
        self._rejected = frozenset(rejected)
        self._end = end
        self._entries = entries
        self._next = 0
        self.held: list[Held] = []
        self.payers: list[str] = []
        self.compensated = 0
        self.day: Day = 0
        self.claim = self._account(residue)
        has_payer = any(entry.fact and entry.fact.payer for entry in entries)
        self.own = self._account(residue) if has_payer else self.claim
        if first is not None:
            self._begin(first)

    def _account(self, residue: int) -> Account:
        terms = self._terms
        return Account(
            residue=residue,
            order=terms.order,
            by_component=terms.by_component,
            pays_next=terms.pays_next,
            open_period=terms.kind in OPEN_PERIOD,
        )

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The claim's account, and the borrower's own if that is another."""
        return (self.claim,) if self.own is self.claim else (self.claim, self.own)

    @property
    def last_day(self) -> Day:
        """The day of the last entry that was counted, 0 if there was none."""
        return self._entries[self._next - 1].day if self._next else 0

    @property
    def waiting(self) -> list[Entry]:
        """Entries that do not count yet."""
        return self._entries[self._next :]

    def _begin(self, first: Version) -> None:
        if flaw := self._screen.flaw_of_first(first):
            due = first.rows[0].due if first.rows else 0
            self.held.append(Held(version_key(first), due, 0, flaw))
            return
        for account in self.accounts:
            take_first(account, first)

    def takes(self, entry: Entry) -> bool:
        """Add an entry if it comes after all that were counted; `False` if it does not."""
        last = self._entries[self._next - 1] if self._next else None
        if last is not None and entry[:4] <= last[:4]:
            return False
        if entry.day < self.day and any(_may_differ(each, entry) for each in self.accounts):
            return False
        if entry.fact is not None and entry.fact.payer and self.own is self.claim:
            return False
        if self._next == len(self._entries) or self._entries[-1][:4] < entry[:4]:
            self._entries.append(entry)
        else:
            insort(self._entries, entry, lo=self._next, key=lambda each: each[:4])
        return True

    def upto(self, day: Day) -> None:
        """Count every entry up to the end of `day`; a day that has passed changes nothing."""
        while self._next < len(self._entries) and self._entries[self._next].day <= day:
            self._count(self._entries[self._next])
            self._next += 1
        self.day = max(self.day, day)
        for account in self.accounts:
            account.fall_due(self.day)

    def _count(self, entry: Entry) -> None:
        ended = self._is_ended(entry)
        reason = self._screen.reason(entry, self.claim, ended=ended)
        if reason and entry.key in self._rejected:
            return
        if reason:
            self._hold(entry, reason)
            return
        if entry.version is not None:
            for account in self.accounts:
                take_later(account, entry.version, entry.day)
            return
        fact = entry.fact
        assert fact is not None  # noqa: S101 - an entry has a version or a fact
        for account in self.accounts:
            if account is self.claim or not fact.payer:
                self._move(account, entry, fact, ended=ended)
        if fact.payer and entry.amount:
            self.compensated += entry.amount
            self.payers.append(fact.payer)

    def _hold(self, entry: Entry, reason: str) -> None:
        amount = entry.amount if entry.rank == Rank.PAYMENT else 0
        meant = entry.fact.meant if entry.fact else None
        may_pay = self._may_pay(entry, reason)
        self.held.append(Held(entry.key, meant or entry.day, amount, reason, may_pay))

    def _may_pay(self, entry: Entry, reason: str) -> bool:
        """Whether what is overdue could be less by an entry in doubt.

        Of a twin that is known: it is one payment or two of this amount, on this day.
        """
        if reason != Doubt.TWIN.name or entry.fact is None:
            return entry.rank != Rank.FEE
        fact, day = entry.fact, entry.day
        return any(would_settle(account, fact, day) for account in self.accounts)

    def _move(self, account: Account, entry: Entry, fact: Fact, *, ended: bool) -> None:
        if entry.rank == Rank.PAYMENT and ended:
            account.recovered += entry.amount
        elif entry.rank == Rank.PAYMENT:
            pay(account, fact, entry.amount, entry.day)
        elif entry.rank == Rank.WAIVER:
            waive(account, fact, entry.amount, entry.day)
        else:
            parts = [0] * len(PARTS)
            parts[FEE] = entry.amount
            due = fact.due or entry.day
            account.add(Item(-1, due, 0, entry.amount, entry.amount, parts))

    def _is_ended(self, entry: Entry) -> bool:
        return self._end is not None and entry[:2] >= self._end


def _may_differ(account: Account, entry: Entry) -> bool:
    """Whether what fell due since an entry of the past may be paid otherwise because of it."""
    is_recut = entry.version is not None and account.advance > 0
    return account.drawn or is_recut or account.may_draw(entry.amount)
