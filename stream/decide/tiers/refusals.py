"""What is refused: why the tier is not higher than it is, or not lower.

A refusal is no change, so the same one is told once while it stands, and not again within the
cool-down of its tier (domain.md 4.3).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from stream.decide.tiers.admission import counts, lasts
from stream.decide.tiers.count import Count
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


def to_tell(refused: Iterable[Refused], scene: Scene) -> tuple[Refused, ...]:
    """Return those that are new: not refused at the last look, nor told of late."""
    return tuple(each for each in refused if _is_new(each, scene))


def _is_new(refused: Refused, scene: Scene) -> bool:
    known = scene.before.refused.get(refused.key)
    if known is None:
        return True
    told_ms, stood = known
    return not stood and scene.now_ms - told_ms >= scene.policy.cooldown_ms(refused.tier)


def remembered(refused: Sequence[Refused], scene: Scene) -> dict[str, tuple[int, bool]]:
    """Return when each was told, and whether it stands; what is long gone is forgotten."""
    standing = {each.key: (scene.now_ms, True) for each in refused}
    for each in refused:
        if not _is_new(each, scene):
            standing[each.key] = (scene.before.refused[each.key][0], True)
    for key, (told_ms, _) in scene.before.refused.items():
        cooldown_ms = scene.policy.cooldown_ms(int(key.partition("/")[2]))
        if key not in standing and scene.now_ms - told_ms < cooldown_ms:
            standing[key] = (told_ms, False)
    return dict(sorted(standing.items()))
