"""Duplicates, versions and conflicts, by stream."""

import pytest

from schemas.header import RecordKind
from schemas.instants import DAY_MS
from schemas.journal import PosClearingEvent, RepaymentEvent, SettlementEvent
from schemas.money import Money
from schemas.pos_clearing import PosClearing
from schemas.repayment import Repayment
from schemas.settlement import Settlement
from stream.decide.borrower import Borrower, load
from stream.decide.versions import Judgement, judge

NOON_MS = 20_000 * DAY_MS + DAY_MS // 2


def payment(*, key="k1", at_ms=NOON_MS, event_id="e1", fen=100, loan="ln_1", **fields):
    data = Repayment(
        event_type="PAYMENT",
        loan_id=loan,
        status="SUCCEEDED",
        amount_paid=Money(amount_minor=fen, currency="CNY"),
        **fields,
    )
    return RepaymentEvent(
        event_id=event_id,
        source="lms",
        borrower_id="brw_1",
        business_key=key,
        event_at_ms=at_ms,
        wall_arrival_at_ms=at_ms,
        data=data,
    )


def sale(*, key="k1", at_ms=NOON_MS, event_id="e1", fen=100, **fields):
    data = PosClearing(
        txn_type="SALE",
        merchant_id="mer_1",
        amount_gross=Money(amount_minor=fen, currency="CNY"),
        **fields,
    )
    return PosClearingEvent(
        event_id=event_id,
        source="acq",
        borrower_id="brw_1",
        business_key=key,
        event_at_ms=at_ms,
        wall_arrival_at_ms=at_ms,
        data=data,
    )


def transfer(*, at_ms=NOON_MS):
    data = Settlement(event_type="TRANSFER", account_token="acc_1")
    return SettlementEvent(
        event_id="e1",
        source="bank",
        borrower_id="brw_1",
        business_key="k1",
        event_at_ms=at_ms,
        wall_arrival_at_ms=at_ms,
        data=data,
    )


@pytest.mark.parametrize(
    ("first", "second", "judgement"),
    [
        pytest.param(payment(), payment(event_id="e2"), "duplicate", id="sent again, new id"),
        pytest.param(payment(), payment(key="k2"), "new", id="another key"),
        pytest.param(payment(), payment(loan="ln_2"), "new", id="another loan"),
        pytest.param(payment(), payment(fen=99), "conflict", id="same version, other amount"),
        pytest.param(
            payment(), payment(at_ms=NOON_MS + 1), "conflict", id="same version, other time"
        ),
        pytest.param(payment(), payment(record_version=2), "supersedes", id="a higher version"),
        pytest.param(
            payment(record_version=3), payment(record_version=2), "stale", id="a lower one"
        ),
        pytest.param(payment(), payment(trace_id="t2"), "duplicate", id="another trace"),
        pytest.param(sale(), sale(event_id="e2"), "duplicate", id="a sale sent again"),
        pytest.param(
            sale(),
            sale(at_ms=NOON_MS - DAY_MS, record_version=2),
            "supersedes",
            id="a correction moves it to another day",
        ),
        pytest.param(sale(), payment(), "new", id="streams share no keys"),
        pytest.param(
            payment(quality=("TEST",)), payment(), "new", id="a test record counts nothing"
        ),
    ],
)
def test_the_second_event_is_judged_by_the_first(first, second, judgement):
    borrower = Borrower("brw_1")
    judge(borrower, first, NOON_MS)

    assert judge(borrower, second, NOON_MS) is Judgement(judgement)


def test_a_repayment_sent_again_a_year_later_is_still_a_duplicate():
    borrower = Borrower("brw_1")
    judge(borrower, payment(), NOON_MS)

    assert judge(borrower, payment(event_id="e2"), NOON_MS + 365 * DAY_MS) is Judgement.DUPLICATE


@pytest.mark.parametrize(
    ("event", "horizon_days"),
    [pytest.param(sale, 10, id="pos_clearing"), pytest.param(transfer, 5, id="settlement")],
)
def test_other_streams_are_told_apart_within_the_repair_horizon(event, horizon_days):
    last_ms = NOON_MS + horizon_days * DAY_MS

    assert judge(Borrower("brw_1"), event(), last_ms) is Judgement.NEW
    assert judge(Borrower("brw_1"), event(), last_ms + DAY_MS) is Judgement.TOO_LATE


def test_days_beyond_the_horizon_are_forgotten_and_their_records_removed():
    borrower = Borrower("brw_1")
    judge(borrower, sale(), NOON_MS)
    (key,) = [key for key, _ in borrower.store()]
    for days in (11, 12):
        assert (key, None) not in borrower.store(), "a day more: rules have days of their own"
        at_ms = NOON_MS + days * DAY_MS
        judge(borrower, sale(key=f"k{days}", at_ms=at_ms), at_ms)

    assert (key, None) in borrower.store()


def test_an_event_that_a_correction_has_moved_is_known_until_its_later_day_is_forgotten():
    borrower = Borrower("brw_1")
    for version, days in ((1, 0), (2, 8), (3, 5)):
        judge(borrower, sale(at_ms=NOON_MS + days * DAY_MS, record_version=version), NOON_MS)
    now_ms = NOON_MS + 13 * DAY_MS
    judge(borrower, sale(key="k2", at_ms=now_ms), now_ms)

    again = sale(at_ms=NOON_MS + 8 * DAY_MS, record_version=2, event_id="e2")

    assert judge(borrower, again, now_ms) is Judgement.STALE


def test_a_reversal_is_an_event_of_its_own_and_not_a_contradiction():
    borrower = Borrower("brw_1")
    judge(borrower, payment(), NOON_MS)
    back = payment(event_id="e2", record_kind=RecordKind.REVERSAL, original_event_id="e1")

    assert judge(borrower, back, NOON_MS) is Judgement.NEW
    assert judge(borrower, back, NOON_MS) is Judgement.DUPLICATE


def test_what_is_stored_judges_like_what_is_in_memory():
    borrower = Borrower("brw_1")
    judge(borrower, sale(), NOON_MS)
    judge(borrower, payment(), NOON_MS)
    parts = {k.decode().partition("/")[2]: v for k, v in borrower.store() if v is not None}

    restored = load("brw_1", parts)

    assert judge(restored, sale(event_id="e2"), NOON_MS) is Judgement.DUPLICATE
    assert judge(restored, payment(fen=1), NOON_MS) is Judgement.CONFLICT
    assert restored.seen == borrower.seen
