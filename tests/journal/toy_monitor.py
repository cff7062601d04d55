"""The monitor's worker around the toy book, with faults planted on demand.

    python tests/journal/toy_monitor.py [PLANT]

Settings come from the environment, as everywhere. With the plant `stop-in-commit` the process
stops itself (SIGSTOP) in the middle of a transaction, the first with an alert from the third on:
everything sent, nothing committed; with `die-in-commit` it ends so without a word (SIGKILL), in
any transaction.
"""

import itertools
import os
import signal
import sys
import threading

from stream import logs
from stream.journal import app
from stream.journal.checkpoint import Checkpoints
from stream.journal.folding import build_folding_app
from stream.journal.owner import CheckpointCustody
from stream.roles import Role
from stream.settings import Settings
from tests.journal.toy import ToyBook
from tests.journal.toy_process import run


def in_commit(number, sign):
    """Send this process a signal, once: from that transaction on in the first with an alert.

    Its records are in the log then, for a reader that does not wait for commits.
    """
    commit, count, sent = Checkpoints.commit, itertools.count(1), []

    def signalled(self, batch):
        has_alert = any(message.topic.endswith("alerts") for message in batch)
        if next(count) >= number and has_alert and not sent:
            sent.append(sign)
            self._producer.flush()
            signal.pthread_kill(threading.get_ident(), sign)  # this thread goes no further
        commit(self, batch)

    Checkpoints.commit = signalled


def without_fencing():
    """Give each process ids of its own: nobody shuts out anybody."""
    make = Checkpoints.__init__

    def own_id(self, settings, transactional_id, number):
        make(self, settings, f"{transactional_id}-{os.getpid()}", number)

    Checkpoints.__init__ = own_id


def seek_off_by_one():
    """Say one offset too much: a record is skipped at each takeover."""
    take_over = CheckpointCustody.take_over

    async def one_more(self, tps):
        taken = await take_over(self, tps)
        for tp in taken:
            self._owned[tp].partition.applied += 1
        return {tp: applied + 1 for tp, applied in taken.items()}

    CheckpointCustody.take_over = one_more


def hurried():
    """Give a stop two seconds before it is cut short."""
    app.STOP_WITHIN_S = 2.0


PLANTS = {
    "hurried": hurried,
    "stop-in-commit": lambda: in_commit(3, signal.SIGSTOP),
    "die-in-commit": lambda: in_commit(3 + os.getpid() % 40, signal.SIGKILL),
    "without-fencing": without_fencing,
    "seek-off-by-one": seek_off_by_one,
}


def main():
    for plant in sys.argv[1:]:
        PLANTS[plant]()
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="toy")
    run(Role.MONITOR, build_folding_app("monitor", settings, lambda _number: ToyBook()))


if __name__ == "__main__":
    main()
