"""H09: whether the chances of D8 in force fit what came, cohort by cohort (decision 0099).

    signed ──84 days──> first outcomes ──whole four weeks──> cohort ──> round

A cohort is what has matured in the four weeks of one visit to every borrower: no example is in two
of them. It is judged once, when its last round is learned. The first that counts begins when all
that matures was judged by the model since people have signed it.
"""

from datetime import date

from detectors.ews import NAME, VERSION
from detectors.outcomes import fit
from schemas.fitness import model_id
from stream.decide.broadcast import Broadcast
from stream.decide.ews.rhythm import EVERY_DAYS, HORIZON_DAYS
from stream.decide.ews.state import EwsState
from stream.decide.fitness.judging import check_of, count_round
from stream.decide.fitness.state import Model
from stream.decide.fitness.telling import When, standing_of, tell_checks, tell_demotion
from stream.decide.outbox import Outbox


def on_round(at_ms: int, at: Broadcast, outbox: Outbox) -> None:
    """Judge the cohort that is over since the latest round; nobody judges the formula.

    Args:
        at_ms: When the partitions told of the round.
        at: Where; its models have learned it.
        outbox: What is to be told, if this partition speaks.
    """
    model = at.fitness.known.of(NAME, VERSION)
    cohort = _closed(at.ews)
    if not at.ews.mark or cohort <= model.round:
        return
    model.round, at.fitness.has_changed = cohort, True
    if cohort * EVERY_DAYS >= _since(model, at) + HORIZON_DAYS:
        _judge(cohort, model, at_ms, at, outbox)


def _since(model: Model, at: Broadcast) -> int:
    """Return from which day on it is judged: crossing says it, a day after the record was read."""
    return max(model.since, at.fitness.counts.told.since.get(model_id(NAME, VERSION), 0))


def _closed(models: EwsState) -> int:
    """Return the last cohort of which all is learned, 0 if there is none."""
    now = models.learned // EVERY_DAYS
    return max((each for each in models.counts.weeks if each < now), default=0)


def _judge(cohort: int, model: Model, at_ms: int, at: Broadcast, outbox: Outbox) -> None:
    pair = at.ews.counts.weeks[cohort].get(at.ews.mark)
    found = [] if pair is None else [fit(pair.champion)]
    model.checks = tuple(check_of(each) for each in found)
    when = When(date.fromordinal((cohort + 1) * EVERY_DAYS - 1), at_ms)
    tell_checks(NAME, model, when, outbox)
    demotion = count_round(model, found, NAME, when.day)
    if demotion is not None:
        tell_demotion(NAME, model, demotion, when, outbox)
        at.listen()
    outbox.model(standing_of(NAME, at, at_ms, outbox.phase))
