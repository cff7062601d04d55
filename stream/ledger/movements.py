"""Puts each event of the repayment stream where it belongs among a borrower's loans.

Keys and versions are the borrower's, not a loan's: a later version of a payment may name another
loan, or for the first time a loan at all, and is then taken from where it was. A correction under
another key names the event that it replaces; that event counts for nothing from then on, also if
it arrives later.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.journal import RepaymentEvent
from stream.ledger.change import Conflict, ConflictKind, Outcome
from stream.ledger.loan import Loan
from stream.ledger.records.days import UTC
from stream.ledger.records.facts import Doubt, Fact, FactKind, remember, same_content
from stream.ledger.records.positions import compare_again
from stream.ledger.records.reading import Reading, read_event
from stream.ledger.records.terms import zone_of_terms
from stream.ledger.suspense import SuspenseState

SUSPENSE: Final = "suspense"
"""The place of money that names no loan."""

DOUBTED: Final = {
    Doubt.ALLOCATION: "expected an allocation that adds up to the amount paid",
    Doubt.TIME: "expected a time before it was known and no later than its booking",
    Doubt.SCALE: "expected an amount near the one requested, got one a unit's factor off",
    Doubt.AMOUNT: "expected an amount, got none",
}


class Put(NamedTuple):
    """What came of an event.

    Attributes:
        outcome: What was done with it.
        places: Loans, and `SUSPENSE`, whose records changed.
        since_ms: The earliest instant from which anything is different.
        conflicts: What is wrong with it.
    """

    outcome: Outcome
    places: frozenset[str] = frozenset()
    since_ms: int = 0
    conflicts: tuple[Conflict, ...] = ()


class Movements:
    """Places facts.

    Args:
        loans: The borrower's, by id; the one that an event names must be there.
        suspense: Its money that names no loan.
    """

    def __init__(self, loans: Mapping[str, Loan], suspense: SuspenseState) -> None:
        self._loans = loans
        self._suspense = suspense

    def put(self, event: RepaymentEvent) -> Put:
        """Put one event where it belongs."""
        place = event.data.loan_id or SUSPENSE
        terms = self._loans[place].state.terms if place != SUSPENSE else None
        reading = read_event(event, zone_of_terms(terms) if terms else UTC)
        heard = self._hear(place, event.source)
        if reading.fact is None:
            return Put(Outcome.IGNORED, heard)
        found = self._find(reading.key)
        if found is not None:
            known_place, known = found
            if refused := _refuse(reading.fact, known, moved=known_place != place):
                if refused is Outcome.STALE:
                    heard |= self._remember(known_place, reading.fact, reading.key)
                conflicts = () if refused is not Outcome.CONFLICT else (_contradiction(event),)
                return Put(refused, heard, conflicts=conflicts)
            self._drop(known_place, reading.key)
            heard |= {known_place}
        return self._place(place, reading, reading.fact, found, heard)

    def _place(
        self,
        place: str,
        reading: Reading,
        fact: Fact,
        found: tuple[str, Fact] | None,
        heard: frozenset[str],
    ) -> Put:
        since_ms = min(self._reaches(place, fact), found[1].at_ms if found else fact.at_ms)
        if reading.replaces and not (found and found[1].event == reading.replaces):
            touched, replaced_ms = self._void(reading.replaces)
            heard |= touched
            since_ms = min(since_ms, replaced_ms)
        if found is not None:
            self._remember(place, found[1], reading.key)
        if place == SUSPENSE:
            self._suspense.facts[reading.key] = fact
        else:
            if reading.replaces:
                remember(self._loans[place].state.aliases, reading.replaces, reading.key, 0)
            self._loans[place].put(reading.key, fact, is_new=found is None)
        conflicts = (_doubted(place, fact.doubt),) if fact.doubt is not Doubt.NONE else ()
        return Put(Outcome.APPLIED, heard | {place}, since_ms, conflicts)

    def _hear(self, place: str, source: str) -> frozenset[str]:
        """Remember that a source feeds a loan."""
        if place == SUSPENSE or source in self._loans[place].state.sources:
            return frozenset()
        self._loans[place].state.sources.append(source)
        return frozenset({place})

    def _facts(self, place: str) -> dict[bytes, Fact]:
        return self._suspense.facts if place == SUSPENSE else self._loans[place].state.facts

    def _find(self, key: bytes) -> tuple[str, Fact] | None:
        for loan_id, loan in self._loans.items():
            if fact := loan.state.facts.get(key):
                return loan_id, fact
        fact = self._suspense.facts.get(key)
        return (SUSPENSE, fact) if fact else None

    def _drop(self, place: str, key: bytes) -> None:
        if place == SUSPENSE:
            del self._suspense.facts[key]
        else:
            self._loans[place].drop(key)

    def _remember(self, place: str, earlier: Fact, key: bytes) -> frozenset[str]:
        """Remember an earlier version's event: what is taken back may name it."""
        if place == SUSPENSE:
            return frozenset()
        loan = self._loans[place]
        if not remember(loan.state.aliases, earlier.event, key, earlier.version):
            return frozenset()
        loan.forget_reckoning()
        compare_again(loan.state, 0)
        return frozenset({place})

    def _void(self, event: bytes) -> tuple[frozenset[str], int]:
        """Let an event count for nothing; return where it was, and since when."""
        self._suspense.voided[event] = True
        for place in (*self._loans, SUSPENSE):
            for fact in self._facts(place).values():
                if fact.event == event:
                    if place != SUSPENSE:
                        self._loans[place].forget_reckoning()
                        compare_again(self._loans[place].state, fact.at_ms)
                    return frozenset({place, SUSPENSE}), fact.at_ms
        return frozenset({SUSPENSE}), 1 << 62

    def _reaches(self, place: str, fact: Fact) -> int:
        """Return the earliest instant that a fact changes: what is taken back is older."""
        if fact.kind is not FactKind.TAKEN_BACK:
            return fact.at_ms
        undone = [
            other.at_ms
            for other in self._facts(place).values()
            if other.event == fact.target or not set(other.refs).isdisjoint(fact.refs)
        ]
        return min(undone, default=fact.at_ms)


def _refuse(new: Fact, known: Fact, *, moved: bool) -> Outcome | None:
    """Return why an event is not taken although its key is known, `None` if it is."""
    if new.version != known.version:
        return None if new.version > known.version else Outcome.STALE
    return Outcome.DUPLICATE if not moved and same_content(new, known) else Outcome.CONFLICT


def _contradiction(event: RepaymentEvent) -> Conflict:
    version = event.data.record_version
    return Conflict(
        ConflictKind.VERSION,
        event.data.loan_id or "",
        f"expected version {version} of one record to say one thing, got two",
    )


def _doubted(place: str, doubt: Doubt) -> Conflict:
    loan_id = "" if place == SUSPENSE else place
    return Conflict(ConflictKind[doubt.name], loan_id, DOUBTED[doubt])
