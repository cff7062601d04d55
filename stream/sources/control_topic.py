"""The topic `control`: what stands on it, and sending one more record."""

import msgspec

from schemas.signing import Signed, Trust
from stream.journal.follow import read_to_end
from stream.settings import Settings
from stream.sources.control_file import ControlFileError, Register
from stream.sources.sending import send

CONTROL = "control"


def read_register(settings: Settings, trust: Trust) -> Register:
    """Return all records of the topic, judged in order."""
    register = Register(trust)
    for message in read_to_end(settings, CONTROL, CONTROL):
        register.add(message.value(), message.offset() or 0)
    return register


def publish(settings: Settings, register: Register, record: Signed) -> int:
    """Send a record that would count; return its offset.

    Raises:
        ControlFileError: If the fold would refuse it; it is not sent.
        NotSentError: If the cluster does not take it.
    """
    value = msgspec.json.encode(record)
    stands = register.add(value, len(register.history))
    if stands.payload is None or stands.refused is not None:
        raise ControlFileError(f"not sent, since it would be refused: {stands.refused}")
    return send(settings, "loanwatch-control", CONTROL, stands.payload.subject, value)
