"""The record of a loan as a row of entries, in the order in which they count.

An entry counts on a day: a payment on the local day of its event, or on the next if that was
after the cut-off; a version on the day on which it takes effect. Entries of one day are in the
order of their instants, so the row does not depend on when the records came.
"""

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from stream.ledger.records.days import Day, local, local_day, start_ms
from stream.ledger.records.facts import Fact, FactKind
from stream.ledger.records.terms import Terms, zone_of_terms
from stream.ledger.records.versions import NO_CUT_OFF, Version, version_key


class Rank(IntEnum):
    """What comes first of entries of one instant."""

    VERSION = 0
    FEE = 1
    WAIVER = 2
    PAYMENT = 3


RANKS = {
    FactKind.FEE: Rank.FEE,
    FactKind.WAIVER: Rank.WAIVER,
    FactKind.PAYMENT: Rank.PAYMENT,
}


class Entry(NamedTuple):
    """One entry; the first four fields are its place in the row.

    Attributes:
        day: On which it counts.
        at_ms: Its instant.
        rank: As in `Rank`.
        key: Of the fact; of a version as `version_key` says.
        amount: What is left of it after takings-back.
        fact: Of a movement.
        version: Of a version.
    """

    day: Day
    at_ms: int
    rank: int
    key: bytes
    amount: int = 0
    fact: Fact | None = None
    version: Version | None = None


class Calendar:
    """The days of one loan: its zone, and the cut-offs of its schedule versions."""

    def __init__(self, terms: Terms, versions: Mapping[int, Version]) -> None:
        self.zone = zone_of_terms(terms)
        self._versions = [(day, version) for day, _, version in in_order(versions, self.zone)]
        cut_offs = {row.cut_off for _, version in self._versions for row in version.rows}
        self._only = cut_offs.pop() if len(cut_offs) == 1 else None if cut_offs else NO_CUT_OFF

    def day_of(self, at_ms: int) -> Day:
        """Return the day on which a payment of this instant counts."""
        day, of_day_ms = local(at_ms, self.zone)
        cut_off = self._only if self._only is not None else self._cut_off(day)
        return day + 1 if cut_off != NO_CUT_OFF and of_day_ms > cut_off else day

    def _cut_off(self, day: Day) -> int:
        """Return the cut-off of `day`: that of the last instalment due by then, or the first."""
        in_force = self._versions[0][1]
        for since, version in self._versions[1:]:
            if since <= day:
                in_force = version
        cut_off = in_force.rows[0].cut_off if in_force.rows else NO_CUT_OFF
        for row in in_force.rows:
            if row.due > day:
                break
            cut_off = row.cut_off
        return cut_off


def in_order(versions: Mapping[int, Version], zone: ZoneInfo) -> list[tuple[Day, int, Version]]:
    """Return the versions with the day and instant from which each is in effect, by number.

    A higher number never takes effect before a lower one.
    """
    ordered: list[tuple[Day, int, Version]] = []
    day = at_ms = 0
    for _, version in sorted(versions.items()):
        since = version.from_day
        first_ms = version.first_ms if since is None else start_ms(since, zone)
        at_ms = max(at_ms, first_ms)
        day = max(day, local_day(first_ms, zone) if since is None else since)
        ordered.append((day, at_ms, version))
    return ordered


def entry_of(key: bytes, fact: Fact, calendar: Calendar, amount: int | None = None) -> Entry:
    """Return the entry of a movement, of which `amount` is left if something was taken back."""
    rank = RANKS[fact.kind]
    day = (
        calendar.day_of(fact.at_ms)
        if rank is Rank.PAYMENT
        else local_day(fact.at_ms, calendar.zone)
    )
    return Entry(day, fact.at_ms, rank, key, fact.amount if amount is None else amount, fact)


def entries_of(
    facts: Mapping[bytes, Fact],
    versions: Mapping[int, Version],
    calendar: Calendar,
    *,
    left: Mapping[bytes, int],
    voided: Collection[bytes],
) -> list[Entry]:
    """Return all entries of a loan but its first version, in order.

    Args:
        facts: By key.
        versions: By number.
        calendar: The loan's days.
        left: As `netting.net` found.
        voided: Digests of events that a correction under another key has replaced.
    """
    entries = [
        entry_of(key, fact, calendar, left.get(key))
        for key, fact in facts.items()
        if fact.kind in RANKS and fact.event not in voided
    ]
    entries += [
        Entry(day, at_ms, Rank.VERSION, version_key(version), 0, None, version)
        for day, at_ms, version in in_order(versions, calendar.zone)[1:]
    ]
    entries.sort(key=lambda entry: entry[:4])
    return entries
