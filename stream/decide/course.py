"""The course of one rule's warnings, worked out from the events that met it and nothing else.

             met                        met higher
    closed ------> open ------------------------------> open, higher tier
       ^             |  met again: stays open longer
       |             v
       +------ not met for `keep`         then quiet for `cooldown`, but not for a higher tier

Time is that of the events: a warning is open from the first of them until `keep` after the last.
So the course does not depend on when an event arrived, or what was known before it was put right.

Invariants, each a property in tests/decide/test_course.py: the order in which events come does
not matter; an open warning never falls in tier before it closes; it closes exactly `keep` after
it was last met; nothing opens at or below the last tier while quiet; a course that is followed
from where it had come to by a time is the same.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class Met(msgspec.Struct, array_like=True, frozen=True, kw_only=True, gc=False):
    """An event that met the rule.

    Attributes:
        key: Digest of its stream and business key.
        at_ms: When it happened.
        until_ms: How long it keeps a warning open.
        tier: 1 to 3.
        hard: Whether it is a recorded fact.
        event_id: Of its latest version.
    """

    key: bytes
    at_ms: int
    until_ms: int
    tier: int
    hard: bool
    event_id: str

    @property
    def order(self) -> tuple[int, int, bytes]:
        """Its place in the course; of equal times the highest tier comes first."""
        return (self.at_ms, -self.tier, self.key)


class Course(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """How a rule's warning stands.

    Attributes:
        tier: 0 if none is open.
        closes_at_ms: When it closes if the rule is not met again.
        quiet_until_ms: Nothing of `quiet_tier` or below opens before this.
        quiet_tier: The highest tier of the last warning.
    """

    tier: int = 0
    closes_at_ms: int = 0
    quiet_until_ms: int = 0
    quiet_tier: int = 0

    def at(self, now_ms: int, cooldown_ms: int) -> "Course":
        """Return how it stands later, if nothing meets the rule until then."""
        if not self.tier or now_ms < self.closes_at_ms:
            return self
        return Course(quiet_until_ms=self.closes_at_ms + cooldown_ms, quiet_tier=self.tier)

    def is_quiet(self, met: Met) -> bool:
        """Whether the cool-down keeps an event from opening a warning."""
        return not self.tier and met.at_ms < self.quiet_until_ms and met.tier <= self.quiet_tier

    def joined(self, met: Met) -> "Course":
        """Return the course with one more event in an open warning, or one that it opens."""
        return msgspec.structs.replace(
            self,
            tier=max(self.tier, met.tier),
            closes_at_ms=max(self.closes_at_ms, met.until_ms) if self.tier else met.until_ms,
        )


IDLE = Course()


class Followed(NamedTuple):
    """A course, with what it is made of.

    Attributes:
        course: How it stands.
        members: The events of the open warning, in order.
        quieted: The keys of those that the cool-down has silenced.
    """

    course: Course
    members: tuple[Met, ...]
    quieted: frozenset[bytes]


def follow(start: Course, met: Sequence[Met], *, now_ms: int, cooldown_ms: int) -> Followed:
    """Follow a course until now.

    Args:
        start: Where it stands before the first event.
        met: The events that met the rule, in order; those still to come, too.
        now_ms: The time.
        cooldown_ms: How long it stays quiet after a warning.
    """
    course, members, quieted = start, list[Met](), set[bytes]()
    for each in met:
        course = course.at(each.at_ms, cooldown_ms)
        if course.is_quiet(each):
            quieted.add(each.key)
            continue
        if not course.tier:
            members.clear()
        course = course.joined(each)
        members.append(each)
    course = course.at(now_ms, cooldown_ms)
    return Followed(course, tuple(members) if course.tier else (), frozenset(quieted))
