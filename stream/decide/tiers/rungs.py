"""The stack of rungs: what puts a rung there, what holds it, what takes it away.

Each function returns a new stack; the machine calls them in the order in which they stand here.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from stream.decide.tiers.count import Count
from stream.decide.tiers.facts import FLOOR
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.score import Vote, tally
from stream.decide.tiers.state import Rung, Trace
from stream.decide.tiers.traces import is_at

Rungs = tuple[Rung, ...]
By = Mapping[str, tuple[int, bool]]


def standing(rungs: Rungs, found: Count, gone: Mapping[str, int], policy: Policy) -> Rungs:
    """Keep the rungs, from below, that still stand when what is `gone` never was.

    Args:
        rungs: The stack.
        found: What counts now.
        gone: What never was, with the tier that remains of it.
        policy: The numbers.
    """
    kept: list[Rung] = []
    for tier, rung in enumerate(rungs, start=1):
        rest = _rest(rung.by, found, gone)
        if _carried(rest, found.traces, policy) < tier:
            break
        hard = {episode: how for episode, how in rest.items() if how[1]}
        is_hard = _carried(hard, found.traces, policy) >= tier
        kept.append(replace(rung, by=rest, hard=is_hard))
    return tuple(kept)


def _rest(by: By, found: Count, gone: Mapping[str, int]) -> dict[str, tuple[int, bool]]:
    """Return who held a rung, without what never was."""
    rest = {
        episode: (min(tier, gone.get(episode, tier)), hard)
        for episode, (tier, hard) in by.items()
        if gone.get(episode, tier)
    }
    for episode, how in found.counted.items():
        if episode in gone:
            rest[episode] = max(how, rest.get(episode, how))
    return rest


def reopened(rungs: Rungs) -> Rungs:
    """Forget since when the rungs are clear that the ledger's floor has held."""
    return tuple(replace(each, clear_ms=None) if FLOOR in each.by else each for each in rungs)


def _carried(by: By, traces: Mapping[str, Trace], policy: Policy) -> int:
    """Return the tier that these episodes carry together."""
    votes = [
        Vote(episode, traces[episode].family, *how, traces[episode].signal)
        for episode, how in by.items()
        if episode != FLOOR
    ]
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
        else _clear(rung, tier, found, now_ms, repair=repair)
        for tier, rung in enumerate(rungs, start=1)
    )


def _held(rung: Rung, found: Count, *, is_hard: bool) -> Rung:
    by = {each: max(how, rung.by.get(each, how)) for each, how in found.counted.items()}
    return Rung(rung.since_ms, is_hard, dict(sorted((rung.by | by).items())))


def _clear(rung: Rung, number: int, found: Count, now_ms: int, *, repair: bool) -> Rung:
    if rung.clear_ms is not None:
        return rung
    clear_ms = _last_end_ms(rung, number, found, now_ms) if repair else now_ms
    return replace(rung, clear_ms=clear_ms)


def _last_end_ms(rung: Rung, number: int, found: Count, now_ms: int) -> int:
    """Return when the last of those who held the rung ceased to be what holds one so high.

    That is now if one of them is open and explained away: since when, nobody remembers.
    """
    counting = {FLOOR, *(vote.episode for vote in found.active)}
    ends = []
    for episode, (tier, _) in rung.by.items():
        end = _left(found.traces[episode], min(tier, number))
        if end is not None:
            ends.append(end)
        elif episode not in counting:
            return now_ms
    return max(ends, default=now_ms)


def _left(trace: Trace, tier: int) -> int | None:
    """Return when a warning ceased to be at a tier, `None` if it is there."""
    return None if is_at(trace, tier) else trace.left_ms[tier - 1]
