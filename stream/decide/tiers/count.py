"""What counts now: which open warnings vote, with which tier, and what that comes to.

A hard fact counts at once. A soft signal counts at a tier after it has been held there for as
long as the policy says: held, not evaluated twice, so the time of a silent input is not held
time. Until then it raises nothing, but it does keep up what is up.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.instants import DAY_MS
from stream.decide.tiers.facts import FLOOR, Facts, Signal
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.score import (
    Tally,
    Vote,
    is_damped,
    is_shadowed,
    is_visible,
    tally,
)
from stream.decide.tiers.state import Trace
from stream.decide.tiers.traces import noticed


class Count(NamedTuple):
    """What one look finds.

    Attributes:
        traces: By episode, with what this look added.
        floor: The least tier that the ledger allows.
        votes: The warnings that raise.
        damped: The episodes that the fall of the whole segment explains.
        active: All that are not explained away, ripe or not, at their full tier.
        earned: What they come to: the tier goes up to it at once.
        held: What the active ones come to: the tier stays there.
        hard: What the hard facts alone come to.
        with_new: What it would be if the loan were not new.
        with_damped: What it would be if the segment had not fallen.
        ripens_ms: When the next soft signal counts, or counts more; `None` if none waits.
    """

    traces: dict[str, Trace]
    floor: int
    votes: tuple[Vote, ...]
    damped: tuple[str, ...]
    active: tuple[Vote, ...]
    earned: Tally
    held: Tally
    hard: int
    with_new: int
    with_damped: int
    ripens_ms: int | None

    @property
    def counted(self) -> dict[str, tuple[int, bool]]:
        """With which tier each episode counts, and `FLOOR`, and whether it is a hard fact."""
        floor = {FLOOR: (self.floor, True)} if self.floor else {}
        return floor | {vote.episode: (vote.tier, vote.hard) for vote in self.votes}


def count(
    traces: Mapping[str, Trace],
    signals: Sequence[Signal],
    facts: Facts,
    now_ms: int,
    policy: Policy,
) -> Count:
    """Count the warnings that are open at `now_ms`; the order of `signals` does not matter."""
    ordered = sorted(signals, key=lambda each: each.episode)
    heard = [each for each in ordered if is_visible(each.lane, each.signal, policy)]
    floor = facts.floor
    seen = noticed(traces, heard, facts, now_ms)
    new_until_ms = _new_until_ms(facts, policy)
    is_new = new_until_ms is not None and now_ms < new_until_ms
    shadowed = [s for s in heard if is_shadowed(s, new=is_new, policy=policy)]
    damped = [s for s in heard if s not in shadowed and is_damped(s, policy)]
    active = [s for s in heard if s not in shadowed and s not in damped]
    votes = tuple(_ripe_votes(active, seen, now_ms, policy))
    full = tuple(_full_vote(signal) for signal in active)
    held = tally(full, floor, policy)

    def if_also(others: Sequence[Signal]) -> int:
        if not others:
            return held.tier
        return tally([*full, *map(_full_vote, others)], floor, policy).tier

    ends = [_ripens_ms(s, seen[s.episode], now_ms, policy) for s in heard]
    return Count(
        traces=seen,
        floor=floor,
        votes=votes,
        damped=tuple(each.episode for each in damped),
        active=full,
        earned=tally(votes, floor, policy),
        held=held,
        hard=tally([vote for vote in votes if vote.hard], floor, policy).tier,
        with_new=if_also(shadowed),
        with_damped=if_also(damped),
        ripens_ms=_first([*ends, new_until_ms if shadowed else None]),
    )


def ripe_tier(signal: Signal, trace: Trace, now_ms: int, policy: Policy) -> int:
    """Return the tier with which a warning counts at `now_ms`, 0 if it does not yet."""
    if signal.hard:
        return signal.tier
    held = [
        tier
        for tier in range(1, signal.tier + 1)
        if now_ms - trace.since_ms[tier - 1] >= policy.hold_ms(signal.signal, tier)
    ]
    return max(held, default=0)


def _ripens_ms(signal: Signal, trace: Trace, now_ms: int, policy: Policy) -> int | None:
    if signal.hard or signal.frozen:
        return None
    ends = (
        trace.since_ms[tier - 1] + policy.hold_ms(signal.signal, tier)
        for tier in range(1, signal.tier + 1)
    )
    return min((end for end in ends if end > now_ms), default=None)


def _ripe_votes(
    signals: Iterable[Signal], traces: Mapping[str, Trace], now_ms: int, policy: Policy
) -> Iterable[Vote]:
    for signal in signals:
        tier = ripe_tier(signal, traces[signal.episode], now_ms, policy)
        if tier:
            yield Vote(signal.episode, signal.family, tier, signal.hard, signal.signal)


def _full_vote(signal: Signal) -> Vote:
    return Vote(signal.episode, signal.family, signal.tier, signal.hard, signal.signal)


def _new_until_ms(facts: Facts, policy: Policy) -> int | None:
    if facts.disbursed_ms is None:
        return None
    return facts.disbursed_ms + policy.new_loan.days * DAY_MS


def _first(instants_ms: Iterable[int | None]) -> int | None:
    return min((each for each in instants_ms if each is not None), default=None)
