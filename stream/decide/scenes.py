"""Sets the scene for state rules: one borrower at one instant, from what the stages know of it.

The present is what the feeds, the ledger and the calendar say now. An instant of the past is what
is known of it today: a payment that was returned since was not made, a sale that came late was.
"""

from collections.abc import Mapping
from datetime import date

from rules import Program
from rules.scene import UNTRIED, Contact, Feed, Scene
from stream.decide.borrower import Borrower
from stream.decide.loans import loans_of
from stream.decide.segments.questions import peers_of
from stream.decide.turn import Turn


def scene_of(borrower: Borrower, program: Program, turn: Turn) -> Scene:
    """Return the borrower at the time of the turn."""
    feeds = {}
    for stream, since_ms in borrower.header.first_event_ms.items():
        passed_ms = _passed_ms(stream, borrower, turn)
        feeds[stream] = Feed(passed_ms, _closed(passed_ms, program), since_ms)
    return _scene(borrower, program, turn, turn.now_ms, feeds, on=None)


def _passed_ms(stream: str, borrower: Borrower, turn: Turn) -> int | None:
    """Return how far what feeds the borrower has come, but not ahead of the turn's time.

    While a feed is silent or broken nothing is known of the stream.
    """
    if turn.broadcast.is_blind(borrower, (stream,)):
        return None
    passed_ms = turn.broadcast.watermarks.watermark_ms(stream, borrower)
    return None if passed_ms is None else min(passed_ms, turn.now_ms)


def scene_at(borrower: Borrower, program: Program, turn: Turn, at_ms: int) -> Scene:
    """Return the borrower at an instant of the past, as it is known now.

    Whoever looked then had everything up to that instant: an episode opens at the deadline of
    what it waited for.
    """
    feeds = {
        stream: Feed(at_ms, _closed(at_ms, program), since_ms)
        for stream, since_ms in borrower.header.first_event_ms.items()
    }
    return _scene(borrower, program, turn, at_ms, feeds, on=program.zone.date_at(at_ms))


def _scene(
    borrower: Borrower,
    program: Program,
    turn: Turn,
    at_ms: int,
    feeds: Mapping[str, Feed],
    *,
    on: date | None,
) -> Scene:
    profile = borrower.references.profile
    return Scene(
        now_ms=at_ms,
        segment=borrower.segment,
        lists=turn.broadcast.lists,
        feeds=feeds,
        loans=loans_of(borrower.ledger, turn.times, on),
        profile=profile,
        days=turn.broadcast.calendar.of(profile.region if profile else None),
        peers=peers_of(borrower, turn.broadcast),
        opened_ms={
            key: episode.life.opened_ms
            for key, episode in borrower.episodes.items()
            if episode.life.tier
        },
        contact=_contact(borrower, program),
        payee=turn.broadcast.payees.of(borrower.borrower_id),
    )


def _contact(borrower: Borrower, program: Program) -> Contact:
    unreached_ms = borrower.collection.unreached_ms
    if not unreached_ms:
        return UNTRIED
    days = {program.zone.day_at(each) for each in unreached_ms}
    return Contact(unreachable=len(unreached_ms), unreachable_days=len(days))


def _closed(passed_ms: int | None, program: Program) -> date | None:
    """Return the last day in the rule set's zone that has ended by then."""
    if passed_ms is None:
        return None
    return date.fromordinal(program.zone.day_at(passed_ms) - 1)
