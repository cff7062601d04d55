"""The life of one state rule's warnings of one borrower or loan: opened, raised, lowered, cleared.

    live(life, rule, holds, now) -> the life after it, what happened, when to look again

Pure: everything that time decides is a comparison of `now` with an instant that is kept, and the
next instant that can matter is returned as a deadline. "Held for 24 hours" is *since when* it has
held, so it does not matter how often anybody looked: asked at each change and at each deadline,
it says what it would say if it were asked at every instant (tests/rules/test_life.py holds it
against that). One thing happens at a time; the caller asks again at the deadline.

    when     true for `lasting`: the warning opens, or rises at once to the highest rung that has
             been true for its own `lasting`; one whose open warning is old enough rises, too
    unknown  neither opens nor clears, neither raises nor lowers. What has been true for long
             enough still counts; what has not been begins anew
    falls    while `when` is true, once no higher tier has been needed for `step down after`
    clears   with `clear when`: once that has been true for its `lasting`; else when `when` is
             false. Never while `when` is true, and not within `keep` of its end
    cooldown nothing of the same or a lower tier opens before it is over

`when` counts as true only where some rung is true with it, which is what decides a tier.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

Truth = bool | None


class Turn(StrEnum):
    """What happened to a warning."""

    OPENED = "opened"
    ESCALATED = "escalated"
    STEPPED_DOWN = "stepped_down"
    CLEARED = "cleared"


class Lifetime(NamedTuple):
    """How warnings of a rule live; all times in milliseconds.

    Attributes:
        names: Of `when`, of each rung, of `clear when`: fingerprints, the same for the same
            condition, so that an edit of one does not let the others begin anew.
        lasting_ms: For how long each of these must be true before it counts.
        tiers: Of the rungs, from severe down.
        has_clear: Whether there is a `clear when`; it is the last of `names` then.
        keep_ms: How long a warning stays after the rule was last met.
        cooldown_ms: How long nothing of the same or a lower tier opens after it.
        step_down_ms: For how long a lower tier must have been enough before it falls to that.
        escalate: To which tier a warning rises, and how long after it opened.
    """

    names: tuple[str, ...] = ()
    lasting_ms: tuple[int, ...] = ()
    tiers: tuple[int, ...] = ()
    has_clear: bool = False
    keep_ms: int = 0
    cooldown_ms: int = 0
    step_down_ms: int = 0
    escalate: tuple[int, int] | None = None


INSTANT: Final = Lifetime()
"""Of a rule that is met at an instant and not for a while."""


class Life(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered; equal to `IDLE` where there is nothing to remember.

    Attributes:
        since_ms: By name of a condition that is true: since when.
        tier: Of the open warning, 0 if none is.
        opened_ms: When it opened.
        unmet_ms: Since when the rule has not been met, if it is not.
        below_ms: By lower tier: since when no higher one has been needed.
        quiet_until_ms: When the cooldown ends.
        quiet_tier: Up to which tier it is quiet.
    """

    since_ms: dict[str, int] = {}
    tier: int = 0
    opened_ms: int = 0
    unmet_ms: int | None = None
    below_ms: dict[int, int] = {}
    quiet_until_ms: int = 0
    quiet_tier: int = 0


IDLE: Final = Life()


class Lived(NamedTuple):
    """What has become of it.

    Attributes:
        life: To be kept.
        turn: What happened, if anything did.
        deadline_ms: When something may happen although nothing else changes.
    """

    life: Life
    turn: Turn | None
    deadline_ms: int | None


def live(life: Life, rule: Lifetime, holds: Sequence[Truth], now_ms: int) -> Lived:
    """Live on until now.

    Args:
        life: As it was after the last call.
        rule: How it lives.
        holds: Truth now of `when`, of each rung, and of `clear when` if there is one.
        now_ms: Not before the last call's.
    """
    if life == IDLE and True not in holds[: 1 + len(rule.tiers)]:
        return Lived(IDLE, None, None)  # as nearly all are, nearly always
    look = _Look(life, rule, holds, now_ms)
    after, turn = look.turned()
    return Lived(after, turn, _Look(after, rule, holds, now_ms).deadline_ms())


