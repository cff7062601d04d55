"""The topic `control`: what stands on it, and sending one more record."""

import msgspec
from confluent_kafka import KafkaError, Message, Producer

from schemas.signing import Signed, Trust
from stream.journal.clients import named, producer_config
from stream.journal.follow import read_to_end
from stream.settings import Settings
from stream.sources.control_file import ControlFileError, Register

CONTROL = "control"
SEND_WITHIN_S = 30.0


class NotSentError(RuntimeError):
    """The cluster did not take a record."""


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
    return _send(settings, stands.payload.subject, value)


def _send(settings: Settings, subject: str, value: bytes) -> int:
    answers: list[tuple[KafkaError | None, Message]] = []
    producer = Producer(producer_config(settings, "loanwatch-control"))
    producer.produce(
        named(settings, CONTROL),
        key=subject,
        value=value,
        on_delivery=lambda error, message: answers.append((error, message)),
    )
    producer.flush(SEND_WITHIN_S)
    if not answers:
        raise NotSentError(f"expected an acknowledgement within {SEND_WITHIN_S:g} s, got none")
    error, message = answers[0]
    if error is not None:
        raise NotSentError(f"not taken: {error.str()}")
    return message.offset() or 0
