"""The tier state machine: one borrower towards one legal entity, one look at a time.

A tier goes up at once with a hard fact and with a soft signal that has been held for its time,
by as many steps as that earns. It comes down one step at a time, after clear days and what the
policy wants to see paid. What is taken back leaves at once, with every rung that stood on it
alone.

             earned: hard at once, soft when held
    none ------------------------------------------> mild, moderate, severe
         <------------------------------------------
            clear, and paid; one step at a time

In the flow this stands after the episodes: the caller looks whenever a warning was told, a fact
of the ledger changed, or the state's own deadline has come.

    episodes, ledger -> count -> [machine] -> admission -> tier-changes, tiers

Invariants, each a property in tests/decide/tiers:

* severe never without two keys or a hard fact;
* but for what is taken back, a tier falls one step at a time;
* every tier comes down when its causes have ended, with time alone at the latest;
* the order of signals at one instant does not matter, nor does a second look at it;
* going on from a stored state leaves no trace.

Nothing here reads a clock or does I/O.
"""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.alert import Cause
from stream.decide.tiers import flapping
from stream.decide.tiers import rungs as stack
from stream.decide.tiers.admission import Answer, admit
from stream.decide.tiers.blindness import spans_of
from stream.decide.tiers.count import Count, count
from stream.decide.tiers.facts import FLOOR, ROUTINE, Facts, Occasion, Signal
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.refusals import Refused, not_higher, not_lower, remembered, to_tell
from stream.decide.tiers.rungs import Rungs
from stream.decide.tiers.scene import Scene
from stream.decide.tiers.score import tally
from stream.decide.tiers.state import TierState, Trace
from stream.decide.tiers.traces import is_known_better, without
from stream.decide.tiers.wait import Refusal, Wait, concerns, suffices, wait_of

Fall = Cause | Refusal | None
"""Why the top rung comes off, why it does not although its wait is over, or neither."""


class Change(NamedTuple):
    """The tier changed.

    Attributes:
        before: 0 to 3.
        after: 0 to 3, not the same.
        cause: Why.
        episodes: The warnings that count now, or of a fall those on which the fallen rungs stood.
        wait: Of a fall by time, the wait that is over.
    """

    before: int
    after: int
    cause: Cause
    episodes: tuple[str, ...]
    wait: Wait | None = None


class Look(NamedTuple):
    """What one look found.

    Attributes:
        before: The state before it.
        state: After it.
        found: The votes.
        change: `None` if the tier stays.
        refused: What is refused and to be told now.
        answer: Who is to look at the borrower.
        readmitted: Whether that is new although the tier is not.
        wait: What the top rung waits for, if nothing holds it.
        locks: Whether from now on the tier is held up, since it changes too often.
    """

    before: TierState
    state: TierState
    found: Count
    change: Change | None
    refused: tuple[Refused, ...]
    answer: Answer
    readmitted: bool
    wait: Wait | None
    locks: bool


def look(
    state: TierState,
    *,
    signals: Sequence[Signal],
    facts: Facts,
    now_ms: int,
    policy: Policy,
    occasion: Occasion = ROUTINE,
) -> Look:
    """Look at a borrower.

    Args:
        state: As the last look left it.
        signals: The open warnings that count towards this entity, in any order.
        facts: What else is known.
        now_ms: The time; one before the last look counts as that.
        policy: The numbers.
        occasion: What the record in hand did to warnings and facts.

    Examples:
        A hard fact raises at once, by as much as it earns:

        >>> from stream.decide.tiers.policy import DEFAULT
        >>> from stream.decide.tiers.facts import Facts, Signal
        >>> payee = Signal(
        ...     rule="f15", signal="F15", family="diversion", lane="credit", tier=3, hard=True,
        ...     alert_id="brw_1/f15/1/1",
        ... )
        >>> found = look(TierState(), signals=[payee], facts=Facts(), now_ms=0, policy=DEFAULT)
        >>> found.change.before, found.change.after, found.answer.to.value
        (0, 3, 'person')

        When it has ended, the tier waits for clear days and instalments:

        >>> found = look(found.state, signals=[], facts=Facts(), now_ms=1, policy=DEFAULT)
        >>> found.state.tier, found.wait.needed, (found.wait.days_ms - 1) // 86_400_000
        (3, 2, 30)
    """
    now_ms = max(now_ms, state.at_ms)
    covered = not any(each.signal in policy.fall.coverage_signals for each in signals)
    blinds = spans_of(state, facts, now_ms)
    scene = Scene(state, facts, occasion, covered, blinds, now_ms, policy)
    gone = _never_was(state, facts) | occasion.taken_back
    kept = without(state.traces, gone)
    found = count(kept, signals, facts, now_ms, policy)

    rungs = state.rungs
    if gone:
        rungs = stack.standing(rungs, found, gone, policy)
    is_known_anew = is_known_better(kept.get(FLOOR), found.traces.get(FLOOR), now_ms)
    if is_known_anew or FLOOR in gone:
        rungs = stack.reopened(rungs)
    rungs = stack.raised(rungs, found, now_ms)
    rungs = stack.marked(rungs, found, now_ms, repair=bool(gone) or is_known_anew)
    wait = wait_of(rungs, state.stepped_ms, scene) if len(rungs) == state.tier else None
    fall = _fall(rungs, wait, scene)
    if isinstance(fall, Cause):
        rungs = rungs[:-1]
    return _concluded(rungs, found, fall, wait, scene)


