"""Kafka as the player's sink: an idempotent producer that says what was acknowledged.

A record that is not delivered is an error, at the latest when the play ends. While a cluster is
away librdkafka tries again for as long as `delivery.timeout.ms` says.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from stream.journal.clients import named, producer_config
from stream.settings import Settings

DELIVERY_TIMEOUT_S: Final = 60
FULL_WAIT_S: Final = 0.1
METADATA_TIMEOUT_S: Final = 30.0
BY_KEY: Final = -1
"""librdkafka's word for "the partitioner chooses"."""

Delivered = Callable[[str, str], None]
"""Called with the topic (without prefix) and the id of each acknowledged record."""


class DeliveryError(RuntimeError):
    """Records that the cluster did not take; the text says how many, and the first."""


class KafkaSink:
    """Sends to the topics of `settings`.

    Args:
        settings: Where the cluster is, and the prefix of its topics.
        delivered: Hears of each acknowledged record, clock records excepted.
    """

    def __init__(self, settings: Settings, delivered: Delivered) -> None:
        self._settings = settings
        self._delivered = delivered
        self._failed: list[str] = []
        self._partitions: dict[str, int] = {}
        self._producer = Producer(
            {
                **producer_config(settings, "loanwatch-produce"),
                "delivery.timeout.ms": DELIVERY_TIMEOUT_S * 1_000,
            }
        )

    def send(self, topic: str, value: bytes, *, key: str | None, record_id: str) -> None:
        """Send one record to the partition of its key, to any if it has none.

        Raises:
            DeliveryError: If an earlier record was not delivered.
        """
        self._produce(topic, value, key=key, record_id=record_id)

    def send_everywhere(self, topic: str, value: bytes) -> None:
        """Send one record into every partition.

        Raises:
            DeliveryError: If an earlier record was not delivered.
        """
        for partition in range(self._partitions_of(topic)):
            self._produce(topic, value, partition=partition)

    def wait(self, timeout_s: float) -> None:
        """Let so much time pass, and hear what is acknowledged meanwhile."""
        end_s = time.monotonic() + timeout_s
        while (left_s := end_s - time.monotonic()) > 0:
            self._producer.poll(left_s)
        self._raise_if_failed()

    def flush(self) -> None:
        """Return when everything sent so far has been acknowledged.

        Raises:
            DeliveryError: If something was not.
        """
        while self._producer.flush(1.0):  # ends by the delivery timeout, with errors
            self._raise_if_failed()
        self._raise_if_failed()

    def _produce(
        self,
        topic: str,
        value: bytes,
        *,
        key: str | None = None,
        partition: int = BY_KEY,
        record_id: str | None = None,
    ) -> None:
        answered = partial(self._answered, topic, record_id)
        full_name = named(self._settings, topic)
        while True:
            try:
                self._producer.produce(full_name, value, key, partition, on_delivery=answered)
            except BufferError:
                self._producer.poll(FULL_WAIT_S)
            except KafkaException as error:  # larger than any broker takes
                reason = error.args[0].str()
                raise DeliveryError(f"{record_id or 'a clock record'}: {reason}") from None
            else:
                break
        self._producer.poll(0)
        self._raise_if_failed()

    def _answered(
        self, topic: str, record_id: str | None, error: KafkaError | None, _message: Message
    ) -> None:
        if error is not None:
            self._failed.append(f"{record_id or 'a clock record'} to {topic}: {error.str()}")
        elif record_id is not None:
            self._delivered(topic, record_id)

    def _raise_if_failed(self) -> None:
        if self._failed:
            raise DeliveryError(
                f"{len(self._failed)} or more records were not delivered, first {self._failed[0]}"
            )

    def _partitions_of(self, topic: str) -> int:
        if topic not in self._partitions:
            full_name = named(self._settings, topic)
            try:
                metadata = self._producer.list_topics(full_name, METADATA_TIMEOUT_S)
            except KafkaException as error:
                raise DeliveryError(f"{full_name}: {error.args[0].str()}") from None
            self._partitions[topic] = len(metadata.topics[full_name].partitions)
        return self._partitions[topic]
