"""From warnings to one tier: one vote a family, two keys for severe, floors of the ledger.

    score = 1 - product over families of (1 - weight of the family's worst warning)
    tier  = floor or two_keys(worst warning or what the score says), whichever is more

Two keys are two witnesses: warnings of different families, neither the echo of the other.

Arithmetic is exact (domain.md 4.1: one mild is 0.20, which a float misses).
Pure functions of what they are given; time comes in only as what is `ripe`, in `machine.py`.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from schemas.tier import FamilyVote, Key, KeyKind
from stream.decide.tiers.facts import FLOOR, Signal, rule_and_subject
from stream.decide.tiers.policy import Policy

SEVERE = 3
MODERATE = 2


class Vote(NamedTuple):
    """One warning that counts, at the tier with which it counts.

    Attributes:
        episode: Its key.
        family: Its family.
        tier: From 1.
        hard: Whether it is a recorded fact.
        signal: Its signal, empty where that is not remembered.
    """

    episode: str
    family: str
    tier: int
    hard: bool
    signal: str = ""


class Tally(NamedTuple):
    """What votes and floor come to.

    Attributes:
        tier: The result, 0 to 3.
        uncapped: What it would be without the rule of two keys.
        score: In [0, 1); high is bad.
        families: The families' votes, by name.
        keys: Why severe is allowed; empty below it.
    """

    tier: int
    uncapped: int
    score: Fraction
    families: tuple[FamilyVote, ...]
    keys: tuple[Key, ...]


def tally(votes: Iterable[Vote], floor: int, policy: Policy) -> Tally:
    """Count the votes.

    Args:
        votes: In any order.
        floor: The least tier that the ledger allows.
        policy: The numbers.

    Examples:
        >>> from stream.decide.tiers.policy import DEFAULT
        >>> severe = Vote("p19", "authenticity", 3, hard=False)
        >>> tally([severe], 0, DEFAULT).tier
        2
        >>> tally([severe, Vote("f02", "liquidity", 1, hard=False)], 0, DEFAULT).tier
        3
    """
    ordered = sorted(votes)
    families = _families(ordered, policy)
    score = _score(families, policy)
    raw = max((vote.tier for vote in ordered), default=0)
    uncapped = max(raw, _tier_of(score, policy))
    keys = two_keys(ordered, floor, policy)
    capped = uncapped if keys else min(uncapped, MODERATE)
    tier = max(capped, floor)
    return Tally(tier, max(uncapped, floor), score, families, keys if tier == SEVERE else ())


def two_keys(votes: Sequence[Vote], floor: int, policy: Policy) -> tuple[Key, ...]:
    """Return what allows severe (domain.md 4.2.1): a hard fact, or two witnesses.

    Two at moderate or more, or a soft severe and any other. They are of different families, and
    neither is what the policy calls an echo of the other: sales that fall, and the money from them
    that does not come, are one thing seen twice. A keyless family is no witness.
    """
    if floor == SEVERE:
        return (Key(kind=KeyKind.HARD_FACT, name=FLOOR),)
    witnesses = [vote for vote in votes if vote.family not in policy.votes.keyless_families]
    for vote in witnesses:
        if vote.hard and vote.tier == SEVERE:
            return (Key(kind=KeyKind.HARD_FACT, name=rule_and_subject(vote.episode)[0]),)
    pairs = [pair for pair in combinations(witnesses, 2) if _are_two(*pair, policy)]
    strong = [pair for pair in pairs if min(vote.tier for vote in pair) >= MODERATE]
    backed = [pair for pair in pairs if max(vote.tier for vote in pair) == SEVERE]
    return _family_keys(vote.family for pair in strong or backed for vote in pair)


def _are_two(one: Vote, other: Vote, policy: Policy) -> bool:
    """Whether two warnings are two witnesses, and not one thing seen twice."""
    echoes = policy.votes.echoes
    return (
        one.family != other.family
        and echoes.get(one.signal) != other.family
        and echoes.get(other.signal) != one.family
    )


def _family_keys(families: Iterable[str]) -> tuple[Key, ...]:
    return tuple(Key(kind=KeyKind.FAMILY, name=family) for family in sorted(set(families)))


def _families(votes: Iterable[Vote], policy: Policy) -> tuple[FamilyVote, ...]:
    by_family: dict[str, list[Vote]] = {}
    for vote in votes:
        by_family.setdefault(vote.family, []).append(vote)
    return tuple(
        FamilyVote(
            family=family,
            tier=(worst := max(vote.tier for vote in of)),
            hard=any(vote.hard for vote in of),
            weight=policy.weight_percent(worst) / 100,
            rules=tuple(dict.fromkeys(rule_and_subject(vote.episode)[0] for vote in of)),
        )
        for family, of in sorted(by_family.items())
    )


def _score(families: Iterable[FamilyVote], policy: Policy) -> Fraction:
    calm = Fraction(1)
    for vote in families:
        calm *= 1 - Fraction(policy.weight_percent(vote.tier), 100)
    return 1 - calm


def _tier_of(score: Fraction, policy: Policy) -> int:
    return sum(score * 100 >= threshold for threshold in policy.score.thresholds_percent)


def is_visible(lane: str, signal: str, policy: Policy) -> bool:
    """Whether a warning may count for the visible tier at all (domain.md 4.2.7)."""
    return lane in policy.votes.lanes and signal not in policy.votes.lane_only_signals


def is_damped(signal: Signal, policy: Policy) -> bool:
    """Whether the fall of the whole segment explains the warning (domain.md 4.2.4)."""
    return (
        signal.damped
        and not signal.hard
        and signal.family in policy.damping.families
        and signal.tier <= policy.damping.most_tier
    )


def is_shadowed(signal: Signal, *, new: bool, policy: Policy) -> bool:
    """Whether the warning does not count because the loan is new (domain.md 4.2.3)."""
    return new and not signal.hard and signal.signal not in policy.new_loan.signals
