"""Pushing: in order for a borrower, tried again, and a dead letter when it is given up."""

import asyncio
import json
from collections import Counter

import httpx
import pytest

from schemas.collection_trigger import Channel, Op
from schemas.instants import wire
from stream import clock
from stream.dispatch.executors import Executor, ExecutorsError, Webhook
from stream.roles.dispatch import pusher as room
from stream.roles.dispatch.pusher import Pusher
from tests.dispatch.conftest import trigger

ATTEMPTS = 4


class Letters:
    """Takes dead letters as an appender does, at once."""

    def __init__(self):
        self.sent = []

    def batch(self):
        return self

    def send(self, topic, key, value):
        self.sent.append((topic, key.decode(), json.loads(value)))

    async def acknowledged(self):
        await asyncio.sleep(0)


class Receiver:
    """An executor's web server: notes what it took; `fails` says which attempts it refuses."""

    def __init__(self, fails=lambda _key, _attempt: False):
        self.taken, self.attempts, self._fails = [], Counter(), fails

    async def __call__(self, request):
        await asyncio.sleep(0.001)
        key = request.headers["Idempotency-Key"]
        self.attempts[key] += 1
        outcome = self._fails(key, self.attempts[key])
        if outcome is True:
            return httpx.Response(503)
        if outcome:
            raise outcome
        self.taken.append(key)
        return httpx.Response(204)


@pytest.fixture
def push(tmp_path, monkeypatch):
    """Push records, all in partition 0 from offset 0; return the pusher and its letters."""
    monkeypatch.setattr(room, "wait_s", lambda _key, _attempt: 0.001)
    (tmp_path / "secret").write_text("0123456789abcdef\n")
    hook = Webhook(url="https://dialler.example/push", secret_file=str(tmp_path / "secret"))
    executor = Executor(
        name="dialler", channels=(Channel.CALL,), token_sha256="0" * 64, webhook=hook
    )

    async def run(receiver, records, meanwhile=lambda _pusher: None):
        client = httpx.AsyncClient(transport=httpx.MockTransport(receiver))
        letters = Letters()
        pusher = Pusher([executor], letters, client, attempts=ATTEMPTS)
        for offset, record in enumerate(records):
            pusher.push(0, offset, record)
        await asyncio.sleep(0)
        meanwhile(pusher)
        async with asyncio.timeout(10):
            while pusher._tasks:
                await asyncio.wait(pusher._tasks)
        await pusher.close()
        return pusher, letters.sent

    return lambda *args: asyncio.run(run(*args))


def proposal(trigger_id, borrower_id, ordinal=1, op=Op.PROPOSE, **fields):
    expires = {"expires_at": wire(clock.now_ms() + 60_000)}
    return trigger(trigger_id, ordinal, op, **expires | {"borrower_id": borrower_id} | fields)


def test_a_borrowers_pushes_keep_their_order_whatever_fails(push):
    records = [
        proposal(f"t{borrower}", f"brw_{borrower}", ordinal)
        for ordinal in range(1, 6)
        for borrower in range(20)
    ]
    receiver = Receiver(lambda key, attempt: (hash(key) + attempt) % 3 == 0)
    pusher, letters = push(receiver, records)

    for borrower in range(20):
        ordinals = [key for key in receiver.taken if key.startswith(f"t{borrower}/")]
        assert ordinals == [f"t{borrower}/{ordinal}" for ordinal in range(1, 6)]
    assert letters == []
    assert pusher.done(0, 100) == 100


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(True, id="a status"),
        pytest.param(httpx.ConnectError("gone"), id="no connection"),
        pytest.param(httpx.ReadTimeout("slow"), id="no answer"),
    ],
)
def test_what_is_given_up_is_a_dead_letter_and_the_next_goes_on(push, failure):
    receiver = Receiver(lambda key, _attempt: failure if key == "t1/1" else False)
    pusher, letters = push(receiver, [proposal("t1", "brw_1"), proposal("t1", "brw_1", 2)])

    ((topic, key, letter),) = letters
    assert (topic, key) == ("dead-letters", "push/dialler/t1/1")
    assert (letter["reason"], letter["event_id"]) == ("UNDELIVERED", "t1/1")
    assert "origin" not in letter
    assert "payload" not in letter
    assert receiver.attempts["t1/1"] == ATTEMPTS
    assert receiver.taken == ["t1/2"]
    assert pusher.done(0, 2) == 2


def test_nothing_is_done_before_every_push_before_it_is(push):
    seen = []
    receiver = Receiver(lambda _key, attempt: attempt < ATTEMPTS)
    push(receiver, [proposal("t1", "brw_1")], lambda pusher: seen.append(pusher.done(0, 9)))

    assert seen == [0]


def test_what_nobody_is_told_of_is_done_at_once(push):
    receiver = Receiver()
    records = [
        proposal("t1", "brw_1", channel=Channel.LETTER),
        proposal("t2", "brw_1", op=Op.DEFER),
    ]
    pusher, _ = push(receiver, records)

    assert (receiver.taken, pusher.done(0, 2)) == ([], 2)


def test_a_proposal_that_has_expired_meanwhile_is_not_pushed(push):
    receiver = Receiver()
    push(receiver, [proposal("t1", "brw_1", expires_at=wire(clock.now_ms() - 1))])

    assert receiver.attempts == {}


def test_a_partition_that_went_elsewhere_is_its_heirs_affair(push):
    receiver = Receiver(lambda _key, _attempt: True)
    records = [proposal(f"t{n}", "brw_1") for n in range(5)]
    _, letters = push(receiver, records, lambda pusher: pusher.forget(0))

    assert letters == []
    assert receiver.attempts.total() <= 1


def test_a_secret_that_could_be_guessed_is_refused(tmp_path):
    (tmp_path / "secret").write_text("secret")

    with pytest.raises(ExecutorsError, match="at least 16 bytes"):
        room.read_secret(tmp_path / "secret")
    with pytest.raises(ExecutorsError, match=r"none.*No such file"):
        room.read_secret(tmp_path / "none")
