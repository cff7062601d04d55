"""How good the detectors are on borrowers that nobody here made up: `make evaluate`.

    python -m bench.evaluate [--data ../shared/data] [--only NAME ...] [--rules] [--plots DIR]

Every set of `bench.sets` that is there goes through the suite (`stream.evaluate.panel`), and each
labelled borrower is judged once by D8 (`stream.evaluate.ews`). Prints Markdown: each voice alone,
the suite, D8 with and without what is made of lateness, beside single features and a batch
boosting. --rules folds the whole step as well, which takes as long as a replay does.
"""

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

import rules
from bench.judges import judges, of_feature, two_months_late
from bench.plot import curves
from bench.sets import SETS, DataSet, Read, lines
from bench.tables import table_of
from detectors.features import NAMES
from schemas.instants import parse
from stream.decide import Output
from stream.evaluate.compare import Listening, said_of
from stream.evaluate.fold import Fold
from stream.evaluate.marks import Marker, estimated
from stream.evaluate.panel import SUITE, Frozen, Panel
from stream.evaluate.portfolio import ALPHAS
from stream.evaluate.records import tell_lines
from stream.evaluate.watch import TIERS, Heard, Kind, Voice

NOW_MS = parse("2026-11-22T00:00:00Z")
"""Later than every set."""

SEED, DRAWS = 7, 1_000
PARTS: Final = 3
BAD_LEAST: Final = 150
"""With fewer bad ones there are no fifty in each third: then all are judged, and none learned."""

PROGRESS_S: Final = 10.0
FLOORS: Final = ("late_mean", "late_count", "used_mean", "unpaid_count")
JUDGES: Final = ("D8", "D8 without lateness", "boosting", "boosting without lateness")
"""Whose curves are drawn, beside the best of the others."""


@dataclass(slots=True)
class Run:
    """One set, as it is read and judged."""

    of: DataSet
    read: Read
    with_rules: bool
    listening: Listening = field(init=False)
    began_s: float = field(default_factory=time.perf_counter)
    told_s: float = 0.0

    def __post_init__(self) -> None:
        self.listening = Listening(self.read.labels, warm_up_days=self.of.warm_up_days)

    def fold(self) -> None:
        """Read all of it."""
        source = lines(self.of.name, self.read.records)
        if self.with_rules:
            Fold(
                rules.pack("postloan"),
                wall_now_ms=NOW_MS,
                controls=self.read.controls,
                on_record=self.take,
            ).lines(source)
            return
        tell_lines(source, lambda value: self.take(value, []), wall_now_ms=NOW_MS)

    def take(self, value: bytes, outputs: list[Output]) -> None:
        """Take one journal record and what came out of it."""
        self.listening.take(value, outputs)
        spent_s = time.perf_counter() - self.began_s
        if spent_s - self.told_s > PROGRESS_S:
            self.told_s = spent_s
            tell(f"{self.of.name}: {self.listening.records:,} records, {spent_s:.0f} s")


def tell(text: str) -> None:
    """Say how far it is, beside the tables."""
    print(text, file=sys.stderr, flush=True)


def voices(run: Run, frozen: list[Frozen], judged: int) -> dict[str, list[Heard]]:
    """Return, by name, what each voice said of the borrowers that are judged."""
    last = frozen[-judged:]
    found: dict[str, list[Heard]] = {}
    nothing = Heard()
    for voice, by_borrower in sorted(run.listening.watch.heard.items()):
        heard = [by_borrower.get(each.label.borrower_id, nothing) for each in last]
        if voice == SUITE or (voice.kind is not Kind.RULE and any(of.score for of in heard)):
            found[_name(voice)] = heard
    if run.with_rules:
        found["suite or a tier"] = [
            _either(one, other)
            for one, other in zip(
                found[_name(SUITE)], found.get(_name(TIERS[0]), [nothing] * judged), strict=True
            )
        ]
    is_bad = np.array([each.label.label == 1 for each in frozen])
    if not is_bad.any():
        return found
    for name in FLOORS:
        place = NAMES.index(name)
        if len({each.x[place] for each in last}) > 1:
            found[f"feature {name}"] = of_feature(last, lambda x, place=place: x[place])
    if any(each.alarms for each in two_months_late(last)):
        found["rule: two months late, ever"] = two_months_late(last)
    return found | judges(frozen, is_bad, judged, false_share=run.of.false_share)


def _name(voice: Voice) -> str:
    return f"tier {voice.name}" if voice.kind is Kind.TIER else voice.name


def _either(suite: Heard, tier: Heard) -> Heard:
    """Return one voice for two: ranked by the tier, and within a tier by the suite."""
    firsts = [each.first_ms for each in (suite, tier) if each.first_ms is not None]
    score = tier.score + 1 - np.exp(-suite.score)
    return Heard(float(score), suite.alarms + tier.alarms, min(firsts, default=None))


