"""`loanwatch up` with the real roles on a real Kafka: up, one killed, up again, down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from queue import Empty, Queue

import pytest

from desk.users import make_trial_users
from stream.commands.up import DESK, usual
from stream.journal.topic_admin import create
from stream.settings import Settings
from stream.sources.keys import make_trial_keys

pytestmark = pytest.mark.broker

READY_WITHIN_S = 60


class Log:
    """The lines of a process's log as they come."""

    def __init__(self, stream):
        self.text = []
        self._lines = Queue()
        self._thread = threading.Thread(target=self._read, args=[stream])
        self._thread.start()

    def _read(self, stream):
        for line in stream:
            self.text.append(line)
            self._lines.put(line)

    def ready(self, roles):
        """Return the process id of each role once all have said that they are ready."""
        pids, end = {}, time.monotonic() + READY_WITHIN_S
        while pids.keys() != set(roles):
            try:
                line = self._lines.get(timeout=max(0, end - time.monotonic()))
            except Empty:
                pytest.fail("not ready:\n" + "".join(self.text))
            if '"role is ready"' in line:
                said = json.loads(line)
                pids[said["of"]] = said["pid"]
        return pids

    def ends(self, within_s):
        """Return whether nobody holds the log any more."""
        self._thread.join(within_s)
        return not self._thread.is_alive()


@pytest.fixture
def up(settings):
    """`loanwatch up`, and its log."""
    create(settings)
    make_trial_keys(settings.data_dir / "keys", settings.trust_file)
    make_trial_users(settings.desk_users_file)
    settings = replace(settings, desk_port=0)
    with subprocess.Popen(
        [sys.executable, "-m", "stream.cli", "up"],
        env={**os.environ, **settings.to_env()},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        log = Log(process.stderr)
        yield process, log
        process.terminate()
        log.ends(within_s=30)


def test_the_roles_come_up_are_started_again_and_go_down_together(up):
    process, log = up
    pids = log.ready([*usual(Settings()), DESK])

    os.kill(pids["ticker"], signal.SIGKILL)
    assert log.ready(["ticker"])["ticker"] != pids["ticker"]

    process.terminate()
    assert process.wait(timeout=30) == 0
    assert log.ends(within_s=5), "a role still holds the log"
