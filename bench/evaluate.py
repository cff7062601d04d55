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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

import rules
from bench.boosting import upper_mark
from bench.plot import curves
from bench.sets import SETS, DataSet, Read, lines
from bench.tables import table_of
from detectors.features import NAMES
from schemas import journal
from schemas.instants import parse
from stream.decide import Output
from stream.evaluate.ews import OF_LATENESS, Scores, judge, masked
from stream.evaluate.fold import Fold
from stream.evaluate.marks import Marker, estimated
from stream.evaluate.numbers import Borrowers, Said
from stream.evaluate.panel import SUITE, Frozen, Panel
from stream.evaluate.portfolio import ALPHAS
from stream.evaluate.report import lead_days
from stream.evaluate.watch import TIERS, Heard, Kind, Voice, Watch
from stream.evaluate.window import Window
from stream.replay.files import FileJournal
from stream.replay.tally import Tally

NOW_MS = parse("2026-11-22T00:00:00Z")
"""Later than every set."""

SEED, DRAWS = 7, 1_000
PARTS: Final = 3
BAD_LEAST: Final = 150
"""With fewer bad ones there are no fifty in each third: then all are judged, and none learned."""

PROGRESS_S: Final = 10.0
FLOORS: Final = ("late_mean", "late_count", "used_mean", "unpaid_count")
VERY_LATE: Final = [place for place, name in enumerate(NAMES) if name.startswith("is_very_late")]
JUDGES: Final = ("D8", "D8 without lateness", "boosting", "boosting without lateness")
"""Whose curves are drawn, beside the best of the others."""


@dataclass(slots=True)
class Run:
    """One set, as it is read and judged."""

    of: DataSet
    read: Read
    with_rules: bool
    panel: Panel = field(init=False)
    watch: Watch = field(init=False)
    windows: dict[str, Window] = field(init=False)
    end_ms: int = 0
    records: int = 0
    began_s: float = field(default_factory=time.perf_counter)
    told_s: float = 0.0

    def __post_init__(self) -> None:
        self.windows = {
            label.borrower_id: Window(warm_up_days=self.of.warm_up_days, until_ms=label.until_ms)
            for label in self.read.labels
        }
        self.watch = Watch(self.windows)
        self.panel = Panel(self.read.labels, self.watch)

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
        files = FileJournal(lambda _, value: self.take(value, []), Tally(), wall_now_ms=NOW_MS)
        for origin, raw in source:
            files.line(raw, origin)

    def take(self, value: bytes, outputs: list[Output]) -> None:
        """Take one journal record and what came out of it."""
        record = journal.decode(value)
        at_ms = getattr(record, "event_at_ms", 0)
        if isinstance(record, journal.Tick):
            at_ms = record.input_at_ms or 0
        elif at_ms and (window := self.windows.get(record.borrower_id)):
            window.event(at_ms)
        self.end_ms = max(self.end_ms, at_ms)
        self.panel.record(record)
        self.watch.outputs(outputs, self.end_ms)
        self.records += 1
        spent_s = time.perf_counter() - self.began_s
        if spent_s - self.told_s > PROGRESS_S:
            self.told_s = spent_s
            tell(f"{self.of.name}: {self.records:,} records, {spent_s:.0f} s")


def tell(text: str) -> None:
    """Say how far it is, beside the tables."""
    print(text, file=sys.stderr, flush=True)


def said_of(frozen: Sequence[Frozen], heard: Iterable[Heard]) -> tuple[Said, np.ndarray]:
    """Return what a voice said of some borrowers, and of whom before they were past due."""
    rows = [(each, of) for each, of in zip(frozen, heard, strict=True)]
    said = Said(
        alarms=np.array([float(of.alarms) for _, of in rows]),
        score=np.array([float(of.score) for _, of in rows]),
        lead_days=np.array([lead_days(each.label, of) for each, of in rows]),
    )
    early = [
        of.first_ms is not None and (each.late_ms is None or of.first_ms < each.late_ms)
        for each, of in rows
    ]
    return said, np.array(early)


