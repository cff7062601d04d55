"""What the top rung still waits for before it comes down (domain.md 4.3, ledger.md 7).

Clear days first; then instalments that fell due since and were paid on time, in a row, or,
where none falls due for long, as long a clear time with the coverage measure in order.
People may end the wait, never what holds the tier.
"""

from enum import StrEnum
from typing import Final, NamedTuple, TypeGuard

from schemas.instants import DAY_MS
from stream.decide.tiers.blindness import unseen_ms
from stream.decide.tiers.facts import Payments, Release
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.scene import Scene
from stream.decide.tiers.state import Rung

NO_LOAN: Final = Payments()
"""Without a loan only a long clear time ends the wait of a hard tier."""


class Refusal(StrEnum):
    """Why the tier is not higher, or not lower."""

    TWO_KEYS = "two_keys"
    NOT_HELD = "not_held"
    NEW_LOAN = "new_loan"
    DAMPED = "damped"
    INSTALMENTS = "instalments"
    COVERAGE = "coverage"
    BLIND = "blind"
    LOCKED = "locked"
    RELEASE_HELD = "release_held"
    RELEASE_PEOPLE = "release_people"
    SNOOZE = "snooze"


class Wait(NamedTuple):
    """Where the wait stands.

    Attributes:
        over_ms: Since when nothing is missing any more; `None` while something is.
        start_ms: Since when the days count.
        days_ms: When the clear days are over.
        paid: How many instalments in a row were paid on time since `start_ms`, of the loan that
            keeps it waiting longest.
        needed: How many must be.
        next_ms: When time alone may change this; `None` if it cannot.
        lacks: What is missing although the days are over.
    """

    over_ms: int | None
    start_ms: int
    days_ms: int
    paid: int
    needed: int
    next_ms: int | None = None
    lacks: Refusal | None = None

    @property
    def over(self) -> bool:
        """Whether nothing is missing any more."""
        return self.over_ms is not None


def wait_of(rungs: tuple[Rung, ...], stepped_ms: int, scene: Scene) -> Wait | None:
    """Say what the top rung waits for; `None` if there is none, or something holds it.

    Args:
        rungs: The stack.
        stepped_ms: When the tier last came down by a step: the days count from there.
        scene: What they are measured against.
    """
    if not rungs or rungs[-1].clear_ms is None:
        return None
    tier = len(rungs)
    facts, now_ms, policy = scene.facts, scene.now_ms, scene.policy
    start_ms = max(rungs[-1].clear_ms, stepped_ms)
    days_ms = start_ms + unseen_ms(scene.blinds, start_ms) + policy.clear_ms(tier)
    arrears = [_arrear(loan, rungs, start_ms, scene) for loan in facts.loans or (NO_LOAN,)]
    worst = max(arrears, key=lambda arrear: (arrear.needed > arrear.paid, arrear.quiet_ms))
    wait = Wait(
        over_ms=None,
        start_ms=start_ms,
        days_ms=days_ms,
        paid=worst.paid,
        needed=worst.needed,
    )
    if facts.blind:
        return wait._replace(lacks=Refusal.BLIND if now_ms >= days_ms else None)
    if now_ms < days_ms:
        return wait._replace(next_ms=days_ms)
    if worst.paid >= worst.needed:
        return wait._replace(over_ms=max(days_ms, *(arrear.met_ms for arrear in arrears)))
    if now_ms < worst.quiet_ms:
        return wait._replace(next_ms=worst.quiet_ms, lacks=Refusal.INSTALMENTS)
    return wait._replace(over_ms=now_ms) if scene.covered else wait._replace(lacks=Refusal.COVERAGE)


class _Arrear(NamedTuple):
    """What one loan's payments say.

    Attributes:
        paid: Instalments on time, in a row, that fell due since.
        needed: How many must be.
        met_ms: When the last one that was needed fell due, -1 if none was.
        quiet_ms: When it has been quiet for long.
    """

    paid: int
    needed: int
    met_ms: int
    quiet_ms: int


def _arrear(loan: Payments, rungs: tuple[Rung, ...], start_ms: int, scene: Scene) -> _Arrear:
    tier, is_hard, fall = len(rungs), rungs[-1].hard, scene.policy.fall
    needed = scene.policy.instalments(tier, hard=is_hard, interval_days=loan.interval_days)
    paid_ms = sorted(due_ms for due_ms in loan.on_time_due_ms if due_ms > start_ms)
    met_ms = paid_ms[needed - 1] if 0 < needed <= len(paid_ms) else -1
    since_ms = max(start_ms, loan.last_due_ms or 0)
    quiet_ms = since_ms + unseen_ms(scene.blinds, since_ms) + fall.quiet_days * DAY_MS
    return _Arrear(len(paid_ms), needed, met_ms, quiet_ms)


def concerns(release: Release | None, rungs: tuple[Rung, ...]) -> TypeGuard[Release]:
    """Whether a release is about the present stay on the top rung."""
    if release is None or not rungs:
        return False
    return release.tier == len(rungs) and release.at_ms >= rungs[-1].since_ms


def suffices(release: Release, tier: int, policy: Policy) -> bool:
    """Whether enough people signed."""
    return 0 < policy.release_people(tier) <= len(release.people)
