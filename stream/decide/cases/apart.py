"""Cases of the restricted lane: what compliance does about its warnings, seen by nobody else.

One case for all of a borrower's restricted warnings, counted and kept apart (docs/restricted.md).
It is never closed by the machine: a suspicion that has ended is a suspicion all the same.
"""

import msgspec
from msgspec.structs import replace

from rules.catalogue import RESTRICTED
from schemas.alert import Alert, Phase, Tier
from schemas.case import Case, CaseState, restricted_case_id
from schemas.instants import parse, wire
from stream.decide.borrower import Borrower
from stream.decide.cases.course import ended, escalated, waited
from stream.decide.cases.deadlines import ack_due_ms, outcome_due_ms
from stream.decide.cases.telling import entry, put, with_entry
from stream.decide.parts import Episode
from stream.decide.tiers.owed import DEFAULT_ENTITY
from stream.decide.turn import Turn

ADMISSION = "restricted"

_alert = msgspec.json.Decoder(Alert).decode


def follow_apart(borrower: Borrower, turn: Turn) -> None:
    """Let the restricted case of a borrower follow its restricted warnings."""
    cases = borrower.restricted.cases
    if turn.outbox.phase is not Phase.LIVE or not (borrower.restricted.episodes or cases.open):
        return
    episodes = {
        f"{name}/{episode.number}": episode
        for name, episode in sorted(borrower.restricted.episodes.items())
        if episode.tier and not episode.shadow
    }
    settled = {key: of for key, of in cases.settled.items() if key in episodes}
    if settled != cases.settled:
        cases.settled = settled
        borrower.changed.add("restricted")
    case = cases.open.get(DEFAULT_ENTITY)
    is_new = any(each.tier > settled.get(key, 0) for key, each in episodes.items())
    if case is None and is_new:
        _open(borrower, episodes, turn)
    elif case is not None:
        _go_on(borrower, case, episodes, turn)
    _note_deadline(borrower)


def _open(borrower: Borrower, episodes: dict[str, Episode], turn: Turn) -> None:
    cases, tier = borrower.restricted.cases, _worst(episodes)
    ordinal = cases.counts[DEFAULT_ENTITY] = cases.counts.get(DEFAULT_ENTITY, 0) + 1
    worst = _told(episodes)[0]
    at = wire(turn.now_ms)
    case = Case(
        case_id=restricted_case_id(borrower.borrower_id, ordinal),
        version=0,
        borrower_id=borrower.borrower_id,
        legal_entity=DEFAULT_ENTITY,
        lane=RESTRICTED,
        state=CaseState.NEW,
        tier=tier.word,
        hard=worst.hard,
        admission=ADMISSION,
        phase=Phase.LIVE,
        opened_at=at,
        at=at,
        tier_since=at,
        reason=worst.reason,
        clears_when=worst.clears_when,
        ack_due_at=wire(ack_due_ms(tier, turn.now_ms)),
        outcome_due_at=wire(outcome_due_ms(borrower, tier, turn)),
        entries=(entry("opened", turn, detail=tier.word),),
        simulated=worst.simulated,
    )
    put(borrower, DEFAULT_ENTITY, _shown(case, borrower, episodes), turn)


def _go_on(borrower: Borrower, case: Case, episodes: dict[str, Episode], turn: Turn) -> None:
    tier, before = _worst(episodes), Tier[case.tier.upper()]
    after = _shown(case, borrower, episodes)
    if tier and tier != before:
        line = entry("tier", turn, detail=f"from {before.word} to {tier.word}")
        worst = _told(episodes)[0]
        after = with_entry(after, line)
        after = replace(
            after,
            tier=tier.word,
            tier_since=wire(turn.now_ms),
            hard=worst.hard,
            reason=worst.reason,
            clears_when=worst.clears_when,
        )
        if tier > before:
            after = escalated(borrower, after, tier, turn)
    after = ended(waited(after, turn), turn, goes_on=bool(episodes))
    put(borrower, DEFAULT_ENTITY, after, turn)


def close_apart(borrower: Borrower) -> None:
    """Keep no more of a case that was told as closed than what it was about."""
    cases = borrower.restricted.cases
    cases.settled = {
        f"{name}/{episode.number}": episode.tier
        for name, episode in borrower.restricted.episodes.items()
        if episode.tier
    }
    del cases.open[DEFAULT_ENTITY]
    borrower.changed.add("restricted")


def _shown(case: Case, borrower: Borrower, episodes: dict[str, Episode]) -> Case:
    alerts = _told(episodes)
    return replace(
        case,
        alert_ids=tuple(each.alert_id for each in alerts) or case.alert_ids,
        signals=tuple(dict.fromkeys(each.signal for each in alerts)) or case.signals,
        last_action_id=borrower.restricted.action,
    )


def _told(episodes: dict[str, Episode]) -> list[Alert]:
    """Return the last alert of each warning, the worst first."""
    ordered = sorted(episodes.values(), key=lambda episode: -episode.tier)
    return [_alert(episode.alert) for episode in ordered]


def _worst(episodes: dict[str, Episode]) -> Tier:
    return Tier(max((episode.tier for episode in episodes.values()), default=0))


def _note_deadline(borrower: Borrower) -> None:
    """Note when a wait of a restricted case is over, for the timer of the lane."""
    waits = [each.wait_until for each in borrower.restricted.cases.open.values()]
    ends_ms = [parse(each) for each in waits if each is not None]
    case_ms = min(ends_ms, default=None)
    if case_ms != borrower.restricted.case_ms:
        borrower.restricted.case_ms = case_ms
        borrower.changed.add("restricted")
