"""What is added up over all partitions, and said when each of them has closed the day.

A partition's decisions are read in their order, so what it has told between two of its closed
days is of the second one, whatever the other partitions are at.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, Final

from msgspec.structs import replace

from schemas.book_day import BookCell, DayClosed, FloorDiff
from schemas.collection_trigger import Answer, CollectionTrigger
from schemas.compliance import RecordKind
from schemas.decision import Decision, DecisionKind
from stream.compliance import letters
from stream.compliance.log import ALL, Draft, Log
from stream.compliance.months import MONTH, monthly
from stream.compliance.state import Conduct, Day, DayPart, OpenDay, State

CONTACTS: Final = frozenset(
    {DecisionKind.PERMIT_NOTED, DecisionKind.OUTCOME_NOTED, DecisionKind.CONDUCT_BREACH}
)
SET_ASIDE: Final = frozenset(
    {
        DecisionKind.DUPLICATE,
        DecisionKind.VERSION_CONFLICT,
        DecisionKind.STALE_VERSION,
        DecisionKind.TOO_LATE,
        DecisionKind.TEST_RECORD,
        DecisionKind.IN_DOUBT,
    }
)


def count(told: CollectionTrigger, partition: int, state: State) -> None:
    """Count a trigger for the day that its partition has not closed yet."""
    if not told.simulated:
        _add(told.legal_entity, _words(told), partition, state)


def count_contact(decision: Decision, partition: int, state: State) -> None:
    """Count leave, what came of it, or a breach; these know no legal entity."""
    if decision.kind in CONTACTS:
        _add(ALL, _words_of(decision), partition, state)


def count_set_aside(decision: Decision, partition: int, state: State) -> None:
    """Count an event that was not applied, for the day that is open."""
    if decision.kind in SET_ASIDE:
        known = state.open.get(str(partition)) or OpenDay()
        counts = Counter(known.set_aside)
        counts[decision.kind.value] += 1
        state.open.put(str(partition), replace(known, set_aside=dict(sorted(counts.items()))))


def _words_of(decision: Decision) -> Iterable[str]:
    yield decision.kind.value
    if decision.kind is DecisionKind.OUTCOME_NOTED:
        yield f"{decision.kind.value}/{decision.detail}"


def _add(entity: str, words: Iterable[str], partition: int, state: State) -> None:
    known = state.open.get(str(partition)) or OpenDay()
    counts = Counter(known.conduct.get(entity, Conduct()).counts)
    counts.update(words)
    conduct = {**known.conduct, entity: Conduct(counts=dict(sorted(counts.items())))}
    state.open.put(str(partition), replace(known, conduct=conduct))


def _words(told: CollectionTrigger) -> Iterable[str]:
    """Yield what a trigger is counted as."""
    yield f"op/{told.op.value}"
    yield f"{told.op.value}/action/{told.action.value}"
    yield f"{told.op.value}/channel/{told.channel.value}"
    for each in told.guards:
        if each.answer is not Answer.ALLOW:
            yield f"guard/{each.guard.value}/{each.answer.value}"
    if told.compensate:
        yield "compensate"


def close(decision: Decision, closed: DayClosed, partitions: int, state: State, log: Log) -> None:
    """Take a partition's closed day; with the last one the totals are said, once for a day."""
    day, open_day = closed.day.isoformat(), str(closed.partition)
    if day <= state.core.closed:
        return
    told = state.open.get(open_day) or OpenDay()
    state.open.drop(open_day)
    known = state.days.get(day) or Day()
    part = DayPart(closed=closed, conduct=told.conduct, set_aside=told.set_aside)
    parts = {**known.parts, closed.partition: part}
    if len(parts) < partitions:
        state.days.put(day, Day(parts=parts))
        return
    state.days.drop(day)
    state.core.closed = day
    of_all = [parts[number] for number in sorted(parts)]
    for draft in (
        *_snapshots(of_all),
        *_conduct(of_all),
        *_floors(of_all, log),
        _quality(of_all, letters.counted(state)),
    ):
        log.append(_of(day, draft, decision.at))
    for draft in monthly(of_all):
        log.append(_of(day[:MONTH], draft, decision.at))


