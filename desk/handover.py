"""The page for the next shift, written by itself (domain.md 6.1): pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from desk.queue import Queued, is_passed, is_queued
from schemas.desk_keys import CaseFacts
from schemas.desk_view import HandOver, QueueRow, ShiftLine
from schemas.instants import HOUR_MS, parse, wire

SHIFT_MS: Final = 12 * HOUR_MS
MOST: Final = 50
"""Rows of a list: a longer one nobody hands over in words."""


def wanted(queued: Iterable[Queued], now_ms: int) -> list[Queued]:
    """Return the cases that the next shift has to know of, the most urgent first."""
    until_ms = now_ms + SHIFT_MS
    mine = [
        one
        for one in queued
        if is_queued(one.entry)
        and (one.entry.away_until_ms <= now_ms or one.entry.away_until_ms <= until_ms)
    ]
    mine.sort(key=lambda one: (not is_passed(one.entry, now_ms), one.entry.opened_ms, one.case_id))
    return mine


def page_of(
    rows: Sequence[QueueRow],
    facts: Mapping[str, CaseFacts],
    lines: Iterable[ShiftLine],
    *,
    since_ms: int,
    now_ms: int,
) -> HandOver:
    """Return the page of the shift that began at `since_ms`.

    Args:
        rows: Of the cases that `wanted` names.
        facts: Of all cases.
        lines: What people did since then, latest first.
        since_ms: When the shift began.
        now_ms: The desk's time.
    """
    closed = [each for each in facts.values() if since_ms <= each.closed_ms <= now_ms]
    until = wire(now_ms + SHIFT_MS)
    return HandOver(
        since=wire(since_ms),
        at=wire(now_ms),
        until=until,
        opened=sum(since_ms <= each.opened_ms <= now_ms for each in facts.values()),
        closed=len(closed),
        outcomes=dict(sorted(Counter(each.outcome for each in closed if each.outcome).items())),
        unacknowledged=_some(row for row in rows if row.state == "NEW"),
        overdue=_some(row for row in rows if row.due_in_ms is not None and row.due_in_ms <= 0),
        waiting=_some(row for row in rows if _is_ahead(row.wait_until, now_ms)),
        snoozed=_some(row for row in rows if _is_ahead(row.snoozed_until, now_ms)),
        pending=_some(row for row in rows if row.pending),
        log=tuple(lines)[: 4 * MOST],
    )


def _is_ahead(at: str | None, now_ms: int) -> bool:
    return at is not None and now_ms < parse(at) <= now_ms + SHIFT_MS


def _some(rows: Iterable[QueueRow]) -> tuple[QueueRow, ...]:
    return tuple(rows)[:MOST]
