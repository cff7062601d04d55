"""The whole house with as many bad records as good ones: `python -m tests.chaos.house`.

The long form of tests/broker/test_house.py: more records, and kills as long as they are sent.
Prints one JSON object and ends with 1 if anything is missing, doubled or decided otherwise.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from stream.demo.stage import prepare
from stream.embedded import kafka
from stream.roles import Role
from stream.settings import Settings
from tests.broker import house
from tests.broker.flow import until


def main():
    """Run it once."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--borrowers", type=int, default=20)
    arguments.add_argument("--days", type=int, default=21)
    arguments.add_argument("--bad", type=int, default=10_000)
    arguments.add_argument("--kills", type=int, default=6)
    arguments.add_argument("--seed", type=int, default=7)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, kafka.start(Path(folder) / "kafka") as broker:
        found = run(Settings(kafka_bootstrap=broker.bootstrap, data_dir=Path(folder)), asked)
    sys.stdout.write(json.dumps(found) + "\n")
    sys.exit(not all(value for name, value in found.items() if name.startswith("is_")))


def run(settings, asked):
    """Send, kill, wait, compare."""
    prepare(settings)
    rng, killed, began_s = random.Random(asked.seed), [], time.monotonic()
    with house.running(settings) as houses:

        def disturb(share):
            if len(killed) < asked.kills and share > (len(killed) + 1) / (asked.kills + 1):
                where, role = rng.choice(houses), rng.choice([Role.INGEST, Role.MONITOR])
                if pid := where.pids.get(role):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(role)
            for each in houses:
                each.tend()

        sent = house.play(
            settings, borrowers=asked.borrowers, days=asked.days, bad=asked.bad, disturb=disturb
        )

        def settled():
            for each in houses:
                each.tend()
            return house.is_settled(settings, sent)

        until(settled, within_s=900, every_s=5)
    found, published = house.whereabouts(settings), house.published(settings)
    return {
        "good": len(sent.good),
        "bad": sum(sent.bad.values()),
        "bad_by_reason": dict(sorted(house.by_reason(sent.bad).items())),
        "unresolved": len(found.unresolved),
        "journal_records_of_events": sum(found.events.values()),
        "killed": killed,
        "decisions": sum(map(len, published.values())),
        "seconds": round(time.monotonic() - began_s, 1),
        "is_every_good_record_in_the_journal": found.events.keys() == sent.good,
        "is_every_bad_record_a_dead_letter_with_its_reason": found.dead == sent.bad,
        "is_every_stranger_unresolved": found.unresolved == sent.unknown,
        "is_published_what_the_journal_folds_to": published == house.folded(settings),
    }


if __name__ == "__main__":
    main()