def _of(period: str, draft: Draft, at: str) -> Draft:
    return draft._replace(origin=f"{period}/{draft.legal_entity}", as_of=at, period=period)


def _draft(kind: RecordKind, entity: str, payload: dict[str, Any]) -> Draft:
    return Draft(kind=kind, origin="", legal_entity=entity, as_of="", payload=payload)


def _snapshots(parts: list[DayPart]) -> Iterable[Draft]:
    """Yield the loans of each legal entity, counted by all that they have in common."""
    added: defaultdict[str, dict[tuple[str, ...], list[int]]] = defaultdict(dict)
    for cell in (cell for part in parts for cell in part.closed.cells):
        sums = added[cell.legal_entity].setdefault(_common(cell), [0, 0, 0])
        for n, more in enumerate((cell.loans, cell.exposure_minor, cell.unknown)):
            sums[n] += more
    for entity, cells in sorted(added.items()):
        rows: list[dict[str, Any]] = [
            dict(zip((*COMMON, *SUMS), (*common, *sums), strict=True))
            for common, sums in sorted(cells.items())
        ]
        loans = sum(loans for loans, *_ in cells.values())
        yield _draft(RecordKind.TIER_SNAPSHOT, entity, {"loans": loans, "cells": rows})


COMMON = ("tier", "dpd", "class_floor", "segment", "region", "partner", "currency")
SUMS = ("loans", "exposure_minor", "exposure_unknown")


def _common(cell: BookCell) -> tuple[str, ...]:
    return tuple(str(getattr(cell, name)) for name in COMMON)


def _conduct(parts: list[DayPart]) -> Iterable[Draft]:
    """Yield what was said of triggers to each legal entity's borrowers; nothing of a quiet day."""
    added: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for part in parts:
        for entity, conduct in part.conduct.items():
            added[entity].update(conduct.counts)
    for entity, counts in sorted(added.items()):
        yield _draft(RecordKind.CONDUCT_STATS, entity, {"counts": dict(sorted(counts.items()))})


def _quality(parts: list[DayPart], dead_letters: dict[str, int]) -> Draft:
    """Return how fresh each feed was as the day was closed, and what was set aside or not taken.

    The partition that knew the least counts.
    """
    feeds: dict[str, str] = {}
    set_aside: Counter[str] = Counter()
    for part in parts:
        set_aside.update(part.set_aside)
        for feed, passed in part.closed.feeds.items():
            feeds[feed] = min(passed, feeds.get(feed, passed))
    payload = {
        "feeds": dict(sorted(feeds.items())),
        "set_aside": dict(sorted(set_aside.items())),
        "dead_letters": dead_letters,
    }
    return _draft(RecordKind.DATA_QUALITY, ALL, payload)


def _floors(parts: list[DayPart], log: Log) -> Iterable[Draft]:
    """Yield the loans that are booked in too good a class, where booked classes are known."""
    compared: Counter[str] = Counter()
    differing: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for part in parts:
        compared.update(part.closed.compared)
        for each in part.closed.differing:
            differing[each.legal_entity].append(_floor(each, log))
    for entity, number in sorted(compared.items()):
        worse = sorted(differing[entity], key=lambda each: str(each["loan"]))
        yield _draft(RecordKind.CLASS_FLOOR_DIFF, entity, {"compared": number, "worse": worse})


def _floor(each: FloorDiff, log: Log) -> dict[str, Any]:
    return {
        "subject": log.pseudonym(each.borrower_id, of=each.borrower_id),
        "loan": log.pseudonym(each.loan_id, of=each.borrower_id),
        "booked_class": each.booked_class,
        "class_floor": each.class_floor,
        "dpd": each.dpd,
    }
