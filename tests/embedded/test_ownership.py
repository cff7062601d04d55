"""Who runs in a folder: one server, for as long as it lives, seen from any process."""

import signal
import subprocess
import sys
import time

import pytest

from stream.embedded.errors import BrokerError
from stream.embedded.ownership import Owner, claim, owner, record, stop
from stream.embedded.processes import spawn

DEAF = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); time.sleep(60)"


@pytest.fixture
def server(tmp_path):
    """Return a function that runs a program as the server of `tmp_path`."""
    started = []

    def run(*command):
        with claim(tmp_path) as claimed:
            process = spawn(command, folder=tmp_path, claimed=claimed, output=tmp_path / "out")
            record(claimed, Owner(process.pid, "127.0.0.1:9092"))
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_nobody_owns_a_folder_that_was_never_used(tmp_path):
    assert owner(tmp_path) is None
    assert stop(tmp_path) is False


def test_a_folder_is_its_servers_until_it_ends(server, tmp_path):
    process = server("sleep", "60")
    assert owner(tmp_path) == Owner(process.pid, "127.0.0.1:9092")

    process.kill()
    process.wait()

    assert owner(tmp_path) is None


def test_a_second_server_is_refused_and_the_first_named(server, tmp_path):
    process = server("sleep", "60")

    with pytest.raises(BrokerError, match=rf"in use .* \(pid {process.pid}, 127.0.0.1:9092\)"):
        server("sleep", "60")


def test_the_refusal_hides_a_login(tmp_path):
    with claim(tmp_path) as claimed:
        record(claimed, Owner(1, "redis://ann:pa55@127.0.0.1:6379/0"))

        with pytest.raises(BrokerError) as error, claim(tmp_path):
            pass

    assert "pa55" not in str(error.value)


def test_looking_does_not_disturb_a_start(tmp_path):
    for _ in range(20):
        with claim(tmp_path):
            assert owner(tmp_path) is not None
        assert owner(tmp_path) is None


def test_a_stale_file_cannot_make_stop_hit_a_stranger(tmp_path):
    stranger = subprocess.Popen(["sleep", "60"])
    with claim(tmp_path) as claimed:
        record(claimed, Owner(stranger.pid, "127.0.0.1:9092"))

    assert stop(tmp_path) is False

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_server_that_is_starting_is_not_stopped_halfway(tmp_path):
    with claim(tmp_path), pytest.raises(BrokerError, match="still being started"):
        stop(tmp_path)


def test_stop_waits_until_the_server_is_gone(server, tmp_path):
    process = server("sleep", "60")

    assert stop(tmp_path) is True

    assert process.wait(1) == -signal.SIGTERM
    assert owner(tmp_path) is None


def test_a_server_that_does_not_listen_is_ended_by_force(server, tmp_path):
    process = server(sys.executable, "-u", "-c", DEAF)
    while not (tmp_path / "out").read_text():
        time.sleep(0.01)

    assert stop(tmp_path, timeout_s=0.2) is True

    assert process.wait(1) == -signal.SIGKILL
