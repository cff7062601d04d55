"""How fit the detectors are over all partitions: what each of them has counted, added up."""

from collections.abc import Iterable
from datetime import date

from detectors.shares import shown, summed
from schemas.crossing import FitnessTold
from schemas.fitness import FitnessCounts, Shares
from schemas.journal import FitnessSnapshot
from stream.crossing.rounds import Rounds


class Fitnesses:
    """Adds up what the partitions tell of the detectors, day by day."""

    def __init__(self, partitions: int) -> None:
        self._rounds: Rounds[FitnessTold] = Rounds(partitions)

    def take(self, told: FitnessTold) -> list[FitnessSnapshot]:
        """Take one record in; return what follows when the day is complete."""
        parts = self._rounds.take(told.day.toordinal(), told.partition, told)
        if parts is None:
            return []
        models = sorted({model for part in parts for model in part.models})
        snapshot = FitnessSnapshot(
            version=told.day.toordinal(),
            day=told.day,
            at_ms=told.at_ms,
            models={
                model: _sum(part.models[model] for part in parts if model in part.models)
                for model in models
            },
            since=_latest(part.since for part in parts),
            shares=_shares(parts),
        )
        return [snapshot]


def _shares(parts: list[FitnessTold]) -> dict[str, Shares]:
    """Return right and wrong by trait, of as many values as people see."""
    models = sorted({model for part in parts for model in part.shares})
    return {
        model: {
            trait: shown(of)
            for trait, of in summed(
                part.shares[model] for part in parts if model in part.shares
            ).items()
        }
        for model in models
    }


def _sum(parts: Iterable[FitnessCounts]) -> FitnessCounts:
    each = list(parts)
    return FitnessCounts(
        deciles=tuple(map(sum, zip(*(part.deciles for part in each), strict=True))),
        silent=sum(part.silent for part in each),
        early=sum(part.early for part in each),
        right=sum(part.right for part in each),
        wrong=sum(part.wrong for part in each),
    )


def _latest(parts: Iterable[dict[str, date]]) -> dict[str, date]:
    latest: dict[str, date] = {}
    for part in parts:
        for model, day in part.items():
            latest[model] = max(day, latest.get(model, day))
    return dict(sorted(latest.items()))
