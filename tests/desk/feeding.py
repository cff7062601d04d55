"""A read model filled without Kafka: records of topics, projected and stored as the feed does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis

from schemas.desk_keys import RESTRICTED_ROOT, ROOT
from stream.desk_feed.project import project
from stream.roles.desk_feed.store import Store
from tests.desk.made import raw

if TYPE_CHECKING:
    from collections.abc import Iterable

GENERATION = "1000"


class Feeding:
    """Puts records into the read model.

    Args:
        url: Of the server.
        generation: Which one.
    """

    def __init__(self, url: str, generation: str = GENERATION) -> None:
        self.store, self.generation, self.url = Store(url), generation, url

    def put(self, topic: str, *records: Any, tell: bool = True) -> None:
        writes = [each for one in records for each in project(topic, b"k", raw(one))]
        self.store.do(self.generation, writes, {}, tell=tell)

    def ready(self) -> None:
        self.store.switch(self.generation)
        self.store.note_read(1)

    def all(self, records: Iterable[tuple[str, Any]]) -> None:
        for topic, record in records:
            self.put(topic, record)


def content(url: str, generation: str = GENERATION) -> dict[str, Any]:
    """Return all that a generation holds but its streams, which are of what came when."""
    found: dict[str, Any] = {}
    with redis.Redis.from_url(url) as client:
        for root in (ROOT, RESTRICTED_ROOT):
            for name in client.scan_iter(match=f"{root}:{generation}:*"):
                short = f"{root}:{name.decode().split(':', 3)[3]}"
                match client.type(name):
                    case b"hash":
                        found[short] = client.hgetall(name)
                    case b"set":
                        found[short] = client.smembers(name)
                    case b"zset":
                        found[short] = client.zrange(name, 0, -1, withscores=True)
    return found
