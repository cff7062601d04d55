"""The contract of a detector, for ours and yours.

Each check is one promise of `detectors.protocol` and says so in its docstring. To hold your
own detector against all of them, put this into a test:

    assert run_checks(MyDetector()) == []

Inputs are made here, the same every time: no file, no randomness. The checks expect rows of
`detectors.codec`, whose first four bytes are the header.
"""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from msgspec.structs import astuple

from detectors.codec import HEADER, RecordError
from detectors.protocol import (
    AMOUNT_MOST_MINOR,
    EXPONENT_MOST,
    Detector,
    Observation,
    Score,
    Ticking,
    Waiting,
)

AnyDetector: TypeAlias = Detector[Any]
Check: TypeAlias = Callable[[AnyDetector], None]

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
UNUSUAL = 0.01
"""Below this p-value a check takes a score for an alarm."""

FLAGGED_MOST = 5
"""So many alarms in a hundred are allowed to a detector that got used to a new level."""


class ContractError(AssertionError):
    """A detector does not keep a promise; the message says which and how."""


class Broken(NamedTuple):
    """A check that a detector did not pass, and what was found."""

    check: str
    finding: str


def run_checks(detector: AnyDetector) -> list[Broken]:
    """Return what the detector breaks, in the order of `CHECKS`; empty if it keeps the contract.

    Examples:
        >>> from detectors.amount import AMOUNT
        >>> run_checks(AMOUNT)
        []
    """
    broken = []
    for check in CHECKS:
        try:
            check(detector)
        except Exception as error:  # noqa: BLE001 - a detector under test may raise anything
            broken.append(Broken(check.__name__, f"{type(error).__name__}: {error}"))
    return broken


def check_score_one_is_pure(detector: AnyDetector) -> None:
    """Scoring twice, with other scores between, gives the same score."""
    *learned, x, other = sample(detector, 42)
    row, _ = _feed(detector, learned)
    first = detector.score_one(row, x)
    detector.score_one(row, other)
    _expect(detector.score_one(row, x) == first, f"scoring {x} again gave another score")


def check_the_row_is_all_that_is_remembered(detector: AnyDetector) -> None:
    """A row, stored and read by another worker that has seen others, goes on identically."""
    xs = sample(detector, 60)
    straight = _feed(detector, xs)
    row, before = _feed(detector, xs[:30])
    stranger = copy.deepcopy(detector)
    _feed(stranger, sample(detector, 25, level_minor=7_000))
    row, after = _feed(stranger, xs[30:], bytes(bytearray(row)))
    _expect((row, before + after) == straight, "a stored row did not go on as if never stored")


def check_it_is_deterministic(detector: AnyDetector) -> None:
    """The same observations give the same rows and scores, to the last bit."""
    xs = sample(detector, 60)
    _expect(
        _feed(copy.deepcopy(detector), xs) == _feed(copy.deepcopy(detector), xs),
        "two runs over the same observations differ",
    )


def check_bad_input_is_refused(detector: AnyDetector) -> None:
    """What is not finite, negative, out of range or of another stream is answered with `None`."""
    row, _ = _feed(detector, sample(detector, 20))
    for x in _unsound(detector):
        _expect(detector.score_one(row, x) is None, f"a score was given to {x}")


def check_broken_rows_are_refused(detector: AnyDetector) -> None:
    """A row of another length, header or version, or without finite numbers, is `RecordError`."""
    row, _ = _feed(detector, sample(detector, 20))
    for what, broken in _damaged(row):
        for x in sample(detector, len(detector.streams)):
            _expect(_is_refused(detector, broken, x), f"a row with {what} was scored")


def check_weight_scales_the_step(detector: AnyDetector) -> None:
    """Weight 0 learns nothing, and a weight outside [0, 1] is a `ValueError`."""
    *learned, x = sample(detector, 20)
    row, _ = _feed(detector, learned)
    score = _score(detector, row, x)
    _expect(detector.learn_one(row, x, score, 0.0) == row, "weight 0 changed the row")
    for weight in (-0.5, 1.5, math.nan):
        try:
            detector.learn_one(row, x, score, weight)
        except ValueError:
            continue
        raise ContractError(f"weight {weight} was taken")


def check_time_may_go_back(detector: AnyDetector) -> None:
    """Late observations, even years late, are scored and learned like others."""
    row = detector.init(detector.default_prior)
    for i, x in enumerate(sample(detector, 60)):
        late = x._replace(at_ms=x.at_ms if i % 3 else (60 - i) * DAY_MS)
        row = detector.learn_one(row, late, _score(detector, row, late))


def check_streams_do_not_disturb_each_other(detector: AnyDetector) -> None:
    """Whichever stream's records arrive first, the row is the same in the end."""
    xs = sample(detector, 60)
    by_stream = sorted(xs, key=lambda x: x.stream)
    _expect(
        _feed(detector, xs)[0] == _feed(detector, by_stream)[0],
        "another interleaving of the streams gave another row",
    )