def calibration_of(panel: Panel) -> str:
    """Return how often calibrated p-values below a rate were met, by that rate."""
    heads = " | ".join(f"realised by nominal {alpha:g}" for alpha in ALPHAS)
    rows = [
        f"| {voice} | {of.scores:,} | "
        + " | ".join(
            f"{below / of.scores / alpha:.2f}"
            for below, alpha in zip(of.below, ALPHAS, strict=True)
        )
        + " |"
        for voice, of in sorted(panel.portfolio.realised.items())
        if of.scores
    ]
    if not rows:
        return "Too few scores to judge a calibration.\n"
    return "\n".join([f"| voice | scores | {heads} |", "|---|---:|---|---|", *rows, ""])


def sizes_of(run: Run, frozen: list[Frozen]) -> list[str]:
    """Return a size of each borrower: a third by its limit, by its number of events without one."""
    portfolio = run.listening.panel.portfolio
    periods, holdings = portfolio.records.periods, portfolio.holdings
    of = np.array([periods[each.label.borrower_id].limit for each in frozen])
    if not of.any():
        of = np.array([holdings[each.label.borrower_id].events for each in frozen])
    edges = np.quantile(of, (1 / 3, 2 / 3))
    return [("small", "middle", "large")[int(place)] for place in np.searchsorted(edges, of)]


def evaluate(of: DataSet, folder: Path, plots: Path | None, *, with_rules: bool) -> None:
    """Read one set, judge it and print its tables."""
    tell(f"{of.name}: reading")
    run = Run(of, of.read(folder), with_rules)
    run.fold()
    frozen = run.listening.panel.frozen(run.listening.end_ms)
    is_bad = np.array([each.label.label == 1 for each in frozen])
    judged = len(frozen) // PARTS if is_bad.sum() >= BAD_LEAST else len(frozen)
    tell(f"{of.name}: judging")
    found = voices(run, frozen, judged)
    last = frozen[-judged:]
    borrowers = run.listening.borrowers(last)
    markers, sized = {}, {}
    for name, heard in found.items():
        said, early = said_of(last, heard)
        markers[name] = Marker(borrowers, said, early, false_share=of.false_share)
        sized[name] = said.alarms > 0
    marks = estimated(markers, judged, seed=SEED, draws=DRAWS)
    part = "the last third of the" if judged < len(frozen) else "all"
    print(f"\n### {of.name}\n")
    print(
        f"{len(frozen):,} borrowers, {is_bad.sum():,} bad; numbers of {part} {judged:,}. "
        f"{run.listening.records:,} records. Floor: {of.floor}.\n"
    )
    print(table_of(marks, false_share=of.false_share))
    print(calibration_of(run.listening.panel))
    if run.listening.panel.strained:
        strained = ", ".join(
            f"{name} {of}" for name, of in sorted(run.listening.panel.strained.items())
        )
        print(f"Under stress (times): {strained}.\n")
    print(by_size(sizes_of(run, frozen)[-judged:], ~borrowers.bad, sized))
    if plots is not None and is_bad.any():
        drawn = ["suite", *JUDGES, "rule: two months late, ever", "tier mild", "feature late_mean"]
        ones = np.ones(judged)
        of_curves = {name: markers[name].curve(ones) for name in drawn if name in markers}
        svg = curves(f"{of.name}: {part} {judged:,}", of_curves, frozenset(JUDGES[2:]))
        (plots / f"evaluation-{of.name}.svg").write_text(svg, encoding="utf-8")


def by_size(sizes: list[str], is_good: np.ndarray, warned: dict[str, np.ndarray]) -> str:
    """Return the share of the good of each size that a voice warned of."""
    heads = [size for size in ("small", "middle", "large") if size in sizes]
    masks = [np.array([each == size for each in sizes]) & is_good for size in heads]
    rows = [
        f"| {name} | " + " | ".join(f"{100 * of[mask].mean():.1f}" for mask in masks) + " |"
        for name, of in warned.items()
        if of.any()
    ]
    counted = " | ".join(f"{head}, {mask.sum():,}" for head, mask in zip(heads, masks, strict=True))
    return "\n".join(
        [f"| good ones warned of, % | {counted} |", "|---" * (len(heads) + 1) + "|", *rows, ""]
    )


def main() -> None:
    """Evaluate every set that is there."""
    parser = argparse.ArgumentParser(prog="python -m bench.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--rules", action="store_true", help="the whole step, too")
    parser.add_argument("--plots", type=Path, help="a folder to write SVG files to")
    arguments = parser.parse_args()
    if arguments.plots:
        arguments.plots.mkdir(parents=True, exist_ok=True)
    for of in SETS:
        folder = arguments.data / of.name
        if arguments.only and of.name not in arguments.only:
            continue
        if of.name != "simulated" and not folder.is_dir():
            tell(f"skipped: no folder `{of.name}` in {arguments.data}")
            continue
        began_s = time.perf_counter()
        evaluate(of, folder, arguments.plots, with_rules=arguments.rules)
        tell(f"{of.name}: done in {time.perf_counter() - began_s:.0f} s")


if __name__ == "__main__":
    main()
