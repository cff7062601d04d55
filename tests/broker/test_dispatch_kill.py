"""kill -9 of dispatch, and zombies: no trigger has two permits, none is answered and not kept."""

import contextlib
import random
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.broker.flow import STOPPED, until
from tests.broker.gatehouse import Gatehouse, free_port

pytestmark = pytest.mark.broker

EXECUTORS = ("dialler", "dialler", "agency", "agency")


@pytest.fixture
def gatehouse(settings, tmp_path):
    return Gatehouse(settings, tmp_path)


class Insisting:
    """Executors that ask for the same triggers, each with keys of its own, until it is answered.

    A trigger is settled for one that has its permit, or is told that another has it.
    """

    def __init__(self, gatehouse, names):
        self.answered = []
        self.settled = 0
        self._gatehouse, self._names = gatehouse, names
        self._enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=[number, name])
            for number, name in enumerate(EXECUTORS)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def wait(self):
        for thread in self._threads:
            thread.join()

    def _ask(self, number, executor):
        rng = random.Random(number)
        names = rng.sample(self._names, len(self._names))
        with self._gatehouse.client(executor) as client:
            for name in names:
                while not (self._enough.is_set() or self._ask_once(client, name, number)):
                    time.sleep(0.05)
                self.settled += 1

    def _ask_once(self, client, name, number):
        try:
            _, answer = self._gatehouse.ask(client, name, key=f"{number}-{name}")
        except httpx.TransportError:
            return False
        if permit := permit_in(answer):
            self.answered.append(permit)
        return bool(permit) or answer["reason"] == "GRANTED_TO_ANOTHER"


def findings(gatehouse, answered):
    """What must not be: doubled permits, answers that nobody kept, answers to two executors."""
    kept = {permit.trigger_id: permit.permit_id for permit, _ in gatehouse.permits()}
    told = {(each["trigger_id"], each["permit_id"]) for each in answered}
    found = {
        "granted twice": len(gatehouse.twice()),
        "answered and not kept": len(told - kept.items()),
        "answered to two": len(told) - len({name for name, _ in told}),
    }
    return {what: count for what, count in found.items() if count}


def test_kills_at_random_and_inside_the_commit_grant_nothing_twice(gatehouse, record_property):
    names = [f"t{number}" for number in range(1_200)]
    gatehouse.propose(*names)
    rng, kills = random.Random(5), 0
    with gatehouse.ticking(), Insisting(gatehouse, names) as executors:
        while kills < 6:
            plants = ["die-in-commit"] if kills % 2 else []
            with gatehouse.process(*plants, instance="a") as process:
                assert process.stdout.readline()
                if plants:
                    process.wait(120)
                else:
                    time.sleep(rng.uniform(0.2, 1.5))
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                assert process.returncode == -signal.SIGKILL
            kills += 1
        with gatehouse.process(instance="a"):
            executors.wait()

    record_property("permits", len(gatehouse.permits()))
    assert findings(gatehouse, executors.answered) == {}
    assert len(gatehouse.permits()) == len(names)


@pytest.mark.parametrize(
    ("plant", "granted"),
    [("stop-in-commit", {"heir"}), ("stop-after-commit", {"zombie", "zombie's again"})],
)
def test_a_zombie_in_its_commit_grants_nothing_that_its_heir_has_granted(gatehouse, plant, granted):
    """Where the zombie's permit is kept, the same request at its heir gets that permit.

    The zombie's own answer may be lost, or say that the permit was not written.
    """
    port = free_port()
    gatehouse.propose("t1")
    told = {}
    with (
        gatehouse.ticking(),
        gatehouse.process(plant, instance="") as zombie,
        gatehouse.client() as dialler,
    ):
        assert zombie.stdout.readline()
        first = threading.Thread(target=lambda: told.update(zombie=said(gatehouse, dialler)))
        first.start()
        until(lambda: state(zombie.pid) == STOPPED)
        with (
            gatehouse.process(instance="", dispatch_port=port) as heir,
            gatehouse.client("agency", port) as agency,
            gatehouse.client("dialler", port) as again,
        ):
            assert heir.stdout.readline()
            told["heir"] = said(gatehouse, agency, UNSAID, key="heir")
            zombie.send_signal(signal.SIGCONT)
            first.join()
            zombie.kill()  # else it may get the partition back from its heir
            told["zombie's again"] = said(gatehouse, again, UNSAID)

    permits = {who: permit_in(answer) for who, answer in told.items() if permit_in(answer)}
    assert findings(gatehouse, permits.values()) == {}, told
    assert len(gatehouse.permits()) == len({each["permit_id"] for each in permits.values()}) == 1
    assert permits.keys() <= granted, told


def test_the_limit_is_of_the_house_over_processes_and_heirs(gatehouse):
    """Two share the partitions; when one is killed, the other counts what it has granted."""
    names, port, limit = [f"t{number}" for number in range(200)], free_port(), 42
    gatehouse.propose(*names)
    own = {"instance": "", "permits_per_hour": limit, "permit_s": 900}
    with (
        gatehouse.ticking(),
        gatehouse.process(**own) as first,
        gatehouse.process(**own, dispatch_port=port) as second,
        gatehouse.client() as at_first,
        gatehouse.client("dialler", port) as at_second,
    ):
        assert first.stdout.readline()
        assert second.stdout.readline()
        for name in names:
            until(lambda name=name: knows(gatehouse, name, at_first, at_second))
        before = len(gatehouse.permits())
        first.kill()
        told = [said(gatehouse, at_second, UNSAID, name=name, key=name) for name in names]

    assert before == limit
    assert {each["reason"] for each in told} == {"GRANTED_TO_ANOTHER", "LIMIT_HOUR"}
    assert len(gatehouse.permits()) == limit


def knows(gatehouse, name, *clients):
    """Whether one of them is answered by who owns the partition and has read it."""
    return any(gatehouse.ask(each, name)[1].get("reason") not in UNSAID for each in clients)


UNREAD = {"NOT_OWNER", "BEHIND", "STALE", "CLOCK_SKEW", "KILL_SWITCH_UNKNOWN", "UNKNOWN_TRIGGER"}
"""Refusals of a process that has not read all yet."""
UNSAID = UNREAD | {"NOT_WRITTEN"}


def said(gatehouse, client, unsaid=UNREAD, *, name="t1", key="zombie", within_s=120.0):
    """Ask until there is an answer that says something; nothing if the process ends or hangs."""
    client.timeout, end = 60, time.monotonic() + within_s
    with contextlib.suppress(httpx.TransportError):
        while time.monotonic() < end:
            _, answer = gatehouse.ask(client, name, key=key)
            if answer.get("reason") not in unsaid:
                return answer
            time.sleep(0.1)
    return {}


def permit_in(answer):
    """Return the permit that an answer tells of, be it that it has ended."""
    return answer if "permit_id" in answer else answer.get("permit")


def state(pid):
    """The process's state as the system tells it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