def of_scores(frozen: Sequence[Frozen], scores: Scores) -> list[Heard]:
    """Return D8's scores as what a voice said: an alarm is its first look above the threshold."""
    return [
        Heard(float(score), int(alarm), (each.label.until_ms or 0) - 1 if alarm else None)
        for each, score, alarm in zip(frozen, scores.score, scores.is_alarm, strict=True)
    ]


def of_looks(scores: Scores) -> list[Heard]:
    """Return the same of all looks: the first above the threshold of such."""
    return [
        Heard(float(highest), int(not np.isnan(first)), None if np.isnan(first) else int(first))
        for highest, first in zip(scores.highest, scores.first_ms, strict=True)
    ]


def of_feature(frozen: Sequence[Frozen], value: Callable[[Sequence[float]], float]) -> list[Heard]:
    """Return a feature as a voice without a threshold."""
    return [Heard(value(each.x)) for each in frozen]


def two_months_late(frozen: Sequence[Frozen]) -> list[Heard]:
    """Return the floor of a rule: two months late in any period so far."""
    found = []
    for label, x, earlier, _ in frozen:
        looks = [*earlier, ((label.until_ms or 0) - 1, x)]
        first = next((at for at, each in looks if any(each[i] for i in VERY_LATE)), None)
        found.append(Heard(float(first is not None), int(first is not None), first))
    return found


def voices(run: Run, frozen: list[Frozen], judged: int) -> dict[str, list[Heard]]:
    """Return, by name, what each voice said of the borrowers that are judged."""
    last = frozen[-judged:]
    found: dict[str, list[Heard]] = {}
    nothing = Heard()
    for voice, by_borrower in sorted(run.watch.heard.items()):
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
    return found | judges(run.of, frozen, is_bad, judged)


def judges(
    of: DataSet, frozen: list[Frozen], is_bad: np.ndarray, judged: int
) -> dict[str, list[Heard]]:
    """Return what D8 and the boosting say, with and without what is made of lateness."""
    last, found = frozen[-judged:], {}
    for tail, without in (("", ()), (" without lateness", OF_LATENESS)):
        for when, days in (("", None), (", only what had matured", 0)):
            scores = judge(
                frozen, matures_after_days=days, false_share=of.false_share, without=without
            )
            cut = Scores(*(each[-judged:] for each in scores))
            if not when or any(
                (each.label.outcome_ms or 0) > (each.label.until_ms or 0) for each in last
            ):
                found[f"D8{tail}{when}"] = of_scores(last, cut)
            if not when and any(each.earlier for each in last):
                found[f"D8{tail}, each month"] = of_looks(cut)
        tell(f"{of.name}: boosting{tail}")
        xs = [masked(without)(each.x) for each in frozen]
        found[f"boosting{tail}"] = [
            Heard(float(each)) for each in upper_mark(xs, is_bad, judged=judged)
        ]
    return found


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
    holdings = run.panel.portfolio.holdings
    of = np.array([holdings[each.label.borrower_id].periods.limit for each in frozen])
    if not of.any():
        of = np.array([holdings[each.label.borrower_id].events for each in frozen])
    edges = np.quantile(of, (1 / 3, 2 / 3))
    return [("small", "middle", "large")[int(place)] for place in np.searchsorted(edges, of)]


def evaluate(of: DataSet, folder: Path, plots: Path | None, *, with_rules: bool) -> None:
    """Read one set, judge it and print its tables."""
    tell(f"{of.name}: reading")
    run = Run(of, of.read(folder), with_rules)
    run.fold()
    frozen = run.panel.frozen(run.end_ms)
    is_bad = np.array([each.label.label == 1 for each in frozen])
    judged = len(frozen) // PARTS if is_bad.sum() >= BAD_LEAST else len(frozen)
    tell(f"{of.name}: judging")
    found = voices(run, frozen, judged)
    last = frozen[-judged:]
    borrowers = Borrowers(
        bad=is_bad[-judged:],
        months=np.array([run.windows[each.label.borrower_id].months(run.end_ms) for each in last]),
    )
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
        f"{run.records:,} records. Floor: {of.floor}.\n"
    )
    print(table_of(marks, false_share=of.false_share))
    print(calibration_of(run.panel))
    if run.panel.strained:
        strained = ", ".join(f"{name} {of}" for name, of in sorted(run.panel.strained.items()))
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
