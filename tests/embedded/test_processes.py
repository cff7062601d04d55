"""Server processes: ports that are lost to others, watchers, stopping."""

import socket
import subprocess
import sys
import time

import pytest

from stream.embedded.errors import BrokerError
from stream.embedded.ownership import claim, owner
from stream.embedded.processes import PortTakenError, Server, on_port, spawn, watch


@pytest.fixture
def taken_port():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_port_that_is_asked_for_and_taken_is_refused_before_anything_starts(taken_port):
    with pytest.raises(BrokerError, match=rf"port {taken_port} cannot be had \(address already in"):
        on_port(taken_port, pytest.fail)


def test_a_port_that_is_lost_while_starting_is_replaced_by_another():
    tried = []

    def attempt(port):
        tried.append(port)
        if len(tried) < 3:
            raise PortTakenError
        return "started"

    assert on_port(0, attempt) == "started"
    assert len(set(tried)) == 3


def test_bad_luck_with_ports_has_an_end():
    def attempt(port):
        raise PortTakenError(f"port {port} was taken meanwhile")

    with pytest.raises(PortTakenError):
        on_port(0, attempt)


PARENT = """
import sys, pathlib, time
from stream.embedded.ownership import claim
from stream.embedded.processes import spawn, watch
folder = pathlib.Path(sys.argv[1])
with claim(folder) as claimed:
    process = spawn(["sleep", "60"], folder=folder, claimed=claimed, output=folder / "out")
watcher = watch(process.pid)
print("up", flush=True)
time.sleep(60)
"""


def test_a_watched_server_ends_when_its_parent_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout.readline() == "up\n"

    parent.kill()
    parent.wait()
    parent.stdout.close()

    end = time.monotonic() + 10
    while owner(tmp_path) and time.monotonic() < end:
        time.sleep(0.02)
    assert owner(tmp_path) is None


def test_a_stopped_server_takes_its_watcher_along(tmp_path):
    with claim(tmp_path) as claimed:
        process = spawn(["sleep", "60"], folder=tmp_path, claimed=claimed, output=tmp_path / "o")
    watcher = watch(process.pid)

    with Server(process, watcher) as server:
        assert process.poll() is None
    server.stop()

    assert process.poll() is not None
    assert watcher.poll() is not None
