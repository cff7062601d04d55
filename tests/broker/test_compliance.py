"""The compliance feed on a real Kafka: one sequence, exactly once, through kills and zombies."""

import itertools
import json
import signal
import threading
import time
from collections import defaultdict
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Consumer, Producer

from schemas.compliance import FeedEntry
from schemas.instants import parse
from schemas.signing import load_private_key, load_trust
from stream.compliance.export import file_of, keys_of
from stream.compliance.fold import DECISIONS, Feed
from stream.compliance.log import House
from stream.compliance.pseudonyms import pseudonym
from stream.compliance.state import State
from stream.journal.clients import consumer_config, named, producer_config
from stream.journal.log_reading import read_partition, watermarks
from stream.journal.topic_admin import create
from stream.record.heads import HeadSigner
from stream.record.verify import verify
from stream.sources.keys import make_trial_keys
from tests.broker.flow import STOPPED, Worker, until
from tests.compliance.world import tier, warning

pytestmark = pytest.mark.broker

COMMAND = str(Path(__file__).with_name("compliance_worker.py"))
MOVES = [("none", "mild"), ("mild", "severe"), ("severe", "moderate"), ("moderate", "none")]


class Feeding:
    """Decisions of many borrowers over all partitions, and the feed that comes of them."""

    def __init__(self, settings, folder):
        self.settings = settings
        self.folder = folder
        self.sent = defaultdict(list)
        self.workers = []
        create(settings)
        make_trial_keys(settings.data_dir / "keys", settings.trust_file)
        options = {"transactional.id": named(settings, "test-monitor")}
        self._producer = Producer(producer_config(settings) | options)
        self._producer.init_transactions(30)
        self._count = itertools.count()

    def worker(self, name="a", *plants):
        settings = replace(self.settings, instance=name)
        worker = Worker([COMMAND, *plants], settings, self.folder / f"{name}.log")
        self.workers.append(worker)
        return worker

    def send(self, transactions, borrowers=40):
        """Write transactions of ten decisions each, every fourth of them aborted."""
        for _ in range(transactions):
            number = next(self._count)
            self._producer.begin_transaction()
            batch = [self._decision(number, n, borrowers) for n in range(10)]
            for borrower, _, value in batch:
                self._producer.produce(
                    named(self.settings, DECISIONS),
                    key=borrower.encode(),
                    value=value,
                    partition=place(borrower, self.settings.partitions),
                )
            if number % 4 == 3:
                self._producer.flush()
                self._producer.abort_transaction()
                continue
            self._producer.commit_transaction()
            for borrower, decided, _ in batch:
                self.sent[borrower].append(decided)

    def publish(self, decided):
        """Write one decision more."""
        self._producer.begin_transaction()
        name, value = named(self.settings, DECISIONS), msgspec.json.encode(decided)
        self._producer.produce(name, key=decided.subject_id.encode(), value=value, partition=0)
        self._producer.commit_transaction()

    def _decision(self, number, n, borrowers):
        borrower, ordinal = f"brw_{(number * 7 + n) % borrowers}", number * 10 + n
        decided = tier(borrower, ordinal, 1 + ordinal / 3600, *MOVES[ordinal % 4])
        return borrower, decided, msgspec.json.encode(decided)

    def feeding(self, stop, per_s=40):
        """Send until told to stop."""

        def go():
            while not stop.is_set():
                self.send(1)
                time.sleep(1 / per_s)

        thread = threading.Thread(target=go)
        thread.start()
        return thread

    def suspect(self, count):
        """Write restricted decisions, spread over the partitions."""
        self._producer.begin_transaction()
        for _ in range(count):
            number = next(self._count)
            decided = warning(f"brw_{number % 7}", number, 1, "F17")
            self._producer.produce(
                named(self.settings, "decisions-restricted"),
                key=decided.subject_id.encode(),
                value=msgspec.json.encode(decided),
                partition=number % self.settings.partitions,
            )
        self._producer.commit_transaction()

    def entries(self, suffix=""):
        return [
            msgspec.json.decode(each.value, type=FeedEntry)
            for each in read_partition(self.settings, f"compliance-feed{suffix}", 0)
        ]

    def raw(self, topic, partition=0):
        return [each.value for each in read_partition(self.settings, topic, partition)]

    def state(self):
        state = State()
        for each in read_partition(self.settings, "compliance-state", 0):
            state.restore(each.key, each.value)
        return state

    def expected(self):
        return sum(len(each) for each in self.sent.values())

    def changes(self):
        return [each.record for each in self.entries() if each.record.kind == "TIER_CHANGE"]

    def drain(self):
        until(lambda: len(self.changes()) >= self.expected(), every_s=0.5)

    def folded(self, entries):
        """The feed again: what was sent, in the order that the feed recorded, with its keys."""
        subjects = dict(self.state().subjects.items())
        keys = iter([])
        by_origin = {
            f"TIER_CHANGE/{pseudonym(subjects[borrower].key, borrower)}/{decided.ordinal}": decided
            for borrower, of in self.sent.items()
            for decided in of
        }
        feed = self._empty_feed(lambda: next(keys))
        offsets = itertools.count()
        for entry in entries:
            decided = by_origin.get(entry.record.record_id)
            if decided is not None:
                keys = iter([subjects[decided.subject_id].key])
                now_ms = parse(entry.record.logged_at)
                feed.take(DECISIONS, 0, next(offsets), msgspec.json.encode(decided), now_ms)
        return [each for each in feed.messages() if each.topic == "compliance-feed"]

    def _empty_feed(self, new_key):
        settings = self.settings
        key = load_private_key(settings.record_key_file.read_bytes())
        signer = HeadSigner(key, settings.tenant)
        house = House(settings.tenant, settings.jurisdiction, signer, new_key)
        trust = load_trust(settings.trust_file.read_bytes())
        return Feed(house, trust, partitions=settings.partitions)

    def check(self):
        """Sequence without a gap, nothing twice, order by subject, feed equal to its fold."""
        self.drain()
        entries, heads = self.entries(), [json.loads(each) for each in self.raw("compliance-heads")]
        records = [each.record for each in entries]
        assert [each.seq for each in records] == list(range(1, len(records) + 1))
        assert len({each.record_id for each in records}) == len(records)
        assert len(self.changes()) == self.expected()

        subjects = dict(self.state().subjects.items())
        for borrower, decided in self.sent.items():
            name = pseudonym(subjects[borrower].key, borrower)
            mine = [each for each in self.changes() if each.subject == name]
            assert [each.as_of for each in mine] == [each.at for each in decided]

        assert [each.value for each in self.folded(entries)] == self.raw("compliance-feed")
        lines = file_of(entries, keys_of(self.state())).splitlines()
        report = verify(lines, heads, heads)
        assert report.findings == []
        assert report.proved == len(records) // 64 * 64
        return records


