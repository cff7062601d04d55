"""`loanwatch broker`: started from one shell, looked at and stopped from another."""

import json
import os
import shlex
import signal
import subprocess
import sys

import pytest
import redis
from confluent_kafka.admin import AdminClient

from stream.embedded.ownership import owner
from stream.embedded.ownership import stop as stop_owner
from stream.journal.clients import kafka_config
from stream.settings import Settings

LOANWATCH = [sys.executable, "-m", "stream.cli"]


@pytest.fixture
def broker(tmp_path):
    """Return a function that runs `loanwatch broker ...` on one folder."""

    def run(verb, *args):
        return subprocess.run(
            [*LOANWATCH, "broker", verb, "--dir", str(tmp_path), *args],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    yield run
    for name in ("redis", "kafka"):
        stop_owner(tmp_path / name)


def test_nothing_runs_in_a_new_folder(broker, tmp_path):
    status = broker("status")

    assert status.returncode == 1
    assert status.stdout == "kafka is not running\nredis is not running\n"
    assert json.loads(broker("status", "--json").stdout)["kafka"]["running"] is False
    assert broker("stop").stdout == "redis was not running\nkafka was not running\n"


@pytest.mark.broker
def test_what_one_shell_starts_another_can_use_and_stop(broker, tmp_path):
    started = broker("start")
    exported = dict(shlex.split(line)[1].split("=", 1) for line in started.stdout.splitlines())
    settings = Settings.from_env(exported)

    assert AdminClient(kafka_config(settings)).list_topics(timeout=10).brokers
    with redis.Redis.from_url(settings.redis_url) as client:
        assert client.ping()

    status = broker("status", "--json")
    assert status.returncode == 0
    found = json.loads(status.stdout)
    assert found["kafka"]["address"] == exported["KAFKA_BOOTSTRAP"]
    assert found["redis"]["address"] == exported["REDIS_URL"]
    assert "@127.0.0.1" in broker("status").stdout
    assert "loanwatch:" not in broker("status").stdout  # the login is hidden from people

    again = broker("start")
    assert again.returncode == 2
    assert again.stdout == ""
    assert f"pid {found['kafka']['pid']}" in again.stderr
    assert again.stderr.count("\n") == 1

    assert broker("stop").stdout == "redis stopped\nkafka stopped\n"
    assert owner(tmp_path / "kafka") is None


@pytest.mark.broker
def test_in_the_foreground_it_stops_on_ctrl_c_and_takes_the_servers_along(broker, tmp_path):
    command = [*LOANWATCH, "broker", "start", "--dir", str(tmp_path), "--foreground", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert "KAFKA_BOOTSTRAP" in json.loads(process.stdout.readline())
        assert owner(tmp_path / "kafka") is not None

        process.send_signal(signal.SIGINT)

        assert process.wait(30) == 0
    assert owner(tmp_path / "kafka") is None
    assert owner(tmp_path / "redis") is None


@pytest.mark.broker
def test_in_the_foreground_it_ends_with_an_error_when_a_server_dies(broker, tmp_path):
    command = [*LOANWATCH, "broker", "start", "--dir", str(tmp_path), "--foreground"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        process.stdout.readline()

        os.kill(owner(tmp_path / "redis").pid, signal.SIGKILL)

        assert process.wait(30) == 2
        assert "RedisServer" in process.stderr.read()
    assert owner(tmp_path / "kafka") is None
