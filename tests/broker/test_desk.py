"""The desk on a real Kafka and Valkey: topics -> desk-feed -> API -> order -> desk-actions."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from dataclasses import replace

import httpx
import msgspec
import orjson
import pytest
import redis
from confluent_kafka import Producer

from desk.users import make_trial_users
from schemas.control import ActionPayload, Clock, GoLiveBody, KillSwitchBody
from schemas.desk_keys import GENERATION, LAYOUT, ROOT
from schemas.operators import OperatorClass
from schemas.signing import Right, Signed, load_trust, signers
from stream.demo.stage import put_in_force
from stream.journal.clients import named, producer_config
from stream.journal.log_reading import read_partition
from stream.journal.topic_admin import create
from stream.sources.keys import make_trial_keys
from tests.broker.flow import ROOT as SOURCE
from tests.broker.flow import until
from tests.desk import made
from tests.desk.feeding import content

pytestmark = pytest.mark.broker

CASE = "brw_1/default/1"


class Home:
    """Topics, keys and users of one desk, and its processes."""

    def __init__(self, settings, redis_url):
        self.settings = replace(settings, redis_url=redis_url, desk_port=0)
        self._stack = contextlib.ExitStack()
        create(self.settings)
        make_trial_keys(self.settings.data_dir / "keys", self.settings.trust_file)
        self.passwords = make_trial_users(self.settings.desk_users_file)
        put_in_force(self.settings, GoLiveBody(clock=Clock.WALL))
        self.producer = Producer(producer_config(self.settings))

    def write(self, topic, key, *records):
        for record in records:
            self.producer.produce(named(self.settings, topic), key=key, value=made.raw(record))
        self.producer.flush()

    def start(self, *command):
        """Start a process of ours; return where it answers."""
        with (self.settings.data_dir / f"{command[-1]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "stream.cli", *command, "--until-stdin-ends"],
                env={**os.environ, **self.settings.to_env()},
                cwd=SOURCE,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._stack.callback(self.end, process)
        line = process.stdout.readline()
        assert line, (self.settings.data_dir / f"{command[-1]}.log").read_text()[-3_000:]
        return process, orjson.loads(line)["health"]

    @staticmethod
    def end(process):
        process.terminate()
        process.wait(timeout=30)
        process.stdin.close()
        process.stdout.close()

    def run(self, *command):
        return subprocess.run(
            [sys.executable, "-m", "stream.cli", *command],
            env={**os.environ, **self.settings.to_env()},
            cwd=SOURCE,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def browser(self, url, user):
        client = self._stack.enter_context(httpx.Client(base_url=url, timeout=10))
        said = client.post("/api/sign-in", json={"user": user, "password": self.passwords[user]})
        assert said.status_code == 200, said.text
        client.headers["X-CSRF-Token"] = said.json()["csrf"]
        return client

    def close(self):
        self._stack.close()


@pytest.fixture
def home(settings, redis_url):
    its = Home(settings, redis_url)
    yield its
    its.close()


def listen(client, heard, opened):
    with contextlib.suppress(httpx.HTTPError), client.stream("GET", "/api/events") as stream:
        for line in stream.iter_lines():
            opened.set()
            if line.startswith("data:"):
                heard.append(orjson.loads(line[5:]))


def test_from_the_topics_to_a_signed_order_and_back(home):
    home.write("cases", CASE, made.case(1, 3, last_action_id="note-0"))
    home.write("cases-restricted", "brw_9/restricted/default/1", made.restricted(9))
    home.write("alerts", "brw_1", made.alert(1))
    home.write("collection-triggers", "brw_1", made.trigger(1))
    put_in_force(home.settings, KillSwitchBody(on=True, reason="a test"))
    home.start("worker", "desk-feed")
    _, url = home.start("desk", "serve")
    ann = home.browser(url, "operator1")
    until(lambda: ann.get("/api/queue").status_code == 200)

    rows = ann.get("/api/queue").json()["rows"]
    trust = ann.get("/api/trust").json()
    detail = ann.get(f"/api/cases/{CASE}").json()

    assert [row["case_id"] for row in rows] == [CASE]
    assert (trust["clock"], trust["kill_switch"]["on"], trust["red"]) == ("wall", True, True)
    assert [each["alert_id"] for each in detail["alerts"]] == ["brw_1/rp02_failed_debit/1/1"]
    assert "brw_9" in home.browser(url, "compliance").get("/api/queue").text
    assert ann.get("/api/cases/brw_9/restricted/default/1").status_code == 404

    heard, opened = [], threading.Event()
    listener = threading.Thread(target=listen, args=(ann, heard, opened), daemon=True)
    listener.start()
    assert opened.wait(10)
    body = {"order": {"kind": "claim"}, "version": 3}
    accepted = home.browser(url, "operator2").post(f"/api/cases/{CASE}/orders", json=body)
    assert accepted.status_code == 202, accepted.text
    record_id = accepted.json()["record_id"]
    assert action_of(home) == (record_id, "brw_1", "operator2", "note-0")

    done = made.case(
        1,
        4,
        holder="operator2",
        last_action_id=record_id,
        entries=(made.entry("claim", record_id),),
    )
    home.write("cases", CASE, done)
    until(lambda: {"case", "order"} <= {each["kind"] for each in heard})
    status = ann.get(f"/api/orders/{record_id}").json()
    assert (status["state"], ann.get("/api/queue").json()["rows"][0]["holder"]) == (
        "done", "operator2",
    )  # fmt: skip

    lines = until(lambda: len(found := audited(home)) >= 5 and found)
    assert {"sign_in", "view_case", "order"} <= {each["what"] for each in lines}
    auditor = home.browser(url, "auditor")
    until(lambda: any(
        each["what"] == "order" for each in auditor.get("/api/audit?limit=100").json()["lines"]
    ))  # fmt: skip


def action_of(home):
    """Return what was ordered, its signature checked by the keys that the fold trusts."""
    (record,) = [
        each
        for number in range(home.settings.partitions)
        for each in read_partition(home.settings, "desk-actions", number)
    ]
    signed = msgspec.json.decode(record.value, type=Signed)
    trust = load_trust(home.settings.trust_file.read_bytes())
    assert signers(signed, trust=trust, right=Right.DESK)
    payload = msgspec.json.decode(signed.payload, type=ActionPayload)
    assert payload.operator_class is OperatorClass.DESK_OPERATOR
    assert record.key == b"brw_1"
    return payload.record_id, payload.subject, payload.operator, payload.supersedes


def audited(home):
    return [orjson.loads(each.value) for each in read_partition(home.settings, "desk-audit", 0)]


def test_what_is_built_anew_is_what_there_was(home):
    for number in range(1, 40):
        for its in (1, 2, 3):
            home.write("cases", f"brw_{number}/default/1", made.case(number, its))
        home.write("alerts", f"brw_{number}", made.alert(number))
    home.write("decisions", "#book", made.morning())
    home.start("worker", "desk-feed")
    url = home.settings.redis_url
    with redis.Redis.from_url(url) as client:
        first = until(lambda: client.get(GENERATION)).decode()
        home.write("cases", "brw_1/default/1", made.case(1, 4, holder="ann"))
        until(lambda: b'"holder":"ann"' in client.hget(f"{ROOT}:{first}:cases", "brw_1/default/1"))
        before = content(url, first)

        done = home.run("desk", "rebuild")

        assert done.returncode == 0, done.stderr
        second = orjson.loads(done.stdout)["generation"]
        assert client.get(GENERATION).decode() == second != first
        assert content(url, second) == before
        until(lambda: content(url, first) == {})

        # the feed goes on with the new one
        home.write("cases", "brw_1/default/1", made.case(1, 5, holder="bob"))
        until(lambda: b'"holder":"bob"' in client.hget(f"{ROOT}:{second}:cases", "brw_1/default/1"))
        before = content(url, second)

        # one that an earlier version has built is built anew
        client.set(LAYOUT, "1")
        newer, _ = home.start("worker", "desk-feed")
        third = until(lambda: (now := client.get(GENERATION).decode()) != second and now)
        assert content(url, third) == before
        home.end(newer)

        # and when everything is lost, everything comes back
        for name in list(client.scan_iter(match="loanwatch:*")):
            client.unlink(name)
        fourth = until(lambda: client.get(GENERATION)).decode()
        assert content(url, fourth) == before
