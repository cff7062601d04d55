"""What is told when: nothing is closed before Kafka has it, and clocks come last."""

import asyncio
from datetime import date

import pytest
from faust.types import TP

from schemas import journal
from schemas.dead_letter import Origin
from schemas.feed import BusinessDateClosed
from stream.intake import progress
from stream.intake.outcomes import Admitted, Alive, Clock, Closed, Heard, Unresolved
from stream.roles.ingest.hand_on import HandOn

TP_0 = TP("x-repayments", 0)
ORIGIN = Origin(topic="repayments", partition=0, offset=7)
SAID = BusinessDateClosed(stream="repayment", business_date=date(2026, 1, 5), count=2)
TAKEN = Admitted(((b"brw_1", b"one"), (b"brw_2", b"two")))


class Batch:
    """A batch whose records are taken when the test says so."""

    def __init__(self):
        self.sent = []
        self._taken = asyncio.Event()

    def send(self, topic, key, value, **_options):
        self.sent.append((topic, key, value))

    async def acknowledged(self):
        await self._taken.wait()
        self._taken.clear()

    async def take(self):
        """Say that Kafka has all of it, and let everybody react."""
        self._taken.set()
        await turns()


class Appender:
    """Makes batches, and has nothing to hear."""

    def batch(self):
        return Batch()

    async def room(self):
        pass

    def hear(self):
        pass


class Handover:
    """Counts how often it is done."""

    def __init__(self):
        self.times = 0

    def done(self):
        self.times += 1


async def turns():
    for _ in range(5):
        await asyncio.sleep(0)


async def parcel_of(hand_on, *outcomes):
    parcel = await hand_on.parcel("repayments", 0)
    for outcome in outcomes:
        parcel.put(outcome, b"raw", ORIGIN, 1_000)
    return parcel


async def ends():
    return (3, 0)


def run(scenario):
    asyncio.run(scenario(HandOn(Appender(), ends)))


@pytest.mark.parametrize(
    ("outcome", "sent"),
    [
        pytest.param(
            TAKEN, [("journal", b"brw_1", b"one"), ("journal", b"brw_2", b"two")], id="admitted"
        ),
        pytest.param(
            Unresolved("acc_1", "$", "e1"), [("unresolved", b"acc_1", b"raw")], id="unresolved"
        ),
        pytest.param(Heard(), [], id="heard"),
        pytest.param(Clock("core", 5), [], id="a clock is not sent with the others"),
        pytest.param(Alive("core", 5), [], id="nor a heartbeat"),
        pytest.param(Closed("core", SAID), [], id="nor a closed date"),
    ],
)
def test_what_became_of_a_record_goes_where_it_belongs(outcome, sent):
    async def scenario(hand_on):
        assert (await parcel_of(hand_on, outcome)).batch.sent == sent

    run(scenario)


def test_a_chunk_is_closed_when_kafka_has_all_of_it():
    async def scenario(hand_on):
        parcel, handover = await parcel_of(hand_on, TAKEN), Handover()
        hand_on.close(TP_0, parcel, handover)
        await turns()
        assert handover.times == 0

        await parcel.batch.take()
        assert handover.times == 1

    run(scenario)


def test_a_clock_is_told_after_what_came_before_it_and_closed_when_it_is_taken():
    async def scenario(hand_on):
        parcel, handover = (
            await parcel_of(hand_on, TAKEN, Clock("core", 9), Clock("core", 5)),
            Handover(),
        )
        hand_on.close(TP_0, parcel, handover)
        await turns()
        assert len(parcel.batch.sent) == 2

        await parcel.batch.take()
        topic, key, value = parcel.batch.sent[-1]
        assert (topic, key) == ("source-progress", b"core:repayment:repayments:0:clock")
        told = progress.decode(value)
        assert (told.clock_at_ms, told.after) == (9, (3, 0))
        assert handover.times == 0

        await parcel.batch.take()
        assert handover.times == 1

    run(scenario)


def test_clocks_come_after_heartbeats_and_closed_dates_so_that_none_is_ahead_of_them():
    async def scenario(hand_on):
        parcel = await parcel_of(
            hand_on, Clock("core", 9), Closed("core", SAID), Alive("core", 8), Alive("core", 7)
        )
        hand_on.close(TP_0, parcel, Handover())
        await turns()
        await parcel.batch.take()

        told = [progress.decode(value) for _, _, value in parcel.batch.sent]
        assert [each.key.rpartition(":")[2] for each in told] == ["alive", "closed", "clock"]
        assert (told[0].alive_at_ms, told[1].closed) == (8, date(2026, 1, 5))

    run(scenario)


def test_what_waits_is_told_after_the_rest_is_handed_on_as_it_is_then():
    async def scenario(hand_on):
        parcel, said = await parcel_of(hand_on, TAKEN), []
        parcel.hold(lambda: said.append(1) or progress.Held(partition=0, read=7))
        hand_on.close(TP_0, parcel, Handover())
        await turns()
        assert said == []

        await parcel.batch.take()
        topic, key, value = parcel.batch.sent[-1]
        assert (topic, key) == ("source-progress", b"unresolved:0")
        assert progress.decode(value).read == 7

    run(scenario)


def test_a_closed_date_is_told_to_every_partition_of_the_journal():
    async def scenario(hand_on):
        parcel = await parcel_of(hand_on)
        parcel.claim(Closed("core", SAID), arrived_ms=1_000, partitions=3)

        assert [(topic, key) for topic, key, _ in parcel.batch.sent] == [("journal", b"#feed")] * 3
        claim = journal.decode(parcel.batch.sent[0][2])
        assert (claim.source, claim.business_date, claim.totals.count) == (
            "core",
            date(2026, 1, 5),
            2,
        )

    run(scenario)


def test_a_later_chunk_is_not_closed_before_an_earlier_one():
    async def scenario(hand_on):
        earlier, later = await parcel_of(hand_on, TAKEN), await parcel_of(hand_on, Clock("core", 9))
        handover = Handover()
        hand_on.close(TP_0, earlier, Handover())
        hand_on.close(TP_0, later, handover)
        await later.batch.take()
        assert (later.batch.sent, handover.times) == ([], 0)

        await earlier.batch.take()
        await later.batch.take()
        assert (len(later.batch.sent), handover.times) == (1, 1)

    run(scenario)


def test_partitions_do_not_wait_for_each_other():
    async def scenario(hand_on):
        here, there, handover = await parcel_of(hand_on), await parcel_of(hand_on), Handover()
        hand_on.close(TP_0, here, Handover())
        hand_on.close(TP("x-repayments", 1), there, handover)
        await turns()

        await there.batch.take()
        assert handover.times == 1

    run(scenario)


def test_settling_waits_until_everything_is_closed():
    async def scenario(hand_on):
        parcel, handover = await parcel_of(hand_on, TAKEN), Handover()
        hand_on.close(TP_0, parcel, handover)
        settling = asyncio.create_task(hand_on.settle())
        await turns()
        assert not settling.done()

        await parcel.batch.take()
        await asyncio.wait_for(settling, 1.0)
        assert handover.times == 1

    run(scenario)
