"""How fit the detectors are, as the step and the book bring it about.

step    on_scores, on_verdict    one event, one closed case of this partition
book    on_tick                  crossing is told, once a day
        on_answer                checks, rounds, demotions, told by the partition that speaks
        on_record                people have said something about a detector
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from detectors import Score
from schemas.alert import Phase
from schemas.control import DetectorBody, Standing
from schemas.decision import DecisionKind
from schemas.fitness import FitnessCounts, model_id
from schemas.health import HealthKind
from schemas.instants import DAY_MS, wire
from schemas.journal import FitnessSnapshot
from schemas.model import ModelStanding, Verdict
from stream.decide.broadcast import Broadcast
from stream.decide.fitness.counts import FIRST_DAY
from stream.decide.fitness.judging import check_of, close_round, findings_of, learn
from stream.decide.fitness.state import Model
from stream.decide.fitness.words import said_of, why
from stream.decide.outbox import Outbox

MODEL: Final = "MODEL"
"""The kind of subject of a decision about a detector."""

DEMOTION: Final = "demotion"
KINDS: Final = {
    "H06": HealthKind.MODEL_DRIFT,
    "H07": HealthKind.MODEL_MISSING,
    "H08": HealthKind.MODEL_PRECISION,
    DEMOTION: HealthKind.MODEL_DEMOTED,
}


def on_scores(stream: str, scores: Mapping[str, Score], at: Broadcast) -> None:
    """Count what the detectors have said of an event that they learn from.

    One a day of a borrower's stream: what is said of the next one is much the same, and a few busy
    borrowers would look like a book.
    """
    at.fitness.counts.hear(_today(at), stream, scores)


def on_verdict(detectors: Iterable[str], at: Broadcast, *, right: bool) -> None:
    """Count for each detector whether a closed case that rested on it was right."""
    for name in detectors:
        if name in at.suite.detectors:
            model = model_id(name, at.suite.detectors[name].version)
            at.fitness.counts.judge(_today(at), model, right=right)


def _today(at: Broadcast) -> int:
    return FIRST_DAY + at.position.now_ms // DAY_MS


def on_tick(at: Broadcast, outbox: Outbox) -> None:
    """Tell crossing of the days until yesterday, at the first tick of a day."""
    day = _today(at) - 1
    if at.program is not None and day > at.fitness.counts.told.day:
        outbox.cross(at.fitness.counts.tell(at.segments.partition, day))


def on_answer(answer: FitnessSnapshot, at: Broadcast, outbox: Outbox, *, speaks: bool) -> None:
    """Take what all partitions have counted until a day; what is known already changes nothing."""
    fitness, day = at.fitness, answer.day.toordinal()
    if day <= fitness.known.day:
        return
    fitness.known.day, fitness.has_changed = day, True
    heard, telling = at.heard.names, outbox if speaks else Outbox(outbox.phase)
    for name, detector in at.suite.detectors.items():
        model = fitness.known.of(name, detector.version)
        number = model_id(name, detector.version)
        since = answer.since.get(number)
        learn(
            model,
            answer.models.get(number, FitnessCounts()),
            day,
            since.toordinal() if since is not None else 0,
        )
        is_watched = name in heard or model.demotion is not None
        _judge(name, model, answer, telling, is_watched=is_watched)
    at.listen()
    for name in at.suite.detectors:
        telling.model(standing_of(name, at, answer.at_ms, telling.phase))


def _judge(
    name: str, model: Model, answer: FitnessSnapshot, outbox: Outbox, *, is_watched: bool
) -> None:
    """Check a model that is heard, or was until it was demoted; one in shadow is not checked."""
    found = findings_of(model) if is_watched else []
    model.checks = tuple(check_of(each) for each in found)
    _tell_checks(name, model, answer, outbox)
    if is_watched and close_round(model, found, name, answer.day.toordinal()):
        _tell_demotion(name, model, answer, outbox)


def _tell_checks(name: str, model: Model, answer: FitnessSnapshot, outbox: Outbox) -> None:
    """Tell health of each check whose verdict is another than was told."""
    now = {each.signal: each for each in model.checks}
    for signal in sorted({*now, *model.told} - {DEMOTION}):
        check = now.get(signal)
        if check is None or check.verdict is Verdict.FINE:
            _end(name, model, signal, answer.at_ms, outbox)
        elif not model.told.get(signal, "").endswith(check.verdict.value):
            about = model.told[signal] = f"{answer.day}/{check.verdict.value}"
            outbox.health(
                KINDS[signal],
                subject=subject_of(name),
                about=about,
                message=said_of(check),
                at_ms=answer.at_ms,
            )


def _end(name: str, model: Model, of: str, at_ms: int, outbox: Outbox) -> None:
    about = model.told.pop(of, None)
    if about is not None:
        outbox.health(
            KINDS[of],
            subject=subject_of(name),
            about=f"{about}/ended",
            message="it is over",
            at_ms=at_ms,
            ended=True,
        )


def _tell_demotion(name: str, model: Model, answer: FitnessSnapshot, outbox: Outbox) -> None:
    demotion = model.demotion
    assert demotion is not None  # noqa: S101 - the caller's
    model.decisions += 1
    message, about = why(demotion), answer.day.isoformat()
    outbox.decide(
        subject_kind=MODEL,
        subject_id=subject_of(name),
        ordinal=model.decisions,
        kind=DecisionKind.MODEL_DEMOTED,
        at_ms=answer.at_ms,
        about=about,
        detail=message,
        demotion=demotion,
    )
    model.told[DEMOTION] = about
    outbox.health(
        KINDS[DEMOTION], subject=subject_of(name), about=about, message=message, at_ms=answer.at_ms
    )


def on_record(body: DetectorBody, at: Broadcast, outbox: Outbox, *, speaks: bool) -> None:
    """Let people have the last word about a detector: it stands as they say, and is compared anew.

    With what it says from the next day on; which day that is for all partitions, crossing says.
    """
    name, fitness, now_ms = body.detector, at.fitness, at.position.now_ms
    if name not in at.suite.detectors:
        return  # a model of segments, or of outcomes: nothing of it is checked here
    telling = outbox if speaks else Outbox(outbox.phase)
    model = fitness.known.of(name, at.suite.detectors[name].version)
    for of in sorted(model.told):
        _end(name, model, of, now_ms, telling)
    model.demotion, model.bad, model.checks = None, 0, ()
    fitness.counts.begin(_today(at) + 1, model_id(name, model.version))
    fitness.has_changed = True
    at.listen()
    telling.model(standing_of(name, at, now_ms, telling.phase))


def standing_of(name: str, at: Broadcast, at_ms: int, phase: Phase) -> ModelStanding:
    """Return how a detector stands."""
    model = at.fitness.known.models[name]
    standing = Standing.IN_FORCE if name in at.heard.names else Standing.SHADOW
    reference = model.reference
    return ModelStanding(
        detector=name,
        version=model.version,
        standing=standing,
        at=wire(at_ms),
        phase=phase,
        day=date.fromordinal(at.fitness.known.day) if at.fitness.known.day else None,
        record_id=at.governance.in_force.get(subject_of(name)),
        demotion=model.demotion,
        reference=None if reference is None else date.fromordinal(reference.day),
        checks=model.checks,
        right=model.latest.right,
        wrong=model.latest.wrong,
    )


def subject_of(name: str) -> str:
    """Return the subject of what is said of a detector: that of its signed records."""
    return f"detector:{name}"
