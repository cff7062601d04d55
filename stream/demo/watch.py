"""Watches the topics as any reader could: counts, latest warnings, and how long they took.

Reads under `read_committed`, so an alert is seen when its checkpoint is committed and never if
it was not. The latency of an alert is the broker's time of its record less that of the record
of the event that raised it; alerts that a timer raised have none.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Final

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from schemas.alert import Alert, Transition
from schemas.dead_letter import DeadLetter
from schemas.topics import STREAM_TOPICS
from stream.compliance.log import FEED
from stream.journal.clients import consumer_config, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confluent_kafka import Message

    from stream.settings import Settings

OUTPUTS: Final = ("alerts", "decisions", "dead-letters", "collection-triggers")
RAISING: Final = frozenset({Transition.OPENED, Transition.ESCALATED})
LATEST: Final = 50


class _Head(msgspec.Struct):
    id: str
    type: str


class _Trigger(msgspec.Struct):
    """Of a trigger; how far the triggers have come has no `op`."""

    op: str = ""


class _Kind(msgspec.Struct):
    kind: str


class _Entry(msgspec.Struct):
    record: _Kind


_head = msgspec.json.Decoder(_Head).decode
_alert = msgspec.json.Decoder(Alert).decode
_letter = msgspec.json.Decoder(DeadLetter).decode
_trigger = msgspec.json.Decoder(_Trigger).decode
_entry = msgspec.json.Decoder(_Entry).decode


class Watch:
    """Counts in a thread of its own while the context lasts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._sent_ms: dict[str, int] = {}
        self.events: Counter[str] = Counter()
        self.alerts: Counter[str] = Counter()
        self.dead_letters: Counter[str] = Counter()
        self.triggers: Counter[str] = Counter()
        self.records: Counter[str] = Counter()
        self.decisions = 0
        self.latest: deque[Alert] = deque(maxlen=LATEST)
        self.latencies_ms: list[int] = []
        self.failure: Exception | None = None

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def report(self) -> dict[str, Any]:
        """Return the counts, and the latency's median and 99th percentile in milliseconds."""
        return {
            "events": {stream: self.events[stream] for stream in STREAM_TOPICS.values()},
            "alerts": {tier: self.alerts[tier] for tier in ("mild", "moderate", "severe")},
            "decisions": self.decisions,
            "triggers": dict(sorted(self.triggers.items())),
            "compliance_records": dict(sorted(self.records.items())),
            "dead_letters": dict(sorted(self.dead_letters.items())),
            "event_to_alert_ms": {
                "p50": percentile(self.latencies_ms, 50),
                "p99": percentile(self.latencies_ms, 99),
                "n": len(self.latencies_ms),
            },
        }

    def _run(self) -> None:
        try:
            self._read()
        except (KafkaException, msgspec.DecodeError) as error:
            self.failure = error

    def _read(self) -> None:
        consumer = Consumer(
            consumer_config(self._settings, "demo-watch") | {"isolation.level": "read_committed"}
        )
        consumer.assign(
            [
                TopicPartition(named(self._settings, topic), number, OFFSET_BEGINNING)
                for topic in (*STREAM_TOPICS, *OUTPUTS)
                for number in range(self._settings.partitions)
            ]
            + [TopicPartition(named(self._settings, FEED), 0, OFFSET_BEGINNING)]
        )
        try:
            while not self._stop.is_set():
                for message in consumer.consume(1_000, 0.1):
                    self._take(message)
        finally:
            consumer.close()

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._ALL_BROKERS_DOWN or error.retriable():  # noqa: SLF001
                return
            raise KafkaException(error)
        topic = (message.topic() or "").removeprefix(self._settings.topic_prefix)
        self.take(topic, message.value() or b"", message.timestamp()[1])

    def take(self, topic: str, value: bytes, at_ms: int) -> None:
        """Count one message, which was written at this instant of the wall clock."""
        match topic:
            case "alerts":
                self._take_alert(_alert(value), at_ms)
            case "decisions":
                self.decisions += 1
            case "dead-letters":
                self.dead_letters[_letter(value).reason] += 1
            case "collection-triggers":
                if op := _trigger(value).op:
                    self.triggers[op] += 1
            case "compliance-feed":
                self.records[_entry(value).record.kind] += 1
            case _:
                self._take_event(topic, value, at_ms)

    def _take_event(self, topic: str, value: bytes, at_ms: int) -> None:
        try:
            head = _head(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return  # ingest makes a dead letter of it
        if head.type == f"{STREAM_TOPICS[topic]}.v1":
            self.events[STREAM_TOPICS[topic]] += 1
            self._sent_ms.setdefault(head.id, at_ms)

    def _take_alert(self, alert: Alert, at_ms: int) -> None:
        if alert.transition not in RAISING:
            return
        self.alerts[alert.tier] += 1
        self.latest.appendleft(alert)
        for event_id in alert.evidence_event_ids[-1:]:  # of what time alone brought about none
            if event_id in self._sent_ms:
                self.latencies_ms.append(at_ms - self._sent_ms[event_id])


def percentile(values: Sequence[int], percent: int) -> int | None:
    """Return the value that `percent` of them do not exceed, `None` if there are none.

    Examples:
        >>> percentile([5, 1, 3], 50), percentile([], 99)
        (3, None)
    """
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
