"""How a case opens, follows the tier, waits and ends: what the machine does about it.

    a person is to look ----> opened ----> follows tier, ledger, holds
    nobody is to look  -----> ended; of what nobody took up that is all: closed, without an outcome
    a person is again  -----> returned

What people have closed while its cause goes on opens no other case until the tier rises above what
they saw, or a person is to look anew. A snooze ends nothing: it shows, and deadlines go on.

    episodes -> tier -> triggers -> [cases]
"""

from typing import Final

from msgspec.structs import replace

from schemas.alert import Phase, Tier
from schemas.case import Case, CaseState, Done, case_id
from schemas.decision import DecisionKind
from schemas.instants import parse, wire
from stream.decide.borrower import CASES, Borrower
from stream.decide.cases import lessons
from stream.decide.cases.apart import follow_apart
from stream.decide.cases.course import ended, escalated, waited
from stream.decide.cases.deadlines import ack_due_ms, outcome_due_ms
from stream.decide.cases.files import file_if_due
from stream.decide.cases.pairs import named, order_in, towards
from stream.decide.cases.reasons import reason_of
from stream.decide.cases.shown import hold_turns, is_admitted, is_snoozed, refreshed
from stream.decide.cases.telling import entry, put, with_entry
from stream.decide.feeds.wait import Wait
from stream.decide.tiers.records import Ranked
from stream.decide.tiers.state import TierState
from stream.decide.turn import Turn, decide

LANE: Final = "credit"
UNTOUCHED: Final = (CaseState.NEW, CaseState.ACKED)


def follow(borrower: Borrower, turn: Turn) -> None:
    """Let the cases of a borrower follow what is known of it now."""
    ranked, borrower.ranked = borrower.ranked, {}
    if turn.outbox.phase is not Phase.LIVE or not turn.now_ms:
        return
    follow_apart(borrower, turn)
    cases = borrower.cases
    if not (ranked or cases.open or cases.pending or cases.settled):
        return
    lapse(borrower, turn)
    before = _tiers(borrower)
    for entity in sorted({*ranked, *cases.open, *cases.settled}):
        _settle(borrower, entity)
        case = cases.open.get(entity)
        if case is not None:
            _go_on(borrower, case, ranked.get(entity), turn)
        elif entity in ranked and _is_new(borrower, entity):
            _open(borrower, entity, ranked[entity], turn)
        lessons.heed(borrower, entity, case, turn)
    file_if_due(borrower, turn, changed=bool(_tiers(borrower) - before))
    _wait(borrower, turn)


def _tiers(borrower: Borrower) -> set[tuple[str, str]]:
    return {(case.case_id, case.tier) for case in borrower.cases.open.values()}


def _settle(borrower: Borrower, entity: str) -> None:
    """Forget what people closed once a person is not to look any more; and what has fallen."""
    settled = borrower.cases.settled
    if entity not in settled:
        return
    state = borrower.tier.entities.get(entity, TierState())
    goes_on = is_admitted(state) or is_snoozed(state)
    tier = min(settled[entity], state.tier) if goes_on else 0
    if tier != settled[entity]:
        borrower.changed.add("cases")
        settled[entity] = tier
    if not tier:
        del settled[entity]


def _is_new(borrower: Borrower, entity: str) -> bool:
    state = borrower.tier.entities[entity]
    return is_admitted(state) and state.tier > borrower.cases.settled.get(entity, 0)


def _open(borrower: Borrower, entity: str, rank: Ranked, turn: Turn) -> None:
    cases, tier = borrower.cases, Tier[rank.present.tier.upper()]
    ordinal = cases.counts[entity] = cases.counts.get(entity, 0) + 1
    at = wire(turn.now_ms)
    case = Case(
        case_id=case_id(borrower.borrower_id, entity, ordinal),
        version=0,
        borrower_id=borrower.borrower_id,
        legal_entity=entity,
        lane=LANE,
        state=CaseState.NEW,
        tier=rank.present.tier,
        hard=rank.present.hard,
        admission="",
        phase=turn.outbox.phase,
        opened_at=at,
        at=at,
        tier_since=rank.present.since,
        reason=reason_of(borrower, rank) or rank.reason,
        clears_when=rank.present.clears_when,
        alert_ids=rank.present.contributing_alert_ids,
        signals=rank.signals,
        ack_due_at=wire(ack_due_ms(tier, turn.now_ms)),
        outcome_due_at=wire(outcome_due_ms(borrower, tier, turn)),
        entries=(entry("opened", turn, detail=rank.present.tier),),
        simulated=rank.present.simulated,
    )
    put(borrower, entity, refreshed(case, borrower, turn), turn)


