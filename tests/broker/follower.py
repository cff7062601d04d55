"""Follows a house from outside while it works, and says whether it has come to rest.

What it reads is committed: the journal, the checkpoints of the monitor, and what the partitions
tell crossing. What crossing has to answer to that it works out itself, for crossing commits no
offset; so it knows an answer that is missing yet from one that there will not be.
"""

from collections import defaultdict

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from schemas import crossing, journal
from stream.crossing.answers import Answers, about
from stream.journal.clients import consumer_config, named
from stream.journal.log_reading import READ_COMMITTED, READ_UNCOMMITTED

JOURNAL, STATE, CROSSINGS = "journal", "journal-state", "crossings"
SAID = ("action", "permit", "outcome")
ANSWERS = (journal.FEED_KEY, journal.SEGMENT_KEY)
OPTIONS = {"enable.partition.eof": True, "fetch.wait.max.ms": 10, "fetch.queue.backoff.ms": 5}


class Head(msgspec.Struct):
    """What is needed of a record of the journal."""

    kind: str = ""
    input_at_ms: int | None = None
    record_id: str = ""


class Applied(msgspec.Struct):
    """How far a checkpoint goes."""

    applied: int


class Follower:
    """Reads on with each `look`; by partition of the journal where nothing else is said."""

    def __init__(self, settings):
        self.references, self.said = set(), 0
        self._settings = settings
        self._head = msgspec.json.Decoder(Head).decode
        self._checkpoint = msgspec.json.Decoder(Applied).decode
        self._answers = Answers(settings.partitions)
        self._expected = {}
        self._answered = defaultdict(dict)
        self._clock = dict.fromkeys(range(settings.partitions), (0, -1))
        self._last = dict.fromkeys(range(settings.partitions), -1)
        self._applied = dict.fromkeys(range(settings.partitions), -1)
        self._read = {}
        self._consumer = self._reader(READ_COMMITTED)
        self._ends = self._reader(READ_UNCOMMITTED)
        self._take = {JOURNAL: self._journal, STATE: self._state, CROSSINGS: self._crossings}
        self._names = {named(settings, topic): topic for topic in self._take}
        self._places = [
            TopicPartition(full, number, OFFSET_BEGINNING)
            for full in self._names
            for number in self._consumer.list_topics(full, 10).topics[full].partitions
        ]
        self._consumer.assign(self._places)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._consumer.close()
        self._ends.close()

    def look(self):
        """Read what is there."""
        while messages := self._consumer.consume(5_000, 0.02):
            for message in messages:
                self._receive(message)

    @property
    def progress(self):
        """What changes whenever anything goes on; ticks that say nothing new do not change it."""
        return (
            tuple(self._last.values()),
            tuple(clock for clock, _ in self._clock.values()),
            sum(map(len, self._answered.values())),
            len(self.references),
            self.said,
            tuple(min(applied, self._needed(p)) for p, applied in self._applied.items()),
        )

    def waits_for(self, at_ms, references, said=0):
        """Say what has not happened yet until the house rests at an instant; empty if nothing.

        Args:
            at_ms: That every partition's clock has to reach.
            references: The ids of what has to be in the journal.
            said: How many records of people and executors have to be.
        """
        behind = [p for p, (clock, _) in self._clock.items() if clock < at_ms]
        unsaved = [p for p, applied in self._applied.items() if applied < self._needed(p)]
        silent = {
            key: version
            for key, version in self._expected.items()
            if any(self._answered[p].get(key, -1) < version for p in self._clock)
        }
        missing = references - self.references
        found = {
            "clock": behind,
            "references": missing,
            "said": max(0, said - self.said),
            "checkpoint": unsaved,
            "crossing": silent,
        }
        waits = {name: each for name, each in found.items() if each}
        return waits or ({} if self._is_at_the_end() else {"reading": True})

    def _needed(self, partition):
        """Return the offset to be applied: of the last record, ticks that say nothing new apart."""
        return max(self._last[partition], self._clock[partition][1])

    def _is_at_the_end(self):
        """Whether everything is read, so that no transaction is open either."""
        return all(
            self._read.get((each.topic, each.partition), 0)
            >= self._ends.get_watermark_offsets(each, timeout=10)[1]
            for each in self._places
            if self._names[each.topic] != JOURNAL
        )

    def _reader(self, isolation):
        options = consumer_config(self._settings, "no-group") | OPTIONS
        return Consumer(options | {"isolation.level": isolation})

    def _receive(self, message):
        error, place = message.error(), (message.topic(), message.partition())
        if error is None:
            self._take[self._names[message.topic()]](message)
            self._read[place] = message.offset() + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            self._read[place] = message.offset()
        elif not error.retriable():
            raise KafkaException(error)

    def _journal(self, message):
        partition, offset, head = message.partition(), message.offset(), self._head(message.value())
        if message.key() == journal.TICK_KEY:
            if (head.input_at_ms or 0) > self._clock[partition][0]:
                self._clock[partition] = (head.input_at_ms, offset)
            return
        self._last[partition] = offset
        self.said += head.kind in SAID
        if head.record_id:
            self.references.add(head.record_id)
        if message.key() in ANSWERS:
            record = journal.decode(message.value())
            if hasattr(record, "version"):
                self._answered[partition][about(record)] = record.version

    def _state(self, message):
        if message.key() == b"#applied":
            self._applied[message.partition()] = self._checkpoint(message.value()).applied

    def _crossings(self, message):
        for answer in self._answers.take(crossing.decode(message.value())):
            self._expected[about(answer)] = answer.version
