"""The transport around a seek: what was fetched before it is dropped, and comes again."""

import asyncio
from types import SimpleNamespace

import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.journal.errors import JournalLostError
from stream.journal.transport import NEVER, Consumer

HERE, THERE = TP("journal", 0), TP("journal", 1)


class Custody:
    """Takes over as told."""

    def __init__(self, taken):
        self.taken = taken
        self.held = set(taken)

    async def take_over(self, tps):
        if isinstance(self.taken, Exception):
            raise self.taken
        return {tp: at for tp, at in self.taken.items() if tp in tps}

    def holds(self, tp):
        return tp in self.held


class Assigned(Consumer):
    """A consumer without a broker, right after its assignment."""

    def __init__(self, taken, fetches=(), committed=None, first=0):
        self._tail, self._epoch, self._seeking, self._settled = {}, 0, True, True
        self._seek_lock = asyncio.Lock()
        self._read_offset = {}
        self.custody = Custody(taken if isinstance(taken, dict) else {})
        self.custody.taken = taken
        self.tps = {HERE, THERE}
        self.sought = []
        self.fetches = list(fetches)
        self.committed = committed or {}
        self.first = first

    def assignment(self):
        return set(self.tps)

    async def seek_wait(self, positions):
        self.sought.append(dict(positions))

    async def seek_to_committed(self):
        return self.committed

    async def earliest_offsets(self, *tps):
        return dict.fromkeys(tps, self.first)


@pytest.fixture(autouse=True)
def fetching(monkeypatch):
    async def fetched(self, _active, _timeout):
        fetch = self.fetches.pop(0)
        return await fetch(self) if callable(fetch) else fetch

    monkeypatch.setattr(driver.Consumer, "_getmany", fetched)


def records(*offsets):
    return [SimpleNamespace(offset=offset) for offset in offsets]


def fetch(consumer):
    return asyncio.run(consumer._getmany(consumer.assignment(), 1.0))


def seek(consumer):
    asyncio.run(consumer.perform_seek())


def test_chunks_follow_what_was_sought_and_then_each_other():
    consumer = Assigned({HERE: 6, THERE: -1}, [{HERE: records(9)}, {HERE: records(12, 13)}])
    seek(consumer)

    chunks = [chunk for _ in range(2) for chunk in fetch(consumer)[HERE]]

    assert consumer.sought == [{HERE: 7, THERE: 0}]
    assert [(chunk.after, chunk.last) for chunk in chunks] == [(6, 9), (9, 13)]
    assert all(map(consumer.current, chunks))


def test_a_chunk_is_not_current_before_the_first_seek_nor_after_the_next():
    consumer = Assigned({HERE: 6, THERE: -1}, [{HERE: records(0)}, {HERE: records(7)}])
    (early,) = fetch(consumer)[HERE]
    assert not consumer.current(early)

    seek(consumer)
    (chunk,) = fetch(consumer)[HERE]
    assert consumer.current(chunk)

    seek(consumer)
    assert not consumer.current(chunk)


def test_what_was_fetched_across_a_seek_is_dropped_and_sought_again():
    async def with_a_seek_meanwhile(consumer):
        await consumer.perform_seek()
        return {HERE: records(3)}

    consumer = Assigned({HERE: 6, THERE: -1}, [with_a_seek_meanwhile])

    assert fetch(consumer) == {}
    assert len(consumer.sought) == 2


def test_what_was_fetched_during_a_seek_is_dropped_too():
    """It began before the position was set, and ends after."""

    async def slow(_consumer):
        await asyncio.sleep(0.01)
        return {HERE: records(3)}

    class Seeking(Assigned):
        async def seek_wait(self, positions):
            await super().seek_wait(positions)
            self.during = asyncio.create_task(self._getmany(self.tps, 1.0))
            await asyncio.sleep(0)

    async def run():
        consumer = Seeking({HERE: 6, THERE: -1}, [slow])
        await consumer.perform_seek()
        consumer._settled = False  # one seek is enough here
        assert await consumer.during == {}

    asyncio.run(run())


def test_the_group_decides_where_the_custody_does_not():
    consumer = Assigned({HERE: None, THERE: None}, committed={HERE: 42, THERE: None}, first=3)
    seek(consumer)

    assert consumer.sought == [{HERE: 42, THERE: 3}]


def test_a_group_behind_what_is_left_goes_on_at_what_is_left(capsys):
    consumer = Assigned({HERE: None}, committed={HERE: 42}, first=50)
    consumer.tps = {HERE}
    seek(consumer)

    assert consumer.sought == [{HERE: 50}]
    assert "records lost" in capsys.readouterr().out


def test_what_could_not_be_taken_is_lacking_and_not_sought_and_follows_nothing():
    consumer = Assigned({HERE: 6}, [{THERE: records(0)}])
    seek(consumer)
    (chunk,) = fetch(consumer)[THERE]

    assert consumer.sought == [{HERE: 7}]
    assert consumer.lacks()
    assert chunk.after == NEVER


def test_nothing_is_lacking_when_everything_was_taken_and_sought():
    consumer = Assigned({HERE: 6, THERE: 1})
    assert consumer.lacks()

    seek(consumer)

    assert not consumer.lacks()


def test_a_seek_that_fails_leaves_nothing_current_for_the_keeper_to_repair():
    class Failing(Assigned):
        async def seek_wait(self, _positions):
            raise OSError("no broker")

    consumer = Failing({HERE: 6, THERE: 1}, [{HERE: records(7)}])
    seek(consumer)
    (chunk,) = fetch(consumer)[HERE]

    assert not consumer.current(chunk)
    assert consumer.lacks()


def test_a_journal_that_must_not_be_read_on_is_not_hushed_up():
    with pytest.raises(JournalLostError):
        seek(Assigned(JournalLostError("cut")))


def test_between_two_assignments_nothing_is_sought():
    consumer = Assigned({HERE: 6, THERE: 1})
    consumer._settled = False
    seek(consumer)

    assert consumer.sought == []
    assert not consumer.lacks()
