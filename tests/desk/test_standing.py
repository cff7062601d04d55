"""The queue in memory is the queue in Redis, whatever came in between."""

from __future__ import annotations

import asyncio

import redis
import redis.asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.standing import Standing
from schemas.case import CaseState
from tests.desk import made
from tests.desk.feeding import Feeding

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "close", "look", "trim"]), st.integers(1, 5), st.integers(1, 50)
    ),
    max_size=25,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_what_is_in_memory_is_what_is_stored(redis_url, steps):
    feed = Feeding(redis_url)
    name = f"loanwatch:desk:{feed.generation}"

    async def run():
        client = redis.asyncio.Redis.from_url(redis_url)
        standing = Standing(client, restricted=False)
        with redis.Redis.from_url(redis_url) as plain:
            for kind, number, version in (*steps, ("look", 1, 1)):
                match kind:
                    case "put":
                        feed.put("cases", made.case(number, version))
                    case "close":
                        feed.put("cases", made.case(number, version, state=CaseState.CLOSED))
                    case "trim":
                        plain.xtrim(f"{name}:events", maxlen=1, approximate=False)
                    case _:
                        known = set((await standing.of(feed.generation)).entries)
                        stored = {each.decode() for each in plain.hkeys(f"{name}:queue")}
                        assert known == stored
        await client.aclose()

    asyncio.run(run())
    feed.store.drop_older("2000")
