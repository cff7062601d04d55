"""One event of one borrower, stage after stage.

    judged -> counted -> ledger -> scored -> features, event rules -> learned -> state rules -> tier
    -> collection -> cases

A stage gets what it needs as arguments and leaves its results in the borrower or in the
outbox. Nothing here raises on data. A rule or a detector that fails is a bug of ours: it is
reported by name and skipped, and the partition goes on.

Windows and event rules follow every record (`stream.decide.repair`, `ruling`); a detector learns
each business key once, with the version that came first.
"""

from typing import Final

from msgspec.structs import replace

from detectors import Observation
from detectors.suite import Scoring
from rules.life import IDLE
from schemas import journal
from schemas.alert import Cause, Transition
from schemas.dead_letter import DeadLetterReason
from schemas.decision import DecisionKind
from schemas.feed import feed_name
from schemas.header import RecordKind
from schemas.health import HealthKind
from schemas.instants import DAY_MS
from schemas.journal import Event, encode, stream_of
from stream.decide import alerts, episodes, ledger, states
from stream.decide.actions import with_orders
from stream.decide.borrower import CASES, COLLECT, Borrower
from stream.decide.cases import follow as cases
from stream.decide.cases.apart import follow_apart
from stream.decide.collection.hear import OfContact, hear
from stream.decide.collection.life import consider
from stream.decide.collection.notes import note_event
from stream.decide.feeds.counting import take_stock
from stream.decide.feeds.stage import count_lateness
from stream.decide.feeds.waits import Due
from stream.decide.fitness import stage as fitness
from stream.decide.loans import loans_of
from stream.decide.models import stage as models
from stream.decide.observe import is_overdue, is_short, observe
from stream.decide.parts import Episode
from stream.decide.payees import stage as payees
from stream.decide.ruling import rule
from stream.decide.segments import members
from stream.decide.tiers import stage as tiers
from stream.decide.tiers.facts import Facts
from stream.decide.tiers.owed import facts_of
from stream.decide.turn import Turn, decide, tell, tell_end
from stream.decide.versions import Judgement, judge
from stream.ledger import LedgerChange, Outcome
from stream.ledger.change import IGNORED

SET_ASIDE: Final = {
    Judgement.TEST: (DecisionKind.TEST_RECORD, None),
    Judgement.DUPLICATE: (DecisionKind.DUPLICATE, None),
    Judgement.STALE: (DecisionKind.STALE_VERSION, None),
    Judgement.CONFLICT: (DecisionKind.VERSION_CONFLICT, DeadLetterReason.VERSION_CONFLICT),
    Judgement.TOO_LATE: (DecisionKind.TOO_LATE, DeadLetterReason.TOO_LATE),
}
"""What is decided of an event that is not applied, and whether it becomes a dead letter."""

EMPTY: Final = Scoring({}, {}, ())


def step(borrower: Borrower, event: Event, turn: Turn) -> None:
    """Fold one event of this borrower, which is changed in place."""
    turn.latest_ms = max(borrower.header.last_event_ms.values(), default=-1)
    judgement = judge(borrower, event, turn.heard_ms, turn.broadcast.declared)
    take_stock(borrower, event, judgement, turn.broadcast)
    if judgement in SET_ASIDE:
        set_aside(borrower, event, judgement, turn)
        if judgement is Judgement.STALE:
            turn.cause = Cause.CORRECTION
            rule(borrower, event, judgement, {}, turn)
            conclude(borrower, IGNORED, turn, look=states.is_touched(borrower, turn))
        return
    turn.cause = cause_of(event, judgement, turn)
    is_new = judgement is Judgement.NEW
    if is_new:
        count_lateness(turn.broadcast, event)
    else:
        decide(borrower, DecisionKind.SUPERSEDED, event.event_id, turn)
    is_first = is_first_of_day(borrower, event)
    note_freshness(borrower, event)
    members.on_event(borrower, event, turn.broadcast, is_new=is_new)
    was_overdue = is_overdue(event, borrower.ledger, turn.times)
    has_turned = payees.on_event(borrower, event, turn.broadcast)
    change = ledger.book(borrower, event, turn)
    is_noted = note_event(borrower, event, turn, is_new=is_new)
    overdue = is_overdue(event, borrower.ledger, turn.times)
    observation = observe(event, is_short=is_short(was_overdue, overdue))
    scoring = EMPTY if observation is None else score(borrower, observation, turn)
    told = turn.broadcast.told(scoring.scores, borrower.segment)
    rule(borrower, event, judgement, told, turn)
    if observation is not None and is_new and event.data.record_kind is RecordKind.ORIGINAL:
        if is_first:
            fitness.on_scores(observation.stream, scoring.scores, turn.broadcast)
        learn(borrower, observation, scoring, turn)
    look = has_turned or _is_owed_anew(change) or states.is_touched(borrower, turn)
    conclude(borrower, change, turn, look=look, collect=is_noted)