def _go_on(borrower: Borrower, case: Case, rank: Ranked | None, turn: Turn) -> None:
    after = refreshed(case, borrower, turn)
    if rank is not None:
        after = _ranked(borrower, after, rank, turn)
    after = _closed_if_untouched(borrower, waited(after, turn), turn)
    put(borrower, case.legal_entity, after, turn)
    if after.state is CaseState.CLOSED:
        close(borrower, case.legal_entity)


def close(borrower: Borrower, entity: str) -> None:
    """Keep no more of a case that was told as closed than that there was one."""
    cases = borrower.cases
    del cases.open[entity]
    lessons.forget(borrower, entity)
    state = borrower.tier.entities.get(entity, TierState())
    if is_admitted(state) or is_snoozed(state):
        cases.settled[entity] = state.tier
    borrower.changed.add("cases")


def _ranked(borrower: Borrower, case: Case, rank: Ranked, turn: Turn) -> Case:
    """Return a case after a look at the tier."""
    present, before = rank.present, Tier[case.tier.upper()]
    tier = Tier[present.tier.upper()]
    after = replace(
        case,
        tier=present.tier,
        hard=present.hard,
        tier_since=present.since,
        reason=reason_of(borrower, rank) or (case.reason if tier == before else rank.reason),
        clears_when=present.clears_when,
        alert_ids=present.contributing_alert_ids,
        signals=rank.signals,
        simulated=case.simulated or present.simulated,
    )
    if tier == before:
        return after
    line = entry("tier", turn, detail=f"from {before.word} to {tier.word}")
    after = with_entry(after, line)
    return escalated(borrower, after, tier, turn) if tier > before else after


def _closed_if_untouched(borrower: Borrower, case: Case, turn: Turn) -> Case:
    """Return a case, ended if its cause has, and closed if nobody ever took it up."""
    state = borrower.tier.entities.get(case.legal_entity, TierState())
    goes_on = is_admitted(state) or is_snoozed(state)
    case = ended(case, turn, goes_on=goes_on)
    is_untouched = case.state in UNTOUCHED and case.holder is None and case.measure is None
    if case.ended_at is None or not is_untouched:
        return case
    return replace(
        case,
        state=CaseState.CLOSED,
        closed_at=wire(turn.now_ms),
        ack_due_at=None,
        outcome_due_at=None,
    )


def lapse(borrower: Borrower, turn: Turn) -> None:
    """Give up what nobody has endorsed in time."""
    cases = borrower.cases
    for record_id, pending in sorted(cases.pending.items()):
        if pending.lapses_ms > turn.now_ms:
            continue
        del cases.pending[record_id]
        borrower.changed.add("cases")
        detail = f"{named(pending)}: nobody endorsed it in time"
        decide(borrower, DecisionKind.ACTION_REFUSED, record_id, turn, detail=detail)
        line = entry("lapsed", turn, done=Done.REFUSED, action_id=record_id, detail=named(pending))
        for entity, case in sorted(cases.open.items()):
            if towards(order_in(pending)) in (None, entity):
                put(borrower, entity, with_entry(case, line), turn)


def _wait(borrower: Borrower, turn: Turn) -> None:
    """Wait for the first instant at which time alone changes something."""
    cases = borrower.cases
    instants = [each.lapses_ms for each in cases.pending.values()]
    instants += [parse(each.wait_until) for each in cases.open.values() if each.wait_until]
    if cases.open:
        instants += hold_turns(borrower, turn.now_ms)
    waits = {CASES: Wait(max(min(instants), turn.now_ms + 1))} if instants else {}
    borrower.wait(waits, of=CASES)
