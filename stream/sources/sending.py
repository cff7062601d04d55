"""Sending one record, and not going on before the cluster has it."""

from typing import Final

from confluent_kafka import KafkaError, Message, Producer

from stream.journal.clients import named, producer_config
from stream.settings import Settings

SEND_WITHIN_S: Final = 30.0


class NotSentError(RuntimeError):
    """The cluster did not take a record."""


def send(settings: Settings, client: str, topic: str, key: str, value: bytes) -> int:
    """Send a record; return its offset.

    Args:
        settings: Of the cluster.
        client: Who sends, as the broker's log names it.
        topic: Without the prefix.
        key: The record's.
        value: The record's.

    Raises:
        NotSentError: If the cluster does not take it.
    """
    answers: list[tuple[KafkaError | None, Message]] = []
    producer = Producer(producer_config(settings, client))
    producer.produce(
        named(settings, topic),
        key=key,
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
