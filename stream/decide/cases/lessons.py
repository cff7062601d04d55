"""What a case that people have closed teaches the models.

    TRUE_FRAUD          the rows are those from before the case's warnings: what was learned since
                        was the fraudster's
    any other outcome   they stay, and no image of those warnings is needed any more
    right, or wrong     counts for the precision of the models that those warnings rested on, by the
                        borrower's region, size and segment as well

A case rests on all warnings that have counted since it was opened, also those that are over. What
the restricted lane finds teaches nothing: others could tell that it has found something by what
the detectors say from then on (docs/restricted.md).
"""

from detectors.combination import NAME as COMBINATION
from schemas.case import FALSE, HITS, Case, CaseOutcome
from schemas.decision import DecisionKind
from schemas.instants import wire
from stream.decide import images
from stream.decide.borrower import Borrower
from stream.decide.fitness.shares import traits_of
from stream.decide.fitness.stage import on_verdict
from stream.decide.models.noticing import RULE as M
from stream.decide.turn import Turn, decide, rows_before


def heed(borrower: Borrower, entity: str, before: Case | None, turn: Turn) -> None:
    """Note the warnings that an open case has come to rest on.

    Args:
        borrower: Whose.
        entity: Towards whom.
        before: The case before the record in hand; `None` if there was none.
        turn: Where and when.
    """
    case = borrower.cases.open.get(entity)
    if case is None or (before is not None and case.alert_ids == before.alert_ids):
        return
    warnings = [images.warning_of(each) for each in case.alert_ids]
    images.rest(borrower, entity, warnings, rows_before(borrower, turn), turn.now_ms)
    known = borrower.basis.detectors.get(entity, [])
    heard = sorted({*known, *_voices(warnings, turn)})
    if heard != known:
        borrower.basis.detectors[entity] = heard
        borrower.changed.add(images.PART)


def _voices(warnings: list[str], turn: Turn) -> set[str]:
    """Return the models by which the rules of these warnings decide; M is a rule of its own."""
    program = turn.broadcast.program
    of = {**(program.voices if program is not None else {}), M.name: (COMBINATION,)}
    return {voice for each in warnings for voice in of.get(each.rsplit("/", 2)[1], ())}


def teach(borrower: Borrower, case: Case, turn: Turn) -> None:
    """Let the models take what people have found; the case is closed and not forgotten yet."""
    entity = case.legal_entity
    if case.outcome in HITS or case.outcome in FALSE:
        voices = borrower.basis.detectors.get(entity, [])
        right = case.outcome in HITS
        on_verdict(voices, traits_of(borrower), turn.broadcast, right=right)
    if case.outcome is CaseOutcome.TRUE_FRAUD:
        _unlearn(borrower, case, turn)
    images.refute(borrower, entity)


def _unlearn(borrower: Borrower, case: Case, turn: Turn) -> None:
    image = images.restore(borrower, case.legal_entity)
    if image is not None:
        detail = f"the rows of the detectors are as they were at {wire(image.at_ms)}"
        decide(borrower, DecisionKind.MODELS_RESTORED, case.case_id, turn, detail=detail)


def forget(borrower: Borrower, entity: str) -> None:
    """Let go of what was kept for a case that is over."""
    images.release(borrower, entity)
    if borrower.basis.detectors.pop(entity, None):
        borrower.changed.add(images.PART)
