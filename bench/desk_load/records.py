"""Simulated cases and warnings, as the monitor writes them to its topics; seeded."""

import random
from typing import Final, NamedTuple

import msgspec

from schemas.alert import Alert, Cause, MeasureValue, Phase, RuleVersion, Text, Transition
from schemas.case import Case, CaseEntry, CaseState
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, wire
from schemas.money import Money

SEVERE_SHARE: Final = 0.3
HARD_SHARE: Final = 0.2
SEGMENTS: Final = tuple(f"segment-{number}" for number in range(40))
_REASON: Final = Text(
    en="2 debits failed: no money; no card sales for 8 days (simulated)",
    zh="模拟数据, 两次扣款失败, 8天无刷卡收入",
)
_CLEARS: Final = Text(en="two instalments paid on time", zh="两期按时还款")

encode = msgspec.json.Encoder().encode


class Story(NamedTuple):
    """What sets one simulated case apart."""

    borrower_id: str
    tier: str
    hard: bool
    opened_ms: int
    exposure_minor: int
    segment: str

    @property
    def case_id(self) -> str:
        """The id of its only case."""
        return f"{self.borrower_id}/default/1"


def story(seed: int, number: int, now_ms: int) -> Story:
    """Return the n-th story; it began within the last two hours, its deadline may have passed."""
    chance = random.Random(f"{seed}/{number}")
    is_severe = chance.random() < SEVERE_SHARE
    return Story(
        borrower_id=f"brw_{chance.getrandbits(128):032x}",
        tier="severe" if is_severe else "moderate",
        hard=is_severe and chance.random() < HARD_SHARE,
        opened_ms=now_ms - chance.randrange(2 * HOUR_MS),
        exposure_minor=chance.randrange(10_000_00, 5_000_000_00),
        segment=chance.choice(SEGMENTS),
    )


def case_of(about: Story, version: int, at_ms: int) -> bytes:
    """Return the n-th record of a case."""
    ack_ms = 15 * MINUTE_MS if about.tier == "severe" else 4 * HOUR_MS
    case = Case(
        case_id=about.case_id,
        version=version,
        borrower_id=about.borrower_id,
        legal_entity="default",
        lane="credit",
        state=CaseState.NEW,
        tier=about.tier,
        hard=about.hard,
        admission="severe" if about.tier == "severe" else "second_family",
        phase=Phase.LIVE,
        opened_at=wire(about.opened_ms),
        at=wire(at_ms),
        tier_since=wire(about.opened_ms),
        reason=_REASON,
        clears_when=_CLEARS,
        exposure=Money(amount_minor=about.exposure_minor, currency="CNY"),
        signals=("rp02_failed_debit",),
        alert_ids=(f"{about.borrower_id}/rp02_failed_debit/1/{version}",),
        segment=about.segment,
        ack_due_at=wire(about.opened_ms + ack_ms),
        outcome_due_at=wire(about.opened_ms + DAY_MS),
        entries=(CaseEntry(at=wire(about.opened_ms), kind="opened", detail=about.tier),),
        simulated=True,
    )
    return encode(case)


def alert_of(about: Story, ordinal: int, at_ms: int) -> bytes:
    """Return the n-th record of the warning behind a case."""
    alert = Alert(
        alert_id=f"{about.borrower_id}/rp02_failed_debit/1/{ordinal}",
        subject_kind="BORROWER",
        subject_id=about.borrower_id,
        borrower_id=about.borrower_id,
        signal="RP02",
        family="repayment",
        lane="credit",
        tier=about.tier,
        previous_tier="none",
        hard=about.hard,
        transition=Transition.OPENED if ordinal == 1 else Transition.CARRIED,
        cause=Cause.SIGNAL,
        phase=Phase.LIVE,
        episode=1,
        ordinal=ordinal,
        effective_from=wire(about.opened_ms),
        detected_at=wire(at_ms),
        title=_REASON,
        reason=_REASON,
        clears_when=_CLEARS,
        rule=RuleVersion(
            name="rp02_failed_debit", fingerprint="f", ruleset="postloan", ruleset_version=1
        ),
        measures=(MeasureValue(name="failed_debits", value=2, unit="count", threshold=">= 2"),),
        simulated=True,
    )
    return encode(alert)