def check_the_row_stays_small(detector: AnyDetector) -> None:
    """A row is `bytes`, and as long after a thousand observations as before the first."""
    row = detector.init(detector.default_prior)
    size = len(row)
    for x in sample(detector, 1_000):
        row = detector.learn_one(row, x, _score(detector, row, x))
        _expect(type(row) is bytes, f"a row is {type(row).__name__}, not bytes")
        _expect(len(row) == size, f"a row grew from {size} to {len(row)} bytes")


def check_a_new_borrower_is_not_ready(detector: AnyDetector) -> None:
    """A fresh row is scored, but not ready; `n` counts what was learned of the stream."""
    row = detector.init(detector.default_prior)
    for n, x in enumerate(_constant(detector, 5, 86_250)):
        score = _score(detector, row, x)
        _expect(score.n == n, f"n is {score.n} after {n} observations")
        _expect(n > 0 or not score.ready, "a fresh row says that it is ready")
        row = detector.learn_one(row, x, score)


def check_p_values_are_probabilities(detector: AnyDetector) -> None:
    """Every number of every score is finite, and p-values are in (0, 1], at the extremes too."""
    extremes = [
        x._replace(amount_minor=AMOUNT_MOST_MINOR if i % 7 else 0, exponent=i % EXPONENT_MOST)
        for i, x in enumerate(sample(detector, 200))
    ]
    for score in _feed(detector, [*sample(detector, 50), *extremes])[1]:
        _expect(all(map(math.isfinite, astuple(score))), f"a number is not finite in {score}")
        _expect(0.0 < score.p_value <= 1.0, f"a p-value is not in (0, 1]: {score}")
        _expect(score.scale > 0.0, f"a scale is not above 0: {score}")


def check_a_constant_is_no_alarm(detector: AnyDetector) -> None:
    """The same amount every month, to the cent, is what was expected; a cent more is too."""
    constant = _constant(detector, 200, 86_250)
    row, scores = _feed(detector, constant)
    cent_more = constant[-1]._replace(amount_minor=86_251, at_ms=constant[-1].at_ms + DAY_MS)
    for score in (*scores[20:], _score(detector, row, cent_more)):
        _expect(score.p_value > UNUSUAL, f"a constant series gave {score}")


def check_a_new_level_is_learned(detector: AnyDetector) -> None:
    """Who changes amounts and gaps for good is not flagged for ever (river's lock-out)."""
    stream = min(detector.streams)
    before = [x for x in sample(detector, 300) if x.stream == stream][:60]
    for factor in (20, 1 / 20):
        _, scores = _feed(detector, [*before, *_changed(before * 4, factor)])
        flagged = sum(score.p_value < UNUSUAL for score in scores[-100:])
        _expect(
            flagged <= FLAGGED_MOST,
            f"{flagged} of 100 are flagged 140 observations after a change by {factor:g}",
        )


def check_silence_becomes_ever_less_usual(detector: AnyDetector) -> None:
    """A tick is pure, speaks of no time before the last event, and its p-value never rises."""
    if not isinstance(detector, Ticking):
        return
    xs = sample(detector, 120)
    row, _ = _feed(detector, xs)
    for x in xs[-len(detector.streams) :]:
        ticks = [detector.tick(row, x.stream, x.at_ms + i * HOUR_MS) for i in range(0, 2_000, 40)]
        again = detector.tick(row, x.stream, x.at_ms)
        _expect(again == ticks[0], "the same tick gave another score")
        p_values = [score.p_value for score in ticks if score is not None]
        _expect(p_values == sorted(p_values, reverse=True), f"silence made usual: {p_values}")
        _expect(p_values != [] and p_values[-1] > 0.0, "no p-value in (0, 1] after silence")
        for now_ms in (x.at_ms - 1, -1, math.nan):
            said = detector.tick(row, x.stream, now_ms)  # type: ignore[arg-type] # a faulty caller
            _expect(said is None, f"a tick spoke of {now_ms}, before the last event")


def check_a_deadline_is_when_it_becomes_unusual(detector: AnyDetector) -> None:
    """At the deadline p is at most alpha; a hundredth of the wait sooner, it is not."""
    if not isinstance(detector, Waiting):
        return
    xs = sample(detector, 120)
    row, _ = _feed(detector, xs)
    for x in xs[-len(detector.streams) :]:
        for alpha in (0.05, 0.01, 1e-3):
            at_ms = detector.deadline(row, x.stream, alpha)
            if at_ms is None:
                raise ContractError(f"no deadline for {alpha}")
            sooner = at_ms - (at_ms - x.at_ms) // 100
            then, before = (detector.tick(row, x.stream, now_ms) for now_ms in (at_ms, sooner))
            is_then = then is not None and then.p_value <= alpha
            _expect(is_then, f"at the deadline for {alpha} the tick says {then}")
            _expect(before is None or before.p_value > alpha, f"late for {alpha}: {before}")


