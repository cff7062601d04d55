"""Contacts against an independent judge: `python -m bench.conduct --histories 100000 --jobs 2`.

Random streets of borrowers, with payments, returns, holds, hardship claims, moves and kill switches
between a proposal and its permit (`tests/decide/collection/histories.py`); each contact that is let
through is put before a judge that knows the raw records alone (`judge.py` beside it). Printed is
one JSON line: histories, permits, the share of proposals that were sent, and what was wrong, which
must be nothing. The exit code says so, too.
"""

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.decide.collection.histories import Result, Walk

BORROWERS = 50
"""Of one street."""

SAID_EVERY_S = 30


def walk(seed: int) -> Result:
    """Walk one street."""
    return Walk(seed, borrowers=BORROWERS).walk()


def main() -> int:
    """Walk all streets; return 1 if one contact was wrong, or none was made."""
    parser = argparse.ArgumentParser(prog="bench.conduct")
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0, help="Of the first street.")
    parser.add_argument("--seconds", type=int, help="Begin no more streets after this.")
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + -(-asked.histories // BORROWERS))
    began, total = time.monotonic(), Counter[str]()
    wrongs, bad = Counter[str](), list[int]()
    with ProcessPoolExecutor(asked.jobs) as pool:
        running = {pool.submit(walk, seed): seed for seed in seeds}
        said = began
        for done in as_completed(running):
            result = done.result()
            total.update(histories=result.histories, permits=result.permits)
            total.update(asked=result.asked, proposed=result.proposed)
            wrongs += result.wrongs
            if result.wrongs:
                bad.append(running[done])
            now = time.monotonic()
            if asked.seconds is not None and now - began > asked.seconds:
                pool.shutdown(cancel_futures=True)
                break
            if now - said > SAID_EVERY_S:
                said = now
                print(f"{total['histories']} histories, {dict(wrongs)}", file=sys.stderr)
    took = time.monotonic() - began
    share = round(total["permits"] / max(total["proposed"], 1), 3)
    line = {**total, "permitted_share": share, "wrongs": dict(wrongs), "seeds": sorted(bad)}
    print(json.dumps(line | {"seconds": round(took, 1)}))
    return 1 if wrongs or not total["permits"] else 0


if __name__ == "__main__":
    sys.exit(main())
