"""What is told of how fit a model is: health, a decision, how it stands."""

from datetime import date
from typing import Final, NamedTuple

from detectors.ews import NAME as EWS
from schemas.alert import Phase
from schemas.control import Standing
from schemas.decision import DecisionKind
from schemas.health import HealthKind
from schemas.instants import wire
from schemas.model import Demotion, ModelStanding, Verdict
from stream.decide.broadcast import Broadcast
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
    "H09": HealthKind.MODEL_CALIBRATION,
    DEMOTION: HealthKind.MODEL_DEMOTED,
}


class When(NamedTuple):
    """The last day that was counted, and when that was told."""

    day: date
    at_ms: int


def tell_checks(name: str, model: Model, when: When, outbox: Outbox) -> None:
    """Tell health of each check whose verdict is another than was told."""
    now = {each.signal: each for each in model.checks}
    for signal in sorted({*now, *model.told} - {DEMOTION}):
        check = now.get(signal)
        if check is None or check.verdict is Verdict.FINE:
            end(name, model, signal, when.at_ms, outbox)
        elif not model.told.get(signal, "").endswith(check.verdict.value):
            about = model.told[signal] = f"{when.day}/{check.verdict.value}"
            outbox.health(
                KINDS[signal],
                subject=subject_of(name),
                about=about,
                message=said_of(check),
                at_ms=when.at_ms,
            )


def end(name: str, model: Model, of: str, at_ms: int, outbox: Outbox) -> None:
    """Tell health that what it was told of is over, if it was."""
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


def tell_demotion(name: str, model: Model, demotion: Demotion, when: When, outbox: Outbox) -> None:
    """Write the decision, and tell health, that a model is no longer heard."""
    model.decisions += 1
    message, about = why(demotion), when.day.isoformat()
    outbox.decide(
        subject_kind=MODEL,
        subject_id=subject_of(name),
        ordinal=model.decisions,
        kind=DecisionKind.MODEL_DEMOTED,
        at_ms=when.at_ms,
        about=about,
        detail=message,
        demotion=demotion,
    )
    model.told[DEMOTION] = about
    outbox.health(
        KINDS[DEMOTION], subject=subject_of(name), about=about, message=message, at_ms=when.at_ms
    )


def standing_of(name: str, at: Broadcast, at_ms: int, phase: Phase) -> ModelStanding:
    """Return how a model stands."""
    model = at.fitness.known.models[name]
    is_heard = bool(at.ews.mark) if name == EWS else name in at.heard.names
    reference = model.reference
    return ModelStanding(
        detector=name,
        version=model.version,
        standing=Standing.IN_FORCE if is_heard else Standing.SHADOW,
        at=wire(at_ms),
        phase=phase,
        day=date.fromordinal(at.fitness.known.day) if at.fitness.known.day else None,
        record_id=at.governance.in_force.get(subject_of(name)),
        demotion=model.demotion,
        reference=None if reference is None else date.fromordinal(reference.day),
        checks=model.checks,
        right=model.latest.right,
        wrong=model.latest.wrong,
        shares=model.shares,
    )


def subject_of(name: str) -> str:
    """Return the subject of what is said of a detector: that of its signed records."""
    return f"detector:{name}"
