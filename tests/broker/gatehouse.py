"""Dispatch on a real Kafka: a monitor's stand-in, executors, and what is in `permits` at the end.

The stand-in writes triggers and progress as the monitor's transactions would, so that a test can
stop it, make it late, or let it say anything.
"""

import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

import httpx
import msgspec
from confluent_kafka import Producer

from schemas.collection_trigger import Op
from schemas.control import KillSwitchBody, subject_of
from schemas.instants import MINUTE_MS, from_ms, wire
from schemas.permit import CollectionOutcome, OutcomeKind, Permit
from schemas.trigger_progress import PROGRESS_KEY, TriggerProgress
from stream import clock
from stream.commands.up import House
from stream.dispatch.refusals import CANNOT_KNOW
from stream.journal.clients import named, producer_config
from stream.journal.log_reading import read_partition
from stream.journal.topic_admin import create
from stream.roles import Role
from stream.sources.control_file import payload_of, signed_by
from stream.sources.control_topic import publish, read_register
from stream.sources.keys import make_trial_keys, read_trust, trial_signers
from tests.dispatch.conftest import trigger

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOKENS = {"dialler": "a token of the dialler", "agency": "a token of the agency"}
SOON_MS = 30 * MINUTE_MS


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Gatehouse:
    """Topics, keys and executors of one test's own; what is started in it is gone after it."""

    def __init__(self, settings, folder, **more):
        executors = [
            {
                "name": name,
                "channels": ["CALL", "MESSAGE"],
                "token_sha256": sha256(token.encode()).hexdigest(),
            }
            | ({"webhook": more["webhook"]} if "webhook" in more and name == "dialler" else {})
            for name, token in TOKENS.items()
        ]
        self.file = folder / "executors.json"
        self.file.write_text(json.dumps({"executors": executors}))
        own = {
            "executors": self.file,
            "dispatch_port": free_port(),
            "instance": "a",
            "permits_per_minute": 1_000_000,
            "permits_per_hour": 1_000_000,
            "requests_per_s": 100_000,
        }
        self.settings = dataclasses.replace(settings, **own | more.get("settings", {}))
        self.log_file = folder / "dispatch.log"
        self.trust = self._keys()
        self._producer = Producer(producer_config(self.settings))
        self._enough = threading.Event()
        create(self.settings)

    def _keys(self):
        keys = self.settings.data_dir / "keys"
        make_trial_keys(keys, self.settings.trust_file)
        self.signers = trial_signers(keys, read_trust(self.settings.trust_file))
        return read_trust(self.settings.trust_file)

    # --- the monitor's stand-in -----------------------------------------------------------------

    def send(self, topic, value, *, key=None, partition=-1):
        """Send one record."""
        name = named(self.settings, topic)
        self._producer.produce(name, key=key, value=value, partition=partition)
        self._producer.poll(0)

    def flush(self):
        """Wait until the broker has all of it."""
        assert self._producer.flush(30) == 0

    def propose(self, *names, ordinal=1, op=Op.PROPOSE, **fields):
        """Write a record of each of some triggers, one borrower each."""
        now_ms = clock.now_ms()
        window = {
            "at": wire(now_ms),
            "earliest_at": wire(now_ms - MINUTE_MS),
            "latest_at": wire(now_ms + SOON_MS),
            "expires_at": wire(now_ms + SOON_MS),
        }
        for name in names:
            record = trigger(name, ordinal, op, **window | {"borrower_id": f"brw_{name}"} | fields)
            self.send("collection-triggers", msgspec.json.encode(record), key=record.borrower_id)
        self.flush()

    def tick(self, at_ms=None):
        """Tell every partition how far it has come."""
        value = msgspec.json.encode(TriggerProgress(tick_at_ms=at_ms or clock.now_ms()))
        for partition in range(self.settings.partitions):
            self.send("collection-triggers", value, key=PROGRESS_KEY, partition=partition)
        self.flush()

    @contextlib.contextmanager
    def ticking(self, every_s=0.5):
        """Tick until the block ends."""
        enough = threading.Event()

        def tick():
            while not enough.wait(every_s):
                self.tick()

        self.tick()
        thread = threading.Thread(target=tick)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()

    # --- the kill switch ------------------------------------------------------------------------

    def kill(self, *, on):
        """Work the switch as `loanwatch control kill` does; return when Kafka has it."""
        self.put_in_force(KillSwitchBody(on=on), self.signers[:1] if on else self.signers)

    def put_in_force(self, body, signers=None):
        """Sign and publish a control record; return when Kafka has it."""
        register, signers = read_register(self.settings, self.trust), signers or self.signers
        payload = payload_of(
            body,
            author=signers[0].signer,
            approver=signers[-1].signer,
            supersedes=register.superseded(subject_of(body)),
            now_ms=clock.now_ms(),
        )
        publish(self.settings, register, signed_by(payload, signers))

    # --- dispatch and executors -----------------------------------------------------------------

    @contextlib.contextmanager
    def dispatch(self, **changed):
        """Run dispatch, and restart it when it ends, until the block ends."""
        settings = dataclasses.replace(self.settings, **changed)
        with (
            self.log_file.open("ab") as log,
            House([Role.DISPATCH], settings, log_to=log.fileno()) as house,
        ):
            house.wait_ready()
            yield house

    @contextlib.contextmanager
    def process(self, *plants, **changed):
        """Run dispatch with faults planted; not restarted, killed at the end of the block."""
        settings = dataclasses.replace(self.settings, **changed)
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "dispatch_process.py"), *plants],
                env={**os.environ, **settings.to_env(), "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
            )
        with process:  # closes its pipes
            try:
                yield process
            finally:
                process.kill()

    @property
    def url(self):
        """Where permits are asked for."""
        return f"http://127.0.0.1:{self.settings.dispatch_port}"

    def client(self, name="dialler", port=None):
        """An executor's."""
        headers = {"Authorization": f"Bearer {TOKENS[name]}"}
        url = f"http://127.0.0.1:{port}" if port else self.url
        return httpx.Client(base_url=url, headers=headers, timeout=60)

    def ask(self, client, name, *, key=None, ordinal=1, channel="CALL"):
        """Ask for a permit; return the status and what is answered."""
        body = {"request_key": key or f"key-{name}", "ordinal": ordinal, "channel": channel}
        answer = client.post(f"/permits/{name}", json=body)
        return answer.status_code, answer.json()

    def settled(self, client, name, **request):
        """Ask until the gate knows; return the status and the permit, or the reason for none."""
        while True:
            status, answer = self.ask(client, name, **request)
            if answer.get("reason") not in CANNOT_KNOW:
                return status, answer.get("reason", answer)
            time.sleep(0.1)

    def granted(self, client, name, within_s=120.0, **request):
        """Ask until it is granted; return the permit."""
        end = time.monotonic() + within_s
        while True:
            with contextlib.suppress(httpx.TransportError):
                status, answer = self.ask(client, name, **request)
                if status == httpx.codes.OK:
                    return answer
                assert time.monotonic() < end, answer
            assert time.monotonic() < end
            time.sleep(0.1)

    def report(self, permit, **fields):
        """Report what came of a permit, as an executor does."""
        names = ("borrower_id", "channel", "trigger_id", "permit_id")
        told = {name: permit[name] for name in names}
        told |= {"outcome": OutcomeKind.CONTACTED, "at": from_ms(clock.now_ms())} | fields
        value = msgspec.json.encode(CollectionOutcome(**told))
        self.send("collection-outcomes", value, key=permit["borrower_id"])
        self.flush()

    # --- what came of it ------------------------------------------------------------------------

    def permits(self):
        """All permits that are committed, each with the time at which the broker got it."""
        return [
            (msgspec.json.decode(record.value, type=Permit), record.timestamp)
            for number in range(self.settings.partitions)
            for record in read_partition(self.settings, "permits", number)
        ]

    def twice(self):
        """Triggers with more than one permit."""
        counted = Counter(permit.trigger_id for permit, _ in self.permits())
        return {name: count for name, count in counted.items() if count > 1}

    def log(self):
        """What dispatch has logged, a line each."""
        lines = self.log_file.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]
