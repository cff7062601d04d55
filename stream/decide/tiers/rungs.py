"""The stack of rungs: what puts a rung there, what holds it, what takes it away.

Each function returns a new stack; the machine calls them in the order in which they stand here.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from stream.decide.tiers.count import Count
from stream.decide.tiers.facts import FLOOR
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.score import Vote, tally
from stream.decide.tiers.state import Rung, TierState, Trace

Rungs = tuple[Rung, ...]


def unseen(state: TierState, now_ms: int) -> Rungs:
    """Leave the time in which nobody looked out of the clear time of each rung."""
    blind_ms = state.blind_ms
    if blind_ms is None:
        return state.rungs
    return tuple(
        rung
        if rung.clear_ms is None
        else replace(rung, lost_ms=rung.lost_ms + now_ms - max(blind_ms, rung.clear_ms))
        for rung in state.rungs
    )


def standing(rungs: Rungs, traces: Mapping[str, Trace], policy: Policy) -> Rungs:
    """Keep the rungs that still stand on what `traces` remember, from below."""
    kept: list[Rung] = []
    for tier, rung in enumerate(rungs, start=1):
        by = tuple(rule for rule in rung.by if rule in traces)
        if _carries(by, traces, policy) < tier:
            break
        hard = _carries([rule for rule in by if traces[rule].hard], traces, policy) >= tier
        kept.append(replace(rung, by=by, hard=hard))
    return tuple(kept)


def _carries(by: Iterable[str], traces: Mapping[str, Trace], policy: Policy) -> int:
    """Return the tier that these rules carry together, each at its highest."""
    tops = {rule: traces[rule] for rule in by}
    votes = [
        Vote(rule, trace.family, trace.top, trace.hard)
        for rule, trace in tops.items()
        if rule != FLOOR
    ]
    return tally(votes, tops[FLOOR].top if FLOOR in tops else 0, policy).tier


def raised(rungs: Rungs, found: Count, now_ms: int) -> Rungs:
    """Put on the rungs that are earned."""
    missing = found.earned.tier - len(rungs)
    return rungs + (Rung(since_ms=now_ms, hard=False),) * missing


def marked(rungs: Rungs, found: Count, now_ms: int, *, repair: bool) -> Rungs:
    """Note on each rung who holds it, or since when nobody does.

    After a `repair` the one who held it may never have been: then it has been clear since the
    last of the others ended.
    """
    holders = {vote.rule for vote in found.votes}
    if FLOOR in found.traces and found.traces[FLOOR].until_ms is None:
        holders.add(FLOOR)
    result = []
    for tier, rung in enumerate(rungs, start=1):
        if found.held.tier >= tier:
            by = tuple(sorted(holders.union(rung.by)))
            rung = Rung(rung.since_ms, rung.hard or found.hard >= tier, by)  # noqa: PLW2901
        elif rung.clear_ms is None:
            clear_ms = _last_end_ms(rung, found.traces, now_ms) if repair else now_ms
            rung = replace(rung, clear_ms=clear_ms, lost_ms=0)  # noqa: PLW2901
        result.append(rung)
    return tuple(result)


def _last_end_ms(rung: Rung, traces: Mapping[str, Trace], now_ms: int) -> int:
    ends = (traces[rule].until_ms for rule in rung.by)
    return max((end for end in ends if end is not None), default=now_ms)


def stepped_down(rungs: Rungs) -> Rungs:
    """Take off the top rung; the wait of the next one begins anew."""
    return tuple(replace(rung, lost_ms=0) for rung in rungs[:-1])
