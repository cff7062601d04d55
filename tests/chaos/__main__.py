"""Disturb two workers and a broker for many rounds, then compare what was published.

    python -m tests.chaos [--rounds 25] [--seed 1] [--kinds kill,die,term,stop] [--dynamic] ...

The kinds: kill -9 of a worker; a worker that dies between begin and commit; SIGTERM; a zombie
(SIGSTOP past its session); `break_broker`, kill -9 of the broker. Prints a JSON line for each
round and one for the result; exit code 1 if anything was lost, doubled or out of order.

Not a part of `make test`: a round takes some seconds, and what it looks for is rare.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from stream.embedded import kafka
from stream.journal.log_reading import READ_UNCOMMITTED
from stream.settings import Settings
from tests.broker.flow import Flow, until

NAMES = "ab"


class Chaos:
    """Two workers, a broker, and somebody who disturbs them."""

    def __init__(self, flow, folder, *, rng, static):
        self.flow, self.folder, self.rng, self.static = flow, folder, rng, static
        self.broker = None
        self.workers = {}

    def start(self, name, *plants):
        """Start a worker under its name."""
        self.workers[name] = self.flow.worker(name, *plants, static=self.static)

    def round(self, kind):
        """Do one thing to one of them."""
        name = self.rng.choice(NAMES)
        say(round=kind, who=name, alive={n: w.process.poll() for n, w in self.workers.items()})
        getattr(self, kind)(name)

    def kill(self, name):
        self.workers[name].kill()
        self._again(name)

    def term(self, name):
        self.workers[name].stop()
        self._again(name)

    def die(self, name):
        self.workers[name].kill()
        self.start(name, "die-in-commit")
        say(died=name, exit_code=self.workers[name].process.wait(120))
        self._again(name)

    def stop(self, name):
        process = self.workers[name].process
        if process.poll() is not None:
            return self._again(name)
        process.send_signal(signal.SIGSTOP)
        time.sleep(self.rng.uniform(7, 12))
        return process.send_signal(signal.SIGCONT)

    def break_broker(self, _name):
        port = int(self.broker.bootstrap.rpartition(":")[2])
        self.broker.process.kill()
        self.broker.stop()
        time.sleep(self.rng.uniform(1, 5))
        self.broker = kafka.start(self.folder, port)
        time.sleep(self.rng.uniform(0, 15))

    def _again(self, name):
        time.sleep(self.rng.uniform(0, 4))
        self.start(name)

    def repair(self):
        """Start what has ended by itself; say so, for it should be rare."""
        for name, worker in list(self.workers.items()):
            if worker.process.poll() is not None:
                say(ended=name, exit_code=worker.process.poll())
                self.start(name)


def say(**what):
    sys.stdout.write(json.dumps({"at_s": round(time.monotonic(), 1), **what}) + "\n")
    sys.stdout.flush()


def options():
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default="kill,die,term,stop,break_broker")
    parser.add_argument("--rate", type=int, default=1_500, help="records a second")
    parser.add_argument("--dynamic", action="store_true", help="members without names")
    parser.add_argument("--folder", type=Path, help="keep broker and logs here")
    return parser.parse_args()


def main():
    chosen = options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        return run(chosen, folder)


def run(chosen, folder):
    rng = random.Random(chosen.seed)
    broker = kafka.start(folder / "kafka")
    settings = Settings(kafka_bootstrap=broker.bootstrap, data_dir=folder)
    with Flow(settings, folder) as flow:
        chaos = Chaos(flow, folder / "kafka", rng=rng, static=not chosen.dynamic)
        chaos.broker = broker
        try:
            with flow.feeding(per_s=chosen.rate, borrowers=1_000):
                for name in NAMES:
                    chaos.start(name)
                until(lambda: sum(flow.saved()[0]))
                for _ in range(chosen.rounds):
                    time.sleep(rng.uniform(0.2, 8))
                    chaos.repair()
                    chaos.round(rng.choice(chosen.kinds.split(",")))
            chaos.repair()
            flow.drain(within_s=180)
            return result(flow)
        finally:
            chaos.broker.stop()


def result(flow):
    findings = flow.findings()
    uncommitted = flow.outsider(READ_UNCOMMITTED)
    ghosts = uncommitted["alerts"] - uncommitted["unique"]
    say(records=flow.fed, alerts=uncommitted["unique"], ghosts=ghosts, findings=findings)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
