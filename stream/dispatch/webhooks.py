"""What is pushed to an executor: the body, its signature, and when a failed push is tried again.

A push tells of a proposal, or that one is retracted; it is no leave to send. It says as little as
an executor needs (domain.md 4.7): no tier, no cause, no guard, nothing that is said of why.
"""

import hmac
from hashlib import sha256
from typing import Final

import msgspec

from schemas.alert import Phase
from schemas.collection_trigger import Channel, CollectionAction, CollectionTrigger, Op
from schemas.instants import parse
from schemas.money import Money
from stream.dispatch.executors import Executor

ATTEMPTS: Final = 8
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
PUSHED: Final = frozenset({Op.PROPOSE, Op.RETRACT})


class Push(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="collection_push.v1",
):
    """The body. `compensate` says of a retraction that the contact has happened already."""

    trigger_id: str
    ordinal: int
    op: Op
    action: CollectionAction
    channel: Channel
    borrower_id: str
    loan_id: str
    legal_entity: str
    amount_due: Money
    earliest_at: str | None = None
    latest_at: str | None = None
    expires_at: str | None = None
    compensate: bool = False


def is_for(executor: Executor, trigger: CollectionTrigger) -> bool:
    """Return whether an executor is to be told of a record."""
    return (
        executor.webhook is not None
        and trigger.channel in executor.channels
        and trigger.op in PUSHED
        and trigger.phase is Phase.LIVE
        and not trigger.simulated
    )


def is_void(trigger: CollectionTrigger, now_ms: int) -> bool:
    """Return whether a proposal has expired: nobody need be told of it any more."""
    if trigger.op is not Op.PROPOSE or trigger.expires_at is None:
        return False
    return now_ms >= parse(trigger.expires_at)


def body_of(trigger: CollectionTrigger) -> bytes:
    """Return what is pushed of a trigger's record."""
    same = {name: getattr(trigger, name) for name in Push.__struct_fields__}
    return msgspec.json.encode(Push(**same))


def key_of(trigger: CollectionTrigger) -> str:
    """Return the idempotency key: a push that comes twice is one."""
    return f"{trigger.trigger_id}/{trigger.ordinal}"


def headers_of(
    trigger: CollectionTrigger, body: bytes, secret: bytes, at_ms: int
) -> dict[str, str]:
    """Return the headers of one attempt.

    The signature is HMAC-SHA256 over the timestamp, a full stop and the body; the receiver
    refuses a timestamp that is minutes away from its own clock, so that no push is replayed.

    Args:
        trigger: What the body tells of.
        body: As `body_of` made it.
        secret: Shared with this executor alone.
        at_ms: The time of the attempt.
    """
    mac = hmac.new(secret, str(at_ms).encode() + b"." + body, sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": key_of(trigger),
        "Loanwatch-Timestamp": str(at_ms),
        "Loanwatch-Signature": f"v1={mac}",
    }


def wait_s(key: str, attempt: int) -> float:
    """Return how long to wait after a failed attempt, the first of which is 1.

    It doubles up to `LONGEST_WAIT_S`; a hash of key and attempt takes up to half of it off, so that
    what failed together is not tried again together.

    >>> [round(wait_s("t1/1", attempt), 2) for attempt in (1, 2, 7)]
    [0.36, 0.63, 19.22]
    """
    digest = sha256(f"{key}/{attempt}".encode()).digest()
    share = int.from_bytes(digest[:4]) / (1 << 32)
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1)) * (1 - share / 2)
