"""The permit API in memory: a desk whose partitions are held without Kafka, and its clients."""

import asyncio
from hashlib import sha256
from types import SimpleNamespace

import httpx

from schemas.collection_trigger import Channel
from stream.dispatch.executors import Executor, Executors
from stream.roles.dispatch.api import Api
from stream.roles.dispatch.desk import Desk
from stream.roles.dispatch.held import GivenUpError
from stream.settings import Settings
from tests.dispatch.conftest import NOW, Gate

TOKEN, OTHER = "a token", "another token"


def executor(name, token, *channels):
    digest = sha256(token.encode()).hexdigest()
    return Executor(name=name, channels=channels, token_sha256=digest)


class Held:
    """A partition without Kafka; `fails` makes its commits fail."""

    def __init__(self, gate):
        self.triggers, self.grants, self.number = gate.triggers, gate.grants, 0
        self.written = []
        self.fails = False
        self.meanwhile = lambda: None
        self._waiting = {}

    def waiting(self, trigger_id):
        return self._waiting.get(trigger_id)

    def write(self, permit):
        done = asyncio.get_running_loop().create_future()
        self._waiting[permit.trigger_id] = done

        async def commit():
            await asyncio.sleep(0.01)
            self.meanwhile()
            if self.fails:
                done.set_exception(GivenUpError("planted"))
            else:
                self.written.append(permit)
                done.set_result(None)
            del self._waiting[permit.trigger_id]

        self.task = asyncio.create_task(commit())
        return done


class House:
    """A gate behind its API."""

    def __init__(self, monkeypatch, **settings):
        self.gate = Gate()
        self.held = Held(self.gate)
        self.custody = SimpleNamespace(held=[self.held], holds_all=True)
        own = Settings(**settings)
        desk = Desk(own, self.gate.switch, self.custody)
        executors = Executors(
            executors=(
                executor("dialler", TOKEN, Channel.CALL, Channel.MESSAGE),
                executor("post", OTHER, Channel.LETTER),
            )
        )
        self.app = Api(desk, executors, own.requests_per_s).app
        monkeypatch.setattr("stream.clock.now_ms", lambda: self.gate.now)
        assert self.gate.now == NOW

    def client(self):
        """A client of the API, for use in a coroutine."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://gate")

    def ask(self, *requests):
        """Send requests at once; return the answers."""

        async def send():
            async with self.client() as client:
                return await asyncio.gather(*(client.request(**each) for each in requests))

        return asyncio.run(send())


def post(trigger_id="t1", *, token=TOKEN, key="k1", ordinal=1, channel="CALL", **more):
    """A request for a permit."""
    body = {"request_key": key, "ordinal": ordinal, "channel": channel}
    return {
        "method": "POST",
        "url": f"/permits/{trigger_id}",
        "headers": {"Authorization": f"Bearer {token}"},
        "json": body,
    } | more
