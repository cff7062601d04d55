"""Who owns a partition: the group suggests, fencing decides, and nothing is saved twice."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from faust.types import TP

from stream.journal import owned
from stream.journal.chunk import Chunk
from stream.journal.errors import FencedError, JournalLostError
from stream.journal.owner import CheckpointCustody
from stream.settings import Settings
from tests.journal.toy import ToyBook

ONE, TWO = TP("journal", 1), TP("journal", 2)
BOTH = frozenset({ONE, TWO})


class Broker:
    """Stands in for the Kafka part: keeps what is committed, fails when told to."""

    def __init__(self):
        self.applied = {}
        self.taken = []
        self.committed = []
        self.fail_take = self.fail_commit = None
        self.may_take = threading.Event()
        self.may_take.set()

    def checkpoints(self, _settings, transactional_id, number):
        return SimpleNamespace(
            fence=lambda: self._fence(transactional_id),
            restore=lambda _book: self.applied.get(number, -1),
            send=lambda _batch: None,
            commit=lambda batch: self._commit(number, batch),
            close=lambda: None,
        )

    def _fence(self, transactional_id):
        assert self.may_take.wait(10)
        self.taken.append(transactional_id)
        if self.fail_take:
            raise self.fail_take

    def _commit(self, number, batch):
        error, self.fail_commit = self.fail_commit, None
        if error:
            raise error
        self.committed.append((number, len(batch)))


@pytest.fixture
def broker(monkeypatch):
    broker = Broker()
    monkeypatch.setattr(owned, "Checkpoints", broker.checkpoints)
    return broker


def custody():
    return CheckpointCustody(Settings(), "monitor", lambda _number: ToyBook())


def chunk(*offsets, after=None):
    records = [SimpleNamespace(offset=n, key=b"brw_1", value=b"%d" % n) for n in offsets]
    return Chunk(records, after=offsets[0] - 1 if after is None else after, epoch=0)


async def taken(held, tps=BOTH, generation=1):
    held.assigned(tps, generation)
    return dict(await held.take_over(tps))


def test_a_takeover_fences_and_says_where_the_checkpoint_ends(broker):
    broker.applied[ONE.partition] = 41

    async def run():
        held = custody()
        assert await taken(held) == {ONE: 41, TWO: -1}
        assert sorted(broker.taken) == ["monitor-1", "monitor-2"]
        assert (held.committable(ONE), held.committable(TWO)) == (42, None)

    asyncio.run(run())


def test_a_takeover_that_fails_leaves_the_partition_out_and_works_the_next_time(broker):
    async def run():
        held = custody()
        broker.fail_take = OSError("no broker")
        assert await taken(held) == {}
        assert not held.holds(ONE)

        broker.fail_take = None
        assert await held.take_over(BOTH) == {ONE: -1, TWO: -1}

    asyncio.run(run())


def test_a_lost_journal_is_not_tried_again(broker):
    async def run():
        broker.fail_take = JournalLostError("cut")
        with pytest.raises(JournalLostError):
            await taken(custody())

    asyncio.run(run())


def test_a_takeover_whose_caller_gave_up_is_shared_by_the_next_caller(broker):
    async def run():
        held = custody()
        broker.may_take.clear()
        first = asyncio.create_task(taken(held))
        await asyncio.sleep(0.01)
        first.cancel()
        second = asyncio.create_task(held.take_over(BOTH))
        await asyncio.sleep(0.01)
        broker.may_take.set()
        assert await second == {ONE: -1, TWO: -1}
        assert len(broker.taken) == 2

    asyncio.run(run())


def test_a_takeover_that_ends_when_the_partition_has_gone_is_dropped(broker):
    async def run():
        held = custody()
        broker.may_take.clear()
        taking = asyncio.create_task(taken(held))
        await asyncio.sleep(0.01)
        held.assigned(frozenset({TWO}), 2)
        broker.may_take.set()
        await taking
        assert (held.holds(ONE), held.holds(TWO)) == (False, True)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("generation", "kept"),
    [
        pytest.param(2, True, id="the next: nobody had it in between"),
        pytest.param(3, False, id="later: somebody may have had it"),
        pytest.param(1, False, id="the same: we were thrown out"),
    ],
)
def test_memory_is_kept_over_one_rebalance_only(broker, generation, kept):
    async def run():
        held = custody()
        await taken(held)
        held.assigned(BOTH, generation)
        assert held.holds(ONE) is kept

    asyncio.run(run())


def test_what_is_folded_counts_when_it_is_committed(broker):
    async def run():
        held = custody()
        await taken(held)
        await held.receive(ONE, chunk(0, 1, 2))
        assert held.committable(ONE) is None

        await held.checkpoint_all()
        await held.checkpoint_all()

        await held.receive(ONE, chunk(3))

        assert held.committable(ONE) == 3
        assert broker.committed == [(1, 2)]  # the state and the offset, once

    asyncio.run(run())


def test_outputs_are_told_when_they_are_committed_and_not_before(broker):
    async def run():
        told = []
        held = CheckpointCustody(Settings(), "monitor", lambda _number: ToyBook(), told.extend)
        await taken(held)
        await held.receive(ONE, chunk(*range(7)))
        broker.fail_commit = OSError("no broker")
        await held.checkpoint_all()
        assert told == []

        await held.take_over(BOTH)
        await held.receive(ONE, chunk(*range(7)))
        await held.checkpoint_all()
        assert [output.topic for output in told] == ["decisions", "alerts"]

    asyncio.run(run())


def test_a_partition_that_is_not_ours_is_not_folded(broker):
    async def run():
        held = custody()
        await taken(held, frozenset({ONE}))
        await held.receive(TWO, chunk(7, after=6))

    asyncio.run(run())


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(FencedError("another has it"), id="fenced"),
        pytest.param(OSError("no broker"), id="no broker"),
    ],
)
def test_a_checkpoint_that_fails_drops_the_partition_and_what_waits_saves_nothing(broker, error):
    """The second save waits behind the first; what the first took is gone from memory."""

    async def run():
        held = custody()
        await taken(held)
        await held.receive(ONE, chunk(0))
        broker.fail_commit = error
        first = asyncio.create_task(held.checkpoint_all())
        second = asyncio.create_task(held.checkpoint_all())
        await asyncio.sleep(0)
        await first
        await second
        assert not held.holds(ONE)
        assert broker.committed == []
        assert await held.take_over(BOTH) == {ONE: -1, TWO: -1}

    asyncio.run(run())


def test_a_severe_alert_does_not_wait_for_its_time(broker):
    async def run():
        held = custody()
        await taken(held)
        await held.receive(ONE, chunk(0))
        await held.checkpoint_all()
        saving = asyncio.create_task(held.save_regularly(lambda: len(broker.committed) > 1))
        await held.receive(ONE, chunk(*range(1, 70)))  # the toy's seventieth is urgent
        began = asyncio.get_running_loop().time()
        await saving
        assert asyncio.get_running_loop().time() - began < owned.CHECKPOINT_S

    asyncio.run(run())
