"""`loanwatch worker`: refuses with a line, is ready once, stops when told or when it is alone.

The role here reads nothing until a test sends something, which it then fails on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request

import confluent_kafka
import pytest

from stream.journal.clients import kafka_config
from stream.journal.topic_admin import create

pytestmark = pytest.mark.broker

PROGRAM = """
import sys, types
from stream import cli
from stream.journal.app import build_app
from stream.journal.delivered import DeliveredCustody

async def handle(tp, chunk):
    raise ValueError("a bug in the role")

async def settle():
    pass

ticker = types.ModuleType("stream.roles.ticker")
ticker.build_app = lambda settings: build_app(
    "ticker",
    settings,
    custody=DeliveredCustody(settle=settle),
    topics=["source-progress"],
    handle=handle,
)
sys.modules["stream.roles.ticker"] = ticker
cli.main(["worker", "ticker", "--until-stdin-ends"])
"""


@pytest.fixture
def worker(settings):
    """Start the worker; it is killed at the end if it still runs."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, **settings.to_env()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:  # closes its pipes
            process.kill()


@pytest.fixture
def ready(settings, worker):
    """A worker that is at work, and what it said."""
    create(settings)
    process = worker()
    return process, json.loads(process.stdout.readline())


def get(url):
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - the worker's own
        return answer.status, answer.read().decode()


def test_a_worker_says_once_that_it_is_ready_and_where_it_can_be_asked(ready):
    process, said = ready

    assert (said["ready"], said["pid"]) == ("ticker", process.pid)
    assert get(said["health"] + "/healthz") == (200, "yes\n")
    assert get(said["health"] + "/readyz") == (200, "yes\n")
    assert "loanwatch_chunk_records" in get(said["health"] + "/metrics")[1]


def test_a_worker_stops_when_told_and_its_logs_are_json(ready):
    process, _ = ready
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)

    assert process.returncode == 0
    assert out == ""
    assert [line for line in err.splitlines() if json.loads(line)["role"] != "ticker"] == []


def test_a_worker_stops_when_its_parent_is_gone(ready):
    process, _ = ready
    process.stdin.close()

    assert process.wait(timeout=20) == 0


def test_a_worker_whose_role_fails_ends_so_that_it_is_started_again(ready, settings, prefix):
    process, _ = ready
    producer = confluent_kafka.Producer(kafka_config(settings, "test"))
    producer.produce(f"{prefix}source-progress", b"{}", b"key")
    producer.flush()

    assert process.wait(timeout=20) == 1
    assert "a bug in the role" in process.stderr.read()


def test_a_worker_without_its_topics_refuses_in_one_line(worker, prefix):
    process = worker()
    code = process.wait(timeout=30)

    assert (code, process.stdout.read()) == (2, "")
    [line] = process.stderr.read().splitlines()
    assert line.startswith("error: ")
    assert f"{prefix}source-progress" in line
