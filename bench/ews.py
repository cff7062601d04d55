"""How good D8 is on a file of envelopes and its labels, beside simple floors.

    python -m bench.ews FILE.jsonl LABELS.csv [--matures-after-days 30]

FILE and LABELS come from `loanwatch import`. Each borrower is judged once, in order of time, by
what had matured before (stream/evaluate/ews.py). Without --matures-after-days each outcome teaches
about those who are judged after it. Numbers are of the last third; intervals are the middle 95 % of
1,000 draws of borrowers. Floors are single features and the sum of all evidence, without a
threshold. With --all numbers are of everybody: for a set too small to learn from.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from detectors.evidence import APART, VOICES
from detectors.features import NAMES
from schemas import journal
from schemas.instants import parse
from stream.evaluate.ews import Freezer, Frozen, Scores, judge, result
from stream.evaluate.fold import lines_of
from stream.replay.files import FileJournal
from stream.replay.tally import Tally
from stream.sources.labels import read_labels

NOW_MS = parse("2026-11-22T00:00:00Z")
"""Later than every set."""

FALSE_SHARE, DRAWS, SEED = 0.19, 1_000, 7
FLOORS = ("late_mean", "late_worst", "late_count", "used_mean")


def frozen_of(file: Path, labels: Path) -> list[Frozen]:
    """Read the file and return each labelled borrower as it was when it was judged."""
    freezer = Freezer(read_labels(labels))

    def take(_key: bytes, value: bytes) -> None:
        freezer.record(journal.decode(value))

    files = FileJournal(take, Tally(), wall_now_ms=NOW_MS)
    with file.open("rb") as opened:
        for origin, line in lines_of(opened, file.name):
            files.line(line, origin)
    return freezer.frozen()


def printed(name: str, scores: Scores, parts: int) -> None:
    """Print the numbers of the last of so many parts, and the AUC of all."""
    third = len(scores.score) // parts
    last = Scores(*(each[-third:] for each in scores))
    rng, ones = np.random.default_rng(SEED), np.ones(third)
    draws = (np.bincount(rng.integers(third, size=third), minlength=third) for _ in range(DRAWS))
    drawn = [result(last, draw.astype(np.float64), false_share=FALSE_SHARE) for draw in draws]
    cells = [
        "{:.3f} [{:.3f}, {:.3f}]".format(value, *np.quantile(found, (0.025, 0.975)))
        for value, found in zip(
            result(last, ones, false_share=FALSE_SHARE), zip(*drawn, strict=True), strict=True
        )
    ]
    everybody = result(scores, np.ones(len(scores.score)), false_share=FALSE_SHARE).auc
    print(f"| {name} | {everybody:.3f} | {' | '.join(cells)} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.ews", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--matures-after-days", type=int, help="if not given, at once")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    start = time.perf_counter()
    frozen = frozen_of(arguments.file, arguments.labels)
    read_s = time.perf_counter() - start
    after_days = arguments.matures_after_days
    scores = judge(frozen, matures_after_days=after_days, false_share=FALSE_SHARE)
    took_s = time.perf_counter() - start - read_s
    print(f"{len(frozen):,} borrowers read in {read_s:.0f} s, judged and learned in {took_s:.0f} s")
    heads = ("score", "AUC of all", "AUC", f"recall at {FALSE_SHARE}", "recall of alarms", "false")
    print(f"| {' | '.join(heads)} |\n|---|---|---|---|---|---|")
    parts = 1 if arguments.all else 3
    printed("D8", scores, parts)
    evidence = [NAMES.index(f"evidence_{voice}") for voice in VOICES if voice != APART]
    floors = {name: [NAMES.index(name)] for name in FLOORS} | {"evidence": evidence}
    for floor, places in floors.items():
        score = np.array([sum(each.x[at] for at in places) for each in frozen])
        printed(floor, scores._replace(score=score, is_alarm=score > np.inf), parts)


if __name__ == "__main__":
    main()
