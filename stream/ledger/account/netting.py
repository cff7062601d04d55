"""Netting: what is left of each movement after what was taken back (ledger.md 3, domain.md 2.6).

A returned payment is as if it had not been made, from its own day on; a reversed reversal is as
if it had not been made either. What is taken back names the event that it undoes, or else shares
a reference of the source with a payment. One that finds nothing is loose: it waits for a payment
that has not come yet, and says meanwhile that something is missing.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from stream.ledger.records.facts import WHOLE, Aliases, Fact, FactKind


class Netted(NamedTuple):
    """The outcome.

    Attributes:
        left: The amount of each movement that something was taken back from, by key.
        loose: Keys of what was taken back from nothing that is known.
        undone_ms: The latest time at which something was taken back from a payment, -1 if never.
    """

    left: Mapping[bytes, int]
    loose: tuple[bytes, ...]
    undone_ms: int = -1


NOTHING_TAKEN = Netted({}, ())


def net(facts: Mapping[bytes, Fact], aliases: Aliases, voided: Collection[bytes]) -> Netted:
    """Net all facts of one loan.

    Args:
        facts: By key.
        aliases: Under which key the events of earlier versions are found.
        voided: Digests of events that a correction under another key has replaced.
    """
    if not any(fact.kind is FactKind.TAKEN_BACK for fact in facts.values()):
        return NOTHING_TAKEN
    counting = {key: fact for key, fact in facts.items() if fact.event not in voided}
    return _Netting(counting, aliases).run()


class _Netting:
    """One run over the facts of a loan."""

    def __init__(self, facts: Mapping[bytes, Fact], aliases: Aliases) -> None:
        self._facts = facts
        self._backs = {k: fact for k, fact in facts.items() if fact.kind is FactKind.TAKEN_BACK}
        earlier = {event: key for event, (key, _) in aliases.items() if key in facts}
        self._key_of = earlier | {fact.event: key for key, fact in facts.items()}
        self._undone: dict[bytes, int] = {}
        self._left: dict[bytes, int] = {}
        self._undone_ms = -1

    def run(self) -> Netted:
        """Take everything back, what undoes before what is undone."""
        loose = []
        for key, back in sorted(self._backs.items(), key=self._rank):
            power = max(self._declared(back) - self._undone.get(key, 0), 0)
            target = self._target(back)
            if target in self._backs:
                self._undone[target] = self._undone.get(target, 0) + power
            elif target:
                self._take(target, power, back)
            elif sharing := self._sharing(back):
                for each in sharing:
                    power -= self._take(each, power, back)
            else:
                loose.append(key)
        return Netted(self._left, tuple(loose), self._undone_ms)

    def _rank(self, item: tuple[bytes, Fact]) -> tuple[int, int, bytes]:
        """Sort by the length of the chain that a taking-back ends, the longest first."""
        key, back = item
        depth, target = 0, self._target(back)
        while target in self._backs and depth < len(self._backs):
            depth, target = depth + 1, self._target(self._backs[target])
        return -depth, back.at_ms, key

    def _target(self, back: Fact) -> bytes:
        """Return the key of what it names, empty if it names nothing that is known."""
        return self._key_of.get(back.target, b"") if back.target else b""

    def _declared(self, back: Fact) -> int:
        """Return the amount that it takes; `WHOLE` is all that is at the end of its chain."""
        for _ in self._backs:
            if back.amount != WHOLE:
                return back.amount
            target = self._target(back)
            if target not in self._backs:
                break
            back = self._backs[target]
        target = self._target(back)
        if target:
            return max(self._facts[target].amount, 0)
        return sum(self._facts[key].amount for key in self._sharing(back))

    def _sharing(self, back: Fact) -> list[bytes]:
        """Return the payments with a reference of this taking-back, the earliest first."""
        found = [
            (fact.at_ms, key)
            for key, fact in self._facts.items()
            if fact.kind is FactKind.PAYMENT and not set(fact.refs).isdisjoint(back.refs)
        ]
        return [key for _, key in sorted(found)]

    def _take(self, key: bytes, power: int, back: Fact) -> int:
        left = self._left.get(key, self._facts[key].amount)
        taken = min(power, left)
        self._left[key] = left - taken
        if taken:
            self._undone_ms = max(self._undone_ms, back.at_ms)
        return taken
