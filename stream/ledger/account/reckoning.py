"""The reckoning: everything that follows from a loan's record, ready to be asked.

Made of the record alone, whenever it is needed: after a restart, after a record that came out of
order, for a day of the past, or for what was known at an earlier cut.
"""

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from stream.ledger.account.course import Course
from stream.ledger.account.ending import Ending
from stream.ledger.account.entries import Calendar, entries_of, entry_of
from stream.ledger.account.netting import NOTHING_TAKEN, Netted, net
from stream.ledger.account.profiles import Profile, profile_of
from stream.ledger.records.days import Day
from stream.ledger.records.facts import Fact
from stream.ledger.records.state import LoanState
from stream.ledger.records.terms import Terms


class Reckoning:
    """What follows from one loan's record.

    Args:
        state: The record, with terms.
        terms: Those of the record.
        voided: Digests of events that a correction under another key has replaced.
        cut_ms: What happened later is left out; `None` for nothing.
        accepting: Keys to be accepted beside those of the record.
    """

    def __init__(
        self,
        state: LoanState,
        terms: Terms,
        voided: Collection[bytes],
        *,
        cut_ms: int | None = None,
        accepting: Collection[bytes] = (),
    ) -> None:
        facts = _known_at(state.facts, cut_ms)
        self.currency = terms.currency
        self.calendar = Calendar(terms, state.versions)
        self.netted: Netted = net(facts, state.aliases, voided)
        self.ending = Ending(facts, voided, self.netted.undone_ms, self.zone)
        self.profile: Profile = profile_of(terms.profile)
        first = min(state.versions, default=None)
        tie_out = state.tie_out
        self.course = Course(
            terms,
            entries_of(facts, state.versions, self.calendar, left=self.netted.left, voided=voided),
            first=None if first is None else state.versions[first],
            residue=self._residue(terms),
            accepted=[*tie_out.accepted, *accepting],
            rejected=tie_out.rejected,
            end=self.ending.given_up,
        )

    @property
    def zone(self) -> ZoneInfo:
        """The loan's zone."""
        return self.calendar.zone

    def has_loose(self, rejected: Collection[bytes]) -> bool:
        """Whether something was taken back from a payment that nobody knows."""
        return any(key not in rejected for key in self.netted.loose)

    def takes(self, key: bytes, fact: Fact) -> bool:
        """Add a new movement if it comes after all others; `False` if it does not."""
        if self.netted is not NOTHING_TAKEN or self.ending.given_up:
            return False
        return self.course.takes(entry_of(key, fact, self.calendar))

    def at(self, day: Day) -> Course | None:
        """Return the course at the end of `day`, `None` if it has gone further already."""
        if day < self.course.day:
            return None
        self.course.upto(day)
        return self.course

    def _residue(self, terms: Terms) -> int:
        if terms.residue is not None:
            return terms.residue
        return self.profile.residue_minor.get(terms.currency, 0)


def _known_at(facts: Mapping[bytes, Fact], cut_ms: int | None) -> Mapping[bytes, Fact]:
    if cut_ms is None:
        return facts
    return {key: fact for key, fact in facts.items() if fact.at_ms <= cut_ms}
