"""A tier that goes up and down too often is held at the higher one for a while (domain.md 4.3).

Changes at one instant are one, so that the order of what came then does not matter. What a
repair of the data changes is not counted: the borrower did nothing.
"""

from schemas.alert import Cause
from schemas.instants import DAY_MS
from stream.decide.tiers.scene import Scene


def recent_ms(scene: Scene) -> tuple[int, ...]:
    """Return when the tier changed of late."""
    oldest_ms = scene.now_ms - scene.policy.flapping.within_days * DAY_MS
    return tuple(at_ms for at_ms in scene.before.changes_ms if at_ms > oldest_ms)


def counts(cause: Cause, scene: Scene) -> bool:
    """Whether a change for this cause may be flapping."""
    return cause not in scene.policy.flapping.not_counted


def is_one_too_many(cause: Cause, scene: Scene) -> bool:
    """Whether a change now, for this cause, would be flapping."""
    changes = {*recent_ms(scene), scene.now_ms}
    return counts(cause, scene) and len(changes) > scene.policy.flapping.most_changes


def is_locked(scene: Scene) -> bool:
    """Whether the tier is held up already."""
    return scene.now_ms < scene.before.locked_until_ms


def lock_ms(scene: Scene) -> int:
    """Until when a lock that begins now lasts."""
    return scene.now_ms + scene.policy.flapping.lock_days * DAY_MS
