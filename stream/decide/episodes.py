"""Episodes: how the course of a rule's warnings is told, in numbered transitions.

What a course is follows from the events that met the rule (`stream.decide.course`); what was told
of it is the episode. The two differ when a record comes that changes the course, and then one
transition makes them equal again:

    told      course                          transition
    closed    open                            opened, a new episode
    open      open, higher                    escalated
    open      open, lower                     lowered
    open      closed, what it was made of     withdrawn
              is disproved altogether
    open      closed otherwise                cleared

Both ordinals, of the episode and of its transitions, count from 1 without a gap, and alert ids
are made of them. Invariants are properties in tests/decide/test_episodes.py.
"""

from bisect import insort
from typing import Final

from schemas.alert import Transition
from stream.decide.course import Course, Followed, Met, follow
from stream.decide.parts import Episode

EVIDENCE_MOST: Final = 50
"""As many event ids as an alert carries (domain.md 2.8)."""

MET_MOST: Final = 200
"""Of so many events of an open warning each is remembered, beyond the repair horizon, too."""


def followed(episode: Episode, now_ms: int) -> Followed:
    """Return the course of the rule's warnings until now."""
    return follow(episode.start, episode.met, now_ms=now_ms, cooldown_ms=episode.cooldown_ms)


def hear(episode: Episode, key: bytes, met: Met | None) -> None:
    """Let an event meet the rule or, with `None`, no longer meet it."""
    episode.met = [each for each in episode.met if each.key != key]
    if met is not None:
        insort(episode.met, met, key=lambda each: each.order)


def settle(episode: Episode, *, before_ms: int, now_ms: int) -> None:
    """Forget events that nothing can take back any more, but not how the course stood after them.

    Args:
        episode: Whose course it is.
        before_ms: What happened before this cannot be taken back.
        now_ms: The time.
    """
    members = {met.key for met in followed(episode, now_ms).members}
    while episode.met and episode.met[0].at_ms < before_ms:
        first = episode.met[0]
        if first.key in members and len(episode.met) <= MET_MOST:
            return
        passed = follow(episode.start, [first], now_ms=first.at_ms, cooldown_ms=episode.cooldown_ms)
        episode.start = passed.course
        del episode.met[0]


def transition_of(episode: Episode, before: Followed, after: Followed) -> Transition | None:
    """Return what is to be told so that the episode is what its course is, if anything.

    Args:
        episode: As it was told.
        before: Its course before what has just come.
        after: Its course now.
    """
    told, tier = episode.tier, after.course.tier
    if tier == told:
        return None
    if not told:
        return Transition.OPENED
    if tier:
        return Transition.ESCALATED if tier > told else Transition.LOWERED
    met = {each.key for each in episode.met}
    is_disproved = bool(before.members) and not any(each.key in met for each in before.members)
    is_all = is_disproved and not _is_older(episode.start, before)
    return Transition.WITHDRAWN if is_all else Transition.CLEARED


def _is_older(start: Course, before: Followed) -> bool:
    """Whether the warning had been open before the first event that is still remembered."""
    return bool(start.tier) and start.closes_at_ms > before.members[0].at_ms


def adopt(episode: Episode, after: Followed, transition: Transition | None) -> None:
    """Let the episode be what its course is."""
    if transition is Transition.OPENED:
        episode.number += 1
        episode.ordinal = 0
        episode.evidence = []
    if transition is not None:
        episode.ordinal += 1
    course = after.course
    episode.tier = course.tier
    if course.tier:
        episode.closes_at_ms = course.closes_at_ms
        episode.evidence = [met.event_id for met in after.members][-EVIDENCE_MOST:]
    episode.quiet_until_ms, episode.quiet_tier = course.quiet_until_ms, course.quiet_tier


def close(episode: Episode, now_ms: int) -> None:
    """Close an episode at its deadline, and keep it quiet from there on.

    One that is closed before that has a course of its own no longer.
    """
    episode.ordinal += 1
    episode.quiet_tier = episode.tier
    episode.quiet_until_ms = episode.closes_at_ms + episode.cooldown_ms
    episode.tier = 0
    if now_ms < episode.closes_at_ms:
        episode.met = []
        episode.start = Course(quiet_until_ms=episode.quiet_until_ms, quiet_tier=episode.quiet_tier)
