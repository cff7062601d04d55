"""What makes two records the same event."""

import pytest

from schemas.business_key import MissingKeyError, business_key
from schemas.money import Money
from schemas.pos_clearing import PosClearing
from schemas.repayment import Repayment
from schemas.settlement import Batch, Settlement

CNY_1 = Money(amount_minor=100, currency="CNY")


def attempt(**fields):
    return Repayment(
        **{"event_type": "COLLECTION_ATTEMPT", "loan_id": "ln_1", "status": "FAILED"} | fields
    )


def sale(**fields):
    return PosClearing(
        **{"txn_type": "SALE", "merchant_id": "mer_1", "amount_gross": CNY_1} | fields
    )


@pytest.mark.parametrize(
    ("data", "key"),
    [
        pytest.param(
            attempt(idempotency_key="ln_1|x|7", record_version=7), "ln_1|x", id="the source's own"
        ),
        pytest.param(
            attempt(idempotency_key="ln_1|x|7", record_version=2), "ln_1|x|7", id="no version in it"
        ),
        pytest.param(
            attempt(attempt_id="a9"), "ln_1|COLLECTION_ATTEMPT|a9|FAILED", id="an attempt"
        ),
        pytest.param(
            attempt(
                event_type="PAYMENT",
                status="SUCCEEDED",
                loan_id=None,
                borrower_id="brw_1",
                payment_ref="p1",
            ),
            "brw_1|PAYMENT|p1|SUCCEEDED",
            id="money that names no loan",
        ),
        pytest.param(
            Settlement(
                event_type="MERCHANT_SETTLEMENT", account_token="acc_1", batch=Batch(batch_id="b7")
            ),
            "s|acc_1|MERCHANT_SETTLEMENT|b7||",
            id="a batch",
        ),
        pytest.param(sale(channel_txn_id="q1", channel="ECOM"), "ECOM|q1|SALE", id="a QR sale"),
        pytest.param(
            sale(acquirer_id="acq-9", stan="004512", rrn="632412345678", terminal_id="trm_2"),
            "acq-9|mer_1|trm_2||004512|632412345678|SALE",
            id="a card sale",
        ),
    ],
)
def test_the_key_is_made_of_what_tells_events_apart(data, key):
    assert business_key("s", data) == key


def test_versions_of_one_event_share_a_key():
    first, second = attempt(attempt_id="a9"), attempt(attempt_id="a9", record_version=2)

    assert business_key("s", first) == business_key("s", second)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        pytest.param(attempt(), "$.data.attempt_id", id="repayment"),
        pytest.param(
            attempt(event_type="PAYMENT", loan_id=None, payment_ref="p1"),
            "$.data.loan_id",
            id="money of no loan and no borrower",
        ),
        pytest.param(
            attempt(loan_id=None, borrower_id="brw_1", attempt_id="a9"),
            "$.data.loan_id",
            id="an attempt for no loan",
        ),
        pytest.param(
            Settlement(event_type="TRANSFER", account_token="acc_1"),
            "$.data.bank_txn_ref",
            id="settlement",
        ),
        pytest.param(sale(), "$.data.rrn", id="pos_clearing"),
    ],
)
def test_an_event_that_cannot_be_told_from_others_is_refused(data, path):
    with pytest.raises(MissingKeyError) as missing:
        business_key("s", data)

    assert missing.value.field_path == path
