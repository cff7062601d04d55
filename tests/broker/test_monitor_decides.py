"""The monitor as it is shipped, with the real step, on a simulated book of loans."""

import base64
import datetime
import threading
from dataclasses import replace

import msgspec
import pytest
from confluent_kafka import Producer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.control import Clock, ControlPayload, GoLiveBody, RuleSetBody, subject_of
from schemas.dead_letter import Origin
from schemas.instants import from_ms
from schemas.signing import Right, Signed, Trust, TrustedKey, sign
from stream import clock
from stream.decide import Book
from stream.journal.clients import named, producer_config
from stream.journal.reader import BROADCAST_KEYS
from stream.replay.files import FileJournal
from stream.replay.tally import Tally
from stream.sources.records import line
from stream.sources.simulator.book import Book as Simulated
from tests.broker.flow import ROOT, Flow, until

pytestmark = pytest.mark.broker

KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode() * 32) for name in "ab"}
TRUST = Trust(
    keys=tuple(
        TrustedKey(
            key_id=name,
            signer=name,
            public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
            rights=(Right.CONTROL,),
        )
        for name, key in KEYS.items()
    )
)
PACK = ROOT / "rules" / "packs" / "postloan.ewl"


def signed(body, record_id):
    payload = ControlPayload(
        record_id=record_id,
        subject=subject_of(body),
        supersedes=None,
        author="a",
        approver="b",
        issued_at=from_ms(0),
        body=body,
    )
    text = msgspec.json.encode(payload).decode()
    return Signed(
        payload=text, signatures=tuple(sign(text, key_id=n, key=key) for n, key in KEYS.items())
    )


def journal_records(borrowers, days):
    """Rules, go-live, then the events of a simulated book as journal records."""
    records = []
    made = FileJournal(
        lambda key, value: records.append((key, value)), Tally(), wall_now_ms=clock.now_ms()
    )
    rules = RuleSetBody(files={"postloan.ewl": PACK.read_text(encoding="utf-8")})
    made.control(signed(rules, "rules-1"))
    made.control(signed(GoLiveBody(clock=Clock.INPUT), "live-1"))
    book = Simulated(seed=7, borrowers=borrowers, days=days, start=datetime.date(2026, 1, 5))
    for number, record in enumerate(book.records()):
        origin = Origin(topic="file", partition=0, offset=number)
        made.line(line(record, record.type), origin)
    return records


class Deciding(Flow):
    """The shipped worker; the journal is written as ingest and ticker would."""

    command = ("-m", "stream.cli", "worker", "monitor")
    outputs = ("decisions", "alerts", "tier-changes", "health", "dead-letters")
    id_field = "alert_id"

    def book(self, number):
        partitions = self.settings.partitions
        return Book(TRUST, speaks=number == 0, partition=number, partitions=partitions)

    def write(self, records):
        producer = Producer(producer_config(self.settings))
        topic = named(self.settings, "journal")
        for count, (key, value) in enumerate(records):
            copies = range(self.settings.partitions) if key in BROADCAST_KEYS else [-1]
            for partition in copies:
                producer.produce(topic, key=key, value=value, partition=partition)
                self.fed += 1
            if count % 100 == 0:
                producer.poll(0.01)
        assert producer.flush(60) == 0


@pytest.fixture
def flow(settings, tmp_path):
    trust = tmp_path / "trust.json"
    trust.write_bytes(msgspec.json.encode(TRUST))
    with Deciding(replace(settings, trust=trust), tmp_path) as flow:
        yield flow


def test_what_workers_publish_through_kills_is_what_the_journal_folds_to(flow):
    records = journal_records(borrowers=40, days=30)
    writer = threading.Thread(target=flow.write, args=[records])
    writer.start()
    first = flow.worker("a")
    first.wait_ready()
    until(lambda: first.metric("loanwatch_checkpoint_seconds_count") > 8)
    first.kill()
    flow.worker("b")
    second = flow.worker("a")
    second.wait_ready()
    writer.join()
    flow.drain()

    assert flow.outsider()["alerts"] > 10
    assert second.metric("loanwatch_alerts_total") > 0
    assert flow.findings() == {}
