"""Who is to look at a borrower: nobody, the machine, a person (domain.md 4.2.5).

Not the same as the tier: a moderate tier from a single soft family gets a neutral message by
machine, and reaches a person if it lasts, if much is owed, or if another family joins.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeGuard

from schemas.instants import DAY_MS, HOUR_MS
from schemas.tier import AdmissionReason, Admitted
from stream.decide.tiers.facts import Snooze
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.scene import Scene
from stream.decide.tiers.state import Rung, Trace


class Answer(NamedTuple):
    """Who looks, why, and when that may change by time alone."""

    to: Admitted
    reason: AdmissionReason
    until_ms: int | None = None


def admit(rungs: tuple[Rung, ...], traces: Mapping[str, Trace], scene: Scene) -> Answer:
    """Return who is to look at the borrower."""
    answer = _by_tier(rungs, traces, scene)
    snooze = scene.facts.snooze
    if answer.to is not Admitted.PERSON or not lasts(snooze, scene.now_ms):
        return answer
    if not counts(snooze, len(rungs), traces, scene.policy):
        return answer
    return Answer(Admitted.NOBODY, AdmissionReason.SNOOZED, snooze.until_ms)


def lasts(snooze: Snooze | None, now_ms: int) -> TypeGuard[Snooze]:
    """Whether there is a snooze that has not ended."""
    return snooze is not None and now_ms < snooze.until_ms


def counts(snooze: Snooze, tier: int, traces: Mapping[str, Trace], policy: Policy) -> bool:
    """Whether a snooze counts, still.

    It needs a reason, people enough for the tier and an end that is near enough; a newer hard
    fact ends it.
    """
    longest_ms = policy.snooze.most_hours[tier - 1] * HOUR_MS
    return (
        bool(snooze.reason)
        and len(snooze.people) >= policy.snooze.people[tier - 1]
        and snooze.until_ms - snooze.at_ms <= longest_ms
        and not any(each.hard and max(each.since_ms) > snooze.at_ms for each in traces.values())
    )


def _by_tier(rungs: tuple[Rung, ...], traces: Mapping[str, Trace], scene: Scene) -> Answer:
    match len(rungs):
        case 0:
            return Answer(Admitted.NOBODY, AdmissionReason.NO_TIER)
        case 1:
            return Answer(Admitted.MACHINE, AdmissionReason.MILD)
        case 2:
            return _moderate(rungs[-1], traces, scene)
        case _:
            return Answer(Admitted.PERSON, AdmissionReason.SEVERE)


def _moderate(rung: Rung, traces: Mapping[str, Trace], scene: Scene) -> Answer:
    lasts_ms = rung.since_ms + scene.policy.admission.person_after_days * DAY_MS
    families = {traces[episode].family for episode in rung.by}
    if rung.hard:
        reason = AdmissionReason.HARD_FACT
    elif len(families) > 1:
        reason = AdmissionReason.SECOND_FAMILY
    elif scene.facts.top_exposure:
        reason = AdmissionReason.TOP_EXPOSURE
    elif scene.now_ms >= lasts_ms:
        reason = AdmissionReason.LASTS
    else:
        return Answer(Admitted.MACHINE, AdmissionReason.SINGLE_SOFT_FAMILY, lasts_ms)
    return Answer(Admitted.PERSON, reason)
