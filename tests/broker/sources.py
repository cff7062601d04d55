"""What sources do in the tests of ingest, and where what they sent ended up."""

import contextlib
import dataclasses
import time
from collections import Counter

import msgspec
from confluent_kafka import Producer

from schemas import journal
from schemas.dead_letter import DeadLetter
from schemas.instants import wire
from schemas.topics import STREAM_TOPICS
from stream import clock
from stream.commands.up import House
from stream.intake.waiting import read_stamp
from stream.journal.clients import named, producer_config
from stream.journal.follow import read_to_end
from stream.journal.topic_admin import create
from tests.intake.sample import CONTRACT, REPAYMENT, record

BORROWERS = 50


def until(condition, within_s=60.0):
    """Wait for a condition; return what it returned."""
    end = time.monotonic() + within_s
    while not (result := condition()):
        assert time.monotonic() < end, f"not within {within_s:g} s"
        time.sleep(0.1)
    return result


class Sources:
    """Topics of one test's own, a producer, and readers of what came of it."""

    def __init__(self, settings, log_file):
        self.settings = settings
        self.now_ms = clock.now_ms()
        self._log_file = log_file
        self._producer = Producer(producer_config(settings))
        create(settings)

    @contextlib.contextmanager
    def house(self, *roles, name="a"):
        """Run some roles, one process each, until the block ends."""
        settings = dataclasses.replace(self.settings, instance=name)
        with (
            self._log_file.open("ab") as log,
            House(roles, settings, log_to=log.fileno()) as house,
        ):
            house.wait_ready()
            yield house

    def send(self, topic, value, *, key=None, partition=-1, headers=()):
        """Send one record."""
        name = named(self.settings, topic)
        self._producer.produce(
            name, key=key, value=value, partition=partition, headers=list(headers)
        )
        self._producer.poll(0)

    def flush(self):
        """Wait until the broker has all of it."""
        assert self._producer.flush(30) == 0

    def contract(self, n, borrower_id):
        """Send a contract for loan n."""
        data = CONTRACT | {"loan_id": f"ln_{n}", "borrower_id": borrower_id}
        data["disbursed_at"] = wire(self.now_ms)
        raw = record("loan_contract.v1", data, at_ms=self.now_ms, record_id=f"c{n}")
        self.send("references", raw, key=f"loan_contract:ln_{n}")

    def contracts(self, numbers=range(BORROWERS)):
        """Send a contract for each loan of these numbers, with the borrower of that number."""
        for n in numbers:
            self.contract(n, f"brw_{n}")
        self.flush()

    def repayment(self, n, loan=None):
        """Return the n-th repayment and its loan."""
        loan_id = f"ln_{n % BORROWERS}" if loan is None else loan
        data = REPAYMENT | {"loan_id": loan_id, "payment_ref": f"p{n}"}
        return record("repayment.v1", data, at_ms=self.now_ms, record_id=f"e{n}"), loan_id

    def repayments(self, numbers, loan=None):
        """Send repayments; return their ids."""
        for n in numbers:
            raw, loan_id = self.repayment(n, loan)
            self.send("repayments", raw, key=loan_id)
        self.flush()
        return {f"e{n}" for n in numbers}

    def clocks(self, at_ms):
        """Send a clock record into every partition of the three streams."""
        raw = record("clock.v1", {}, at_ms=at_ms, record_id="clock")
        for topic in STREAM_TOPICS:
            for partition in range(self.settings.partitions):
                self.send(topic, raw, partition=partition)
        self.flush()

    def journal(self):
        """Return (partition, record) of the journal, in order within a partition."""
        return [
            (message.partition(), journal.decode(message.value()))
            for message in read_to_end(self.settings, "journal", "test")
        ]

    def events(self):
        """Count the ids of the events in the journal."""
        return Counter(each.event_id for _, each in self.journal() if hasattr(each, "event_id"))

    def letters(self):
        """Return the dead letters by id: sent twice they are the same."""
        messages = read_to_end(self.settings, "dead-letters", "test")
        letters = [msgspec.json.decode(each.value(), type=DeadLetter) for each in messages]
        return {each.letter_id: each for each in letters}

    def unresolved(self):
        """Return where the events stood that wait or have waited."""
        messages = read_to_end(self.settings, "unresolved", "test")
        return {read_stamp(each.headers())[0].offset for each in messages}
