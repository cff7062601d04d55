"""The monitor's worker around the toy book, with faults planted on demand.

    python tests/journal/toy_monitor.py [PLANT]

Settings come from the environment, as everywhere. Sessions are short, so that tests need not
wait. With the plant `stop-in-commit` the process stops itself (SIGSTOP) in the middle of its
third transaction: everything sent, nothing committed.
"""

import os
import signal
import sys

from stream import logs
from stream.commands.worker import RoleWorker
from stream.health import HealthServer
from stream.journal.checkpoint import Checkpoints
from stream.journal.folding import build_folding_app
from stream.journal.owner import CheckpointCustody
from stream.roles import Role
from stream.settings import Settings
from tests.journal.toy import ToyBook

SESSION_S, HEARTBEAT_S = 6.0, 1.0


def stop_in_commit():
    """Stop this process in its third transaction, with the records in the log."""
    commit, count = Checkpoints.commit, 0

    def stopping(self, batch):
        nonlocal count
        count += 1
        if count == 3:
            self._producer.flush()
            os.kill(os.getpid(), signal.SIGSTOP)
        commit(self, batch)

    Checkpoints.commit = stopping


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


PLANTS = {
    "stop-in-commit": stop_in_commit,
    "without-fencing": without_fencing,
    "seek-off-by-one": seek_off_by_one,
}


def main():
    for plant in sys.argv[1:]:
        PLANTS[plant]()
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="toy")
    app = build_folding_app("monitor", settings, lambda _number: ToyBook())
    app.conf.broker_session_timeout = SESSION_S
    app.conf.broker_heartbeat_interval = HEARTBEAT_S
    process = RoleWorker(Role.MONITOR, app)
    with HealthServer("127.0.0.1", 0, live=process.live, ready=process.ready) as health:
        process.address = f"http://127.0.0.1:{health.port}"
        process.execute_from_commandline()


if __name__ == "__main__":
    main()
