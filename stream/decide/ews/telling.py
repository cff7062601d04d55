"""What the model that learns has come to, for people who compare it with the one in force."""

from base64 import b64encode
from datetime import date

from detectors.ews import NAME, VERSION
from detectors.judgement import ONE
from detectors.outcomes import Bins, added, area, fit
from schemas.alert import Phase
from schemas.instants import wire
from schemas.learned_model import Compared, Fit, LearnedModel
from schemas.model import Verdict
from stream.decide.ews.champion import Champion
from stream.decide.ews.counts import Pair
from stream.decide.ews.state import EwsState


def learned_model(models: EwsState, *, at_ms: int, phase: Phase) -> LearnedModel:
    """Return what there is to tell after a round.

    Args:
        models: After it.
        at_ms: When the partitions told of it.
        phase: Bootstrap or live.
    """
    pairs = {week: of[models.mark] for week, of in models.counts.weeks.items() if models.mark in of}
    latest = max(models.counts.weeks, default=0)
    return LearnedModel(
        detector=NAME,
        version=VERSION,
        day=date.fromordinal(models.learned),
        at=wire(at_ms),
        phase=phase,
        n=models.challenger.n,
        bad=models.challenger.positives,
        simulated=models.simulated,
        is_learned=models.challenger.is_learned,
        champion=Champion(models.mark, models.champion).name,
        lately=_compared({latest: pairs[latest]}) if latest in pairs else None,
        year=_compared(pairs) if pairs else None,
        row=b64encode(models.challenger.row).decode(),
    )


def _compared(pairs: dict[int, Pair]) -> Compared:
    return Compared(
        champion=_fit(added([pair.champion for pair in pairs.values()])),
        challenger=_fit(added([pair.challenger for pair in pairs.values()])),
    )


def _fit(bins: Bins) -> Fit:
    found, each = fit(bins), bins.values()
    return Fit(
        n=sum(of.n for of in each),
        bad=sum(of.bad for of in each),
        predicted=sum(of.predicted for of in each) / ONE,
        area=area(bins),
        worst=found.value,
        fits=Verdict[found.verdict.name],
    )
