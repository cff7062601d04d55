"""Webhooks on a real Kafka: all is told, in order, over a kill -9; what fails is a letter."""

import contextlib
import hmac
import json
import signal
import threading
from collections import defaultdict
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from schemas.collection_trigger import Op
from schemas.dead_letter import DeadLetter
from stream.journal.log_reading import read_partition
from tests.broker.flow import until
from tests.broker.gatehouse import Gatehouse

pytestmark = pytest.mark.broker

SECRET = b"0123456789abcdef"
BORROWERS = 40


class Receiver:
    """An executor's web server, which notes what it takes; `refuses` are never taken."""

    def __init__(self, refuses=()):
        self.taken, self.wrong = [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # whoever sent it was killed in the middle of it
                stamp = self.headers["Loanwatch-Timestamp"].encode()
                mac = hmac.new(SECRET, stamp + b"." + body, sha256).hexdigest()
                if self.headers["Loanwatch-Signature"] != f"v1={mac}":
                    receiver.wrong.append(body)
                told = json.loads(body)
                refused = told["trigger_id"] in refuses
                if not refused:
                    receiver.taken.append((told["borrower_id"], told["trigger_id"], told["op"]))
                self.send_response(500 if refused else 204)
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/push"

    @contextlib.contextmanager
    def listening(self):
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            thread.join()

    def by_borrower(self):
        """What each borrower's pushes said, each once, in the order in which they came first."""
        told = defaultdict(dict)
        for borrower_id, trigger_id, op in self.taken:
            told[borrower_id].setdefault((trigger_id, op))
        return {borrower_id: list(each) for borrower_id, each in told.items()}


@pytest.fixture
def house(settings, tmp_path):
    """A gatehouse whose dialler has a webhook, and who listens there."""
    with contextlib.ExitStack() as stack:

        def start(**receiver):
            listening = stack.enter_context(Receiver(**receiver).listening())
            (tmp_path / "secret").write_bytes(SECRET)
            hook = {"url": listening.url, "secret_file": str(tmp_path / "secret")}
            return Gatehouse(settings, tmp_path, webhook=hook), listening

        yield start


def test_every_push_comes_in_order_over_a_kill(house):
    gatehouse, receiver = house()
    expected = {}
    for number in range(BORROWERS):
        names = [f"{number}x{n}" for n in range(5)]
        expected[f"brw_{number}"] = [
            told for name in names for told in ((name, Op.PROPOSE), (name, Op.RETRACT))
        ]
        for name in names:
            gatehouse.propose(name, borrower_id=f"brw_{number}")
            gatehouse.propose(name, borrower_id=f"brw_{number}", ordinal=2, op=Op.RETRACT)
    with gatehouse.process() as process:
        until(lambda: len(receiver.taken) > 100)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with gatehouse.dispatch():
        until(lambda: receiver.by_borrower() == expected)
    told = len(receiver.taken)
    gatehouse.propose("last", borrower_id="brw_0")
    with gatehouse.dispatch():
        until(lambda: receiver.taken[-1][1] == "last")

    assert receiver.wrong == []
    assert len(receiver.taken) == told + 1, "what was told before a clean stop is not told again"


def test_what_is_never_taken_is_a_dead_letter_and_holds_nobody_up(house):
    gatehouse, receiver = house(refuses=["no"])
    gatehouse.propose("no", "yes", borrower_id="brw_1")
    gatehouse.propose("other")
    with gatehouse.dispatch():
        until(lambda: len(receiver.taken) == 2)
        letters = [
            msgspec.json.decode(record.value, type=DeadLetter)
            for number in range(gatehouse.settings.partitions)
            for record in read_partition(gatehouse.settings, "dead-letters", number)
        ]

    assert [trigger_id for _, trigger_id, _ in receiver.taken] == ["other", "yes"]
    assert [(each.letter_id, each.reason) for each in letters] == [
        ("push/dialler/no/1", "UNDELIVERED")
    ]
