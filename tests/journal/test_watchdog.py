"""When a worker is to blame for standing still, and when it is not."""

import subprocess
import sys

import pytest
from faust.types import TP

from stream.journal.watchdog import EX_SOFTWARE, STUCK_AFTER_S, Watchdog

HERE, THERE = TP("journal", 0), TP("journal", 1)


def looks(*each):
    """Look at (seconds, done, end) in turn; return what the last look found."""
    watchdog, found = Watchdog(), []
    for now_s, done, end in each:
        found = watchdog.stuck(now_s, {HERE: done}, {} if end is None else {HERE: end})
    return found


@pytest.mark.parametrize(
    ("each", "found"),
    [
        pytest.param([(0, 5, 9), (STUCK_AFTER_S, 5, 10)], [HERE], id="it grew, nothing was done"),
        pytest.param([(0, 5, 9), (STUCK_AFTER_S - 1, 5, 10)], [], id="not long enough"),
        pytest.param([(0, 5, 9), (STUCK_AFTER_S, 6, 10)], [], id="something was done"),
        pytest.param([(0, 5, 9), (STUCK_AFTER_S, 5, 9)], [], id="nothing came"),
        pytest.param([(0, None, 9), (STUCK_AFTER_S, None, 10)], [HERE], id="never took it over"),
        pytest.param(
            [(0, 5, 9), (60, 5, None), (61, 5, 9), (STUCK_AFTER_S, 5, 10)],
            [],
            id="the broker was away",
        ),
        pytest.param(
            [(0, 5, 9), (60, 6, 10), (STUCK_AFTER_S, 6, 11), (60 + STUCK_AFTER_S, 6, 11)],
            [HERE],
            id="since the last progress",
        ),
    ],
)
def test_a_partition_is_stuck_if_it_grows_and_does_not_move(each, found):
    assert looks(*each) == found


def test_a_partition_that_was_away_begins_anew():
    watchdog = Watchdog()
    watchdog.stuck(0, {HERE: 5}, {HERE: 9})
    watchdog.stuck(1, {THERE: 5}, {THERE: 9})

    assert watchdog.stuck(STUCK_AFTER_S, {HERE: 5}, {HERE: 10}) == []


def test_it_ends_the_process_with_the_stacks_of_its_threads_in_the_log():
    code = (
        "from stream.journal.watchdog import bite; from faust.types import TP; bite([TP('j', 3)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == EX_SOFTWARE
    assert "j-3" in done.stdout + done.stderr
    assert "most recent call first" in done.stderr
