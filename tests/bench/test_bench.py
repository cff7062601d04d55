"""The benchmarks run, and work on the same events every time."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bench import workloads
from schemas import journal

ROOT = Path(__file__).parents[2]


def test_every_line_is_timed_and_each_group_has_its_measure():
    finished = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--json"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=300,
    )
    timings = json.loads(finished.stdout)["timings"]
    first = {timing["group"]: timing for timing in reversed(timings)}

    assert all(timing["microseconds"] > 0 and timing["ratio"] > 0 for timing in timings)
    assert all(timing["ratio"] == 1.0 for timing in first.values())


def test_an_unknown_group_is_refused_with_the_known_ones():
    finished = subprocess.run(
        [sys.executable, "-m", "bench", "--only", "weather"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert finished.returncode == 1
    assert finished.stderr.startswith("no group has `weather` in its name: one event")


def test_the_workload_is_the_same_in_every_process():
    """Golden: a change here makes figures of different days incomparable."""
    digest = hashlib.sha256(repr(workloads.observations(1_000)).encode()).hexdigest()

    assert digest[:16] == "6b30875d6bb8f9e8"


def test_the_workload_is_what_its_page_says():
    events = [journal.decode(value) for value in workloads.values(1_000)]
    streams = Counter(map(journal.stream_of, events))
    at_ms = [event.event_at_ms for event in events]

    assert at_ms == sorted(at_ms)
    assert 750 < streams["pos_clearing"] < 850
    assert streams["repayment"] > 0
    assert len(workloads.observations(1_000)) == 1_000
