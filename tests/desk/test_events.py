"""Server-sent events: nothing is missing after a break, and nobody hears of what is not theirs."""

from __future__ import annotations

import asyncio
import threading

import msgspec
import pytest
import redis
import redis.asyncio

from desk import events
from desk.events import Events, Position, read_position
from desk.model import Models
from desk.operator import Operator
from schemas.operators import OperatorClass
from tests.desk import made
from tests.desk.feeding import Feeding

DESK = Operator("ann", (OperatorClass.DESK_OPERATOR,))
COMPLIANCE = Operator("cem", (OperatorClass.COMPLIANCE,))
STEWARD = Operator("sam", (OperatorClass.DATA_STEWARD,))


@pytest.fixture
def feed(redis_url, monkeypatch):
    monkeypatch.setattr(events, "LOOK_EVERY_S", 0.01)
    made_feed = Feeding(redis_url)
    made_feed.ready()
    return made_feed


def heard(feed, who, last=None, act=lambda: None, *, most=100, goes_on=True):
    """Return what a browser hears in a moment: (kind, data, id) of each event."""

    async def listen():
        client = redis.asyncio.Redis.from_url(feed.url)
        parts, ended = [], threading.Event()

        async def still():
            return goes_on

        async def read():
            stream = Events(Models(client), who, last, still, ended.is_set).stream()
            async for part in stream:
                parts.append(part.decode())
                if sum("event:" in each for each in parts) >= most:
                    return

        task = asyncio.create_task(read())
        await asyncio.sleep(0.15)
        act()
        await asyncio.wait([task], timeout=0.4)
        ended.set()
        await asyncio.wait_for(task, 5)
        await client.aclose()
        return parts

    return [parsed(part) for part in asyncio.run(listen()) if part.startswith("id:")]


def parsed(part):
    fields = dict(line.split(": ", 1) for line in part.strip().split("\n"))
    data = msgspec.json.decode(fields["data"]) if "data" in fields else None
    return fields.get("event"), data, fields["id"]


def told(found):
    return [data.get("case_id") or kind for kind, data, _ in found if kind]


def test_a_new_browser_hears_what_comes_and_not_what_was(feed):
    feed.put("cases", made.case(1))

    found = heard(feed, DESK, act=lambda: feed.put("cases", made.case(2)))

    assert told(found) == ["brw_2/default/1"]
    assert found[-1][1]["is_new"]


def test_after_a_break_nothing_is_missing_and_nothing_comes_twice(feed):
    first = heard(feed, DESK, act=lambda: feed.put("cases", made.case(1), made.case(2)), most=1)
    last = read_position(first[-1][2])
    feed.put("cases", *(made.case(number) for number in range(3, 503)))

    found = heard(feed, DESK, last, lambda: feed.put("cases", made.case(503)), most=502)

    assert told(found) == [f"brw_{number}/default/1" for number in range(2, 504)]


def test_a_break_that_was_too_long_is_said(feed):
    first = heard(feed, DESK, act=lambda: feed.put("cases", made.case(1)), most=1)
    feed.put("cases", *(made.case(number) for number in range(2, 10)))
    with redis.Redis.from_url(feed.url) as client:
        client.xtrim(f"loanwatch:desk:{feed.generation}:events", maxlen=3, approximate=False)

    found = heard(feed, DESK, read_position(first[-1][2]))

    assert told(found) == ["reset"]


def test_up_to_what_was_trimmed_there_is_nothing_to_say(feed):
    feed.put("cases", *(made.case(number) for number in range(1, 5)))
    name = f"loanwatch:desk:{feed.generation}:events"
    with redis.Redis.from_url(feed.url) as client:
        places = [place.decode() for place, _ in client.xrange(name)]
        client.xtrim(name, maxlen=2, approximate=False)

    whole = heard(feed, DESK, Position(feed.generation, places[1]))
    broken = heard(feed, DESK, Position(feed.generation, places[0]))

    assert told(whole) == ["brw_3/default/1", "brw_4/default/1"]
    assert told(broken) == ["reset"]


def test_another_generation_is_another_world(feed):
    first = heard(feed, DESK, act=lambda: feed.put("cases", made.case(1)), most=1)
    other = Feeding(feed.url, "2000")
    other.put("cases", made.case(1), tell=False)
    other.ready()

    found = heard(feed, DESK, read_position(first[-1][2]), lambda: other.put("cases", made.case(2)))

    assert told(found) == ["reset", "brw_2/default/1"]


def test_a_switch_while_somebody_listens_is_said(feed):
    other = Feeding(feed.url, "2000")

    found = heard(feed, DESK, act=other.ready)

    assert told(found) == ["reset"]


def test_the_restricted_lane_is_heard_by_those_who_may(feed):
    def act():
        feed.put("cases-restricted", made.restricted(9, entries=(made.entry("claim", "claim-9"),)))
        feed.put("cases", made.case(1))

    desk, compliance = heard(feed, DESK, act=act), heard(Feeding(feed.url), COMPLIANCE)
    assert told(desk) == ["brw_1/default/1"]
    assert all("brw_9" not in str(each) for each in desk)
    assert all(each[2].endswith(".0-0") for each in desk)
    assert told(compliance) == []

    found = heard(feed, COMPLIANCE, Position(feed.generation))
    assert set(told(found)) == {"brw_1/default/1", "brw_9/restricted/default/1"}


def test_a_position_of_the_other_lane_opens_nothing(feed):
    feed.put("cases-restricted", made.restricted(9))

    assert told(heard(feed, DESK, Position(feed.generation, "0-0", "0-0"))) == []


def test_cases_are_not_heard_of_by_those_who_see_none(feed):
    def act():
        feed.put("cases", made.case(1))
        feed.put("alerts", made.incident())
        feed.put("decisions", made.change())

    assert [each[0] for each in heard(feed, STEWARD, act=act) if each[0]] == ["incident", "trust"]


def test_the_stream_ends_with_the_session(feed, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)

    assert heard(feed, DESK, act=lambda: feed.put("cases", made.case(1)), goes_on=False) == [
        (None, None, f"{feed.generation}.0-0.0-0")
    ]


@pytest.mark.parametrize(
    "text", ["", "1", "1.2.3", "x.0-0.0-0", "1.0-0", "1.0-0.a-b", "1.0-0.0-0.0-0", "1.0-.0-0"]
)
def test_what_is_no_position_of_ours(text):
    assert read_position(text) is None