class _Look:
    """One look at a life at an instant."""

    def __init__(self, life: Life, rule: Lifetime, holds: Sequence[Truth], now_ms: int) -> None:
        self._life, self._rule, self._now_ms = life, rule, now_ms
        rungs = holds[1 : 1 + len(rule.tiers)]
        self._truths = (_both(holds[0], _any(rungs)), *holds[1:])
        self._since_ms = dict(self._held())
        self._met = self._truths[0] is True and self._lasted(0)
        self._risen, self._needed = self._tiers()

    def turned(self) -> tuple[Life, Turn | None]:
        """Return the life after this look, and what happened."""
        tier = self._life.tier
        if not tier:
            opens = self._met and self._risen and not self._is_quiet()
            return (self._at(self._risen), Turn.OPENED) if opens else (self._at(0), None)
        if self._met and self._risen > tier:
            return self._at(self._risen), Turn.ESCALATED
        if self._is_over():
            return self._cleared(), Turn.CLEARED
        lower = self._lower()
        return (self._at(lower), Turn.STEPPED_DOWN) if lower else (self._at(tier), None)

    def deadline_ms(self) -> int | None:
        """Return the next instant at which something may happen with the same truths."""
        later = [at_ms for at_ms in self._instants() if at_ms > self._now_ms]
        return min(later, default=None)

    def _instants(self) -> Iterable[int]:
        life, rule = self._life, self._rule
        for name, lasting_ms, truth in self._conditions():
            if truth is True and name in self._since_ms:
                yield self._since_ms[name] + lasting_ms
        if life.tier and life.unmet_ms is not None:
            yield life.unmet_ms + rule.keep_ms
        if life.tier and self._met:
            yield from (since_ms + rule.step_down_ms for since_ms in life.below_ms.values())
        if life.tier and rule.escalate and rule.escalate[0] > life.tier:
            yield life.opened_ms + rule.escalate[1]
        if not life.tier and self._risen:
            yield life.quiet_until_ms

    def _conditions(self) -> Iterable[tuple[str, int, Truth]]:
        return zip(self._rule.names, self._rule.lasting_ms, self._truths, strict=True)

    def _held(self) -> Iterable[tuple[str, int]]:
        """Yield since when each condition has been true; unknown keeps what has lasted."""
        for name, lasting_ms, truth in self._conditions():
            since_ms = self._life.since_ms.get(name)
            if truth is True:
                yield name, self._now_ms if since_ms is None else since_ms
            elif truth is None and since_ms is not None and since_ms + lasting_ms <= self._now_ms:
                yield name, since_ms

    def _lasted(self, index: int) -> bool:
        since_ms = self._since_ms.get(self._rule.names[index])
        return since_ms is not None and since_ms + self._rule.lasting_ms[index] <= self._now_ms

    def _tiers(self) -> tuple[int, int]:
        """Return the highest tier that holds, and the highest that is not refuted."""
        held = [(tier, i) for i, tier in enumerate(self._rule.tiers, start=1) if self._lasted(i)]
        risen = [tier for tier, index in held if self._truths[index] is True] if self._met else []
        needed = [tier for tier, _ in held] if self._truths[0] is not False else []
        if self._life.tier and self._rule.escalate and needed:
            tier, after_ms = self._rule.escalate
            if self._life.opened_ms + after_ms <= self._now_ms:
                risen, needed = [*risen, tier], [*needed, tier]
        return max(risen, default=0), max(needed, default=0)

    def _is_quiet(self) -> bool:
        life = self._life
        return self._now_ms < life.quiet_until_ms and self._risen <= life.quiet_tier

    def _unmet_ms(self) -> int | None:
        if self._truths[0] is True:
            return None
        return self._now_ms if self._life.unmet_ms is None else self._life.unmet_ms

    def _is_over(self) -> bool:
        unmet_ms = self._unmet_ms()
        if unmet_ms is None or unmet_ms + self._rule.keep_ms > self._now_ms:
            return False
        if self._rule.has_clear:
            return self._truths[-1] is True and self._lasted(len(self._rule.names) - 1)
        return self._truths[0] is False

    def _below_ms(self, tier: int) -> dict[int, int]:
        """Return by lower tier since when no higher one has been needed."""
        since_ms = self._life.below_ms
        return {
            lower: since_ms.get(lower, self._now_ms)
            for lower in self._rule.tiers
            if self._needed <= lower < tier
        }

    def _lower(self) -> int:
        """Return the tier to fall to, 0 to stay."""
        if not (self._met and self._needed):
            return 0
        enough = [
            lower for lower, since_ms in self._below_ms(self._life.tier).items()
            if since_ms + self._rule.step_down_ms <= self._now_ms
        ]  # fmt: skip
        return min(enough, default=0)

    def _at(self, tier: int) -> Life:
        """Return the life with a warning of this tier, or with none."""
        life = self._life
        quiet = not tier and self._now_ms < life.quiet_until_ms
        return Life(
            since_ms=self._since_ms if tier else self._idle_since_ms(),
            tier=tier,
            opened_ms=(life.opened_ms if life.tier else self._now_ms) if tier else 0,
            unmet_ms=self._unmet_ms() if tier else None,
            below_ms=self._below_ms(tier),
            quiet_until_ms=life.quiet_until_ms if quiet else 0,
            quiet_tier=life.quiet_tier if quiet else 0,
        )

    def _cleared(self) -> Life:
        since_ms, cooldown_ms = self._idle_since_ms(), self._rule.cooldown_ms
        if not cooldown_ms:
            return Life(since_ms=since_ms)
        until_ms = self._now_ms + cooldown_ms
        return Life(since_ms=since_ms, quiet_until_ms=until_ms, quiet_tier=self._life.tier)

    def _idle_since_ms(self) -> dict[str, int]:
        """Return what is remembered without a warning: there is nothing to clear."""
        clear = self._rule.names[-1] if self._rule.has_clear else None
        return {name: at_ms for name, at_ms in self._since_ms.items() if name != clear}


def _both(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _any(truths: Sequence[Truth]) -> Truth:
    if True in truths:
        return True
    return None if None in truths else False
