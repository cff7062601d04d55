"""What the tests of the step share: two trial signers, signed control records, a small journal."""

import base64
from dataclasses import dataclass, field

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas import journal
from schemas.control import (
    ActionPayload,
    Clock,
    ControlPayload,
    GoLiveBody,
    ListBody,
    ParametersBody,
    RuleSetBody,
    subject_of,
)
from schemas.instants import from_ms, wire
from schemas.money import Money
from schemas.pos_clearing import PosClearing
from schemas.repayment import Repayment
from schemas.settlement import Settlement
from schemas.signing import Right, Signed, Trust, TrustedKey, sign
from stream.decide import Book

DAY_MS = 86_400_000
START_MS = 20_000 * DAY_MS
KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode() * 32) for name in "abdek"}
RIGHTS = {
    "a": Right.CONTROL,
    "b": Right.CONTROL,
    "d": Right.ACTION,
    "e": Right.ACTION,
    "k": Right.DESK,
}
TRUST = Trust(
    keys=tuple(
        TrustedKey(
            key_id=name,
            signer=name,
            public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
            rights=(RIGHTS[name],),
        )
        for name, key in KEYS.items()
    )
)

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

list @announced of counterparty_token

rule nsf
  name "Failed debit" / "扣款失败"
  signal RP02
  family repayment
  lane credit
  let days = distinct(repayment.day where status = FAILED) over 30 days by loan_id
  when repayment.status = FAILED and repayment.reason_class = INSUFFICIENT_FUNDS
  tier moderate if days >= 2 hard
  tier mild hard
  keep 7 days
  cooldown 2 days
  reason "failed on {days} days" / "{days}天扣款失败"
end

rule payee
  name "Payee changed" / "收款人变更"
  signal F15
  family diversion
  lane credit
  when settlement.account_change = PAYEE_CHANGED
       and not (settlement.counterparty_token in @announced)
  tier severe hard
  keep 3 days
  reason "payee changed" / "收款人变更"
