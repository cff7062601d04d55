"""What is told when: nothing is closed before Kafka has it, and clocks come last."""

import asyncio

import pytest
from faust.types import TP

from schemas.dead_letter import Origin
from stream.intake import progress
from stream.intake.outcomes import Admitted, Clock, Heard, Unresolved
from stream.roles.ingest.hand_on import HandOn

TP_0 = TP("x-repayments", 0)
ORIGIN = Origin(topic="repayments", partition=0, offset=7)
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


def run(scenario):
    asyncio.run(scenario(HandOn(Appender())))


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
        assert (topic, key) == ("source-progress", b"core:repayment:repayments:0")
        assert progress.decode(value).clock_at_ms == 9
        assert handover.times == 0

        await parcel.batch.take()
        assert handover.times == 1

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
