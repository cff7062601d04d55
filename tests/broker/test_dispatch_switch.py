"""The kill switch on a real Kafka: within a second, whatever waits, and by nobody who may not."""

import contextlib
import itertools
import threading
import time

import httpx
import msgspec
import pytest

from schemas.control import KillSwitchBody
from schemas.instants import to_ms
from schemas.signing import Signed
from stream import clock
from stream.commands.up import House
from stream.journal.log_reading import read_partition
from stream.roles import Role
from stream.sources.control_file import payload_of, signed_by
from tests.broker.flow import until
from tests.broker.gatehouse import Gatehouse

pytestmark = pytest.mark.broker

TRIGGERS = 5_000
EXECUTORS = 4
WITHIN_MS = 1_000


class Executors:
    """Ask for one permit after the other as fast as they can; note when, and each answer."""

    def __init__(self, gatehouse, names):
        self.answers = []
        self._gatehouse = gatehouse
        self._names = itertools.cycle(names)
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(EXECUTORS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _ask(self):
        with self._gatehouse.client() as client:
            while not self._enough.is_set():
                name, asked_ms = next(self._names), clock.now_ms()
                with contextlib.suppress(httpx.TransportError):
                    status, answer = self._gatehouse.ask(client, name)
                    self.answers.append((asked_ms, status, answer.get("reason")))

    def granted(self):
        """When was asked what was granted."""
        return [at_ms for at_ms, status, _ in self.answers if status == httpx.codes.OK]

    def reasons_after(self, at_ms):
        """What was answered to those who asked later than that."""
        return [reason for at, _, reason in self.answers if at > at_ms]


@pytest.mark.parametrize("is_fresh", [True, False], ids=["everything fresh", "a backlog"])
def test_no_permit_a_second_after_the_switch(settings, tmp_path, is_fresh, record_property):
    """Ingest and monitor are down; in the backlog 60,000 records of triggers wait as well."""
    gatehouse = Gatehouse(settings, tmp_path)
    names = [f"t{number}" for number in range(TRIGGERS)]
    gatehouse.propose(*names)
    with contextlib.ExitStack() as stack:
        ticking = stack.enter_context(contextlib.ExitStack())
        ticking.enter_context(gatehouse.ticking())
        stack.enter_context(gatehouse.dispatch())
        with gatehouse.client() as dialler:
            gatehouse.granted(dialler, names[-1])
        executors = stack.enter_context(Executors(gatehouse, names))
        until(lambda: len(executors.granted()) > 300)
        if not is_fresh:
            ticking.close()
            flood = threading.Thread(
                target=lambda: gatehouse.propose(*(f"f{n}" for n in range(60_000)))
            )
            flood.start()
            stack.callback(flood.join)
            time.sleep(0.5)
        gatehouse.kill(on=True)
        killed_ms = clock.now_ms()
        until(lambda: executors.reasons_after(killed_ms + WITHIN_MS).count("KILL_SWITCH") > 200)

    late = [at_ms for at_ms in executors.granted() if at_ms > killed_ms + WITHIN_MS]
    judged = [to_ms(permit.granted_at) for permit, _ in gatehouse.permits()]
    record_property("last_grant_after_switch_ms", max(judged) - killed_ms)

    assert late == []
    assert max(judged) <= killed_ms + WITHIN_MS
    reasons = set(executors.reasons_after(killed_ms + WITHIN_MS))
    assert reasons <= {"KILL_SWITCH", "KILL_SWITCH_UNKNOWN"}
    assert len(executors.granted()) < TRIGGERS


def test_a_forged_record_switches_nothing_and_is_told_of(settings, tmp_path):
    gatehouse = Gatehouse(settings, tmp_path)
    gatehouse.propose("t1", "t2")

    def forge(*, on, signers, supersedes=None):
        author, approver = gatehouse.signers
        payload = payload_of(
            KillSwitchBody(on=on),
            author=author.signer,
            approver=approver.signer,
            supersedes=supersedes,
            now_ms=clock.now_ms(),
            record_id=f"forged-{clock.now_ms()}",
        )
        gatehouse.send("control", msgspec.json.encode(signed_by(payload, signers)), key="x")
        gatehouse.flush()

    def refused():
        return sum(line["event"] == "kill switch refused" for line in gatehouse.log())

    with (
        gatehouse.ticking(),
        gatehouse.dispatch(),
        (tmp_path / "others.log").open("ab") as log,
        House([Role.INGEST, Role.MONITOR], gatehouse.settings, log_to=log.fileno()) as others,
        gatehouse.client() as dialler,
    ):
        others.wait_ready()
        forge(on=True, signers=[])
        until(lambda: refused() == 1)
        gatehouse.granted(dialler, "t1")

        gatehouse.kill(on=True)
        in_force = last_id(gatehouse)
        until(lambda: gatehouse.ask(dialler, "t2")[1]["reason"] == "KILL_SWITCH")
        forge(on=False, signers=[], supersedes=in_force)
        forge(on=False, signers=gatehouse.signers[:1], supersedes=in_force)
        gatehouse.send("control", b"nonsense", key="kill_switch")
        gatehouse.flush()
        until(lambda: refused() == 3)
        time.sleep(1)
        assert gatehouse.settled(dialler, "t2") == (409, "KILL_SWITCH")

        until(lambda: len(refused_controls(gatehouse)) == 4)
        gatehouse.kill(on=False)
        gatehouse.granted(dialler, "t2")

    assert len(refused_controls(gatehouse)) == 4


def last_id(gatehouse):
    """The id of the last record on the topic."""
    *_, last = read_partition(gatehouse.settings, "control", 0)
    signed = msgspec.json.decode(last.value, type=Signed)
    return msgspec.json.decode(signed.payload)["record_id"]


def refused_controls(gatehouse):
    """The health records about controls; the fold does not know the triggers, and says that too."""
    told = [
        msgspec.json.decode(record.value)
        for number in range(gatehouse.settings.partitions)
        for record in read_partition(gatehouse.settings, "health", number)
    ]
    return [each for each in told if each["kind"] == "control_refused"]
