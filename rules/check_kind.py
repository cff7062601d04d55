"""Which kind of rule it is, derived from what it reads.

An *event rule* reads fields of the event in hand or what a detector says of it, or names its
streams with `on`: it is judged when an event comes. Any other is a *state rule*: it is true or
not at an instant, whether anything happens then or not. A state rule that reads `loan.…`, or
keeps events apart `by loan_id`, is judged once for each open loan.
"""

from collections.abc import Iterable
from typing import NamedTuple

from rules import nodes
from rules.errors import did_you_mean
from rules.scope import Scope
from rules.terms import (
    Absence,
    Aggregate,
    AnyTerm,
    Constant,
    EntityField,
    EventField,
    MeasureCall,
    Output,
    Relation,
    Since,
    unnamed,
    walk,
)

LOAN_KEY = "loan_id"
"""What a state rule can keep events apart by: it is judged for one loan at a time."""


class RuleKind(NamedTuple):
    """What the rule is judged for, and whose events matter to it."""

    is_state: bool
    per_loan: bool
    streams: tuple[str, ...]


def kind_of(
    on: nodes.WordsClause | None, deciding: list[AnyTerm], said: Iterable[AnyTerm], scope: Scope
) -> RuleKind:
    """Derive the kind of a rule.

    Args:
        on: Its `on` clause.
        deciding: Its conditions.
        said: What its reason reads.
        scope: Takes the findings.
    """
    parts = [part for term in deciding for part in walk(term)]
    every = [*parts, *(part for term in said for part in walk(term))]
    if on is not None or any(map(_needs_event, parts)):
        _refuse_entities(every, scope)
        return RuleKind(is_state=False, per_loan=False, streams=_event_streams(on, parts, scope))
    per_loan = any(map(_needs_loan, parts))
    _refuse_events(every, scope, per_loan=per_loan)
    for term in deciding:
        _refuse_vague_times(term, scope)
    streams = sorted({part.feature.stream for part in parts if isinstance(part, Aggregate)})
    return RuleKind(is_state=True, per_loan=per_loan, streams=tuple(streams))


def _needs_event(term: AnyTerm) -> bool:
    before_this = isinstance(term, Aggregate) and term.before_this
    return isinstance(term, EventField | Output) or before_this


def _needs_loan(term: AnyTerm) -> bool:
    if isinstance(term, Aggregate):
        return bool(term.feature.keys)
    return isinstance(term, EntityField) and term.entity == "loan"


def _refuse_entities(parts: Iterable[AnyTerm], scope: Scope) -> None:
    for part in parts:
        what = _needs_scene(part)
        if what:
            scope.beyond(part.span, f"{what} in a rule that is judged at events")


def _needs_scene(term: AnyTerm) -> str | None:
    """Say what a term is that only a state rule can ask for."""
    match term:
        case EntityField(entity=entity):
            return f"`{entity}.…`"
        case Absence():
            return "absence (`no … for`)"
        case Since():
            return "`since(…)`"
        case MeasureCall(measure=measure):
            return f"`{measure}(…)`"
        case Aggregate(closed=True):
            return "`full days`"
        case _:
            return None


def _refuse_events(parts: Iterable[AnyTerm], scope: Scope, *, per_loan: bool) -> None:
    """Report what a state rule cannot read: there is no event in hand, and perhaps no loan."""
    for part in parts:
        if _needs_loan(part) and not per_loan:
            message = "the conditions of this rule are about the borrower, not about one loan"
            scope.problems.add("E321", part.span, message)
        elif _needs_event(part):
            message = "this rule is true or not at an instant, there is no event in hand"
            hint = "say at which events to judge it, as in `on repayment`"
            scope.problems.add("E321", part.span, message, help=hint)
        elif isinstance(part, Aggregate):
            for key in part.feature.keys:
                if key.name != LOAN_KEY:
                    message = f"`by {key.name}` needs an event in hand, which this rule has not"
                    hint = f"say at which events to judge it: `on {part.feature.stream}`"
                    scope.problems.add("E321", part.span, message, help=hint)


def _refuse_vague_times(term: AnyTerm, scope: Scope) -> None:
    """Report a `since(…)` of which nobody could say when to look again."""
    parts = list(walk(term))
    sides = [(part.left, part.right) for part in parts if isinstance(part, Relation)]
    clear = [
        side for pair in sides for side, other in (pair, pair[::-1])
        if isinstance(unnamed(side), Since) and isinstance(other, Constant)
    ]  # fmt: skip
    places = {unnamed(side).span for side in clear}
    for part in parts:
        if isinstance(part, Since) and part.span not in places:
            message = "`since(…)` is compared with a length of time here, and with nothing else"
            scope.problems.add("E245", part.span, message, help="write `since(…) >= 5 days`")


def _event_streams(
    on: nodes.WordsClause | None, parts: list[AnyTerm], scope: Scope
) -> tuple[str, ...]:
    """Return the streams at whose events the rule is judged."""
    read = {part.stream for part in parts if isinstance(part, EventField)}
    if on is None:
        return tuple(sorted(read)) or tuple(scope.catalogue.streams)
    named = []
    for word in on.words:
        stream = scope.stream(word.text)
        if stream is None:
            hint = did_you_mean(word.text, scope.catalogue.streams)
            message = f"unknown stream `{word.text}`"
            scope.problems.add("E204", word.span, message, help=hint)
        else:
            named.append(stream.name)
    for part in parts:
        if isinstance(part, EventField) and part.stream not in named:
            message = f"the rule is not judged `on` events of {part.stream}"
            scope.problems.add("E320", part.span, message, help=f"add `{part.stream}` to `on`")
    return tuple(named)