end
"""


def signed(body, record_id, *, by="ab", supersedes=None, subject=None, author="a", approver="b"):
    """A control record with these signatures."""
    payload = ControlPayload(
        record_id=record_id,
        subject=subject or subject_of(body),
        supersedes=supersedes,
        author=author,
        approver=approver,
        issued_at=from_ms(START_MS),
        body=body,
    )
    text = msgspec.json.encode(payload).decode()
    return Signed(
        payload=text, signatures=tuple(sign(text, key_id=name, key=KEYS[name]) for name in by)
    )


@dataclass
class Log:
    """Writes a journal: `(key, value)` in order."""

    records: list = field(default_factory=list)
    controls: int = 0

    def add(self, key, record):
        self.records.append((key, journal.encode(record)))
        return self

    def control(self, body, record_id=None, *, seq=None, **how):
        seq = self.controls if seq is None else seq
        self.controls = max(self.controls, seq + 1)
        record = signed(body, record_id or f"c{seq}", **how) if body is not None else None
        void = None if record else "not JSON"
        return self.add(
            journal.CONTROL_KEY,
            journal.Control(seq=seq, prev_seq=seq - 1, signed=record, void_reason=void),
        )

    def rules(self, text=RULES, **how):
        return self.control(RuleSetBody(files={"trial.ewl": text}), **how)

    def go_live(self, clock=Clock.INPUT, **how):
        return self.control(GoLiveBody(clock=clock), **how)

    def members(self, name, *members, **how):
        return self.control(ListBody(name=name, members=members), **how)

    def parameters(self, segments, **how):
        return self.control(ParametersBody(detector="amount", segments=segments), **how)

    def action(self, days, body, *, by="d", borrower="brw_1", supersedes=None, subject="s"):
        payload = ActionPayload(
            record_id=f"a{len(self.records)}",
            subject=subject,
            supersedes=supersedes,
            operator="op_1",
            issued_at=from_ms(at(days)),
            body=body,
        )
        text = msgspec.json.encode(payload).decode()
        signatures = tuple(sign(text, key_id=name, key=KEYS[name]) for name in by)
        record = journal.Action(
            borrower_id=borrower,
            wall_arrival_at_ms=at(days),
            signed=Signed(payload=text, signatures=signatures),
        )
        return self.add(borrower.encode(), record)

    def tick(self, days, *, wall_days=None):
        wall_days = days if wall_days is None else wall_days
        return self.add(
            journal.TICK_KEY,
            journal.Tick(input_at_ms=at(days), wall_at_ms=at(wall_days)),
        )

    def failed_debit(
        self,
        days,
        borrower="brw_1",
        reason="INSUFFICIENT_FUNDS",
        *,
        key=None,
        event_id=None,
        **how,
    ):
        data = Repayment(
            event_type="COLLECTION_ATTEMPT",
            loan_id="ln_" + borrower[4:],
            status="FAILED",
            reason_class=reason,
            **how,
        )
        return self.event(journal.RepaymentEvent, days, borrower, data, key=key, event_id=event_id)

    def attempt(self, days, borrower="brw_1", *, failed=True, key=None, event_id=None, **how):
        data = Repayment(
            event_type="COLLECTION_ATTEMPT",
            loan_id="ln_" + borrower[4:],
            status="FAILED" if failed else "SUCCEEDED",
            **how,
        )
        return self.event(journal.RepaymentEvent, days, borrower, data, key=key, event_id=event_id)

    def debit(self, days, borrower="brw_1", *, fen=10_000, key=None, event_id=None, **how):
        data = Settlement(
            event_type="TRANSFER",
            account_token="acc_" + borrower[4:],
            direction="DEBIT",
            amount=Money(amount_minor=fen, currency="CNY"),
            **how,
        )
        return self.event(journal.SettlementEvent, days, borrower, data, key=key, event_id=event_id)

    def payee_changed(self, days, borrower="brw_1", to="cp_1", *, key=None, event_id=None, **how):
        data = Settlement(
            event_type="ACCOUNT_EVENT",
            account_token="acc_" + borrower[4:],
            account_change="PAYEE_CHANGED",
            counterparty_token=to,
            **how,
        )
        return self.event(journal.SettlementEvent, days, borrower, data, key=key, event_id=event_id)

    def sale(self, days, borrower="brw_1", fen=10_000, *, key=None, event_id=None, **how):
        data = PosClearing(
            txn_type="SALE",
            merchant_id="mer_" + borrower[4:],
            amount_gross=Money(amount_minor=fen, currency="CNY"),
            **how,
        )
        return self.event(
            journal.PosClearingEvent, days, borrower, data, key=key, event_id=event_id
        )

    def event(self, make, days, borrower, data, *, key=None, event_id=None, wall_days=None):
        number = len(self.records)
        record = make(
            event_id=event_id or f"e{number}",
            source="simulator",
            borrower_id=borrower,
            business_key=key or f"k{number}",
            event_at_ms=at(days),
            wall_arrival_at_ms=at(days if wall_days is None else wall_days),
            data=data,
        )
        return self.add(borrower.encode(), record)


def at(days):
    """Epoch milliseconds of a day of the trial, counted from 0."""
    return START_MS + round(days * DAY_MS)


def run(records, book=None):
    """Fold `records`; return the outputs."""
    book = book or Book(TRUST, speaks=True)
    return [output for key, value in records for output in book.fold(key, value)]


def told(outputs, topic):
    """The messages of one topic, decoded."""
    return [msgspec.json.decode(each.value) for each in outputs if each.topic == topic]


@pytest.fixture
def trial():
    """This module's tools, which a test module cannot import."""
    return Tools


@pytest.fixture(scope="module")
def trial_tools():
    """The same for properties, whose fixtures must outlive an example."""
    return Tools


@pytest.fixture(scope="module")
def trial_book():
    """One book that many examples are folded into."""
    return Book(TRUST, speaks=True)


def told_day(days):
    """The date of a day of the trial."""
    return wire(at(days))[:10]


class Tools:
    """Names of this module, by attribute."""

    TRUST, DAY_MS, START_MS, RULES = TRUST, DAY_MS, START_MS, RULES
    Log, Book, KEYS = Log, Book, KEYS
    signed, at, run = staticmethod(signed), staticmethod(at), staticmethod(run)
    told, told_day = staticmethod(told), staticmethod(told_day)
