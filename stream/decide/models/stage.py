"""Models of many borrowers as a stage: what the step puts in, what broadcast records bring about.

step    on_event, on_look     one borrower of this partition
book    on_tick, on_answer    all of them
"""

from typing import Final

from detectors import Observation, Scoring
from detectors.control import Strain
from detectors.evidence import remember
from schemas.health import HealthKind
from schemas.journal import SegmentModel
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.feeds.wait import Wait
from stream.decide.models import notes
from stream.decide.models.looks import look, next_look_ms
from stream.decide.models.noticing import follow
from stream.decide.models.telling import round_of
from stream.decide.outbox import Outbox
from stream.decide.turn import Turn

MESSAGES: Final = {
    Strain.STRESS: "too much is unusual in segment `{segment}`: "
    "the threshold of M's lane `{lane}` has risen out of its band",
    Strain.SLEEP: "hardly anything is unusual in segment `{segment}`: "
    "the threshold of M's lane `{lane}` has fallen out of its band",
    Strain.NONE: "the threshold of M's lane `{lane}` in segment `{segment}` is back in its band",
}

WAIT: Final = "models"
"""The name of the wait for a borrower's next look."""


def on_event(borrower: Borrower, x: Observation, scoring: Scoring, at: Broadcast) -> None:
    """Count what detectors have said of an event, and keep the evidence as it is to be believed."""
    said = dict(at.models.believed(borrower.segment, at.suite.said(scoring)))
    if said:
        remember(borrower.models, x.at_ms, said)
        notes.note(borrower.models, said)
    wait_for_look(borrower, at)


def wait_for_look(borrower: Borrower, at: Broadcast) -> None:
    """Wait for the next look, unless that is waited for: ticks alone bring it about.

    Before the first rule set nobody knows when a day begins; who owes nothing any more is not
    looked at, nor is anybody of whom no detector has heard.
    """
    if WAIT in borrower.header.waits or not borrower.models:
        return
    if at.program is None or borrower.header.is_over or not at.position.now_ms:
        return
    at_ms = next_look_ms(borrower.borrower_id, at.program.zone, at.position.now_ms)
    borrower.wait({WAIT: Wait(at_ms, by_tick=True)}, of=WAIT)


def on_look(borrower: Borrower, turn: Turn) -> bool:
    """Look at a borrower, and wait for the next time; say whether something was told of it."""
    at = turn.broadcast
    if at.program is None or borrower.header.is_over:
        return False
    seen = look(borrower, at)
    wait_for_look(borrower, at)
    return follow(borrower, seen, turn)


def on_tick(at: Broadcast, outbox: Outbox) -> None:
    """Tell crossing what this partition has; after the looks that the tick has let go."""
    if at.program is not None:
        now_ms, partition = at.position.now_ms, at.segments.partition
        for told in round_of(at.models, now_ms, at.program.zone, partition):
            outbox.cross(told)


def on_answer(answer: SegmentModel, at: Broadcast, outbox: Outbox) -> None:
    """Take what crossing has answered; tell which lanes of M have left their band, or are back.

    Raises:
        ValueError: If it cannot be read; nothing has changed then.
    """
    strains = at.models.learn(answer) or {}
    if not at.segments.knowledge.tells(answer.segment_id):
        return
    for lane, (before, after) in strains.items():
        if before is not after:
            outbox.health(
                HealthKind.SEGMENT_STRESS,
                subject=f"{answer.segment_id}/{lane}",
                about=f"{answer.version}/{after.value}",
                message=MESSAGES[after].format(lane=lane, segment=answer.segment_id),
                at_ms=answer.at_ms,
                ended=after is Strain.NONE,
            )
