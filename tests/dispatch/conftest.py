"""A gate in memory: keys, triggers as the monitor writes them, and requests."""

import base64
import itertools
from types import SimpleNamespace

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.alert import Cause, Phase, Text
from schemas.collection_trigger import (
    Channel,
    CollectionAction,
    CollectionTrigger,
    Op,
    ProfileVersion,
)
from schemas.control import ControlPayload, KillSwitchBody
from schemas.instants import from_ms, wire
from schemas.money import Money
from schemas.signing import Right, Signed, Trust, TrustedKey, sign
from schemas.trigger_progress import PROGRESS_KEY, TriggerProgress
from stream.dispatch.gate import Known, Request, judge
from stream.dispatch.grants import Grants
from stream.dispatch.limits import Limits, spent
from stream.dispatch.switch import Switch
from stream.dispatch.triggers import Triggers

NOW = 1_790_000_000_000
MINUTE = 60_000
PRIVATE = {name: Ed25519PrivateKey.generate() for name in ("ann", "bob", "desk")}
RIGHTS = {"ann": (Right.CONTROL,), "bob": (Right.CONTROL,), "desk": (Right.ACTION,)}
TRUST = Trust(
    keys=tuple(
        TrustedKey(
            key_id=name,
            signer=name,
            public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
            rights=RIGHTS[name],
        )
        for name, key in PRIVATE.items()
    )
)
_ids = itertools.count()


def kill(*, on, by=("ann", "bob"), author="ann", approver="bob", supersedes=None, record_id=None):
    """A record of the switch, and its id."""
    payload = ControlPayload(
        record_id=record_id or f"kill-{next(_ids)}",
        subject="kill_switch",
        supersedes=supersedes,
        author=author,
        approver=approver,
        issued_at=from_ms(NOW),
        body=KillSwitchBody(on=on),
    )
    text = msgspec.json.encode(payload).decode()
    signatures = tuple(sign(text, key_id=name, key=PRIVATE[name]) for name in by)
    record = Signed(payload=text, signatures=signatures)
    return msgspec.json.encode(record), payload.record_id


def trigger(trigger_id="t1", ordinal=1, op=Op.PROPOSE, **fields):
    """A trigger that may be sent now."""
    return CollectionTrigger(
        **{
            "trigger_id": trigger_id,
            "ordinal": ordinal,
            "op": op,
            "action": CollectionAction.REMIND,
            "channel": Channel.CALL,
            "borrower_id": "brw_1",
            "loan_id": "ln_1",
            "legal_entity": "le",
            "tier": "mild",
            "cause": Cause.SIGNAL,
            "phase": Phase.LIVE,
            "at": wire(NOW - 10 * MINUTE),
            "amount_due": Money(amount_minor=100, currency="CNY"),
            "reason": Text(en="overdue", zh="逾期"),
            "profile": ProfileVersion(name="DEFAULT", version=1, draft=False),
            "earliest_at": wire(NOW - 5 * MINUTE),
            "latest_at": wire(NOW + 5 * MINUTE),
            "expires_at": wire(NOW + 9 * MINUTE),
        }
        | fields
    )


def request(trigger_id="t1", *, ordinal=1, channel=Channel.CALL, key="k1", executor="dialler"):
    """A request that nothing speaks against."""
    return Request(trigger_id, ordinal, channel, executor, key)


class Gate:
    """One partition's gate, everything fresh, and what a test does to it."""

    def __init__(self, **limits):
        self.now = NOW
        self.limits = Limits(**limits)
        self.switch = Switch(TRUST)
        self.triggers = Triggers()
        self.grants = Grants()
        self.fresh()

    def fresh(self, tick=None):
        self.switch.known_ms = self.now
        self.progress(self.now if tick is None else tick)
        return self

    def progress(self, tick):
        record = TriggerProgress(tick_at_ms=tick)
        self.triggers.fold(PROGRESS_KEY, msgspec.json.encode(record))

    def tell(self, *records):
        for record in records:
            self.triggers.fold(record.borrower_id.encode(), msgspec.json.encode(record))
        return self

    def ask(self, asked):
        """Ask; what is granted is noted."""
        recent = spent(self.grants, self.now)
        known = Known(self.now, self.switch, self.triggers, self.grants, self.limits, recent)
        answer = judge(asked, known)
        if getattr(answer, "is_new", False):
            assert self.grants.add(answer.permit)
        return answer

    def reason(self, asked):
        """Why it is refused; nothing if it is granted."""
        return getattr(self.ask(asked), "reason", None)


@pytest.fixture
def gate():
    """What the tests of the gate use."""
    return SimpleNamespace(
        NOW=NOW, MINUTE=MINUTE, TRUST=TRUST, Gate=Gate, kill=kill, trigger=trigger, request=request
    )
