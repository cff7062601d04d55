"""What the benchmarks work on: seeded, deterministic, made in memory, no network.

A portfolio is a mix of the three streams as one worker sees it: of a hundred events eighty are
POS clearings, eighteen settlements and two repayments, spread over borrowers whose own levels
differ. The mix is a choice of ours (a merchant sells daily and pays monthly); the amounts follow
the population of detectors.md 4.3.
"""

import math
import random
from functools import cache
from typing import Any

from detectors import Observation
from schemas import journal
from schemas.money import Money, exponent
from schemas.pos_clearing import PosClearing, TxnType
from schemas.repayment import Repayment, RepaymentStatus, RepaymentType
from schemas.settlement import Direction, Settlement, SettlementType

SEED = 20_260
START_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""

STREAMS = ("pos_clearing", "settlement", "repayment")
SHARES = (80, 18, 2)
STEP_MS = 30_000


@cache
def events(n: int, borrowers: int = 500) -> tuple[journal.Event, ...]:
    """Return `n` journal events of the three streams, in order of time."""
    rng = random.Random(SEED)
    levels = {
        (borrower, stream): rng.gauss(6, 0.8) for borrower in range(borrowers) for stream in STREAMS
    }
    made = []
    for i in range(n):
        stream = rng.choices(STREAMS, SHARES)[0]
        borrower = rng.randrange(borrowers)
        major = math.expm1(rng.gauss(levels[borrower, stream], 0.4))
        made.append(_event(i, stream, borrower, round(max(0.01, major) * 100)))
    return tuple(made)


@cache
def values(n: int) -> tuple[bytes, ...]:
    """Return the same events as they stand in the journal."""
    return tuple(journal.encode(event) for event in events(n))


@cache
def observations(n: int, borrowers: int = 500) -> tuple[tuple[str, Observation], ...]:
    """Return the same events as a detector sees them, each with its borrower."""
    return tuple(
        (event.borrower_id, _observation(i, event)) for i, event in enumerate(events(n, borrowers))
    )


def _event(i: int, stream: str, borrower: int, amount_minor: int) -> journal.Event:
    header: dict[str, Any] = {
        "event_id": f"e{i}",
        "source": "bench/1",
        "borrower_id": f"brw_{borrower:06}",
        "business_key": f"{stream}:bench/1:e{i}",
        "event_at_ms": START_MS + i * STEP_MS,
        "wall_arrival_at_ms": START_MS + i * STEP_MS + 2_000,
    }
    amount = Money(amount_minor=amount_minor, currency="CNY")
    if stream == "repayment":
        return journal.RepaymentEvent(
            **header,
            data=Repayment(
                event_type=RepaymentType.PAYMENT,
                loan_id=f"ln_{borrower:06}",
                status=RepaymentStatus.SUCCEEDED,
                amount_paid=amount,
            ),
        )
    if stream == "settlement":
        return journal.SettlementEvent(
            **header,
            data=Settlement(
                event_type=SettlementType.MERCHANT_SETTLEMENT,
                account_token=f"acc_{borrower:06}",
                direction=Direction.CREDIT,
                amount=amount,
            ),
        )
    return journal.PosClearingEvent(
        **header,
        data=PosClearing(
            txn_type=TxnType.SALE, merchant_id=f"mer_{borrower:06}", amount_gross=amount
        ),
    )


def _observation(i: int, event: journal.Event) -> Observation:
    """What is seen of an event: of a borrower seven are at the other end, one in ten pays late."""
    amount, stream = _money(event), journal.stream_of(event)
    return Observation(
        stream,
        event.event_at_ms,
        amount.amount_minor,
        exponent(amount.currency),
        mark=i % 7,
        is_short=i % 10 == 0 if stream == "repayment" else None,
    )


def _money(event: journal.Event) -> Money:
    match event:
        case journal.RepaymentEvent(data=Repayment(amount_paid=Money() as amount)):
            return amount
        case journal.SettlementEvent(data=Settlement(amount=Money() as amount)):
            return amount
        case journal.PosClearingEvent(data=PosClearing(amount_gross=amount)):
            return amount
    raise AssertionError(event)