class Outside:
    """All that those can see of a worker who may not know of the restricted lane."""

    TOPICS = ("compliance-feed", "compliance-heads", "compliance-state", "health")
    QUIET = ("loanwatch_up_seconds", "loanwatch_loop", "python_", "process_", "#")

    def __init__(self, feeding, worker):
        settings = feeding.settings
        consumer = Consumer(consumer_config(settings, "no-group"))
        self.ends = {
            (topic, number): watermarks(consumer, named(settings, topic), number)[1]
            for topic in self.TOPICS
            for number in range(1 if topic != "health" else settings.partitions)
        }
        consumer.close()
        self.log = (feeding.folder / "a.log").read_text()
        self.metrics = [
            line for line in worker.metrics().splitlines() if not line.startswith(self.QUIET)
        ]


def place(borrower, partitions):
    return sha256(borrower.encode()).digest()[0] % partitions


@pytest.fixture
def feeding(settings, tmp_path):
    feeding = Feeding(replace(settings, data_dir=tmp_path), tmp_path)
    yield feeding
    for worker in feeding.workers:
        worker.kill()


def test_all_partitions_become_one_sequence(feeding):
    feeding.send(12)
    worker = feeding.worker()
    records = feeding.check()

    assert worker.stop() == 0
    assert len(records) > feeding.expected() > 80


