"""`python -m bench`: a table of times and ratios; `--json` for a machine.

A new file of lines exports `GROUPS` and is named in `GROUPS` below.
"""

import argparse
import json
import platform
from dataclasses import asdict

from bench import detectors, ledger, measures, path
from bench.runner import Group, Timing, run

GROUPS: tuple[Group, ...] = (
    *path.GROUPS,
    *ledger.GROUPS,
    *detectors.GROUPS,
    *measures.GROUPS,
)


def main() -> None:
    """Run the groups that were asked for and print what was measured."""
    arguments = _arguments()
    chosen = [group for group in GROUPS if arguments.only in group.name]
    if not chosen:
        raise SystemExit(f"no group has `{arguments.only}` in its name: {_names()}")
    turns, block_s = (2, 0.005) if arguments.quick else (60, 0.02)
    timings = [timing for group in chosen for timing in run(group, turns=turns, block_s=block_s)]
    print(_as_json(timings) if arguments.json else _as_table(timings))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="short blocks: does it run at all?")
    parser.add_argument("--only", default="", metavar="WORDS", help=f"one group of: {_names()}")
    return parser.parse_args()


def _names() -> str:
    return "; ".join(group.name for group in GROUPS)


def _as_json(timings: list[Timing]) -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return json.dumps({"python": python, "timings": [asdict(timing) for timing in timings]})


def _as_table(timings: list[Timing]) -> str:
    rows = ["| group | line | µs | ratio |", "|---|---|---:|---:|"]
    rows += [
        f"| {timing.group} | {timing.line} | {timing.microseconds:.2f} | {timing.ratio:.2f} |"
        for timing in timings
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
