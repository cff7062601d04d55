"""State rules as a stage of the step: what is true now, whatever brought it about.

    scene -> how each rule stands -> the life of its warning -> alert, and when to look again

They are looked at when something that they read has changed, and when time alone may have changed
it. A record that tells of the past (it came late, or corrects another) lets those warnings be
looked at again that were open by then: one that would not have opened, as it is known now, is
withdrawn.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final, NamedTuple

from rules import Program
from rules.life import IDLE, Lived, live
from rules.scene import Loan, Scene
from rules.verdict import Standing
from schemas.alert import Cause, Transition
from schemas.journal import stream_of
from stream.decide import alerts
from stream.decide.borrower import Borrower
from stream.decide.feeds.wait import Wait
from stream.decide.feeds.waits import blocking
from stream.decide.parts import Episode
from stream.decide.scenes import scene_at, scene_of
from stream.decide.segments import members
from stream.decide.segments.telling import SALES_STREAM
from stream.decide.turn import LIVE_MODE, Turn, rules_failed, tell, tell_end

WAITS: Final = "rules/"
REPAIRS: Final = frozenset({Cause.LATE_DATA, Cause.CORRECTION})
ONE_DAY: Final = timedelta(days=1)

TRANSITIONS: Final = {
    "opened": Transition.OPENED,
    "escalated": Transition.ESCALATED,
    "stepped_down": Transition.LOWERED,
    "cleared": Transition.CLEARED,
}
"""What a life's turn is called on the wire."""


class _Look(NamedTuple):
    """What one look at a borrower shares."""

    borrower: Borrower
    program: Program
    scene: Scene
    turn: Turn


def stand(borrower: Borrower, turn: Turn) -> None:
    """Look at all state rules; if one fails, that is reported, and all stay as they are.

    Before the first tick nobody knows what time it is, and there is nothing to look at: a look at
    the beginning of time would be followed by one for each day since.
    """
    program = turn.broadcast.program
    if program is None or not turn.now_ms:
        return
    if not program.has_states:
        _end_gone(borrower, program, (), turn)
        borrower.wait({}, of=WAITS)
        return
    try:
        scene = scene_of(borrower, program, turn)
        standings = program.look(borrower.windows, scene, borrower.memory)
        _close_day(borrower, program, scene, turn)
        past = _past(borrower, program, turn) if turn.cause in REPAIRS else set[str]()
    except Exception as error:  # noqa: BLE001 - a rule's bug must not stop the partition
        rules_failed(program, error, turn)
        return
    for key in sorted(past):
        _end(borrower, key, Transition.WITHDRAWN, turn.cause, turn)
    for standing in standings:
        if episode_key(standing) not in past:
            _live(_Look(borrower, program, scene, turn), standing)
    _end_gone(borrower, program, standings, turn)
    _wait(borrower, program, scene, turn)


def spend(borrower: Borrower, now_ms: int) -> None:
    """Let deadlines that have come be over: the look that follows sets those that are to come.

    There may be none, since a rule failed or nothing is watched: then they would come for ever.
    """
    for episode in borrower.episodes.values():
        if episode.look_ms is not None and episode.look_ms <= now_ms:
            episode.look_ms = None
            borrower.changed.add("episodes")


def forget(borrower: Borrower, episode: Episode) -> None:
    """Remember nothing of how a rule stood: it is looked at as if for the first time."""
    episode.life, episode.look_ms = IDLE, None
    borrower.changed.add("episodes")


def _close_day(borrower: Borrower, program: Program, scene: Scene, turn: Turn) -> None:
    """Count the borrower among its peers for each day that its acquirers have closed, once."""
    feed = scene.feeds.get(SALES_STREAM)
    if feed is None or feed.closed is None or not borrower.member.segment:
        return
    if feed.closed.toordinal() > borrower.member.day or turn.cause in REPAIRS:
        peer = program.as_peer(borrower.windows, scene)
        members.on_day_closed(
            borrower, feed.closed, peer.ratios, turn.broadcast, reopened=peer.reopened
        )


def is_touched(borrower: Borrower, turn: Turn) -> bool:
    """Whether the event in hand may change how a state rule stands, at once or as its day closes.

    The latter it may if nobody waits for that: the first sale is what a measure of sales waits
    for.
    """
    program, event = turn.broadcast.program, turn.event
    if program is None or event is None:
        return False
    stream = stream_of(event)
    return (
        not program.live_features.isdisjoint(turn.touched)
        or turn.since_ms < borrower.header.looked_ms.get(stream, 0)
        or (stream in program.closing_streams and not _is_awaited(stream, borrower))
    )


def _is_awaited(stream: str, borrower: Borrower) -> bool:
    """Whether the rules wait for a day of the stream to close."""
    waits = borrower.header.waits.items()
    return any(name.startswith(WAITS) and stream in wait.streams for name, wait in waits)


def episode_key(standing: Standing) -> str:
    """Return the key of a standing's episode: the rule, and the loan if it is about one."""
    return f"{standing.rule.name}@{standing.subject}" if standing.subject else standing.rule.name