def test_killed_at_random_the_feed_has_no_gap_and_nothing_twice(feeding):
    stop = threading.Event()
    sender = feeding.feeding(stop)
    try:
        for pause_s in (0.3, 1.1, 0.05, 0.7, 0.2):
            worker = feeding.worker()
            worker.wait_ready()
            count = len(feeding.entries())
            until(lambda count=count: len(feeding.entries()) > count)
            time.sleep(pause_s)
            worker.kill()
    finally:
        stop.set()
        sender.join()
    feeding.worker()

    assert len(feeding.check()) > 200


def test_killed_inside_its_commits_the_feed_has_no_gap_and_nothing_twice(feeding):
    stop = threading.Event()
    sender = feeding.feeding(stop)
    try:
        for _ in range(4):
            worker = feeding.worker("a", "die-in-commit")
            worker.process.wait(120)
    finally:
        stop.set()
        sender.join()
    feeding.worker()

    feeding.check()


def test_a_zombie_in_its_commit_is_fenced(feeding):
    stop = threading.Event()
    sender = feeding.feeding(stop)
    try:
        zombie = feeding.worker("a", "stop-in-commit")
        zombie.wait_ready()
        heir = feeding.worker("b")
        until(lambda: zombie.state == STOPPED)
        count = len(feeding.entries())
        heir.wait_ready()
        until(lambda: len(feeding.entries()) > count + 50)
        zombie.process.send_signal(signal.SIGCONT)
        until(lambda: zombie.metric("loanwatch_fences_total"))
    finally:
        stop.set()
        sender.join()

    feeding.check()


def test_the_restricted_lane_has_a_log_of_its_own_of_which_nobody_hears(feeding):
    """Not by a record, an offset, a number or a line: and over a kill it goes on without a gap."""
    feeding.send(4)
    worker = feeding.worker()
    worker.wait_ready()
    feeding.drain()
    before = quiet(feeding, worker)
    feeding.suspect(60)
    until(lambda: len(feeding.entries("-restricted")) == 60)
    assert vars(quiet(feeding, worker)) == vars(before)

    worker.kill()
    feeding.suspect(40)
    feeding.worker()
    until(lambda: len(feeding.entries("-restricted")) == 100)
    records = [each.record for each in feeding.entries("-restricted")]
    assert [each.seq for each in records] == list(range(1, 101))
    assert len({each.record_id for each in records}) == 100
    feeding.check()


def quiet(feeding, worker):
    """What can be seen from outside, once it does not change any more."""
    last = [Outside(feeding, worker)]

    def rests():
        last.append(Outside(feeding, worker))
        return vars(last[-1]) == vars(last[-2])

    until(rests, every_s=1)
    return last[-1]


def test_without_fencing_a_zombie_writes_what_its_heir_has_written(feeding):
    """A planted bug: the comparison above would see it."""
    stop = threading.Event()
    sender = feeding.feeding(stop)
    try:
        zombie = feeding.worker("a", "without-fencing", "stop-in-commit")
        zombie.wait_ready()
        until(lambda: zombie.state == STOPPED)
        heir = feeding.worker("b", "without-fencing")
        heir.wait_ready()
        until(lambda: heir.metric("loanwatch_compliance_records_total"))
        zombie.process.send_signal(signal.SIGCONT)
        until(lambda: len(feeding.entries()) > 100)
    finally:
        stop.set()
        sender.join()

    seqs = [each.record.seq for each in feeding.entries()]
    assert len(seqs) > len(set(seqs))
