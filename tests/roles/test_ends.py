"""Who asks where `unresolved` ends shares one question, and never one that was asked before."""

import asyncio
import threading

from confluent_kafka import KafkaError, KafkaException

from stream.roles.ingest import ends
from stream.settings import Settings


class Broker(ends.UnresolvedEnds):
    """Answers when it is let, with how many have been asked."""

    def __init__(self, failing=0):
        super().__init__(Settings())
        self.asked = 0
        self.failing = failing
        self.may_answer = threading.Semaphore(0)

    def _ask(self):
        self.asked += 1
        number = self.asked
        assert self.may_answer.acquire(timeout=30)
        if number <= self.failing:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return (number,)


async def asking(broker, number):
    while broker.asked < number:  # noqa: ASYNC110 - a thread counts
        await asyncio.sleep(0.001)


def test_all_who_come_while_it_asks_share_the_next_question():
    async def play():
        broker = Broker()
        first = asyncio.create_task(broker.ask())
        await asking(broker, 1)
        later = [asyncio.create_task(broker.ask()) for _ in range(20)]
        await asyncio.sleep(0.01)
        broker.may_answer.release(2)
        return await first, await asyncio.gather(*later), broker.asked

    first, later, asked = asyncio.run(play())
    assert first == (1,)
    assert later == [(2,)] * 20  # asked after they came, not the answer that was on its way
    assert asked == 2


def test_a_broker_that_does_not_answer_is_asked_again(monkeypatch):
    monkeypatch.setattr(ends, "ASK_AGAIN_S", 0.001)

    async def play():
        broker = Broker(failing=2)
        broker.may_answer.release(3)
        return await broker.ask()

    assert asyncio.run(play()) == (3,)


def test_one_who_leaves_takes_the_answer_from_nobody():
    async def play():
        broker = Broker()
        leaving, staying = (asyncio.create_task(broker.ask()) for _ in range(2))
        await asking(broker, 1)
        leaving.cancel()
        broker.may_answer.release()
        return await staying

    assert asyncio.run(play()) == (1,)