def _past(borrower: Borrower, program: Program, turn: Turn) -> set[str]:
    """Return the open warnings that would not have opened, as it is known now."""
    disproved = set[str]()
    for key, episode in borrower.episodes.items():
        opened_ms = episode.life.opened_ms
        if not episode.life.tier or turn.since_ms >= opened_ms:
            continue
        scene = scene_at(borrower, program, turn, opened_ms)
        stood = {episode_key(each): each for each in program.look(borrower.windows, scene)}
        if key in stood and stood[key].holds[0] is False:
            disproved.add(key)
    return disproved


def _live(look: _Look, standing: Standing) -> None:
    """Let the warning of one rule and subject live on until now."""
    key, episodes = episode_key(standing), look.borrower.episodes
    known = episodes.get(key)
    life = known.life if known else IDLE
    lived = live(life, standing.rule.lifetime, standing.holds, look.scene.now_ms)
    if (lived.life, lived.deadline_ms) == (life, known.look_ms if known else None):
        return
    episode = episodes.setdefault(key, Episode(loan_id=standing.subject))
    episode.life, episode.look_ms = lived.life, lived.deadline_ms
    look.borrower.changed.add("episodes")
    if lived.turn is not None:
        _tell(look, episode, standing, lived)
    elif not episode.number and episode.life == IDLE:
        del episodes[key]


def _tell(look: _Look, episode: Episode, standing: Standing, lived: Lived) -> None:
    borrower, program, scene, turn = look
    assert lived.turn is not None  # noqa: S101 - the caller's
    transition = TRANSITIONS[lived.turn.value]
    if transition is Transition.CLEARED:
        _close(borrower, episode, transition, Cause.DECAY, turn)
        return
    previous_tier, episode.tier = episode.tier, lived.life.tier
    if transition is Transition.OPENED:
        episode.number, episode.ordinal, episode.evidence = episode.number + 1, 0, []
    episode.ordinal += 1
    loan = scene.loans.get(standing.subject)
    episode.legal_entity = loan.legal_entity if loan else ""
    episode.shadow = standing.rule.mode != LIVE_MODE
    if turn.event is not None:
        episode.evidence.append(turn.event.event_id)
    alert = alerts.raised(
        borrower,
        episode,
        verdict=program.prove(standing, episode.tier, borrower.windows, scene),
        ruleset=turn.broadcast.ruleset,
        transition=transition,
        cause=turn.cause,
        previous_tier=previous_tier,
        effective_ms=_effective_ms(lived, loan, scene),
        now_ms=turn.now_ms,
        phase=turn.outbox.phase,
    )
    tell(borrower, episode, alert, turn)


def _effective_ms(lived: Lived, loan: Loan | None, scene: Scene) -> int:
    """Return since when it is so: of an arrear since it is one, whenever we heard of it."""
    if loan is not None and loan.overdue_since_ms is not None:
        return min(loan.overdue_since_ms, scene.now_ms)
    return min(lived.life.since_ms.values(), default=scene.now_ms)


def _end_gone(
    borrower: Borrower, program: Program, standings: Iterable[Standing], turn: Turn
) -> None:
    """End the warnings about loans that are over, and of rules that are gone."""
    stood = {episode_key(each) for each in standings}
    for key, episode in sorted(borrower.episodes.items()):
        if episode.life == IDLE or key in stood:
            continue
        is_known = program.has_rule(key.partition("@")[0])
        cause = Cause.LOAN_CLOSED if is_known else Cause.RULE_CHANGED
        if episode.tier:
            _end(borrower, key, Transition.CLEARED, cause, turn)
        else:
            forget(borrower, episode)


def _end(borrower: Borrower, key: str, transition: Transition, cause: Cause, turn: Turn) -> None:
    episode = borrower.episodes[key]
    forget(borrower, episode)
    _close(borrower, episode, transition, cause, turn)


def _close(
    borrower: Borrower, episode: Episode, transition: Transition, cause: Cause, turn: Turn
) -> None:
    episode.tier = 0
    episode.ordinal += 1
    tell_end(borrower, episode, transition, cause, turn)


def _wait(borrower: Borrower, program: Program, scene: Scene, turn: Turn) -> None:
    """Wait for the next instant at which time alone may change something."""
    waits = {}
    for number, wake in enumerate(program.wakes(borrower.windows, scene)):
        wait = Wait(wake.at_ms, wake.streams, wake.past_ms)
        is_past = wake.at_ms <= turn.now_ms
        if not (is_past and blocking(wait, borrower, turn.broadcast.watermarks) is None):
            waits[f"{WAITS}{number}"] = wait
    borrower.wait(waits, of=WAITS)
    looked_ms = {
        stream: program.zone.instant(feed.closed + ONE_DAY, 0, 0)
        for stream, feed in scene.feeds.items()
        if feed.closed is not None
    }
    if looked_ms != borrower.header.looked_ms:
        borrower.header.looked_ms = looked_ms
        borrower.changed.add("header")
