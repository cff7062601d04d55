"""The detectors beside the river classes that do the nearest thing.

river keeps its state in objects: what a stored state costs there is a pickle in and out, which
our rows do without. The river lines have no prior, no clipping and, but for `GaussianScorer`,
no p-value.
"""

import pickle
import random
from collections.abc import Callable
from itertools import cycle
from math import log1p
from typing import Any

from river import anomaly, drift, proba, stats
from scipy.stats import t as scipy_t

from bench import workloads
from bench.runner import Group, Line, Run
from detectors import AMOUNT, CADENCE, CUSUM, DETECTORS, FLOW, MIX, SHORTFALL, Observation, suite
from detectors.calibration import Calibrator
from detectors.codec import Field, Layout
from detectors.evidence import remember
from detectors.forest import Shape
from detectors.novelty import Novelty
from detectors.student import two_sided

EVENTS = 2_000
FORGETTING = 0.06


def _one(detector: Any) -> Callable[[], Run]:
    def make() -> Run:
        xs = [each for each in workloads.observations(EVENTS) if each[1].stream in detector.streams]
        xs = [xs[i % len(xs)] for i in range(EVENTS)]
        rows: dict[str, bytes] = {}
        fresh = detector.init(detector.default_prior)

        def run() -> None:
            for borrower, x in xs:
                row = rows.get(borrower, fresh)
                score = detector.score_one(row, x)
                assert score is not None
                rows[borrower] = detector.learn_one(row, x, score)

        return run

    return make


def _suite(*names: str) -> Callable[[], Run]:
    def make() -> Run:
        xs, of_names = workloads.observations(EVENTS), suite(names)
        borrowers: dict[str, dict[str, bytes]] = {}

        def run() -> None:
            for borrower, x in xs:
                rows = borrowers.setdefault(borrower, {})
                of_names.learn_one(rows, x, of_names.score_one(rows, x, "bench"))

        return run

    return make


def _suite_and_evidence() -> Run:
    xs, all_of_them = workloads.observations(EVENTS), suite(DETECTORS)
    borrowers: dict[str, dict[str, bytes]] = {}

    def run() -> None:
        for borrower, x in xs:
            rows = borrowers.setdefault(borrower, {})
            scoring = all_of_them.score_one(rows, x, "bench")
            all_of_them.learn_one(rows, x, scoring)
            said = all_of_them.said(scoring)
            remember(rows, x.at_ms, {name: p_value for name, _, p_value in said})

    return run


class _Rivers:
    """The river classes nearest to D1, D2, D4, D5 and D6, for one borrower and stream."""

    def __init__(self) -> None:
        self.gap = stats.EWMean(FORGETTING), stats.EWVar(FORGETTING)
        self.amount = stats.EWMean(FORGETTING), stats.EWVar(FORGETTING)
        self.fall = drift.PageHinkley(mode="down")
        self.share = proba.Beta()
        self.mix = stats.Entropy()
        self.last_ms = 0

    def take(self, x: Observation) -> None:
        gap, amount = log1p(max(0, x.at_ms - self.last_ms) / 1_000), log1p(x.amount_minor)
        self.last_ms = x.at_ms
        for (mean, variance), value in ((self.gap, gap), (self.amount, amount)):
            z = (value - mean.get()) / max(abs(variance.get()), 1e-4) ** 0.5
            assert z == z  # noqa: PLR0124 - not NaN
            mean.update(value)
            variance.update(value)
        self.fall.update(amount)
        if x.is_short is not None:
            self.share.update(x.is_short)
        self.mix.update(x.mark)


def _rivers() -> Run:
    xs = workloads.observations(EVENTS)
    models = {(borrower, x.stream): _Rivers() for borrower, x in xs}

    def run() -> None:
        for borrower, x in xs:
            models[borrower, x.stream].take(x)

    return run


def _rivers_pickled() -> Run:
    xs = workloads.observations(EVENTS)
    models = {(borrower, x.stream): pickle.dumps(_Rivers()) for borrower, x in xs}

    def run() -> None:
        for borrower, x in xs:
            model = pickle.loads(models[borrower, x.stream])  # noqa: S301 - our own
            model.take(x)
            models[borrower, x.stream] = pickle.dumps(model)

    return run


def _ew_z() -> Run:
    xs = workloads.observations(EVENTS)
    models = {
        (borrower, x.stream): (stats.EWMean(FORGETTING), stats.EWVar(FORGETTING))
        for borrower, x in xs
    }

    def run() -> None:
        for borrower, x in xs:
            mean, variance = models[borrower, x.stream]
            z = (x.amount_minor - mean.get()) / max(abs(variance.get()), 1e-4) ** 0.5
            assert z == z  # noqa: PLR0124 - not NaN
            mean.update(x.amount_minor)
            variance.update(x.amount_minor)

    return run


def _ew_z_pickled() -> Run:
    xs = workloads.observations(EVENTS)
    models = {
        (borrower, x.stream): pickle.dumps((stats.EWMean(FORGETTING), stats.EWVar(FORGETTING)))
        for borrower, x in xs
    }

    def run() -> None:
        for borrower, x in xs:
            mean, variance = pickle.loads(models[borrower, x.stream])  # noqa: S301 - our own
            z = (x.amount_minor - mean.get()) / max(abs(variance.get()), 1e-4) ** 0.5
            assert z == z  # noqa: PLR0124 - not NaN
            mean.update(x.amount_minor)
            variance.update(x.amount_minor)
            models[borrower, x.stream] = pickle.dumps((mean, variance))

    return run


