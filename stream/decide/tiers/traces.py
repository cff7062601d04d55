"""What is remembered of each warning: since when it is at each tier, and when it ceased to be.

Of a warning that is when it was looked at. Of the ledger's floor it is what the ledger says now
(`Facts.left_ms`): an arrear ended when it was paid, not when that was known.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from stream.decide.tiers.facts import FLOOR, Facts, Signal
from stream.decide.tiers.state import Trace

NEVER: Final = (-1, -1, -1)
Three = tuple[int, int, int]


def noticed(
    traces: Mapping[str, Trace], signals: Iterable[Signal], facts: Facts, now_ms: int
) -> dict[str, Trace]:
    """Return the traces with what opened, changed and ended at `now_ms`."""
    seen = {s.episode: _trace(s, traces.get(s.episode), now_ms) for s in signals}
    for episode, trace in traces.items():
        if episode not in seen:
            seen[episode] = _ended(trace, now_ms)
    if facts.floor or FLOOR in traces:
        seen[FLOOR] = _floor(facts, traces.get(FLOOR), now_ms)
    return dict(sorted(seen.items()))


def without(traces: Mapping[str, Trace], gone: Mapping[str, int]) -> dict[str, Trace]:
    """Return the traces as if what is gone had never been, but for the tier that remains of it."""
    return {
        episode: _cut(trace, gone[episode]) if episode in gone else trace
        for episode, trace in traces.items()
        if gone.get(episode, 1)
    }


def is_known_better(before: Trace | None, after: Trace | None, now_ms: int) -> bool:
    """Whether a warning ceased to be at a tier at another time than was known, or before now."""
    if before is None or after is None:
        return False
    return any(
        after.left_ms[tier - 1] < now_ms
        and (is_at(before, tier) or before.left_ms[tier - 1] != after.left_ms[tier - 1])
        for tier in (1, 2, 3)
        if not is_at(after, tier)
    )


def is_at(trace: Trace, tier: int) -> bool:
    """Whether a warning is at a tier, or above."""
    return trace.until_ms is None and trace.since_ms[tier - 1] >= 0


def _trace(signal: Signal, before: Trace | None, now_ms: int) -> Trace:
    return Trace(
        family=signal.family,
        hard=signal.hard,
        alert_id=signal.alert_id,
        since_ms=_since_ms(signal.tier, before, now_ms),
        left_ms=_left_ms(signal.tier, before, now_ms),
        frozen_ms=now_ms if signal.frozen else None,
        simulated=signal.simulated,
        signal=signal.signal,
    )


def _floor(facts: Facts, before: Trace | None, now_ms: int) -> Trace:
    if before is not None and not facts.floor:
        trace = _ended(before, now_ms)
    else:
        trace = Trace(
            family="",
            hard=True,
            alert_id="",
            since_ms=_since_ms(facts.floor, before, now_ms),
            left_ms=_left_ms(facts.floor, before, now_ms),
        )
    one, two, three = (
        min(known_ms, now_ms) if tier > facts.floor and min(left_ms, known_ms) >= 0 else left_ms
        for tier, (left_ms, known_ms) in enumerate(
            zip(trace.left_ms, facts.left_ms, strict=True), start=1
        )
    )
    return replace(trace, left_ms=(one, two, three))


def _cut(trace: Trace, most: int) -> Trace:
    since_ms = (*trace.since_ms[:most], *NEVER[most:])
    left_ms = (*trace.left_ms[:most], *NEVER[most:])
    return replace(trace, since_ms=since_ms, left_ms=left_ms)


def _ended(trace: Trace, now_ms: int) -> Trace:
    if trace.until_ms is not None:
        return trace
    return replace(trace, left_ms=_left_ms(0, trace, now_ms), until_ms=now_ms)


def _since_ms(tier: int, before: Trace | None, now_ms: int) -> Three:
    """Return since when it is at each tier; time in which its input was silent is left out."""
    known = NEVER if before is None or before.until_ms is not None else before.since_ms
    idle_ms = 0 if before is None or before.frozen_ms is None else now_ms - before.frozen_ms
    one, two, three = (
        -1 if tier < rung else now_ms if since_ms < 0 else since_ms + idle_ms
        for rung, since_ms in enumerate(known, start=1)
    )
    return one, two, three


def _left_ms(tier: int, before: Trace | None, now_ms: int) -> Three:
    """Return when it last ceased to be at each tier."""
    if before is None:
        return NEVER
    if before.until_ms is not None:
        return before.left_ms
    one, two, three = (
        now_ms if tier < rung and since_ms >= 0 else left_ms
        for rung, (since_ms, left_ms) in enumerate(
            zip(before.since_ms, before.left_ms, strict=True), start=1
        )
    )
    return one, two, three
