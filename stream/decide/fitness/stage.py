"""How fit the models are, as the step and the book bring it about.

step    on_scores, on_verdict    one event, one closed case of this partition
book    on_tick                  crossing is told, once a day
        on_answer                checks, rounds, demotions, told by the partition that speaks
        on_record                people have said something about a model

What D8's chances fit is judged by its own rounds (cohorts.py).
"""

from collections.abc import Iterable, Mapping

from detectors import Score
from detectors.ews import NAME as EWS
from schemas.control import DetectorBody
from schemas.fitness import FitnessCounts, Trait, model_id
from schemas.instants import DAY_MS
from schemas.journal import FitnessSnapshot
from stream.decide.broadcast import Broadcast
from stream.decide.fitness.counts import FIRST_DAY
from stream.decide.fitness.judging import check_of, close_round, findings_of, learn
from stream.decide.fitness.state import Model
from stream.decide.fitness.telling import When, end, standing_of, tell_checks, tell_demotion
from stream.decide.outbox import Outbox


def on_scores(stream: str, scores: Mapping[str, Score], at: Broadcast) -> None:
    """Count what the detectors have said of an event that they learn from.

    One a day of a borrower's stream: what is said of the next one is much the same, and a few busy
    borrowers would look like a book.
    """
    at.fitness.counts.hear(_today(at), stream, scores)


def on_verdict(
    voices: Iterable[str], traits: Mapping[Trait, str], at: Broadcast, *, right: bool
) -> None:
    """Count for each model whether a closed case that rested on it was right.

    Args:
        voices: The models.
        traits: Of the borrower, each with its value.
        at: Where.
        right: Whether it was.
    """
    day, versions = _today(at), at.fitness.versions
    for name in voices:
        if name in versions:
            model = model_id(name, versions[name])
            at.fitness.counts.judge(day, model, right=right)
            at.fitness.shares.judge(day, model, traits, right=right)


def _today(at: Broadcast) -> int:
    return FIRST_DAY + at.position.now_ms // DAY_MS


def on_tick(at: Broadcast, outbox: Outbox) -> None:
    """Tell crossing of the days until yesterday, at the first tick of a day."""
    day, fitness = _today(at) - 1, at.fitness
    if at.program is not None and day > fitness.counts.told.day:
        shares = fitness.shares.tell(day)
        outbox.cross(fitness.counts.tell(at.segments.partition, day, shares))


def on_answer(answer: FitnessSnapshot, at: Broadcast, outbox: Outbox, *, speaks: bool) -> None:
    """Take what all partitions have counted until a day; what is known already changes nothing."""
    fitness, day = at.fitness, answer.day.toordinal()
    if day <= fitness.known.day:
        return
    fitness.known.day, fitness.has_changed = day, True
    heard, telling = at.heard.names, outbox if speaks else Outbox(outbox.phase)
    for name, version in fitness.versions.items():
        model = fitness.known.of(name, version)
        _learn(model, model_id(name, version), answer)
        if name != EWS:
            is_watched = name in heard or model.demotion is not None
            _judge(name, model, When(answer.day, answer.at_ms), telling, is_watched=is_watched)
    at.listen()
    for name in fitness.versions:
        telling.model(standing_of(name, at, answer.at_ms, telling.phase))


def _learn(model: Model, number: str, answer: FitnessSnapshot) -> None:
    since = answer.since.get(number)
    first = since.toordinal() if since is not None else 0
    learn(model, answer.models.get(number, FitnessCounts()), answer.day.toordinal(), first)
    model.shares = answer.shares.get(number, {})


def _judge(name: str, model: Model, when: When, outbox: Outbox, *, is_watched: bool) -> None:
    """Check a model that is heard, or was until it was demoted; one in shadow is not checked."""
    found = findings_of(model) if is_watched else []
    model.checks = tuple(check_of(each) for each in found)
    tell_checks(name, model, when, outbox)
    if not is_watched:
        return
    demotion = close_round(model, found, name, when.day.toordinal())
    if demotion is not None:
        tell_demotion(name, model, demotion, when, outbox)


def on_record(body: DetectorBody, at: Broadcast, outbox: Outbox, *, speaks: bool) -> None:
    """Let people have the last word about a model: it stands as they say, and is compared anew.

    With what it says from the next day on; which day that is for all partitions, crossing says.
    """
    name, fitness, now_ms = body.detector, at.fitness, at.position.now_ms
    telling = outbox if speaks else Outbox(outbox.phase)
    model = fitness.known.of(name, fitness.versions[name])
    for of in sorted(model.told):
        end(name, model, of, now_ms, telling)
    model.demotion, model.bad, model.checks = None, 0, ()
    fitness.counts.begin(_today(at) + 1, model_id(name, model.version))
    fitness.has_changed = True
    at.listen()
    telling.model(standing_of(name, at, now_ms, telling.phase))
