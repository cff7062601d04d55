"""Can the people who are there look at what the rules would bring them (domain.md 6.3): pure."""

from typing import Final

from schemas.desk_figures import Capacity, CapacityAsked

SIGN_OFF_ABOVE: Final = 1.2
"""Load above which a rule set takes a sign-off to be published (domain.md 6.3)."""
NOBODY: Final = 1e-3
"""Investigations a day: below that nobody works, and a load would say nothing."""
THOUSAND: Final = 1_000
DIGITS: Final = 3


def capacity_of(asked: CapacityAsked) -> Capacity:
    """Return what arrives a day, and what can be looked at.

    What a machine contacts first is taken off severe and moderate alike, but not off hard severe:
    somebody always looks at those.
    """
    by_person = 1 - asked.contacted_by_machine_share
    by_class = {
        "hard_severe": asked.live_loans * asked.hard_severe_permille / THOUSAND,
        "severe": asked.live_loans * asked.severe_permille / THOUSAND * by_person,
        "moderate": asked.live_loans * asked.moderate_permille / THOUSAND * by_person,
    }
    arriving = sum(by_class.values())
    one = asked.hours_per_day * asked.investigations_per_hour
    possible = asked.operators * one
    load = arriving / possible if possible >= NOBODY else None
    return Capacity(
        capacity_per_day=round(possible, DIGITS),
        arriving_per_day=round(arriving, DIGITS),
        by_class={name: round(count, DIGITS) for name, count in by_class.items()},
        backlog_per_day=round(max(0.0, arriving - possible), DIGITS),
        needs_sign_off=arriving > SIGN_OFF_ABOVE * possible,
        load=None if load is None else round(load, DIGITS),
        operators_needed=round(arriving / one, DIGITS),
    )
