"""What is refused: why the tier is not higher than it is, or not lower.

A refusal is no change, so the same one is told once while it stands, and not again within the
cool-down of its tier (domain.md 4.3).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stream.decide.tiers.admission import counts, lasts
from stream.decide.tiers.count import Count
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.scene import Scene
from stream.decide.tiers.score import SEVERE
from stream.decide.tiers.state import Rung, Trace
from stream.decide.tiers.wait import Refusal, Wait, concerns, suffices


class Refused(NamedTuple):
    """One refusal.

    Attributes:
        code: Why.
        tier: The tier that it does not rise to, or that it does not leave.
        until_ms: When time alone may change that.
    """

    code: Refusal
    tier: int
    until_ms: int | None = None

    @property
    def key(self) -> str:
        """What makes it the same refusal."""
        return f"{self.code.value}/{self.tier}"


def not_higher(found: Count, tier: int) -> Iterable[Refused]:
    """Yield why the tier is not higher than `tier`."""
    held, earned = max(found.held.tier, tier), found.earned
    if earned.uncapped == SEVERE > max(earned.tier, tier):
        yield Refused(Refusal.TWO_KEYS, SEVERE)
    if found.held.tier > tier:
        yield Refused(Refusal.NOT_HELD, found.held.tier, found.ripens_ms)
    if found.with_new > held:
        yield Refused(Refusal.NEW_LOAN, found.with_new)
    if found.with_damped > held:
        yield Refused(Refusal.DAMPED, found.with_damped)
    if found.with_unverified > held:
        yield Refused(Refusal.UNVERIFIED, found.with_unverified)


def not_lower(
    rungs: tuple[Rung, ...], traces: Mapping[str, Trace], wait: Wait | None, scene: Scene
) -> Iterable[Refused]:
    """Yield why the tier is not lower, and why what people signed does not count."""
    tier, release, snooze = len(rungs), scene.facts.release, scene.facts.snooze
    if wait is not None and wait.lacks is not None:
        yield Refused(wait.lacks, tier, wait.next_ms)
    if concerns(release, rungs):
        if not suffices(release, tier, scene.policy):
            yield Refused(Refusal.RELEASE_PEOPLE, tier)
        elif wait is None:
            yield Refused(Refusal.RELEASE_HELD, tier)
    if tier and lasts(snooze, scene.now_ms) and not counts(snooze, tier, traces, scene.policy):
        yield Refused(Refusal.SNOOZE, tier)


def remembered(
    told_ms: Mapping[str, int], refused: Iterable[Refused], now_ms: int, policy: Policy
) -> dict[str, int]:
    """Return what was told and when, after `refused` is told at `now_ms`."""
    standing = {each.key for each in refused}
    kept = {
        key: at_ms
        for key, at_ms in told_ms.items()
        if key in standing or now_ms - at_ms < policy.cooldown_ms(int(key.partition("/")[2]))
    }
    return dict(sorted({**dict.fromkeys(standing, now_ms), **kept}.items()))
