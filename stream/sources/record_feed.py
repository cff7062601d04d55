"""The compliance feed as its readers have it, and what people sign about it."""

from collections.abc import Iterator

import msgspec

from schemas.compliance import ComplianceBody, CompliancePayload, FeedEntry
from schemas.instants import from_ms
from schemas.signing import Signed, sign
from stream.compliance.apart import APART
from stream.compliance.fold import ACTIONS
from stream.compliance.log import FEED, HEADS
from stream.compliance.state import State
from stream.journal.log_reading import messages
from stream.record.heads import Head
from stream.settings import Settings
from stream.sources.keys import SigningKey
from stream.sources.sending import send

STATE = "compliance-state"
RESTRICTED = f"-{APART}"


def read_entries(settings: Settings, suffix: str = "") -> Iterator[FeedEntry]:
    """Yield the feed, from its first record to its present end.

    `suffix` is of the topics: empty, or `RESTRICTED` for the feed of the restricted lane.
    """
    decode = msgspec.json.Decoder(FeedEntry).decode
    for message in messages(settings, FEED + suffix, 0):
        yield decode(message.value() or b"")


def read_heads(settings: Settings, suffix: str = "") -> Iterator[Head]:
    """Yield the signed heads, the first one first."""
    decode = msgspec.json.Decoder(Head).decode
    for message in messages(settings, HEADS + suffix, 0):
        yield decode(message.value() or b"")


def read_state(settings: Settings, suffix: str = "") -> State:
    """Return the feed's last checkpoint."""
    state = State()
    for message in messages(settings, STATE + suffix, 0):
        state.restore(message.key() or b"", message.value())
    return state


def payload_of(body: ComplianceBody, key: SigningKey, record_id: str, now_ms: int) -> Signed:
    """Return a signed action."""
    payload = CompliancePayload(
        record_id=record_id, author=key.signer, issued_at=from_ms(now_ms), body=body
    )
    text = msgspec.json.encode(payload).decode()
    return Signed(payload=text, signatures=(sign(text, key_id=key.key_id, key=key.private),))


def send_action(settings: Settings, subject: str, record: Signed) -> int:
    """Send a signed action; return its offset.

    Raises:
        NotSentError: If the cluster does not take it.
    """
    return send(settings, "loanwatch-audit", ACTIONS, subject, msgspec.json.encode(record))