def refer(borrower: Borrower, record: journal.ReferenceRecord, turn: Turn) -> None:
    """Fold a contract, a schedule or a position.

    Rules do not read what a position says: it concerns them if it settles what was in doubt.
    """
    before = loans_of(borrower.ledger, turn.times)
    change = ledger.book(borrower, record, turn)
    is_same = loans_of(borrower.ledger, turn.times) == before
    conclude(borrower, change, turn, look=not is_same)


def listen(borrower: Borrower, record: OfContact, turn: Turn) -> None:
    """Fold how to reach the borrower, leave that was given, or what came of a contact."""
    if hear(borrower, record, turn):
        conclude(borrower, IGNORED, turn, look=True, collect=True)
    else:
        consider(borrower, turn)
        cases.follow(borrower, turn)


def look_again(borrower: Borrower, turn: Turn) -> None:
    """Look at the state rules: something outside the borrower that they read has changed."""
    conclude(borrower, IGNORED, turn, look=True)


def wake(borrower: Borrower, due: Due, turn: Turn) -> None:
    """Do what is due of this borrower at the deadline, which is the turn's time."""
    if due.name in (COLLECT, CASES):
        if due.name == COLLECT:
            consider(borrower, turn)
        cases.follow(borrower, turn)
        return
    if due.name == models.WAIT:
        if models.on_look(borrower, turn):
            conclude(borrower, IGNORED, turn, look=False)
        return
    models.wait_for_look(borrower, turn.broadcast)
    change = IGNORED
    if due.name.startswith(ledger.WAITS):
        change = ledger.roll(borrower, turn)
    for name, episode in sorted(borrower.episodes.items()):
        if episode.tier and 0 < episode.closes_at_ms <= turn.now_ms:
            expire(borrower, name, turn)
    states.spend(borrower, turn.now_ms)
    conclude(borrower, change, turn, look=True)


def wake_restricted(borrower: Borrower, turn: Turn) -> None:
    """Do what is due in the restricted lane: nothing else is looked at, and no time moves."""
    end_restricted(borrower, turn)
    follow_apart(borrower, turn)
    borrower.rearm()


def end_restricted(borrower: Borrower, turn: Turn, *, is_over: bool = False) -> None:
    """Close the episodes of the restricted lane that are due, or all as the last loan has ended."""
    for name, episode in sorted(borrower.restricted.episodes.items()):
        if episode.tier and (is_over or episode.closes_at_ms <= turn.now_ms):
            decays = Cause.DECAY if turn.broadcast.has_rule(name) else Cause.RULE_CHANGED
            episodes.close(episode, turn.now_ms)
            borrower.changed.add("restricted")
            cause = Cause.LOAN_CLOSED if is_over else decays
            tell_end(borrower, episode, Transition.CLEARED, cause, turn)


def conclude(
    borrower: Borrower,
    change: LedgerChange,
    turn: Turn,
    *,
    look: bool,
    collect: bool = False,
) -> None:
    """Let the episodes, the tier, the triggers and the timers follow what the record has changed.

    Args:
        borrower: Whose.
        change: What came of it in the ledger.
        turn: Where and when.
        look: Whether the state rules are to be looked at.
        collect: Whether the triggers are, whatever came of the tier.
    """
    if borrower.header.is_over:
        for name, episode in sorted(borrower.episodes.items()):
            if episode.tier:
                close(borrower, name, Cause.LOAN_CLOSED, turn)
            elif episode.life != IDLE:
                states.forget(borrower, episode)
        end_restricted(borrower, turn, is_over=True)
    elif look:
        states.stand(borrower, turn)
    is_owed_anew = _is_owed_anew(change)
    has_looked = assess(borrower, turn, anew=is_owed_anew)
    is_news = has_looked or is_owed_anew or collect
    if is_news:
        consider(borrower, turn)
    if is_news or turn.event is None:
        cases.follow(borrower, turn)
    else:
        follow_apart(borrower, turn)
    borrower.rearm()


def _is_owed_anew(change: LedgerChange) -> bool:
    return change.outcome is not Outcome.IGNORED


def cause_of(event: Event, judgement: Judgement, turn: Turn) -> Cause:
    """Say why things change by this event: because it happened, came late, or corrects another."""
    if judgement is Judgement.SUPERSEDES or event.data.record_kind is not RecordKind.ORIGINAL:
        return Cause.CORRECTION
    passed_ms = turn.broadcast.watermarks.feed_ms(feed_name(event.source, stream_of(event)))
    is_late = passed_ms is not None and event.event_at_ms < passed_ms
    return Cause.LATE_DATA if is_late else Cause.SIGNAL


def set_aside(borrower: Borrower, event: Event, judgement: Judgement, turn: Turn) -> None:
    """Record that an event is not applied, and keep it where somebody has to look at it."""
    kind, reason = SET_ASIDE[judgement]
    decide(borrower, kind, event.event_id, turn)
    if reason is not None:
        turn.outbox.dead_letter(
            reason,
            message=f"version {event.data.record_version} of `{event.business_key}`: {kind.value}",
            field_path="$.data.record_version",
            payload=encode(event),
            at_ms=turn.now_ms,
            borrower_id=borrower.borrower_id,
            event_id=event.event_id,
        )


