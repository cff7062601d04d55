"""D8 as a stage of the step: the visits of a day, and what crossing answers.

book    on_round      whose day it is is judged; what has matured is told, once a day
        on_examples   both models are counted, and the challenger learns
"""

from datetime import date
from typing import Final

from schemas.crossing import EWS_LANES, EwsTold, ews_lane_of
from schemas.instants import HOUR_MS
from schemas.journal import EwsExamples
from stream.decide.broadcast import Broadcast
from stream.decide.ews.rhythm import AT_HOUR, slots
from stream.decide.ews.state import EwsState
from stream.decide.ews.telling import learned_model
from stream.decide.ews.visit import visit
from stream.decide.fitness import cohorts
from stream.decide.outbox import Outbox
from stream.decide.shelf import Shelf
from stream.decide.turn import Turn

MOST_TOLD: Final = 2_000
"""Examples in one record, 350 bytes each: Kafka takes a megabyte."""


def on_round(shelf: Shelf, at: Broadcast, outbox: Outbox) -> None:
    """Visit those whose day it is, once a day; tell crossing what has matured.

    Of history too: that is what there is to learn from at first. Before the first rule set nobody
    knows in which zone days are counted.
    """
    day = _due(at)
    if day is None:
        return
    models, times = at.ews, Turn(at, at.position.now_ms, outbox).times
    found: dict[int, list[str]] = {lane: [] for lane in range(EWS_LANES)}
    for borrower_id in shelf.to_judge(slots(models.visited, day)):
        borrower = shelf.take(borrower_id)
        for example in visit(borrower, models, times, day):
            found[ews_lane_of(example)].append(example)
    models.matured(day, {lane: sorted(of) for lane, of in found.items()})
    for lane in range(EWS_LANES):
        outbox.cross(_told(models, at, lane, day))


def on_examples(part: EwsExamples, at: Broadcast, outbox: Outbox, *, speaks: bool) -> None:
    """Learn a round, when all of its parts are here; one partition tells what has come of it.

    Whether the model in force fits what came is asked then (`stream.decide.fitness.cohorts`).
    """
    if not at.ews.learn(part):
        return
    telling = outbox if speaks else Outbox(outbox.phase)
    cohorts.on_round(part.at_ms, at, telling)
    telling.learned(learned_model(at.ews, at_ms=part.at_ms, phase=at.phase))


def _due(at: Broadcast) -> int | None:
    """Return the day on which to visit now, if that is due."""
    program, now_ms = at.program, at.position.now_ms
    if program is None or not now_ms or program.zone.hour_at(now_ms) < AT_HOUR:
        return None
    day = program.zone.date_at(now_ms).toordinal()
    visited = at.ews.visited
    return None if visited is not None and visited >= day else day


def _told(models: EwsState, at: Broadcast, lane: int, day: int) -> EwsTold:
    """Return what is told in one lane: the latest round first, as much as a record holds."""
    rounds, left = {}, MOST_TOLD
    for round_day in sorted(models.told, reverse=True):
        examples = tuple(models.told[round_day].get(lane, ())[:left])
        left -= len(examples)
        if examples:
            rounds[date.fromordinal(round_day)] = examples
    return EwsTold(
        lane=lane,
        partition=at.segments.partition,
        day=date.fromordinal(day),
        at_ms=at.position.now_ms // HOUR_MS * HOUR_MS,
        rounds=rounds,
    )
