"""The pager on a real Kafka: what rings once, after a restart too, and what a watchdog hears."""

import contextlib
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from confluent_kafka import Producer

from schemas.instants import MINUTE_MS, wire
from schemas.trigger_progress import PROGRESS_KEY, TriggerProgress
from stream import clock
from stream.commands.up import House
from stream.journal.clients import named, producer_config
from stream.journal.log_reading import read_partition
from stream.journal.topic_admin import create
from stream.roles import Role
from tests.broker.flow import until
from tests.pager.test_rings import case

pytestmark = pytest.mark.broker


class Receiver:
    """Somebody who is rung, and a watchdog; `down` refuses."""

    def __init__(self):
        self.rung, self.heard, self.down = [], 0, False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not receiver.down:
                    receiver.rung.append(body)
                self.send_response(503 if receiver.down else 200)
                self.end_headers()

            def do_GET(self):
                receiver.heard += 1
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver():
    with contextlib.closing(Receiver()) as made:
        yield made


@pytest.fixture
def paged(settings, tmp_path, receiver):
    """Settings of a pager that rings the receiver, whose topics are there."""
    (tmp_path / "secret").write_text("a secret of at least some length\n")
    (tmp_path / "watchdog").write_text(receiver.url)
    output = {"kind": "webhook", "name": "night", "url": receiver.url}
    file = {
        "outputs": [output | {"secret_file": str(tmp_path / "secret")}],
        "levels": [{"minutes_left": 15, "to": ["night"]}, {"minutes_left": -5, "to": ["night"]}],
        "dead_man": {
            "url_file": str(tmp_path / "watchdog"), "to": ["night"], "every_s": 1, "stale_s": 10,
        },
    }  # fmt: skip
    (tmp_path / "pager.json").write_text(json.dumps(file))
    create(settings)
    return replace(settings, pager=tmp_path / "pager.json")


def send(settings, topic, key, value):
    producer = Producer(producer_config(settings, "test"))
    producer.produce(named(settings, topic), key=key, value=value, partition=0)
    assert producer.flush(30) == 0


def write(settings, *cases):
    for each in cases:
        send(settings, "cases", each.case_id.encode(), msgspec.json.encode(each))


def rung_about(receiver):
    return [each["page_id"].partition("|")[0] for each in receiver.rung if "|" in each["page_id"]]


def test_a_severe_case_rings_until_it_is_acknowledged_and_once_over_a_restart(paged, receiver):
    due_ms = clock.now_ms() + 10 * MINUTE_MS
    first, second = case("brw_1/default/1", due_ms=due_ms), case("brw_2/default/1", due_ms=due_ms)
    write(paged, first)
    with House([Role.PAGER], paged) as house:
        house.wait_ready()
        until(lambda: rung_about(receiver) == [first.case_id])
        until(lambda: len(list(read_partition(paged, "pages", 0))) == 1)
    write(paged, second, case("brw_3/default/1", due_ms=due_ms))
    write(paged, case("brw_3/default/1", version=2, due_ms=None))
    receiver.down = True
    with House([Role.PAGER], paged) as house:
        house.wait_ready()
        receiver.down = False
        until(lambda: second.case_id in rung_about(receiver))

    assert rung_about(receiver) == [first.case_id, second.case_id]


def test_a_watchdog_hears_of_a_watch_that_lives_and_people_of_one_that_does_not(paged, receiver):
    with House([Role.PAGER], paged) as house:
        house.wait_ready()
        tick = msgspec.json.encode(TriggerProgress(tick_at_ms=clock.now_ms()))
        send(paged, "collection-triggers", PROGRESS_KEY, tick)
        until(lambda: receiver.heard)
        until(lambda: receiver.rung)
        heard = receiver.heard

    assert receiver.heard == heard
    assert receiver.rung[0]["title"].startswith("loanwatch is silent: no tick of the monitor for")
    assert wire(clock.now_ms())[:10] in receiver.rung[0]["text"]
