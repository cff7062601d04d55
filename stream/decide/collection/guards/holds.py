"""Guards 1 to 6: the kill switch, and the holds that are put on a borrower or a loan.

A hold that is to be reviewed does not end by itself: when its days are over it waits for people.
"""

from typing import Final

from schemas.instants import MINUTE_MS
from schemas.reference import HoldKind
from stream.decide.collection.ask import Ask, Ruling, allow, defer, need_approval, suppress
from stream.decide.collection.windows import share

NEUTRAL: Final = "a hold is in force"
"""Says nothing of why: not of the law's holds, and never of compliance's."""

PEOPLE: Final = 2
"""How many people release what waits for people."""


def kill_switch(ask: Ask) -> Ruling:
    """Nobody is contacted while it is on; what it held up is let go little by little."""
    if ask.is_switched_off:
        return suppress("the kill switch is on")
    if ask.resumed_ms:
        within_ms = ask.edition.release_minutes.value * MINUTE_MS
        free_ms = ask.resumed_ms + share(f"release/{ask.borrower_id}", within_ms)
        if ask.now_ms < free_ms:
            return defer("the kill switch was taken off a moment ago", free_ms)
    return allow("off")


def legal_hold(ask: Ask) -> Ruling:
    """Nobody is contacted about what is before a court."""
    return _by_hold(ask, NEUTRAL, HoldKind.LEGAL)


def deceased(ask: Ask) -> Ruling:
    """Nobody is contacted who has died, or cannot act."""
    return _by_hold(ask, "deceased or unable to act", HoldKind.DECEASED)


def compliance_hold(ask: Ask) -> Ruling:
    """Nobody is contacted whom compliance has put on hold; why is not told."""
    return _by_hold(ask, NEUTRAL, HoldKind.COMPLIANCE)


def dispute(ask: Ask) -> Ruling:
    """Nobody is dunned who disputes the debt, or has complained, and was not answered."""
    return _by_hold(ask, "a dispute or a complaint is open", HoldKind.DISPUTE, HoldKind.COMPLAINT)


def hardship(ask: Ask) -> Ruling:
    """Nobody is dunned whom hardship, a moratorium or a disaster protects."""
    return _by_hold(
        ask,
        "hardship or protection",
        HoldKind.HARDSHIP,
        HoldKind.MORATORIUM,
        HoldKind.DISASTER_AREA,
        HoldKind.VULNERABLE,
    )


def _by_hold(ask: Ask, detail: str, *kinds: HoldKind) -> Ruling:
    holds = ask.held(*kinds)
    now_ms = ask.now_ms
    begun = [each for each in holds if each.since_ms <= now_ms]
    if any(each.until_ms is None and not each.reviewed for each in begun):
        return suppress(detail)
    ends_ms = [each.until_ms for each in begun if each.until_ms and now_ms < each.until_ms]
    if ends_ms:
        return suppress(detail, max(ends_ms))
    begins_ms = min((each.since_ms for each in holds if each.since_ms > now_ms), default=None)
    if any(each.reviewed for each in begun) and len(set(ask.approvals)) < PEOPLE:
        return need_approval(f"{detail}: its days are over, people review it", begins_ms)
    return allow("none", begins_ms)
