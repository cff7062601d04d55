"""One run of the monitor on a real Kafka: topics, feeder, workers, and what must come out.

The truth to compare with is the journal itself, folded here without any worker.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import replace
from pathlib import Path

from confluent_kafka import OFFSET_END, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from stream.journal.clients import consumer_config, kafka_config, named, producer_config
from stream.journal.log_reading import READ_COMMITTED, read_partition, watermarks
from stream.journal.topic_admin import create
from tests.journal.toy import ToyBook, events

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOYS = ROOT / "tests" / "journal"
STOPPED = "T"


def until(condition, within_s=120.0, every_s=0.1):
    """Wait for a condition; return what it returned."""
    end = time.monotonic() + within_s
    while True:
        with contextlib.suppress(KafkaException):  # e.g. while a broker starts
            if result := condition():
                return result
        assert time.monotonic() < end, f"not within {within_s:g} s: {condition}"
        time.sleep(every_s)


class Worker:
    """A toy's process."""

    def __init__(self, command, settings, log_file):
        environment = {**os.environ, **settings.to_env()}
        with log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                env=environment,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._log_file = log_file
        self._health = None

    def wait_ready(self):
        """Wait until it has its first assignment."""
        line = self.process.stdout.readline()
        assert line, f"ended early:\n{self._log_file.read_text()[-3000:]}"
        self._health = json.loads(line)["health"]

    def metrics(self):
        """Return the page of its metrics."""
        url = f"{self._health}/metrics"
        with urllib.request.urlopen(url, timeout=10) as page:  # noqa: S310 - ours, on the loopback
            return page.read().decode()

    def metric(self, name):
        """Return the sum of a metric over its labels."""
        lines = self.metrics().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    @property
    def state(self):
        """The process's state as the system tells it: R, S, T for stopped..."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0]

    def kill(self):
        """End it without a word: kill -9."""
        self.process.kill()
        self._gone()

    def stop(self):
        """Ask it to stop; return its exit code."""
        self.process.terminate()
        return self._gone()

    def _gone(self):
        try:
            return self.process.wait(120)
        finally:
            self.process.kill()
            self.process.stdout.close()


class Flow:
    """A context: what was started in it is gone after it.

    By default it is about the monitor with the toy book; `Forwarding` is about another role.
    """

    command = (str(TOYS / "toy_monitor.py"),)
    group, source, outputs, id_field = "monitor", "journal", ("decisions", "alerts"), "id"

    def __init__(self, settings, log_dir):
        self.settings = settings
        self.fed = 0
        self._log_dir = log_dir
        self._workers = []
        self._feeders = []
        self._enough = threading.Event()
        create(settings)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._enough.set()
        for feeder in self._feeders:
            feeder.join()
        for worker in self._workers:
            worker.kill()

    def worker(self, name="a", *plants, static=True):
        """Start a worker, by default as a static member of its name."""
        settings = replace(self.settings, instance=name if static else "")
        log_file = self._log_dir / f"{name}.log"
        self._workers.append(Worker([*self.command, *plants], settings, log_file))
        return self._workers[-1]

    def feed(self, total, borrowers=200):
        """Append records to the source, and wait until they are there."""
        self._append(events(total, borrowers, start=self.fed), per_s=None)
        self.fed += total

    @contextlib.contextmanager
    def feeding(self, per_s=2_000, borrowers=200):
        """Append records while the block runs, and wait for the last one at its end."""
        endless = events(10**9, borrowers, start=self.fed)
        feeder = threading.Thread(target=self._append, args=[endless, per_s])
        self._feeders.append(feeder)
        feeder.start()
        try:
            yield
        finally:
            self._enough.set()
            feeder.join()

    def _append(self, records, per_s):
        producer = Producer(producer_config(self.settings))
        topic = named(self.settings, self.source)
        began, count = time.monotonic(), 0
        for key, value in records:
            if per_s and self._enough.is_set():
                break
            producer.produce(topic, key=key, value=value)
            count += 1
            if count % 100 == 0:
                producer.poll(0)
                if per_s:
                    time.sleep(max(0.0, count / per_s - (time.monotonic() - began)))
        assert producer.flush(60) == 0
        if per_s:
            self.fed += count

    def cut(self):
        """Delete all records of the source, as retention would."""
        topic = named(self.settings, self.source)
        parts = [TopicPartition(topic, n, OFFSET_END) for n in range(self.settings.partitions)]
        admin = AdminClient(kafka_config(self.settings))  # kept: its end would end the answers
        for answer in admin.delete_records(parts).values():
            answer.result(30)

    def log(self, name):
        """Return what the workers of a name have logged."""
        return (self._log_dir / f"{name}.log").read_text()

    def saved(self):
        """Return the group's offset of each partition of the source, and where it ends."""
        consumer = Consumer(consumer_config(self.settings, self.group))
        source = named(self.settings, self.source)
        try:
            parts = [TopicPartition(source, n) for n in range(self.settings.partitions)]
            done = consumer.committed(parts, timeout=10)
            ends = [watermarks(consumer, source, part.partition)[1] for part in parts]
        finally:
            consumer.close()
        return [max(0, part.offset) for part in done], ends

    def drain(self, within_s=120.0):
        """Wait until every record of the source is done, and the group says so."""

        def drained():
            done, ends = self.saved()
            return done == ends and sum(ends) >= self.fed

        until(drained, within_s, every_s=0.3)

    def book(self, _number):
        """Return what a partition is folded into."""
        return ToyBook()

    def expected(self):
        """Fold the journal without a worker: (topic, key, value) by partition, topic by topic."""
        folded = {}
        for number in range(self.settings.partitions):
            book = self.book(number)
            outputs = [
                output[:3]
                for record in read_partition(self.settings, "journal", number)
                for output in book.fold(record.key, record.value)
                if output.topic in self.outputs
            ]
            folded[number] = sorted(outputs, key=lambda output: self.outputs.index(output[0]))
        return folded

    def published(self, isolation=READ_COMMITTED):
        """Return what is in the output topics: (topic, key, value) by partition."""
        return {
            number: [
                (topic, record.key, record.value)
                for topic in self.outputs
                for record in read_partition(self.settings, topic, number, isolation)
            ]
            for number in range(self.settings.partitions)
        }

    def outsider(self, isolation=READ_COMMITTED):
        """Return what a reader that knows nothing of us finds in `alerts`."""
        command = [str(HERE / "outsider.py"), self.settings.kafka_bootstrap]
        topic = named(self.settings, "alerts")
        done = subprocess.run(
            [sys.executable, "-I", *command, topic, self.id_field, isolation],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return json.loads(done.stdout)

    def findings(self):
        """Compare what was published with what should have been; no findings, all is well."""
        wanted, published = self.expected(), self.published()
        seen, due = (
            Counter(output for each in side.values() for output in each)
            for side in (published, wanted)
        )
        outside = self.outsider()
        found = {
            "lost": sum((due - seen).values()),
            "doubled or wrong": sum((seen - due).values()),
            "nothing expected": int(not due),
            "order": sum(published[n] != wanted[n] for n in wanted) if seen == due else 0,
            "ids seen twice": outside["alerts"] - outside["unique"],
        }
        return {what: count for what, count in found.items() if count}
