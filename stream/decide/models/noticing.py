"""M's warnings: a borrower is beyond the threshold of a lane, and M is in force.

One warning a borrower, *mild* and *soft*, from the look that finds it until one that does not; then
none for thirty days, since who was noticed is muted so long. It is told as any rule's is and votes
as any rule's of family `model` does. It is no EWL rule: what it says is made of many voices, with
a sentence for each, and what would clear it is worked out and not written down (decision 0084).

In shadow nothing is told, and nothing is remembered that a promotion would find.
"""

# ruff: noqa: RUF001 - Chinese has a punctuation of its own

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import msgspec

from detectors.combination import ALERTS_A_MONTH, NAME, PARTS, QUIET, Lane, Look, Notice, level_of
from detectors.evidence import clears_in_days, evidence, trusted
from detectors.forest import leaves_of
from detectors.novelty import FOREST, SEEN, parts_of, seen, squeezed
from detectors.reasons import PARTS_MOST, say_clearing, say_notice, say_novelty
from rules.verdict import Measure, Rule, Verdict
from schemas.alert import Cause, Text, Tier, Transition
from stream.decide import alerts
from stream.decide.borrower import Borrower
from stream.decide.models.looks import Seen
from stream.decide.parts import Episode
from stream.decide.turn import LIVE_MODE, Turn, tell, tell_end

RULE: Final = Rule(
    name="m.combination",
    title=Text(en="Several signs together are out of the usual", zh="多项迹象综合异常"),
    signal="M",
    family="model",
    lane="credit",
    mode=LIVE_MODE,
    tags=("model",),
    streams=(),
    keep_ms=0,
    cooldown_ms=0,
    fingerprint=sha256(msgspec.json.encode([1, ALERTS_A_MONTH, PARTS])).hexdigest()[:12],
    clears=Text(en="a look that finds nothing out of the usual", zh="后续查看未见异常"),
    is_hard=(False,),
)
"""What its warnings are of, as rules are; no EWL rule can have a name with a dot."""


def follow(borrower: Borrower, seen: Seen, turn: Turn) -> bool:
    """Open, keep or end M's warning by what a look has found; say whether something was told."""
    is_in_force = NAME in turn.broadcast.heard.names
    episode = borrower.episodes.get(RULE.name)
    is_open = episode is not None and episode.tier > 0
    if episode is not None and is_open and not (seen.lanes and is_in_force):
        _end(borrower, episode, Cause.DECAY if is_in_force else Cause.RULE_CHANGED, turn)
        return True
    if is_open or not is_in_force or not seen.lanes or seen.is_muted:
        return False
    _open(borrower, borrower.episodes.setdefault(RULE.name, Episode()), seen, turn)
    return True


def _end(borrower: Borrower, episode: Episode, cause: Cause, turn: Turn) -> None:
    episode.tier = 0
    episode.ordinal += 1
    borrower.changed.add("episodes")
    tell_end(borrower, episode, Transition.CLEARED, cause, turn)


def _open(borrower: Borrower, episode: Episode, seen: Seen, turn: Turn) -> None:
    episode.number, episode.ordinal, episode.tier = episode.number + 1, 1, int(Tier.MILD)
    alert = alerts.raised(
        borrower,
        episode,
        verdict=_verdict(borrower, seen, turn),
        ruleset=turn.broadcast.ruleset,
        transition=Transition.OPENED,
        cause=Cause.SIGNAL,
        previous_tier=0,
        effective_ms=turn.now_ms,
        now_ms=turn.now_ms,
        phase=turn.outbox.phase,
    )
    borrower.changed.add("episodes")
    tell(borrower, episode, alert, turn)


def _verdict(borrower: Borrower, seen: Seen, turn: Turn) -> Verdict:
    said = say_notice(Look(seen.combined), Notice(seen.v, seen.lanes))
    said += _of_novelty(borrower, turn)
    return Verdict(
        RULE,
        int(Tier.MILD),
        hard=False,
        measures=tuple(_measures(borrower, seen, turn)),
        reason=Text(en="; ".join(of.en for of in said), zh="；".join(of.zh for of in said)),
        clears=_clearing(borrower, seen, turn),
    )


def _measures(borrower: Borrower, seen: Seen, turn: Turn) -> Iterator[Measure]:
    """Yield each lane with its threshold, and each voice's evidence, which add up to the total."""
    controls = turn.broadcast.models.beliefs.controls(borrower.segment)
    for lane in Lane:
        control, name = controls[lane], f"rarity_{lane}"
        threshold = f">= {control.threshold:.3f}"
        yield Measure(name, seen.v[lane], "-ln p", None, control.scores, threshold, None)
    voices = (*seen.combined.contributions, ("mix", seen.combined.apart))
    for voice, of in voices:
        yield Measure(f"evidence_{voice}", of, "mean of -ln p", None, None, None, 1.0)


def _clearing(borrower: Borrower, seen: Seen, turn: Turn) -> Text:
    """Say when the evidence is below the threshold again; of other lanes that a look decides."""
    if Lane.PERSISTENT not in seen.lanes:
        return RULE.clears
    beliefs, lane = turn.broadcast.models.beliefs, Lane.PERSISTENT
    calibrator = beliefs.lane(borrower.segment, lane)
    if calibrator is None:
        return RULE.clears
    level = level_of(calibrator, beliefs.controls(borrower.segment)[lane].threshold)
    now_ms = turn.broadcast.position.now_ms
    return say_clearing(clears_in_days(trusted(borrower.models), now_ms, QUIET + level))


def _of_novelty(borrower: Borrower, turn: Turn) -> list[Text]:
    """Say what the combination is new by, if that it is new is among what counts most."""
    reference = turn.broadcast.models.beliefs.reference(borrower.segment)
    found = evidence(trusted(borrower.models), turn.broadcast.position.now_ms)
    most = sorted(found, key=lambda voice: -found[voice])[:PARTS_MOST]
    if reference is None or "novelty" not in most:
        return []
    parts = parts_of(
        lambda x: reference.score_one(leaves_of(FOREST, x)), seen(found), squeezed(1.0)
    )
    named = zip(SEEN, parts, strict=True)
    return [say_novelty(sorted(named, key=lambda part: -part[1]))]
