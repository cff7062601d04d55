"""The stack of rungs: what puts a rung there, what holds it, what takes it away.

Each function returns a new stack; the machine calls them in the order in which they stand here.
"""

from collections.abc import Mapping, Set

from msgspec.structs import replace

from stream.decide.tiers.count import Count
from stream.decide.tiers.facts import FLOOR
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.score import Vote, tally
from stream.decide.tiers.state import Rung, Trace

Rungs = tuple[Rung, ...]
By = Mapping[str, tuple[int, bool]]


def standing(rungs: Rungs, found: Count, gone: Set[str], policy: Policy) -> Rungs:
    """Keep the rungs, from below, that still stand when what is `gone` never was."""
    kept: list[Rung] = []
    for tier, rung in enumerate(rungs, start=1):
        rest = {rule: how for rule, how in rung.by.items() if rule not in gone}
        rest |= {rule: how for rule, how in found.counted.items() if rule in gone}
        if _carried(rest, found.traces, policy) < tier:
            break
        hard = {rule: how for rule, how in rest.items() if how[1]}
        is_hard = _carried(hard, found.traces, policy) >= tier
        kept.append(replace(rung, by=rest, hard=is_hard))
    return tuple(kept)


def _carried(by: By, traces: Mapping[str, Trace], policy: Policy) -> int:
    """Return the tier that these rules carry together."""
    votes = [Vote(rule, traces[rule].family, *how) for rule, how in by.items() if rule != FLOOR]
    floor, _ = by.get(FLOOR, (0, True))
    return tally(votes, floor, policy).tier


def raised(rungs: Rungs, found: Count, now_ms: int) -> Rungs:
    """Put on the rungs that are earned."""
    missing = found.earned.tier - len(rungs)
    return rungs + (Rung(since_ms=now_ms, hard=False),) * missing


def marked(rungs: Rungs, found: Count, now_ms: int, *, repair: bool) -> Rungs:
    """Note on each rung who holds it, or since when nobody does.

    After a `repair` the one who held it may never have been: then it has been clear since the
    last of the others ended.
    """
    return tuple(
        _held(rung, found, is_hard=rung.hard or found.hard >= tier)
        if found.held.tier >= tier
        else _clear(rung, found.traces, now_ms, repair=repair)
        for tier, rung in enumerate(rungs, start=1)
    )


def _held(rung: Rung, found: Count, *, is_hard: bool) -> Rung:
    by = {rule: max(how, rung.by.get(rule, how)) for rule, how in found.counted.items()}
    return Rung(rung.since_ms, is_hard, dict(sorted((rung.by | by).items())))


def _clear(rung: Rung, traces: Mapping[str, Trace], now_ms: int, *, repair: bool) -> Rung:
    if rung.clear_ms is not None:
        return rung
    clear_ms = _last_end_ms(rung, traces, now_ms) if repair else now_ms
    return replace(rung, clear_ms=clear_ms)


def _last_end_ms(rung: Rung, traces: Mapping[str, Trace], now_ms: int) -> int:
    """Return when the last of those who held the rung ceased to be what had held it."""
    ends = (_left(traces[rule], tier) for rule, (tier, _) in rung.by.items())
    return max((end for end in ends if end is not None), default=now_ms)


def _left(trace: Trace, tier: int) -> int | None:
    """Return when a warning ceased to be at a tier, `None` if it is there."""
    is_there = trace.until_ms is None and trace.since_ms[tier - 1] >= 0
    return None if is_there else trace.left_ms[tier - 1]