def is_first_of_day(borrower: Borrower, event: Event) -> bool:
    """Whether an event is of a later day (UTC) than all of its stream before it."""
    latest_ms = borrower.header.last_event_ms.get(stream_of(event), -1)
    return event.event_at_ms // DAY_MS > latest_ms // DAY_MS


def note_freshness(borrower: Borrower, event: Event) -> None:
    """Remember the first and the latest event time of the stream."""
    stream = stream_of(event)
    first, latest = borrower.header.first_event_ms, borrower.header.last_event_ms
    at_ms = event.event_at_ms
    if at_ms > latest.get(stream, -1) or at_ms < first.get(stream, at_ms):
        latest[stream] = max(at_ms, latest.get(stream, at_ms))
        first[stream] = min(at_ms, first.get(stream, at_ms))
        borrower.changed.add("header")


def score(borrower: Borrower, observation: Observation, turn: Turn) -> Scoring:
    """Let the detectors say how unusual the event is; changes nothing."""
    scoring = turn.broadcast.suite.score_one(borrower.models, observation, borrower.segment)
    for name in scoring.rebuilt:
        turn.outbox.health(
            HealthKind.STATE_REBUILT,
            subject=name,
            about=borrower.borrower_id,
            message=f"the row of detector `{name}` could not be trusted and starts anew",
            at_ms=turn.now_ms,
        )
    return scoring


def learn(borrower: Borrower, observation: Observation, scoring: Scoring, turn: Turn) -> None:
    """Let the detectors learn from what they have scored, and keep the evidence of it."""
    if scoring.scores:
        turn.unlearned = dict(borrower.models)
        turn.broadcast.suite.learn_one(borrower.models, observation, scoring)
        models.on_event(borrower, observation, scoring, turn.broadcast)
        borrower.changed.add("models")


def expire(borrower: Borrower, name: str, turn: Turn) -> None:
    """Close the episode of one rule at its deadline, which is the turn's time."""
    cause = Cause.DECAY if turn.broadcast.has_rule(name) else Cause.RULE_CHANGED
    close(borrower, name, cause, turn)


def close(borrower: Borrower, name: str, cause: Cause, turn: Turn) -> None:
    """End the episode of one rule, and say why."""
    episode = borrower.episodes[name]
    episodes.close(episode, turn.now_ms)
    states.forget(borrower, episode)
    tell_end(borrower, episode, Transition.CLEARED, cause, turn)


def assess(borrower: Borrower, turn: Turn, *, anew: bool = False) -> bool:
    """Let the tier follow what was told, what is owed, and the time; say whether it was looked at.

    Args:
        borrower: Whose.
        turn: Where and when.
        anew: Whether the ledger has changed; else what is owed is what it was at the last look.
    """
    if anew:
        facts = facts_of(borrower.ledger, turn.times)
    else:
        facts = {entity: state.facts for entity, state in borrower.tier.entities.items()}
    is_blind = turn.broadcast.is_blind(borrower)
    present = {
        entity: with_orders(borrower, entity, _seen(known, is_blind=is_blind))
        for entity, known in (facts or tiers.NOTHING_OWED).items()
    }
    before, was_damped = borrower.header.tier, borrower.member.damped
    damped = members.dampen(borrower, turn.broadcast)
    setting = _setting(turn, damped=damped)
    has_looked = tiers.assess(borrower, present, setting, anew=damped is not was_damped)
    taken_back = turn.cause in states.REPAIRS
    members.on_tier(borrower, before, turn.now_ms, turn.broadcast, taken_back=taken_back)
    return has_looked


def _seen(facts: Facts, *, is_blind: bool) -> Facts:
    return facts if facts.blind is is_blind else replace(facts, blind=is_blind)


def _setting(turn: Turn, *, damped: bool) -> tiers.Setting:
    return tiers.Setting(turn.now_ms, turn.broadcast.ruleset, turn.outbox, damped=damped)


def carry(borrower: Borrower, turn: Turn) -> None:
    """Tell the warnings and the tier that bootstrap left, as they stand at go-live."""
    for part, of in (
        ("episodes", borrower.episodes),
        ("restricted", borrower.restricted.episodes),
    ):
        for _, episode in sorted(of.items()):
            if episode.tier:
                carry_one(borrower, episode, turn)
                borrower.changed.add(part)
    borrower.told.clear()
    tiers.carry(borrower, _setting(turn, damped=borrower.member.damped))
    consider(borrower, turn)
    cases.follow(borrower, turn)
    borrower.rearm()


def carry_one(borrower: Borrower, episode: Episode, turn: Turn) -> None:
    """Tell one warning as it stands at go-live."""
    episode.ordinal += 1
    alert = alerts.repeated(
        borrower,
        episode,
        transition=Transition.CARRIED,
        cause=Cause.GO_LIVE,
        at_ms=turn.now_ms,
        phase=turn.outbox.phase,
    )
    tell(borrower, episode, alert, turn)
