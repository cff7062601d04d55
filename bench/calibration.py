"""How rare p-values are that claim to be rare: realised by nominal rate, as a table.

    python -m bench.calibration

Each detector of the suite runs over healthy simulated borrowers of three segments, behind it a
calibrator of its segment; a score is judged, then learned. Amounts are log-normal or heavy-tailed,
with a weekly pattern; one instalment in twenty is short. In a steady book borrowers come and go,
each for 150 days; in a growing one they come and stay, so that rows grow older all the time. Goals
of issue 7: 0.7 to 1.5 at 1e-2, 0.5 to 2 at 1e-3. Intervals: the middle 95 % of 1,000 draws of
borrowers.
"""

import argparse
import math
import random
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from detectors import DETECTORS, Observation, suite
from detectors.calibration import AGED_FROM, Calibration

SEED, DRAWS = 12, 1_000
DAY_MS = 86_400_000
SEGMENTS = {"even": (0.3, 30.0), "wild": (0.7, 3.0), "weekly": (0.4, 8.0)}
"""The scatter of log amounts, and the degrees of freedom of their tails."""

BOOKS = {"steady": (600, 150), "growing": (200, 200)}
"""On how many days borrowers come, and how long each is watched."""

ALPHAS = (1e-2, 1e-3)
LEARNED_FIRST = 3_000
"""Scores of a calibrator before it is judged."""

Scored = list[tuple[int, float, float]]
"""Borrower, the detector's p-value, the calibrated one."""


def _events(rng: random.Random, segment: str, *, starts: int, days: int) -> Iterator[Observation]:
    """Yield the events of a borrower that comes on one of the first days, stream by stream."""
    scatter, dof = SEGMENTS[segment]
    level, start = rng.gauss(6, 1), rng.randrange(starts) * DAY_MS
    mark = rng.randrange(1_000)
    for stream, gap_days, spread in (("settlement", 1.0, 0.3), ("repayment", 30.0, 0.05)):
        at_ms = start
        for i in range(round(days / gap_days)):
            at_ms += round(DAY_MS * gap_days * math.exp(rng.gauss(0, spread)))
            tail = rng.gauss(0, 1) / math.sqrt(rng.gammavariate(dof / 2, 2 / dof))
            weekly = 0.3 * (segment == "weekly" and i % 7 == 6)
            amount = math.expm1(max(0.1, min(20.0, level + scatter * tail + weekly)))
            is_short = rng.random() < 0.05 if stream == "repayment" else None
            who = mark + rng.choices(range(5), (50, 30, 15, 4, 1))[0]
            yield Observation(stream, at_ms, round(amount * 100), 2, who, is_short)


def scores(borrowers: int, *, starts: int, days: int) -> dict[str, Scored]:
    """Return what each detector said of healthy borrowers, before and after calibration."""
    rng, all_of_them = random.Random(SEED), suite(DETECTORS)
    rows: dict[int, dict[str, bytes]] = defaultdict(dict)
    calibration = Calibration()
    learned: dict[tuple[str, str, bool], int] = defaultdict(int)
    found: dict[str, Scored] = defaultdict(list)
    names = list(SEGMENTS)
    events = [
        (x, borrower)
        for borrower in range(borrowers)
        for x in _events(rng, names[borrower % len(names)], starts=starts, days=days)
    ]
    for x, borrower in sorted(events, key=lambda each: (each[0].at_ms, each[1])):
        segment = names[borrower % len(names)]
        scoring = all_of_them.score_one(rows[borrower], x, segment)
        all_of_them.learn_one(rows[borrower], x, scoring)
        for name, score in scoring.scores.items():
            if not score.ready:
                continue
            key = name, segment, score.n >= AGED_FROM
            raw = score.p_worse(DETECTORS[name].worse)
            if learned[key] >= LEARNED_FIRST:
                p_value = calibration.p_value(name, segment, score.n, raw)
                found[name].append((borrower, raw, p_value))
            calibration.learn_one(name, segment, score.n, raw)
            learned[key] += 1
    return found


def realised(said: Scored, alpha: float, *, calibrated: bool) -> tuple[float, float, float]:
    """Return the realised by the nominal rate, with its interval by borrower."""
    low, all_of_it = defaultdict(int), defaultdict(int)
    for borrower, raw, p_value in said:
        all_of_it[borrower] += 1
        low[borrower] += (p_value if calibrated else raw) < alpha
    borrowers = sorted(all_of_it)
    lows = np.array([low[each] for each in borrowers])
    totals = np.array([all_of_it[each] for each in borrowers])
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(borrowers), size=(DRAWS, len(borrowers)))
    rates = lows[drawn].sum(1) / totals[drawn].sum(1) / alpha
    return lows.sum() / totals.sum() / alpha, *np.quantile(rates, (0.025, 0.975))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibration", description=__doc__)
    parser.add_argument("--borrowers", type=int, default=300)
    borrowers = parser.parse_args().borrowers
    print("| book | detector | scores | nominal | as the detector says | calibrated |")
    print("|---|---|---:|---|---|---|")
    for book, (starts, days) in BOOKS.items():
        for name, said in sorted(scores(borrowers, starts=starts, days=days).items()):
            for alpha in ALPHAS:
                cells = (
                    "{:.2f} [{:.2f}, {:.2f}]".format(*realised(said, alpha, calibrated=calibrated))
                    for calibrated in (False, True)
                )
                print(f"| {book} | {name} | {len(said):,} | {alpha:g} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
