"""One machine per rule and subject: what turns verdicts into few, numbered warnings.

             met                        met higher
    closed ------> open ------------------------------> open, higher tier
       ^             |  met again: stays open longer
       |             v
       +------ not met for `keep`         then quiet for `cooldown`, but not for a higher tier

A rule that is met again and again is one episode. Both ordinals, of the episode and of its
transitions, count from 1 without a gap, and alert ids are made of them.

Invariants, each a property in tests/decide/test_episodes.py: an open episode never falls in
tier before it closes; it closes exactly `keep` after it was last met; nothing opens at or below
the last tier while quiet; ordinals have no gap.
"""

from typing import Final

from schemas.alert import Transition
from stream.decide.borrower import Episode

EVIDENCE_MOST: Final = 50
"""As many event ids as an alert carries (domain.md 2.8)."""


def is_quiet(episode: Episode, *, tier: int, now_ms: int) -> bool:
    """Whether a cool-down keeps this verdict from opening an episode."""
    return not episode.tier and now_ms < episode.quiet_until_ms and tier <= episode.quiet_tier


def meet(
    episode: Episode, *, tier: int, event_id: str, now_ms: int, keep_ms: int, cooldown_ms: int
) -> Transition | None:
    """The rule was met at `tier`; return the transition, `None` if nothing is to be told.

    The caller has asked `is_quiet` first.
    """
    transition = _transition(episode, tier)
    if transition is Transition.OPENED:
        episode.number += 1
        episode.ordinal = 0
        episode.evidence = []
        episode.closes_at_ms = 0
    if transition is not None:
        episode.ordinal += 1
    episode.tier = max(episode.tier, tier)
    episode.closes_at_ms = max(episode.closes_at_ms, now_ms + keep_ms)
    episode.cooldown_ms = cooldown_ms
    episode.evidence = [*episode.evidence, event_id][-EVIDENCE_MOST:]
    return transition


def _transition(episode: Episode, tier: int) -> Transition | None:
    if not episode.tier:
        return Transition.OPENED
    return Transition.ESCALATED if tier > episode.tier else None


def close(episode: Episode) -> None:
    """Close an episode at its deadline, and keep it quiet from there on."""
    episode.ordinal += 1
    episode.quiet_tier = episode.tier
    episode.quiet_until_ms = episode.closes_at_ms + episode.cooldown_ms
    episode.tier = 0
