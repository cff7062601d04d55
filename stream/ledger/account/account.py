"""The account of one loan: obligations with their rests, and money that is kept aside.

    what falls due = owed;  what payments settled of it = paid;  the rest, past due = overdue
    more than is due -> advance -> what a new schedule version has used of it

Invariants: rests are never negative; what came in is what was settled, set aside, used by a
version, or recovered after the end; an item's parts add up to its rest.
"""

from dataclasses import dataclass, field

from stream.ledger.records.days import Day
from stream.ledger.records.terms import PRINCIPAL

Order = tuple[int, ...]


@dataclass(slots=True)
class Item:
    """One obligation: an instalment, or a fee charged by itself.

    Attributes:
        no: The instalment's number, -1 for a fee.
        due: The day it is due on.
        grace: Days after `due` in which it is not overdue.
        amount: What is owed by it, after waivers and what a version took over.
        rest: What is not paid of it.
        parts: The rest by component, `None` if it is not divided.
        settled: The day on which it was paid but for a residue, 0 if it is not; what never was
            more than that counts as paid when it fell due.
        moved: Whether a schedule version took its rest over.
    """

    no: int
    due: Day
    grace: int
    amount: int
    rest: int
    parts: list[int] | None = None
    settled: Day = 0
    moved: bool = False

    @property
    def last_day(self) -> Day:
        """The last day on which it is not overdue."""
        return self.due + self.grace


@dataclass(slots=True)
class Forborne:
    """What a restructuring with arrears leaves behind: since when, and how late it had been."""

    since: Day
    max_dpd_before: int


@dataclass(slots=True)
class Account:
    """The account after some of a loan's entries.

    Attributes:
        residue: Rests up to this count as paid for tiers and for being on time.
        order: Components in the order in which they are paid.
        by_component: Whether a component is filled over all items before the next.
        pays_next: Whether `advance` pays items as they fall due, by contract.
        open_period: Whether money counts for the next item before it is due.
        items: By due day.
        open_from: Index of the first item with a rest; all before it are paid.
        fallen: Index of the first item that had not fallen due when last looked at.
        advance: Kept aside.
        applied: Used by schedule versions.
        recovered: Came after the loan had ended.
        worst: The most days past due on which an item was settled or taken over.
        cleared: The day on which the last late item was settled, 0 if there was none.
        paid_ahead: Whether anything was ever paid before its day.
        forborne: Set while or after a forborne loan is watched.
        left: All that is still to be paid, due or not.
        drawn: Whether `advance` has ever paid an item as it fell due.
    """

    residue: int
    order: Order
    by_component: bool
    pays_next: bool
    open_period: bool
    items: list[Item] = field(default_factory=list)
    open_from: int = 0
    fallen: int = 0
    advance: int = 0
    applied: int = 0
    recovered: int = 0
    worst: int = 0
    cleared: Day = 0
    paid_ahead: bool = False
    forborne: Forborne | None = None
    left: int = 0
    drawn: bool = False
    _totals: list[int] | None = None

    def may_draw(self, more: int = 0) -> bool:
        """Whether `advance`, with so much more, pays what falls due.

        By contract, or since it covers all that is left: then there is no later instalment that it
        could pay in the place of another.
        """
        return self.pays_next or self.advance + more >= self.left

    def settle(self, item: Item, amount: int, day: Day) -> int:
        """Pay up to `amount` of an item in the account's order; return what it took."""
        taken = min(amount, item.rest)
        if item.parts is not None:
            left = taken
            for index in self.order:
                part = min(left, item.parts[index])
                item.parts[index] -= part
                left -= part
        return self._took(item, taken, day)

    def settle_part(self, item: Item, index: int, amount: int, day: Day) -> int:
        """Pay up to `amount` of one component of an item; an undivided item is principal."""
        if item.parts is None:
            return self.settle(item, amount, day) if index == PRINCIPAL else 0
        taken = min(amount, item.parts[index])
        item.parts[index] -= taken
        return self._took(item, taken, day)

    def _took(self, item: Item, taken: int, day: Day) -> int:
        is_residue = item.rest <= self.residue
        item.rest -= taken
        self.left -= taken
        self.paid_ahead = self.paid_ahead or item.due > day
        if item.rest <= self.residue and taken and not item.settled:
            item.settled = min(day, item.due) if is_residue else day
            if item.settled > item.last_day:
                self.worst = max(self.worst, day - item.due)
                self.cleared = max(self.cleared, day)
        return taken

    def skip_paid(self) -> None:
        """Move `open_from` past items that are paid."""
        items, index = self.items, self.open_from
        while index < len(items) and not items[index].rest:
            index += 1
        self.open_from = index

    def fall_due(self, day: Day) -> None:
        """Let the items up to `day` fall due; money kept aside pays them if it may."""
        items = self.items
        while self.fallen < len(items) and items[self.fallen].due <= day:
            item = items[self.fallen]
            self.fallen += 1
            if item.rest and self.advance and self.may_draw():
                self.advance -= self.settle(item, self.advance, item.due)
                self.drawn = True
        self.skip_paid()

    def add(self, item: Item) -> None:
        """Put one more obligation where its due day says."""
        self.rearrange([*self.items, item])

    def rearrange(self, items: list[Item]) -> None:
        """Take these items in place of all before."""
        self.items = sorted(items, key=lambda item: (item.due, item.no))
        self.open_from = self.fallen = 0
        self.left = sum(item.rest for item in items)
        self._totals = None
        self.skip_paid()

    def lower(self, item: Item, amount: int) -> None:
        """Owe so much less by an item than before; its rest is the caller's to change."""
        item.amount -= amount
        self._totals = None

    def due_by(self, day: Day) -> int:
        """Return how many items have fallen due by the end of `day`."""
        index, items = self.open_from, self.items
        if index and items[index - 1].due > day:
            index = 0
        while index < len(items) and items[index].due <= day:
            index += 1
        return index

    def owed(self, count: int) -> int:
        """Return what the first `count` items come to."""
        if self._totals is None:
            self._totals = [0]
            for item in self.items:
                self._totals.append(self._totals[-1] + item.amount)
        return self._totals[count]

    def principal_left(self) -> int | None:
        """Return the principal still to be paid, `None` if the schedule does not divide it."""
        open_items = [item for item in self.items[self.open_from :] if item.rest]
        parts = [item.parts[PRINCIPAL] for item in open_items if item.parts is not None]
        return sum(parts) if len(parts) == len(open_items) and self.items else None
