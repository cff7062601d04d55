"""The golden scenarios of domain.md 7 through a real Kafka and all roles: `make golden`.

    python -m tests.chaos.golden [mall_fire ...]

Each world is played by its progress, so the machine's speed does not matter. Prints a line for
each scenario, and what did not hold; ends with 1 if there is any, or if what was published is
not, byte for byte, what the journal folds to.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from stream.embedded import kafka
from stream.settings import Settings
from tests.broker import golden
from tests.flow.expected import failures
from tests.flow.golden import WORLDS

TICK_MS = 50


def main():
    """Play the worlds that are asked for, by default all."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.golden", description=__doc__)
    parser.add_argument("worlds", nargs="*", choices=[*WORLDS, []], help="default: all")
    names, held = parser.parse_args().worlds or WORLDS, True
    with tempfile.TemporaryDirectory() as folder, kafka.start(Path(folder) / "kafka") as broker:
        for name in names:
            settings = Settings(
                kafka_bootstrap=broker.bootstrap,
                topic_prefix=f"{name}-",
                data_dir=Path(folder) / name,
                tick_ms=TICK_MS,
            )
            settings.data_dir.mkdir()
            held = run(settings, name, WORLDS[name]) and held
    sys.exit(not held)


def run(settings, name, world):
    """Play one world, and say how it went; return whether everything held."""
    book = world.book()
    told, counts = golden.told(settings, world, book)
    problems = failures(book.planted, told)
    found = {name: [p for p in problems if p.startswith(f"{name} ")] for name in world.scenarios}
    for story, number in sorted(world.scenarios.items(), key=lambda each: each[1]):
        facts = sum(row.case == story for row in book.planted)
        verdict = f"{len(found[story])} DID NOT HOLD" if found[story] else "held"
        say(f"{number:>2} {story}: {facts} facts, {verdict}")
        for problem in found[story]:
            say(f"   {problem}")
    ops = Counter(trigger.op.value for _, trigger in told.triggers)
    say("   triggers: " + (", ".join(f"{op} {n}" for op, n in sorted(ops.items())) or "none"))
    pinpointed = is_pinpointed(counts.get("audited"))
    if world.audit:
        say(f"20 edited record: {'held' if pinpointed else 'DID NOT HOLD'}")
    say(f"   {name}: " + ", ".join(f"{key} {value}" for key, value in counts.items()))
    lost = counts["dead_letters"] + counts["waiting"]
    whole = counts["is_the_fold"] and not lost and not counts["hints"]
    return whole and pinpointed and not problems


def is_pinpointed(audited):
    """Whether the verifier found nothing in the whole record, and then the entry edited alone."""
    if audited is None:
        return True
    return not audited["wrong"] and audited["found"] == [audited["edited"]]


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
