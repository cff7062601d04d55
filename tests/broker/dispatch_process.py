"""Runs dispatch as a process of its own, with faults planted in its commits on demand.

    python tests/broker/dispatch_process.py [PLANT]

With the plant `die-in-commit` the process ends itself without a word (SIGKILL) in one of its first
transactions, before or after the broker has it; with `stop-in-commit` it stops itself (SIGSTOP) in
the first one, everything sent and nothing committed; with `stop-after-commit`, everything committed
and nothing answered.
"""

import itertools
import os
import signal
import sys
import threading

from stream import logs
from stream.commands.worker import run
from stream.journal.checkpoint import Checkpoints
from stream.roles import Role
from stream.settings import Settings


def signalled(sign, at, *, committed=False):
    """Send this process a signal in its transaction number `at`."""
    commit, count = Checkpoints.commit_or_give_up, itertools.count(1)

    def commits(self, within_s):
        is_it = next(count) == at
        self._producer.flush()
        if is_it and not committed:
            here(sign)
        commit(self, within_s)
        if is_it and committed:
            here(sign)

    Checkpoints.commit_or_give_up = commits


def here(sign):
    """Send it to this thread, which goes no further."""
    signal.pthread_kill(threading.get_ident(), sign)


def die_in_commit():
    """Die in a transaction whose number, and which side of it, differ from process to process."""
    pid = os.getpid()
    signalled(signal.SIGKILL, 1 + pid % 10, committed=pid % 2 == 0)


PLANTS = {
    "die-in-commit": die_in_commit,
    "stop-in-commit": lambda: signalled(signal.SIGSTOP, 1),
    "stop-after-commit": lambda: signalled(signal.SIGSTOP, 1, committed=True),
}


if __name__ == "__main__":
    for plant in sys.argv[1:]:
        PLANTS[plant]()
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="dispatch")
    run(Role.DISPATCH, settings)
