"""Which tier may lead to contacts: the part of it that stands on what is no fraud.

A tier is one number of all warnings. What is suspected of fund use, diversion or faked sales goes
to its own lane, and never becomes a reminder: so a step of the tier counts here if something else
holds it up by itself, or if all that holds it up is something else.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from stream.decide.borrower import Borrower
from stream.decide.tiers.facts import FLOOR
from stream.decide.tiers.state import Rung, TierState

NEVER: Final = frozenset({"fund_use", "diversion", "authenticity"})
"""Families whose warnings people investigate (domain.md 4.5)."""

LANE: Final = "credit"


class _Told(msgspec.Struct):
    lane: str = ""
    family: str = ""


_told = msgspec.json.Decoder(_Told)


def note_levels(borrower: Borrower) -> None:
    """Remember the level towards each legal entity, and the tier change that brought it about."""
    known = borrower.collection.levels
    levels = {entity: level_of(borrower, each) for entity, each in borrower.tier.entities.items()}
    for entity, level in levels.items():
        if known.get(entity, (0, 0))[0] != level:
            known[entity] = (level, borrower.tier.changes)
            borrower.changed.add("collection")


def level_of(borrower: Borrower, state: TierState) -> int:
    """Return the tier towards one legal entity that may lead to contacts, 0 to 3."""
    if not state.rungs:
        return 0
    eligible = {
        episode: episode == FLOOR or _is_credit(borrower, episode)
        for episode in {each for rung in state.rungs for each in rung.by}
    }
    level = 0
    for step, rung in enumerate(state.rungs, start=1):
        if _counts(step, rung, eligible):
            level = step
    return level


def credit_alerts(borrower: Borrower, state: TierState) -> tuple[str, ...]:
    """Return the alerts behind a tier of which collectors may know."""
    return tuple(
        trace.alert_id
        for episode, trace in sorted(state.traces.items())
        if _is_credit(borrower, episode)
    )


def _counts(step: int, rung: Rung, eligible: Mapping[str, bool]) -> bool:
    alone = any(eligible[each] and tier >= step for each, (tier, _) in rung.by.items())
    return alone or (bool(rung.by) and all(eligible[each] for each in rung.by))


def _is_credit(borrower: Borrower, key: str) -> bool:
    episode = borrower.episodes.get(key)
    if episode is None or not episode.alert:
        return False
    told = _told.decode(episode.alert)
    return told.lane == LANE and told.family not in NEVER
