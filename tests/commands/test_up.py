"""The parent of the roles: restarts, gives up, stops in good order, and takes all with it.

The roles here are small scripts: what the parent does must not depend on what a role is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from stream.commands import up
from stream.roles import Role
from stream.settings import Settings

READY = 'print(\'{"ready": "ingest", "pid": 1, "health": "http://127.0.0.1:1"}\', flush=True)'
STAYS = f"import time; {READY}; time.sleep(60)"
FAILS = "raise SystemExit(3)"
DEAF = f"import signal, time; signal.signal(15, signal.SIG_IGN); {READY}; time.sleep(60)"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(up, "FIRST_WAIT_S", 0.01)


def house(script, roles=(Role.INGEST,), **options):
    return up.House(
        roles, Settings(), command=lambda role: [sys.executable, "-c", script, role], **options
    )


def tend_until(condition, of, within_s=10.0):
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        of.tend()
        time.sleep(0.02)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_role_is_ready_when_it_has_said_so():
    with house(STAYS) as of:
        of.wait_ready(10)

        assert of.health == {Role.INGEST: "http://127.0.0.1:1"}


def test_a_role_that_was_killed_is_started_again():
    with house(STAYS) as of:
        of.wait_ready(10)
        first = of.pids[Role.INGEST]
        os.kill(first, signal.SIGKILL)
        tend_until(lambda: of.pids.get(Role.INGEST, first) != first, of)
        of.wait_ready(10)

        assert is_alive(of.pids[Role.INGEST])


def test_a_role_that_never_stays_up_ends_the_house_with_its_exit_code():
    with house(FAILS) as of, pytest.raises(up.RoleDownError) as down:
        of.wait_ready(30)

    assert str(down.value) == (
        "ingest ended 5 times within 10 s of its start, the last time with exit code 3:"
        " its log says why"
    )


def test_a_role_that_is_never_ready_is_named():
    with house("import time; time.sleep(60)") as of, pytest.raises(up.RoleDownError) as down:
        of.wait_ready(0.2)

    assert str(down.value) == "expected ingest to be ready within 0.2 s"


def test_leaving_the_house_stops_every_role():
    with house(STAYS, roles=list(Role)) as of:
        of.wait_ready(10)
        pids = list(of.pids.values())

    assert len(pids) == len(Role)
    assert not any(map(is_alive, pids))


def test_a_role_that_does_not_listen_is_killed_after_the_grace():
    of = house(DEAF)
    of.start()
    of.wait_ready(10)
    pid = of.pids[Role.INGEST]

    of.stop(grace_s=0.2)

    assert not is_alive(pid)


def test_each_role_has_a_metrics_port_of_its_own_and_the_same_name_after_a_restart():
    first, second = (up._environment(role, Settings(metrics_port=9100)) for role in list(Role)[:2])

    assert first["LOANWATCH_METRICS_PORT"] == "9100"
    assert second["LOANWATCH_METRICS_PORT"] == "9101"
    assert first["LOANWATCH_INSTANCE"]


PARENT = textwrap.dedent(
    """
    import sys, time
    from stream.commands import up
    from stream.roles import Role
    from stream.settings import Settings

    script = (
        "import sys; from stream.commands.worker import stop_at_end_of;"
        "stop_at_end_of(sys.stdin.fileno()); import time; time.sleep(60)"
    )
    of = up.House([Role.INGEST], Settings(), command=lambda _: [sys.executable, "-c", script])
    of.start()
    print(of.pids[Role.INGEST], flush=True)
    time.sleep(60)
    """
)


def test_the_roles_do_not_outlive_a_parent_that_is_killed():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    parent.stdout.readline()
    parent.kill()

    parent.communicate(timeout=10)  # the role holds the same stderr: its end is the role's
