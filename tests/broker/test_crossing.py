"""Crossing on a real Kafka: dead feeds, broken files, and snapshots that come back."""

import os
import signal
from dataclasses import replace

import msgspec
import pytest

from schemas import crossing
from schemas.control import FeedSpec, SourcesBody
from schemas.crossing import MembersTold, SegmentMembers, lane_of
from schemas.instants import DAY_MS, HOUR_MS, from_ms
from schemas.journal import DateVerified, SegmentTiers, Tick
from stream.demo.stage import prepare, put_in_force
from stream.journal.log_reading import read_partition
from stream.roles import Role
from stream.settings import Settings
from tests.broker.sources import Sources, until
from tests.intake.sample import MONEY, record

pytestmark = pytest.mark.broker

ACQUIRERS = tuple(f"acq{n}" for n in range(5))
DEAD, FILES = "acq3", "files"
POS = "pos_clearing"


class Feeds(Sources):
    """Acquirers that live on the input clock, which begins ten days ago."""

    def __init__(self, settings: Settings, log_file):
        prepare(settings)
        super().__init__(settings, log_file)
        self.start_ms = (self.now_ms // DAY_MS - 10) * DAY_MS
        streams = [FeedSpec(source=name, stream=POS, silent_after_min=1440) for name in ACQUIRERS]
        files = FeedSpec(source=FILES, stream=POS, kind="file", silent_after_min=14 * 1440)
        put_in_force(settings, SourcesBody(feeds=(*streams, files)))
        for n, name in enumerate((*ACQUIRERS, FILES)):
            link = {"token": f"mer_{n}", "borrower_id": f"brw_{n}", "relation": "MERCHANT"}
            raw = record("party_link.v1", link, at_ms=self.start_ms, record_id=f"l-{name}")
            self.send("references", raw, key=f"party_link:mer_{n}:brw_{n}")
        self.flush()

    def at(self, days):
        return self.start_ms + round(days * DAY_MS)

    def sale(self, days, n, source, record_id):
        data = {
            "txn_type": "SALE",
            "merchant_id": f"mer_{n}",
            "amount_gross": MONEY,
            "idempotency_key": record_id,
        }
        at_ms = self.at(days)
        raw = record("pos_clearing.v1", data, at_ms=at_ms, record_id=record_id, source=source)
        self.send("pos-clearing", raw, key=f"mer_{n}")

    def everywhere(self, record_type, days, data, source):
        raw = record(record_type, data, at_ms=self.at(days), record_id="feed", source=source)
        for partition in range(self.settings.partitions):
            self.send("pos-clearing", raw, partition=partition)

    def close(self, days, count, on=None):
        """Say of a date what there was, in every partition but those left out."""
        sums = [MONEY | {"amount_minor": MONEY["amount_minor"] * count}]
        date = from_ms(self.at(days)).date().isoformat()
        data = {"stream": POS, "business_date": date, "count": count, "sums": sums}
        self.everywhere("business_date_closed.v1", days + 1 if on is None else on, data, FILES)

    def reach(self, days, living=ACQUIRERS):
        """Let the living be heard and the input clock go on; wait until it has."""
        for name in living:
            self.everywhere("heartbeat.v1", days, {}, name)
        self.clocks(self.at(days))
        until(lambda: len(self.ticked(self.at(days))) == self.settings.partitions)

    def ticked(self, at_ms):
        return {
            p for p, each in self.journal() if isinstance(each, Tick) and each.input_at_ms == at_ms
        }

    def verdicts(self):
        """The verdicts in each partition of the journal, each once, in order."""
        found = {}
        for partition, each in self.journal():
            if isinstance(each, DateVerified):
                found.setdefault(partition, {})[each.version] = (each.ok, each.applied.count)
        return [list(of.values()) for _, of in sorted(found.items())]

    def health(self):
        """Kind, subject and whether it is over, as published, in order."""
        found = [
            msgspec.json.decode(each.value)
            for number in range(self.settings.partitions)
            for each in read_partition(self.settings, "health", number)
        ]
        return [(each["kind"], each["subject"], each.get("ended", False)) for each in found]


@pytest.fixture
def feeds(settings, tmp_path):
    return Feeds(replace(settings, data_dir=tmp_path), tmp_path / "roles.log")


def last_tick(feeds):
    return [each for p, each in feeds.journal() if p == 0 and isinstance(each, Tick)][-1]


def test_one_dead_acquirer_of_five_is_told_once_and_the_others_go_on(feeds):
    living = tuple(name for name in ACQUIRERS if name != DEAD)
    with feeds.house(*Role):
        for n, name in enumerate(ACQUIRERS):
            feeds.sale(0, n, name, f"first-{name}")
        feeds.reach(0.1)
        for days in (1, 3, 6):
            feeds.reach(days, living)
        until(lambda: feeds.health() == [("source_silent", DEAD, False)])
        marks = last_tick(feeds).watermarks
        assert marks[f"{DEAD}/{POS}"] == feeds.at(0.1)
        assert {marks[f"{name}/{POS}"] for name in living} == {feeds.at(6)}

        for n in range(6):
            feeds.sale(n + 0.5, 3, DEAD, f"filled-{n}")
        feeds.reach(6.5)
        until(lambda: len(feeds.health()) == 2)

    assert feeds.health()[1] == ("source_silent", DEAD, True)
    assert last_tick(feeds).watermarks[f"{DEAD}/{POS}"] == feeds.at(6.5)


def test_a_broken_file_is_not_believed_until_the_rest_of_it_has_come(feeds):
    with feeds.house(*Role) as house:
        for n in range(3):
            feeds.sale(1.5, 5, FILES, f"s{n}")
        feeds.close(1, count=4)
        feeds.reach(2.1)
        until(lambda: feeds.verdicts() == [[(False, 3)]] * 4)
        os.kill(house.pids[Role.CROSSING], signal.SIGKILL)

        feeds.sale(1.5, 5, FILES, "s3")
        feeds.reach(2.2)
        until(lambda: not house.tend() and Role.CROSSING in house.health)
        until(lambda: feeds.verdicts() == [[(False, 3), (True, 4)]] * 4)
        until(lambda: len(feeds.health()) == 2)

    date = from_ms(feeds.at(1)).date().isoformat()
    subject = f"{FILES}/{POS}/{date}"
    assert feeds.health() == [("broken_totals", subject, False), ("broken_totals", subject, True)]


def test_what_waits_for_its_party_is_not_read_yet(feeds):
    with feeds.house(Role.INGEST, Role.TICKER):
        feeds.sale(0.5, 99, "acq0", "stranger")
        feeds.reach(1)
        until(lambda: last_tick(feeds).held == {f"acq0/{POS}": feeds.at(0.5)})
        held = [each.held for p, each in feeds.journal() if p == 0 and isinstance(each, Tick)]

        link = {"token": "mer_99", "borrower_id": "brw_99", "relation": "MERCHANT"}
        raw = record("party_link.v1", link, at_ms=feeds.start_ms, record_id="l-99")
        feeds.send("references", raw, key="party_link:mer_99:brw_99")
        feeds.flush()
        until(lambda: last_tick(feeds).held == {})

    of_acq0 = [each.get(f"acq0/{POS}", 0) for each in held if each]
    assert all(at_ms <= feeds.at(0.5) for at_ms in of_acq0)
    assert feeds.at(0.5) > HOUR_MS


def raised(partition, hour_ms, count):
    """What a partition tells of a segment: so many of its ten members came to moderate."""
    day = from_ms(hour_ms).date()
    segment = SegmentMembers(members=10, raised={day: count})
    return MembersTold(
        lane=lane_of("food"),
        partition=partition,
        day=day,
        at_ms=hour_ms,
        segments={"food": segment},
    )


def test_a_snapshot_comes_back_into_every_partition_and_again_after_a_crash(settings, tmp_path):
    sources = Sources(replace(settings, data_dir=tmp_path), tmp_path / "roles.log")
    partitions = range(settings.partitions)

    def tell(hour, counts):
        for partition, count in zip(partitions, counts, strict=False):
            told = raised(partition, hour * HOUR_MS, count)
            sources.send("crossings", crossing.encode(told), key=crossing.key_of(told))
        sources.flush()

    def answers():
        found = [[] for _ in partitions]
        for partition, each in sources.journal():
            if isinstance(each, SegmentTiers):
                found[partition].append((each.version // HOUR_MS, each.members, each.raised))
        return found

    with sources.house(Role.CROSSING) as house:
        tell(500_000, [1] * settings.partitions)
        first = (500_000, 10 * settings.partitions, settings.partitions)
        until(lambda: answers() == [[first]] * settings.partitions)

        tell(500_001, [2] * (settings.partitions - 1))
        os.kill(house.pids[Role.CROSSING], signal.SIGKILL)
        until(lambda: not house.tend() and not house.health)
        house.wait_ready()
        tell(500_001, [2] * settings.partitions)
        last = (500_001, 10 * settings.partitions, 2 * settings.partitions)
        until(lambda: all(each[-1:] == [last] for each in answers()))

    assert all(set(each) == {first, last} for each in answers())
    assert len({tuple(each) for each in answers()}) == 1