def _gaussian() -> Run:
    xs = workloads.observations(EVENTS)
    models = {(borrower, x.stream): anomaly.GaussianScorer(grace_period=8) for borrower, x in xs}

    def run() -> None:
        for borrower, x in xs:
            model = models[borrower, x.stream]
            assert model.score_one(None, x.amount_minor) is not None
            model.learn_one(None, x.amount_minor)

    return run


SHAPE = Shape(features=8, trees=25, height=8, window=2_000)
_RNG = random.Random(workloads.SEED)
EVIDENCES = [[_RNG.random() for _ in range(SHAPE.features)] for _ in range(EVENTS)]


def _novelty() -> Run:
    novelty = Novelty(SHAPE)

    def run() -> None:
        for x in EVIDENCES:
            novelty.score_one(x)
            novelty.learn_one(x)

    return run


def _rivers_trees() -> Run:
    theirs = anomaly.HalfSpaceTrees(n_trees=25, height=8, window_size=2_000, seed=SHAPE.seed)
    xs = [dict(enumerate(x)) for x in EVIDENCES]

    def run() -> None:
        for x in xs:
            theirs.score_one(x)
            theirs.learn_one(x)

    return run


def _calibrator() -> Run:
    calibrator = Calibrator()

    def run() -> None:
        for x in EVIDENCES:
            calibrator.p_value(x[0])
            calibrator.learn_one(x[0])

    return run


def _tick(detector: Any) -> Callable[[], Run]:
    def make() -> Run:
        row = detector.init(detector.default_prior)
        for day in range(60):
            x = Observation("settlement", day * 86_400_000, 100_000, 2)
            row = detector.learn_one(row, x, detector.score_one(row, x))
        return lambda: detector.tick(row, "settlement", 70 * 86_400_000)

    return make


TS = tuple(i * 0.05 for i in range(80))


def _student(dof: int) -> Run:
    return lambda: [two_sided(t, dof) for t in TS]


def _scipy(dof: int) -> Run:
    return lambda: [2 * scipy_t.sf(t, dof) for t in TS]


_LAYOUT = Layout(
    tag=255,
    version=1,
    slots=("a", "b", "c"),
    fields=(Field("n", "u4"), *(Field(f"x{i}", "f8") for i in range(3))),
)
_VALUES = (3, 1.0, 2.0, 3.0)
_ROW = _LAYOUT.pack(dict.fromkeys("abc", _VALUES))


def _codec() -> Run:
    slots = cycle("abc")

    def run() -> None:
        slot = next(slots)
        _LAYOUT.write(_ROW, slot, _LAYOUT.read(_ROW, slot))

    return run


def _pickle() -> Run:
    stored = pickle.dumps(dict.fromkeys("abc", _VALUES))

    def run() -> None:
        pickle.dumps(pickle.loads(stored) | {"b": _VALUES})  # noqa: S301 - our own

    return run


GROUPS = (
    Group(
        "score and learn one event",
        (
            Line("D2 amount, row in, row out", _one(AMOUNT), EVENTS),
            Line("D1 cadence", _one(CADENCE), EVENTS),
            Line("D3 flow, learn", _one(FLOW), EVENTS),
            Line("D4 cusum", _one(CUSUM), EVENTS),
            Line("D5 shortfall", _one(SHORTFALL), EVENTS),
            Line("D6 mix", _one(MIX), EVENTS),
            Line("the suite of D2, rows by borrower", _suite("amount"), EVENTS),
            Line("the suite of all shipped detectors", _suite(*DETECTORS), EVENTS),
            Line("... and their evidence, as the step does it", _suite_and_evidence, EVENTS),
            Line("river: the nearest classes, objects in memory", _rivers, EVENTS),
            Line("river: the nearest classes, pickled in and out", _rivers_pickled, EVENTS),
            Line("river EWMean + EWVar, objects in memory", _ew_z, EVENTS),
            Line("river EWMean + EWVar, pickled in and out", _ew_z_pickled, EVENTS),
            Line("river GaussianScorer, objects in memory", _gaussian, EVENTS),
        ),
    ),
    Group(
        "at a tick",
        (
            Line("D7 novelty, score and learn, 25 trees of 256 leaves", _novelty, EVENTS),
            Line("river HalfSpaceTrees, the same", _rivers_trees, EVENTS),
            Line("D1 cadence: silence", _tick(CADENCE)),
            Line("D3 flow", _tick(FLOW)),
            Line("a calibrator: p-value and learn", _calibrator, EVENTS),
        ),
    ),
    Group(
        "Student's t, two-sided",
        (
            Line("ours, 32 degrees of freedom", lambda: _student(32), len(TS)),
            Line("ours, 4 degrees of freedom", lambda: _student(4), len(TS)),
            Line("scipy.stats.t.sf, one at a time", lambda: _scipy(32), len(TS)),
        ),
    ),
    Group(
        "read one slot and write it back",
        (
            Line("Layout, three slots of 28 bytes", _codec),
            Line("pickle of the same numbers", _pickle),
        ),
    ),
)
