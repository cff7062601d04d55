"""How well the watch foresees (domain.md 6.2): recall, lead, re-alerts: pure.

*Warned* is who has a tier of moderate or more that days past due alone do not ask for: the floor of
somebody who is overdue foresees nothing. A warning is remembered for 30 days after its end. Overdue
counts once a borrower, when it was so for the first time that the desk knows of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from desk.shares import percentiles, share
from schemas.desk_figures import Percentiles, Share
from schemas.desk_keys import Assigned, Warned
from schemas.instants import DAY_MS

REMEMBERED_MS: Final = 30 * DAY_MS
REOPENED_WITHIN_MS: Final = 14 * DAY_MS

Stretch = tuple[int, int | None]
"""From when to when somebody was warned (ms); `None`: still."""


class Past(NamedTuple):
    """What is known of what was said and what came of it.

    Attributes:
        firsts: First instants (ms), by what (`dpd_1`) and borrower.
        stretches: When each borrower was warned.
        assigned: Who of the mild was held out or contacted, and when first.
        episodes: Instants (ms) by `subject/rule/episode`: opened, cleared (0 if it is not).
        loans: How many loans are open, 0 if not known.
    """

    firsts: Mapping[str, Mapping[str, int]] = {}
    stretches: Mapping[str, Iterable[Stretch]] = {}
    assigned: Mapping[str, Assigned] = {}
    episodes: Mapping[str, tuple[int, int]] = {}
    loans: int = 0


def firsts_of(fields: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Return first instants by what and borrower, of fields as `brw_31c dpd_1`."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for name, at_ms in fields.items():
        borrower_id, _, what = name.partition(" ")
        found[what][borrower_id] = at_ms
    return found


def episodes_of(fields: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Return when each episode was opened and cleared, of fields as `brw_31c/rp02/1 opened`."""
    found: dict[str, tuple[int, int]] = {}
    for name, at in fields.items():
        episode, _, what = name.partition(" ")
        opened_ms, cleared_ms = found.get(episode, (0, 0))
        found[episode] = (int(at), cleared_ms) if what == "opened" else (opened_ms, int(at))
    return found


def stretches_of(changes: Mapping[str, Warned]) -> dict[str, list[Stretch]]:
    """Return when each borrower was warned, of changes as `brw_31c/default/3`."""
    ordered: dict[str, list[tuple[int, Warned]]] = defaultdict(list)
    for name, change in changes.items():
        whose, _, number = name.rpartition("/")
        ordered[whose].append((int(number), change))
    found: dict[str, list[Stretch]] = defaultdict(list)
    for whose, mine in ordered.items():
        borrower_id = whose.partition("/")[0]
        found[borrower_id] += _stretches(change for _, change in sorted(mine, key=lambda e: e[0]))
    return found


def _stretches(changes: Iterable[Warned]) -> list[Stretch]:
    found: list[Stretch] = []
    since_ms: int | None = None
    for change in changes:
        if change.is_warned and since_ms is None:
            since_ms = change.at_ms
        elif not change.is_warned and since_ms is not None:
            found.append((since_ms, change.at_ms))
            since_ms = None
    return found if since_ms is None else [*found, (since_ms, None)]


def warned_since(stretches: Iterable[Stretch], at_ms: int) -> int | None:
    """Return since when somebody had been warned at an instant; `None` if they were not.

    Examples:
        >>> warned_since([(10, 20)], 20 + REMEMBERED_MS), warned_since([(10, 20)], 10)
        (10, None)
    """
    held = [
        since_ms
        for since_ms, until_ms in stretches
        if since_ms < at_ms and (until_ms is None or at_ms <= until_ms + REMEMBERED_MS)
    ]
    return min(held, default=None)


def recall(past: Past, what: str, before: str, since_ms: int, now_ms: int) -> Share:
    """Return how many had been warned, of those for whom something came first in the period.

    Args:
        past: What is known.
        what: For whom this came.
        before: Who were warned before this came, as the other comes before it.
        since_ms: When the period begins.
        now_ms: And when it ends.
    """
    came = _came(past, what, since_ms, now_ms)
    hits = 0
    for borrower_id, at_ms in came.items():
        instant_ms = min(at_ms, past.firsts.get(before, {}).get(borrower_id, at_ms))
        hits += warned_since(past.stretches.get(borrower_id, ()), instant_ms) is not None
    return share(len(came), hits)


def lead(past: Past, what: str, since_ms: int, now_ms: int) -> Percentiles | None:
    """Return how long those had been warned who were, before something came."""
    leads = []
    for borrower_id, at_ms in _came(past, what, since_ms, now_ms).items():
        warned_ms = warned_since(past.stretches.get(borrower_id, ()), at_ms)
        if warned_ms is not None:
            leads.append(at_ms - warned_ms)
    return percentiles(leads) if leads else None


def _came(past: Past, what: str, since_ms: int, now_ms: int) -> dict[str, int]:
    firsts = past.firsts.get(what, {})
    return {each: at_ms for each, at_ms in firsts.items() if since_ms <= at_ms <= now_ms}


def re_alerts(past: Past, since_ms: int, now_ms: int) -> dict[str, Share]:
    """Return by rule how many episodes that had ended were opened again within 14 days.

    Only those count that ended 14 days ago or earlier, so that all of the time has been seen.
    """
    counts: dict[str, list[bool]] = defaultdict(list)
    end_ms = now_ms - REOPENED_WITHIN_MS
    for name, (_, cleared_ms) in past.episodes.items():
        if not (cleared_ms and since_ms - REOPENED_WITHIN_MS <= cleared_ms <= end_ms):
            continue
        of, _, episode = name.rpartition("/")
        opened_ms, _ = past.episodes.get(f"{of}/{int(episode) + 1}", (0, 0))
        after_ms = opened_ms - cleared_ms
        counts[of.rpartition("/")[2]].append(0 <= after_ms <= REOPENED_WITHIN_MS)
    return {rule: share(len(again), sum(again)) for rule, again in sorted(counts.items())}
