"""One loan: its record, and what follows from it."""

from collections.abc import Collection, Iterator
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from stream.ledger.account.course import Course
from stream.ledger.account.reckoning import Reckoning
from stream.ledger.records.days import UTC, Day
from stream.ledger.records.facts import Fact, FactKind
from stream.ledger.records.positions import compare_again
from stream.ledger.records.state import LoanState
from stream.ledger.records.terms import Terms, zone_of_terms
from stream.ledger.records.versions import Version, content, merge, version_key
from stream.ledger.rolling import Counted, Times, counted

IN_ORDER: Final = frozenset({FactKind.PAYMENT, FactKind.WAIVER, FactKind.FEE})
"""Facts that need no new reckoning when they come in order."""


class Loan:
    """One loan.

    Args:
        loan_id: Its id.
        voided: Digests of events of this borrower that a correction under another key has
            replaced; shared by all of its loans.
        state: Its record.
    """

    def __init__(
        self, loan_id: str, voided: Collection[bytes], state: LoanState | None = None
    ) -> None:
        self.loan_id = loan_id
        self.state = state or LoanState()
        self.voided = voided
        self._reckoning: Reckoning | None = None

    def reckoning(self) -> Reckoning | None:
        """Return what follows from the record, `None` without a contract."""
        if self._reckoning is None and self.state.terms is not None:
            self._reckoning = Reckoning(self.state, self.state.terms, self.voided)
        return self._reckoning

    def course(self, day: Day) -> Course | None:
        """Return the course at the end of `day`, `None` without a contract."""
        reckoning = self.reckoning()
        if reckoning is None or self.state.terms is None:
            return None
        course = reckoning.at(day)
        if course is None:  # a day of the past
            course = Reckoning(self.state, self.state.terms, self.voided).at(day)
        return course

    def forget_reckoning(self) -> None:
        """Make a new reckoning when it is next asked for."""
        self._reckoning = None

    def put(self, key: bytes, fact: Fact, *, is_new: bool) -> None:
        """Take a fact; of one that is not new, an earlier version was dropped before."""
        self.state.facts[key] = fact
        if (
            not is_new
            or fact.kind not in IN_ORDER
            or fact.event in self.voided
            or (self._reckoning is not None and not self._reckoning.takes(key, fact))
        ):
            self._reckoning = None
        compare_again(self.state, fact.at_ms)

    def drop(self, key: bytes) -> Fact:
        """Give a fact up: a later version of it comes, here or on another loan."""
        self._reckoning = None
        fact = self.state.facts.pop(key)
        self._unsettle(key)
        compare_again(self.state, fact.at_ms)
        return fact

    def put_terms(self, terms: Terms) -> bool:
        """Take a contract unless a later one is known; `False` if nothing changed."""
        known = self.state.terms
        if known is not None and (known.at_ms, _bytes(known)) >= (terms.at_ms, _bytes(terms)):
            return False
        is_same = known is not None and _bytes(known) == _bytes(terms)
        self.state.terms = terms
        self._reckoning = None
        compare_again(self.state, 0)
        return not is_same

    def put_version(self, version: Version) -> tuple[bool, bool]:
        """Take a schedule version.

        Returns:
            Whether anything changed, and whether it contradicts a record of the same time.
        """
        known = self.state.versions.get(version.number)
        merged = version if known is None else merge(known, version)
        self.state.versions[version.number] = merged
        if known is None:
            contradicts, changed = False, True
        else:
            contradicts = known.at_ms == version.at_ms and content(known) != content(version)
            changed = (content(known), known.first_ms) != (content(merged), merged.first_ms)
        if changed:
            self._unsettle(version_key(version))
            self._reckoning = None
            compare_again(self.state, 0)
        return changed, contradicts

    def _unsettle(self, key: bytes) -> None:
        """Forget what was decided of an entry in doubt: it says something else now."""
        for settled in (self.state.tie_out.accepted, self.state.tie_out.rejected):
            if key in settled:
                settled.remove(key)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which it is counted; UTC before the contract says."""
        return zone_of_terms(self.state.terms) if self.state.terms else UTC

    @property
    def last_ms(self) -> int:
        """The latest instant at which something happened, -1 if nothing has."""
        return max((fact.at_ms for fact in self.state.facts.values()), default=-1)

    def counted(self, times: Times) -> Counted:
        """Return how far it is counted."""
        return counted(self.state, self.zone, times)

    def payments(self) -> Iterator[tuple[Fact, int]]:
        """Yield its payments, each with what is left of it."""
        reckoning = self.reckoning()
        left = reckoning.netted.left if reckoning else {}
        for key, fact in self.state.facts.items():
            if fact.kind is FactKind.PAYMENT and fact.event not in self.voided:
                yield fact, left.get(key, fact.amount)


def _bytes(terms: Terms) -> bytes:
    return msgspec.msgpack.encode(msgspec.structs.replace(terms, at_ms=0))
