"""The compliance role's worker with faults planted on demand, and sessions short enough for tests.

    python tests/broker/compliance_worker.py [PLANT]

`stop-in-commit`: the process stops itself (SIGSTOP) in its third transaction, everything sent and
nothing committed. `die-in-commit`: it ends so without a word (SIGKILL), in a transaction that
differs from process to process. `without-fencing`: each process has a transactional id of its own.
"""

import itertools
import os
import signal
import sys
import threading

from stream import logs
from stream.journal.checkpoint import Checkpoints
from stream.roles import Role
from stream.roles.compliance import build_app
from stream.settings import Settings
from tests.journal.toy_process import run


def in_commit(number, sign):
    """Send this process a signal in its transaction of that number, once."""
    commit, count = Checkpoints.commit, itertools.count(1)

    def signalled(self, batch):
        if next(count) == number:
            self._producer.flush()
            signal.pthread_kill(threading.get_ident(), sign)
        commit(self, batch)

    Checkpoints.commit = signalled


def without_fencing():
    make = Checkpoints.__init__

    def own_id(self, settings, transactional_id, number):
        make(self, settings, f"{transactional_id}-{os.getpid()}", number)

    Checkpoints.__init__ = own_id


PLANTS = {
    "stop-in-commit": lambda: in_commit(3, signal.SIGSTOP),
    "die-in-commit": lambda: in_commit(2 + os.getpid() % 7, signal.SIGKILL),
    "without-fencing": without_fencing,
}


def main():
    for plant in sys.argv[1:]:
        PLANTS[plant]()
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="compliance")
    run(Role.COMPLIANCE, build_app(settings))


if __name__ == "__main__":
    main()
