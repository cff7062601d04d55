"""Simulated cases, and what the desk knows about each."""

import random

import msgspec

from schemas.alert import Alert, Phase, Text
from schemas.case import Case, CaseEntry, CaseState
from schemas.collection_trigger import CollectionTrigger
from schemas.desk_view import Linked, SharedParty
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, parse, wire
from schemas.money import Money
from schemas.tier import TierChange
from tests.browser.given import again, given

START_MS = parse("2026-11-22T19:08:00Z")
"""03:08 in Shanghai: the night shift."""
OPENING_MS = parse("2026-11-23T00:00:00Z")


class Story(msgspec.Struct, frozen=True):
    """What sets one simulated case apart from the others."""

    tier: str
    hard: bool
    reason: Text
    exposure_minor: int
    dpd: int


STORIES = given("stories", tuple[Story, ...])
ALERTS = given("alerts", tuple[Alert, ...])
TIER_CHANGE = given("tier_change", TierChange)
TRIGGER = given("trigger", CollectionTrigger)
EARLIER = given("earlier", Case)
CLEARS = Text(
    en="two instalments paid on time and 30 days without a warning",
    zh="两期按时还款且30天内无预警",
)


def borrower(index: int) -> str:
    """Return the token of the n-th simulated borrower."""
    return f"brw_{random.Random(f'borrower {index}').getrandbits(128):032x}"


def yuan(amount_minor: int) -> Money:
    """Return an amount of the simulated book's currency."""
    return Money(amount_minor=amount_minor, currency="CNY")


def case(index: int, at_ms: int = START_MS) -> Case:
    """Return the n-th simulated case as it opened, some minutes before."""
    story = STORIES[index % len(STORIES)]
    opened_ms = at_ms - (7 * index + 3) * MINUTE_MS
    ack_within_ms = 15 * MINUTE_MS if story.tier == "severe" else 4 * HOUR_MS
    opened = wire(opened_ms)
    return Case(
        case_id=f"{borrower(index)}/default/1",
        version=1,
        borrower_id=borrower(index),
        legal_entity="default",
        lane="credit",
        state=CaseState.NEW,
        tier=story.tier,
        hard=story.hard,
        admission="severe" if story.tier == "severe" else "second_family",
        phase=Phase.LIVE,
        opened_at=opened,
        at=opened,
        tier_since=opened,
        reason=story.reason,
        clears_when=CLEARS,
        dpd=story.dpd,
        exposure=yuan(story.exposure_minor),
        overdue=yuan(862_500 if story.dpd else 0),
        segment="catering/shanghai",
        ack_due_at=wire(opened_ms + ack_within_ms),
        outcome_due_at=wire(opened_ms + DAY_MS),
        entries=(CaseEntry(at=opened, kind="opened", detail=story.tier),),
        simulated=True,
    )


def alerts(about: Case) -> tuple[Alert, ...]:
    """Return the warnings behind a case."""
    return tuple(
        again(
            each,
            borrower_id=about.borrower_id,
            tier=about.tier,
            hard=about.hard,
            effective_from=about.opened_at,
        )
        for each in ALERTS
    )


def tier_changes(about: Case) -> tuple[TierChange, ...]:
    """Return how the tier came to be what it is."""
    steps = [("none", "mild", 24), ("mild", "none", 17), ("none", "moderate", 6)]
    if about.tier == "severe":
        steps.append(("moderate", "severe", 2))
    return tuple(
        again(TIER_CHANGE, from_=before, to=after, sequence_no=i, at=wire(START_MS - days * DAY_MS))
        for i, (before, after, days) in enumerate(steps)
    )


def trigger(about: Case) -> CollectionTrigger:
    """Return the call that quiet hours hold back."""
    return again(
        TRIGGER,
        borrower_id=about.borrower_id,
        at=about.opened_at,
        tier=about.tier,
        amount_due=about.overdue,
        reason=about.reason,
    )


def earlier(about: Case) -> Case:
    """Return the case that the same borrower had in spring."""
    return again(EARLIER, case_id=f"{about.borrower_id}/default/0", borrower_id=about.borrower_id)


def links(about: Case) -> tuple[Linked, ...]:
    """Return two others: one with the same guarantor, who has a case, and one with the account."""
    guarantor = SharedParty(token="pty_guarantor", relation="GUARANTOR", theirs="OWNER")
    account = SharedParty(token="acc_shared", relation="ACCOUNT", theirs="ACCOUNT")
    return (
        Linked(borrower_id=borrower(1), by=(guarantor,), case_id=case(1).case_id, tier="severe"),
        Linked(borrower_id=borrower(99), by=(account,)),
    )
