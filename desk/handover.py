"""The page for the next shift, written by itself (domain.md 6.1): pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from heapq import nsmallest
from typing import Final

from desk.queue import Queued, is_passed, is_queued, place_of
from schemas.case import CaseState
from schemas.desk_keys import CaseFacts, QueueEntry
from schemas.desk_view import HandOver, QueueRow, ShiftLine
from schemas.instants import HOUR_MS, wire

SHIFT_MS: Final = 12 * HOUR_MS
MOST: Final = 50
"""Rows of a list: a longer one nobody hands over in words."""


_LISTS: Final[Mapping[str, Callable[[QueueEntry, int], bool]]] = {
    "unacknowledged": lambda entry, _: entry.state == CaseState.NEW,
    "overdue": is_passed,
    "waiting": lambda entry, now_ms: entry.state == CaseState.WAIT and _comes_back(entry, now_ms),
    "snoozed": lambda entry, now_ms: entry.state != CaseState.WAIT and _comes_back(entry, now_ms),
    "pending": lambda entry, _: entry.pending > 0,
}
"""The lists of the page, and which cases stand in each."""


def _comes_back(entry: QueueEntry, now_ms: int) -> bool:
    return now_ms < entry.away_until_ms <= now_ms + SHIFT_MS


def lists_of(queued: Iterable[Queued], now_ms: int) -> dict[str, list[Queued]]:
    """Return the cases that the next shift has to know of, by list, the most urgent first."""
    standing = [one for one in queued if is_queued(one.entry)]
    lists = {}
    for name, is_of in _LISTS.items():
        mine = [one for one in standing if is_of(one.entry, now_ms)]
        lists[name] = nsmallest(
            MOST, mine, key=lambda one: place_of(one.case_id, one.entry, now_ms)
        )
    return lists


def page_of(
    rows: Mapping[str, tuple[QueueRow, ...]],
    facts: Mapping[str, CaseFacts],
    lines: Iterable[ShiftLine],
    *,
    since_ms: int,
    now_ms: int,
) -> HandOver:
    """Return the page of the shift that began at `since_ms`.

    Args:
        rows: Of the cases that `lists_of` names, by list.
        facts: Of all cases.
        lines: What people did since then, latest first.
        since_ms: When the shift began.
        now_ms: The desk's time.
    """
    closed = [each for each in facts.values() if since_ms <= each.closed_ms <= now_ms]
    return HandOver(
        since=wire(since_ms),
        at=wire(now_ms),
        until=wire(now_ms + SHIFT_MS),
        opened=sum(since_ms <= each.opened_ms <= now_ms for each in facts.values()),
        closed=len(closed),
        outcomes=dict(sorted(Counter(each.outcome for each in closed if each.outcome).items())),
        log=tuple(lines)[: 4 * MOST],
        **rows,
    )
