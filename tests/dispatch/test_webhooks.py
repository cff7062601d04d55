"""What an executor is pushed: as little as it needs, signed, and later when it fails."""

import hmac
import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Phase
from schemas.collection_trigger import Answer, Channel, Guard, GuardResult, Op
from schemas.instants import wire
from stream.dispatch.executors import Executor, Webhook
from stream.dispatch.webhooks import LONGEST_WAIT_S, body_of, headers_of, is_for, is_void, wait_s
from tests.dispatch.conftest import NOW, trigger

HOOK = Webhook(url="https://dialler.example/push", secret_file="secret")
DIALLER = Executor(name="dialler", channels=(Channel.CALL,), token_sha256="0" * 64, webhook=HOOK)


def test_a_body_says_nothing_of_why():
    guard = GuardResult(
        guard=Guard.COMPLIANCE_HOLD, answer=Answer.ALLOW, detail="seen", legal_basis="law"
    )
    told = json.loads(body_of(trigger(guards=(guard,), alert_ids=("brw_1/f17/1/1",))))

    assert told.keys() == {
        "schema", "trigger_id", "ordinal", "op", "action", "channel", "borrower_id", "loan_id",
        "legal_entity", "amount_due", "earliest_at", "latest_at", "expires_at",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        pytest.param({}, True, id="a proposal"),
        pytest.param({"op": Op.RETRACT}, True, id="a retraction"),
        pytest.param({"op": Op.DEFER}, False, id="a deferral"),
        pytest.param({"op": Op.SUPPRESS}, False, id="a suppression"),
        pytest.param({"op": Op.NEED_APPROVAL}, False, id="one that waits for approval"),
        pytest.param({"channel": Channel.DEBIT}, False, id="another channel"),
        pytest.param({"phase": Phase.BOOTSTRAP}, False, id="before go-live"),
        pytest.param({"simulated": True}, False, id="a simulated one"),
    ],
)
def test_an_executor_is_told_what_it_may_carry_out(fields, is_told):
    assert is_for(DIALLER, trigger(**fields)) is is_told


def test_an_expired_proposal_is_void_and_a_retraction_never_is():
    assert is_void(trigger(expires_at=wire(NOW)), NOW)
    assert not is_void(trigger(expires_at=wire(NOW)), NOW - 1)
    assert not is_void(trigger(op=Op.RETRACT, expires_at=wire(NOW)), NOW)


def test_the_signature_covers_the_time_and_the_body():
    record = trigger()
    body = body_of(record)
    headers = headers_of(record, body, b"a secret", NOW)
    expected = hmac.new(b"a secret", f"{NOW}.".encode() + body, sha256).hexdigest()

    assert headers["Loanwatch-Timestamp"] == str(NOW)
    assert headers["Loanwatch-Signature"] == f"v1={expected}"
    assert headers["Idempotency-Key"] == "t1/1"


@given(st.text(max_size=20), st.integers(1, 30))
def test_waits_double_up_to_a_bound_and_differ(key, attempt):
    whole = min(LONGEST_WAIT_S, 0.5 * 2 ** (attempt - 1))

    assert whole / 2 <= wait_s(key, attempt) <= whole
    assert len({wait_s(f"{key}{n}", attempt) for n in range(5)}) == 5
