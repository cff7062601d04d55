"""The desk in memory: a real Valkey, no Kafka, and browsers that are signed in."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from typing import Any

import msgspec
import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.config import Config
from desk.outlet import NotSentError
from desk.parts import parts_of
from desk.server import app_of
from desk.users import User, Users
from schemas.control import ActionPayload
from schemas.operators import OperatorClass
from schemas.signing import Right, Signed, Trust, signers
from stream.sources.keys import trusted
from tests.desk.feeding import Feeding

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have httpx2, which we have no other use for
    from starlette.testclient import TestClient

URL = "http://127.0.0.1:8060"
PASSWORD = "a password of a test"
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASH = FAST.hash(PASSWORD)


class Outlet:
    """Keeps what is sent, or does not take it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bytes]] = []
        self.is_broken = False
        self.is_full = False
        self.is_closed = False

    def put(self, topic: str, key: str, value: bytes) -> asyncio.Future[None]:
        if self.is_full:
            raise NotSentError("full")
        self.sent.append((topic, key, value))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def close(self) -> None:
        self.is_closed = True

    def of(self, topic: str) -> list[Any]:
        return [msgspec.json.decode(value) for name, _, value in self.sent if name == topic]


class Browser:
    """Somebody who is signed in; speaks as the page does."""

    def __init__(self, client: TestClient, user: str) -> None:
        self.client, self.user = client, user
        answer = client.post(
            "/api/sign-in", json={"user": user, "password": PASSWORD}, headers={"Origin": URL}
        )
        assert answer.status_code == 200, answer.text
        self.session = answer.json()

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        headers = {"Origin": URL, "X-CSRF-Token": self.session["csrf"]} | more.pop("headers", {})
        return self.client.post(path, json=body, headers=headers, **more)

    def order(self, case_id: str, kind: str, version: int | None = None, **fields: Any) -> Any:
        body = {"order": {"kind": kind, **fields}, "version": version}
        return self.post(f"/api/cases/{case_id}/orders", body)


class House:
    """The desk, and what stands around it."""

    def __init__(self, redis_url: str, **more: Any) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.outlet = Outlet()
        self.feed = Feeding(redis_url)
        config = Config(redis_url=redis_url, url=URL, key_id="desk", key=self.key, **more)
        users = {of.value: User(hash=HASH, classes=(of,)) for of in OperatorClass} | {
            name: User(hash=HASH, classes=(OperatorClass.DESK_OPERATOR,)) for name in ("ann", "bob")
        }
        self.parts = parts_of(config, self.outlet)._replace(users=Users(users, FAST))
        self.app = app_of(self.parts)
        self._stack = contextlib.ExitStack()
        # One portal for all browsers: the desk's connections belong to one event loop.
        self._first = self._stack.enter_context(self._client())

    def _client(self) -> TestClient:
        return TestClient(self.app, base_url=URL, raise_server_exceptions=False)

    def stranger(self) -> TestClient:
        client = self._client()
        client.portal = self._first.portal
        return client

    def browser(self, user: str = "ann") -> Browser:
        return Browser(self.stranger(), user)

    def payload(self, index: int = -1) -> ActionPayload:
        """Return the order that was sent, its signature checked as the fold does."""
        value = [value for name, _, value in self.outlet.sent if name == "desk-actions"][index]
        signed = msgspec.json.decode(value, type=Signed)
        trust = Trust(keys=(trusted("desk", self.key.public_key(), (Right.DESK,)),))
        assert signers(signed, trust=trust, right=Right.DESK) == {"desk"}
        return msgspec.json.decode(signed.payload, type=ActionPayload)

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def house(redis_url):
    """A desk with a read model that is complete and empty."""
    made = House(redis_url)
    made.feed.ready()
    yield made
    made.close()
