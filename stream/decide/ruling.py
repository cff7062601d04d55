"""Event rules as a stage of the step: what an event meets, and what it changes for others.

    windows follow the record -> verdicts about its event -> verdicts about earlier ones that the
    windows now show otherwise -> the courses of the rules' warnings -> what is told of them

A verdict about an event is given as of the event's own time. It hinges on the event, on what
happened until then, and, for as long as that can be repaired, on nothing that came in between.
So an event that came late, or was corrected, changes the verdicts about those that came after it,
and only the events that a rule has to judge again are kept whole.

The rules of the restricted lane are heard apart, after all others: they have warnings, kept events
and failures of their own, and nothing of them is seen by the first hearing (docs/restricted.md).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from detectors import Score
from rules import Context, Program, Verdict
from schemas.alert import Cause, Transition
from schemas.decision import DecisionKind
from schemas.instants import wire
from schemas.journal import Event
from stream.decide import alerts, episodes
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.course import Followed, Met
from stream.decide.known import Found, Known, all_known
from stream.decide.parts import Episode
from stream.decide.repair import (
    Changes,
    Scores,
    heed,
    kept_since,
    recall,
    remember,
    windows_at,
)
from stream.decide.segments.questions import EXCUSED, is_excused
from stream.decide.turn import (
    LIVE_MODE,
    Turn,
    decide,
    restricted_rules_failed,
    rules_failed,
    tell,
    tell_end,
)
from stream.decide.versions import Judgement

NOTHING_CHANGED: Final = Changes(Found("", "", "", Known(version=0, digest=b"", at_ms=0)))
"""Of the windows, where no event is in hand."""


class Judged(NamedTuple):
    """A verdict, about which event, and what the detectors said of it."""

    verdict: Verdict
    event: Event
    scores: Scores


def rule(
    borrower: Borrower, event: Event, judgement: Judgement, scores: Scores, turn: Turn
) -> None:
    """Put a record into the windows, judge what is to be judged, and tell what has changed."""
    program = turn.broadcast.program
    changes = heed(borrower, event, judgement, turn)
    borrower.memory.touch(changes.touched)
    turn.touched = changes.touched
    turn.since_ms = min(turn.since_ms, changes.since_ms)
    for restricted in (False, True):
        hearing = Hearing(borrower, turn, changes, restricted=restricted)
        for digest in changes.dropped:
            hearing.drop(digest)
        if program is None or borrower.header.is_over:
            hearing.conclude()
            continue
        try:
            if changes.counts:
                hearing.judge(program, event, scores)
            for found in hearing.kept():
                hearing.judge_again(program, found)
            hearing.conclude()
        except Exception as error:  # noqa: BLE001 - a rule's bug must not stop the partition
            hearing.fail(program, error)


def excuse(borrower: Borrower, turn: Turn) -> None:
    """Let events meet no rule whose warning an outage explains that has been found since.

    The restricted lane is not asked: an outage explains no warning of compliance.
    """
    program = turn.broadcast.program
    signals = {} if program is None else {each.name: each.signal for each in program.rules}
    names = [name for name in borrower.episodes if signals.get(name) in EXCUSED]
    if not names:
        return
    turn.cause = Cause.LATE_DATA
    hearing = Hearing(borrower, turn, NOTHING_CHANGED)
    for found in all_known(borrower.seen):
        if found.known.event:
            hearing.excuse(found, {name: signals[name] for name in names})
    hearing.conclude()


class Hearing:
    """What one record changes of the verdicts about a borrower's events.

    Args:
        borrower: Whose.
        turn: Where and when.
        changes: What the record has changed of the windows.
        restricted: Whether the rules of the restricted lane are heard, or all others.
    """

    def __init__(
        self, borrower: Borrower, turn: Turn, changes: Changes, *, restricted: bool = False
    ) -> None:
        self._borrower = borrower
        self._restricted = restricted
        self._episodes = borrower.restricted.episodes if restricted else borrower.episodes
        self._turn = turn
        self._changes = changes
        self._before: dict[str, Followed] = {}
        self._judged: dict[tuple[str, bytes], Judged] = {}

    def drop(self, digest: bytes) -> None:
        """Let an event meet no rule any more."""
        for name, episode in self._episodes.items():
            if any(met.key == digest for met in episode.met):
                self._hear(name, digest, None)

    def excuse(self, found: Found, signals: Mapping[str, str]) -> None:
        """Let an event that is kept meet those of these rules no more that it is excused from."""
        event, _ = recall(found.known)
        for name, signal in signals.items():
            has_met = any(met.key == found.digest for met in self._episodes[name].met)
            if has_met and is_excused(event, signal, self._turn.broadcast):
                self._hear(name, found.digest, None)

    def judge(self, program: Program, event: Event, scores: Scores) -> None:
        """Judge the event in hand, and keep it if it may have to be judged again."""
        if not program.judges(event, restricted=self._restricted):
            return
        found, context = self._changes.found, self._context(event, scores)
        windows = windows_at(self._borrower, event.event_at_ms)
        verdicts = program.judge(event, windows, context, restricted=self._restricted)
        if verdicts or program.hinges(event, context, restricted=self._restricted):
            remember(self._borrower, found, event, scores, self._turn, restricted=self._restricted)
        for verdict in verdicts:
            if is_excused(event, verdict.rule.signal, self._turn.broadcast):
                detail = f"{verdict.rule.name}: its channel was out"
                self._decide(DecisionKind.QUIET, event.event_id, detail)
            else:
                self._meet(found.digest, Judged(verdict, event, scores))

    def judge_again(self, program: Program, found: Found) -> None:
        """Judge an event that is kept, by the rules that read what has changed."""
        event, scores = recall(found.known, restricted=self._restricted)
        context = self._context(event, scores)
        hinges = program.hinges(event, context, restricted=self._restricted)
        names = {name for name, on in hinges.items() if on & self._changes.touched.keys()}
        if not names:
            return
        windows = windows_at(self._borrower, event.event_at_ms)
        met = {
            each.rule.name: each
            for each in program.judge(event, windows, context, restricted=self._restricted)
            if not is_excused(event, each.rule.signal, self._turn.broadcast)
        }
        for name in names:
            if name in met:
                self._meet(found.digest, Judged(met[name], event, scores))
            elif name in self._episodes:
                self._hear(name, found.digest, None)

    def kept(self) -> list[Found]:
        """Return the other events that may have to be judged again."""
        latest_ms = self._turn.latest_ms
        return kept_since(self._borrower, self._changes, latest_ms, restricted=self._restricted)

    def fail(self, program: Program, error: Exception) -> None:
        """Report a bug of ours; of a restricted rule to compliance alone."""
        if self._restricted:
            restricted_rules_failed(self._borrower, program, error, self._turn)
        else:
            rules_failed(program, error, self._turn)

    def _context(self, event: Event, scores: Scores) -> Context:
        lists = self._turn.broadcast.lists
        return Context(event.event_at_ms, self._borrower.segment, lists, scores)

    def _meet(self, digest: bytes, judged: Judged) -> None:
        verdict, event = judged.verdict, judged.event
        self._judged[verdict.rule.name, digest] = judged
        episode = self._episodes.setdefault(verdict.rule.name, Episode())
        met = Met(
            key=digest,
            at_ms=event.event_at_ms,
            until_ms=event.event_at_ms + verdict.rule.keep_ms,
            tier=verdict.tier,
            hard=verdict.hard,
            event_id=event.event_id,
        )
        is_settled = met.until_ms <= self._turn.now_ms and met.at_ms < self._turn.repairs_from_ms
        self._hear(verdict.rule.name, digest, None if is_settled else met)
        episode.cooldown_ms = verdict.rule.cooldown_ms

    def _hear(self, name: str, digest: bytes, met: Met | None) -> None:
        episode = self._episodes[name]
        if name not in self._before:
            self._before[name] = episodes.followed(episode, self._turn.now_ms)
        episodes.hear(episode, digest, met)
        self._borrower.changed.add("restricted" if self._restricted else "episodes")

    # --- what is told of it

    def conclude(self) -> None:
        """Tell how the courses have changed: those that the event in hand meets come first."""
        in_hand = [name for name, digest in self._judged if digest == self._changes.found.digest]
        for name in [*in_hand, *sorted(self._before.keys() - set(in_hand))]:
            episode = self._episodes[name]
            after = episodes.followed(episode, self._turn.now_ms)
            transition = episodes.transition_of(episode, self._before[name], after)
            self._turn_over(name, episode, after, transition)
            if name in in_hand:
                self._say_why_not(name, episode, after)
            episodes.settle(episode, before_ms=self._turn.repairs_from_ms, now_ms=self._turn.now_ms)

    def _turn_over(
        self, name: str, episode: Episode, after: Followed, transition: Transition | None
    ) -> None:
        proof = None
        if after.course.tier and transition is not None:
            proof = self._proof(name, after)
            if proof is None and not episode.tier:
                return  # nobody could say why
        previous_tier = episode.tier
        episodes.adopt(episode, after, transition)
        if transition is None:
            return
        if proof is None:
            cause = self._cause(is_in_hand=False)
            tell_end(self._borrower, episode, transition, cause, self._turn)
            return
        judged, is_in_hand = proof
        episode.shadow = judged.verdict.rule.mode != LIVE_MODE
        alert = alerts.raised(
            self._borrower,
            episode,
            verdict=judged.verdict,
            ruleset=self._turn.broadcast.ruleset,
            transition=transition,
            cause=self._cause(is_in_hand=is_in_hand),
            previous_tier=previous_tier,
            effective_ms=judged.event.event_at_ms,
            now_ms=self._turn.now_ms,
            phase=self._turn.outbox.phase,
            scores=versioned(self._turn.broadcast, judged.scores),
        )
        tell(self._borrower, episode, alert, self._turn)

    def _cause(self, *, is_in_hand: bool) -> Cause:
        if self._turn.cause is Cause.CORRECTION:
            return Cause.CORRECTION
        return Cause.SIGNAL if is_in_hand else Cause.LATE_DATA

    def _proof(self, name: str, after: Followed) -> tuple[Judged, bool] | None:
        """Return the verdict that the tier rests on, and whether it is about the event in hand."""
        own = self._changes.found.digest
        resting = [met for met in after.members if met.tier == after.course.tier]
        for met in sorted(resting, key=lambda each: (each.key == own, each.order), reverse=True):
            judged = self._judged.get((name, met.key)) or self._judge_for_proof(name, met)
            if judged is not None:
                return judged, met.key == own
        return None

    def _judge_for_proof(self, name: str, met: Met) -> Judged | None:
        program = self._turn.broadcast.program
        for found in all_known(self._borrower.seen):
            is_kept = bool(found.known.kept(restricted=self._restricted))
            if program is not None and is_kept and found.digest == met.key:
                event, scores = recall(found.known, restricted=self._restricted)
                windows = windows_at(self._borrower, event.event_at_ms)
                context = self._context(event, scores)
                verdicts = program.judge(event, windows, context, restricted=self._restricted)
                of_rule = (Judged(v, event, scores) for v in verdicts if v.rule.name == name)
                return next(of_rule, None)
        return None

    def _say_why_not(self, name: str, episode: Episode, after: Followed) -> None:
        """Decide about a verdict on the event in hand that opens nothing."""
        digest = self._changes.found.digest
        judged = self._judged[name, digest]
        if digest in after.quieted:
            detail = f"{name} cools down until {wire(episode.quiet_until_ms)}"
            kind = DecisionKind.QUIET
        elif all(met.key != digest for met in after.members):
            until_ms = judged.event.event_at_ms + judged.verdict.rule.keep_ms
            detail, kind = f"{name} was over by {wire(until_ms)}", DecisionKind.OVER
        else:
            return
        self._decide(kind, judged.event.event_id, detail)

    def _decide(self, kind: DecisionKind, about: str, detail: str) -> None:
        restricted = self._restricted
        decide(self._borrower, kind, about, self._turn, detail=detail, restricted=restricted)


def versioned(broadcast: Broadcast, scores: Scores) -> dict[str, tuple[int, Score]]:
    """Return the scores with the versions of the detectors that gave them."""
    detectors = broadcast.suite.detectors
    return {name: (detectors[name].version, score) for name, score in scores.items()}