def check_explanations_say_what_was_scored(detector: AnyDetector) -> None:
    """An explanation names the detector and the stream and holds the score's finite numbers."""
    row = detector.init(detector.default_prior)
    for x in sample(detector, 60):
        score = _score(detector, row, x)
        why = detector.explain(x, score)
        named = (why.detector, why.version, why.stream, why.p_value, why.n)
        scored = (detector.name, detector.version, x.stream, score.p_value, score.n)
        _expect(named == scored, f"{why} does not explain {score}")
        _expect(why.low <= why.expected <= why.high, f"the range is out of order in {why}")
        _expect(math.isfinite(why.low) and math.isfinite(why.high), f"infinite range in {why}")
        row = detector.learn_one(row, x, score)


CHECKS: tuple[Check, ...] = (
    check_score_one_is_pure,
    check_the_row_is_all_that_is_remembered,
    check_it_is_deterministic,
    check_bad_input_is_refused,
    check_broken_rows_are_refused,
    check_weight_scales_the_step,
    check_time_may_go_back,
    check_streams_do_not_disturb_each_other,
    check_the_row_stays_small,
    check_a_new_borrower_is_not_ready,
    check_p_values_are_probabilities,
    check_a_constant_is_no_alarm,
    check_a_new_level_is_learned,
    check_silence_becomes_ever_less_usual,
    check_a_deadline_is_when_it_becomes_unusual,
    check_explanations_say_what_was_scored,
)


def sample(detector: AnyDetector, n: int, level_minor: int = 60_000) -> list[Observation]:
    """Return `n` daily observations over the detector's streams, spread evenly around a level.

    One in ten is of an instalment that was short, and five counterparties take turns.
    """
    streams = sorted(detector.streams)
    return [
        Observation(
            stream=streams[i % len(streams)],
            at_ms=i * DAY_MS,
            amount_minor=level_minor // 2 + (i * 61_803) % level_minor,
            exponent=2,
            mark=i * 61_803 % 5,
            is_short=i % 10 == 3,  # noqa: PLR2004 - any of the ten
        )
        for i in range(n)
    ]


def _constant(detector: AnyDetector, n: int, amount_minor: int) -> list[Observation]:
    stream = min(detector.streams)
    return [Observation(stream, i * DAY_MS, amount_minor, 2, 7, is_short=False) for i in range(n)]


def _changed(xs: list[Observation], factor: float) -> list[Observation]:
    """Return `xs` with other amounts and other gaps, after all of them."""
    gap_ms, from_ms = round(DAY_MS * factor), 1_000 * DAY_MS
    return [
        x._replace(at_ms=from_ms + i * gap_ms, amount_minor=round(x.amount_minor * factor))
        for i, x in enumerate(xs)
    ]


def _unsound(detector: AnyDetector) -> Iterator[Observation]:
    x = sample(detector, 1)[0]
    yield x._replace(stream="weather")
    for amount in (math.nan, math.inf, -math.inf, 12.5, "12", None, True):
        yield x._replace(amount_minor=amount)  # type: ignore[arg-type] # what a faulty caller sends
    yield x._replace(amount_minor=-1)
    yield x._replace(amount_minor=AMOUNT_MOST_MINOR + 1)
    yield x._replace(exponent=-1)
    yield x._replace(exponent=EXPONENT_MOST + 1)
    yield x._replace(at_ms=-1)
    yield x._replace(mark=-1)
    yield x._replace(is_short="no")  # type: ignore[arg-type] # what a faulty caller sends
    yield x._replace(at_ms=math.nan)  # type: ignore[arg-type] # what a faulty caller sends


def _damaged(row: bytes) -> Iterator[tuple[str, bytes]]:
    yield "no bytes", b""
    yield "a byte too few", row[:-1]
    yield "a byte too many", row + b"\0"
    yield "another detector's tag", bytes([row[0], row[1] ^ 0xFF]) + row[2:]
    yield "an older version", row[:2] + bytes([row[2] - 1]) + row[3:]
    yield "no header", bytes(HEADER.size) + row[HEADER.size :]
    yield "numbers that are not finite", row[: HEADER.size] + b"\xff" * (len(row) - HEADER.size)


def _is_refused(detector: AnyDetector, row: bytes, x: Observation) -> bool:
    try:
        detector.score_one(row, x)
    except RecordError:
        return True
    return False


def _feed(
    detector: AnyDetector, xs: Iterable[Observation], row: bytes | None = None
) -> tuple[bytes, list[Score]]:
    """Score, then learn each observation; from a fresh row unless one is given."""
    row = detector.init(detector.default_prior) if row is None else row
    scores = []
    for x in xs:
        score = _score(detector, row, x)
        row = detector.learn_one(row, x, score)
        scores.append(score)
    return row, scores


def _score(detector: AnyDetector, row: bytes, x: Observation) -> Score:
    score = detector.score_one(row, x)
    if score is None:
        raise ContractError(f"no score was given to {x}, which is sound")
    return score


def _expect(kept: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion that -O keeps
    if not kept:
        raise ContractError(otherwise)