def _never_was(state: TierState, facts: Facts) -> dict[str, int]:
    """Return the floor, with what remains of it, if as known now it never was as high.

    An older arrear says nothing for a rung that was put up after the tier had come down from it.
    """
    was = max(
        (
            min(tier, rung.by[FLOOR][0])  # of rungs that have come down nothing is asked
            for tier, rung in enumerate(state.rungs, 1)
            if FLOOR in rung.by
        ),
        default=0,
    )
    once = (
        tier
        for tier, (rung, left_ms) in enumerate(zip(state.rungs, facts.left_ms, strict=False), 1)
        if left_ms >= min(state.stepped_ms, rung.since_ms)
    )
    remains = max([facts.floor, *once])
    return {FLOOR: remains} if remains < was else {}


def _fall(rungs: Rungs, wait: Wait | None, scene: Scene) -> Fall:
    if wait is None:
        return None
    release = scene.facts.release
    if concerns(release, rungs) and suffices(release, len(rungs), scene.policy):
        return Cause.OPERATOR
    if not wait.over:
        return None
    cause = scene.occasion.cause or Cause.DECAY
    if flapping.is_locked(scene) or flapping.is_one_too_many(cause, scene):
        return Refusal.LOCKED
    return cause


def _concluded(rungs: Rungs, found: Count, fall: Fall, waited: Wait | None, scene: Scene) -> Look:
    """Put together what follows from the stack as it is now."""
    state, now_ms = scene.before, scene.now_ms
    change = _change(rungs, found, fall, scene)
    if change is not None and isinstance(fall, Cause):
        change = change._replace(wait=waited)
    stepped_ms = _stepped_ms(fall, waited, scene)
    wait = wait_of(rungs, stepped_ms, scene)
    locks = _locks(change, fall, scene)
    locked_until_ms = flapping.lock_ms(scene) if locks else state.locked_until_ms
    answer = admit(rungs, found.traces, scene)
    refused = [*not_higher(found, len(rungs)), *not_lower(rungs, found.traces, wait, scene)]
    if fall is Refusal.LOCKED:
        refused.append(Refused(fall, len(rungs), locked_until_ms))
    after = TierState(
        rungs=rungs,
        traces=_needed(found.traces, rungs),
        facts=scene.facts,
        at_ms=now_ms,
        stepped_ms=stepped_ms,
        changes_ms=_changes_ms(change, scene),
        locked_until_ms=locked_until_ms,
        blinds=scene.blinds if rungs else (),
        refused=remembered(refused, scene),
        admission=f"{answer.to.value}/{answer.reason.value}",
        deadline_ms=_deadline_ms(found, answer, wait, max(now_ms, locked_until_ms)),
    )
    return Look(
        before=state,
        state=after,
        found=found,
        change=change,
        refused=to_tell(refused, scene),
        answer=answer,
        readmitted=change is None and bool(rungs) and after.admission != state.admission,
        wait=wait,
        locks=locks,
    )


def _stepped_ms(fall: Fall, waited: Wait | None, scene: Scene) -> int:
    """Return when the tier last came down by a step: when it might, though that is known late."""
    if not isinstance(fall, Cause):
        return scene.before.stepped_ms
    if waited is None or waited.over_ms is None:
        return scene.now_ms
    return max(waited.over_ms, scene.before.locked_until_ms)


def _change(rungs: Rungs, found: Count, fall: Fall, scene: Scene) -> Change | None:
    before, after = scene.before.tier, len(rungs)
    if after == before:
        return None
    if after > before:
        episodes = tuple(vote.episode for vote in found.votes)
    else:
        fallen = scene.before.rungs[after:]
        episodes = tuple(sorted({each for rung in fallen for each in rung.by} - {FLOOR}))
    return Change(before, after, _cause(rungs, found, fall, scene), episodes)


def _cause(rungs: Rungs, found: Count, fall: Fall, scene: Scene) -> Cause:
    if isinstance(fall, Cause):
        return fall
    if scene.occasion.cause is not None:
        return scene.occasion.cause
    if len(rungs) < scene.before.tier:
        return Cause.CORRECTION
    alone = [tally([vote], 0, scene.policy).tier for vote in found.votes]
    enough = max([scene.facts.floor, *alone]) >= len(rungs)
    return Cause.SIGNAL if enough else Cause.COMPOUND


def _locks(change: Change | None, fall: Fall, scene: Scene) -> bool:
    """Whether the tier is held up from now on: at the higher of those between which it goes."""
    if fall is Refusal.LOCKED:
        return not flapping.is_locked(scene)
    if change is None or change.after < change.before:
        return False
    return flapping.is_one_too_many(change.cause, scene)


def _changes_ms(change: Change | None, scene: Scene) -> tuple[int, ...]:
    recent_ms = set(flapping.recent_ms(scene))
    if change is not None and flapping.counts(change.cause, scene):
        recent_ms.add(scene.now_ms)
    return tuple(sorted(recent_ms))


def _needed(traces: dict[str, Trace], rungs: Rungs) -> dict[str, Trace]:
    """Forget the ended warnings on which nothing stands."""
    by = {episode for rung in rungs for episode in rung.by}
    return {key: trace for key, trace in traces.items() if trace.until_ms is None or key in by}


def _deadline_ms(found: Count, answer: Answer, wait: Wait | None, allowed_ms: int) -> int | None:
    """Return when time alone may change something; a fall is not before `allowed_ms`."""
    ends = [found.ripens_ms, answer.until_ms]
    if wait is not None:
        ends.append(allowed_ms if wait.over else wait.next_ms)
    return min((end for end in ends if end is not None), default=None)
