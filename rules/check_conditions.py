"""Checks conditions: comparisons, membership, `is missing`, `and`, `or`, `not`.

Missing is a third truth value (Kleene). A comparison with something missing is neither true
nor false, a rule fires on true only; so the checker warns where `not` or `!=` stands over a
value that may be missing, which is where authors expect something else.
"""

from rules import check_calls, check_values, nodes
from rules.check_words import bare_word, word_or_value
from rules.errors import did_you_mean
from rules.scope import Scope
from rules.terms import (
    AnyTerm,
    Both,
    Choice,
    Condition,
    Constant,
    EntityField,
    EventField,
    InList,
    MeasureCall,
    Missing,
    Named,
    Opposite,
    Output,
    Relation,
    never_missing,
    walk,
)
from rules.types import BOOL, Kind, comparable, ordered

STATES = ("missing", "known", "ready")
_LOGICAL = (
    nodes.Compare, nodes.Between, nodes.Absence, nodes.Membership, nodes.State, nodes.Logic,
    nodes.Not,
)  # fmt: skip
_TRUTHS = EventField | EntityField | Output | MeasureCall | Named


def condition(node: nodes.Expression, scope: Scope) -> Condition | None:  # noqa: PLR0911 - a table
    """Check an expression that is true, false or missing; `None` if it is wrong (reported)."""
    match node:
        case nodes.Compare():
            return compare(node, scope)
        case nodes.Between():
            return between(node, scope)
        case nodes.Absence():
            return check_calls.absence(node, scope)
        case nodes.Membership():
            return membership(node, scope)
        case nodes.State():
            return state(node, scope)
        case nodes.Logic():
            return logic(node, scope)
        case nodes.Not():
            return negation(node, scope)
        case _:
            return _plain(node, scope)


def _plain(node: nodes.Expression, scope: Scope) -> Condition | None:
    """Check a value that is itself yes or no."""
    term = check_values.value(node, scope)
    if term is None:
        return None
    if isinstance(term, _TRUTHS) and term.type.kind is Kind.BOOL:
        return term
    message = f"expected a condition, got {term.type.described}"
    scope.problems.add("E210", node.span, message, help="compare it, as in `… >= 2`")
    return None


def let(node: nodes.Let, scope: Scope) -> Named | None:
    """Check what a `let` names: a value or a condition."""
    term: AnyTerm | None
    if isinstance(node.value, _LOGICAL):
        term = condition(node.value, scope)
    else:
        term = check_values.value(node.value, scope)
    if term is None or scope.is_large(term):
        return None
    return Named(node.span, term.type, node.name.text, term)


def joined(left: Condition, right: Condition) -> Both:
    """Return `left and right`, at the place of the left."""
    return Both(left.span, BOOL.or_missing(left.type.null or right.type.null), "and", left, right)


def logic(node: nodes.Logic, scope: Scope) -> Both | None:
    """Check `and` and `or`."""
    left, right = condition(node.left, scope), condition(node.right, scope)
    if left is None or right is None:
        return None
    for one, other in ((left, right), (right, left)):
        if node.operator == "or":
            _accept_guard(one, other, scope)
        elif isinstance(one, Opposite):  # `… is known and …`
            _accept_guard(one.operand, other, scope)
    type_ = BOOL.or_missing(left.type.null or right.type.null)
    return Both(node.span, type_, node.operator, left, right)


def _accept_guard(guard: Condition, guarded: Condition, scope: Scope) -> None:
    """Take warnings about a missing value back where it is asked for beside it."""
    if not isinstance(guard, Missing) or guard.value not in walk(guarded):
        return
    place, found = guarded.span, scope.problems.found
    found[:] = [
        finding for finding in found
        if finding.code not in ("W310", "W311")
        or not place.start <= finding.span.start < place.end or finding.span.file != place.file
    ]  # fmt: skip


def negation(node: nodes.Not, scope: Scope) -> Opposite | None:
    """Check `not`."""
    operand = condition(node.operand, scope)
    if operand is None:
        return None
    if operand.type.null:
        _warn_of_missing("`not`", node, scope)
    return Opposite(node.span, operand.type, operand)


def _warn_of_missing(what: str, node: nodes.Not | nodes.Membership, scope: Scope) -> None:
    scope.problems.add(
        "W310", node.span, f"{what} over a value that may be missing",
        help="say what missing means: add `or … is missing`, or `… default …`",
        note="when it is missing, this is neither true nor false, and the rule is not met",
    )  # fmt: skip


def compare(node: nodes.Compare, scope: Scope) -> Relation | None:
    """Check `=`, `!=`, `<`, `<=`, `>`, `>=`."""
    left, right = _sides(node.left, node.right, scope)
    if left is None or right is None:
        return None
    if not _fits(node, left, right, scope):
        return None
    null = left.type.null or right.type.null
    if node.relation == "!=" and null:
        scope.problems.add(
            "W311", node.span, "when a side is missing, `!=` is not true",
            help="add `or … is missing` if missing should count",
        )  # fmt: skip
    return Relation(node.span, BOOL.or_missing(null), node.relation, left, right)


def _sides(
    left: nodes.Expression, right: nodes.Expression, scope: Scope
) -> tuple[AnyTerm | None, AnyTerm | None]:
    """Check both sides; a bare word takes its meaning from the enum on the other side.

    Beside a value that is wrong, nothing is said of a bare word: it may well be right.
    """
    if bare_word(left, scope) and not bare_word(right, scope):
        second = check_values.value(right, scope)
        return second and word_or_value(left, second, scope), second
    first = check_values.value(left, scope)
    if first is None and bare_word(right, scope):
        return None, None
    return first, word_or_value(right, first, scope)


def _fits(node: nodes.Compare, left: AnyTerm, right: AnyTerm, scope: Scope) -> bool:
    """Whether the sides may be compared; reports why not, with the likely fix."""
    if not comparable(left.type, right.type):
        message = f"cannot compare {left.type.described} with {right.type.described}"
        scope.problems.add("E220", node.span, message, help=_unit_hint(left, right))
        return False
    for side, other in ((left, right), (right, left)):
        if isinstance(side, Constant) and _outside(side, other):
            scope.problems.add(
                "E222", side.span, f"this compares {other.type.described} with {side.value}",
                help=f"did you mean `{side.value}%`?",
            )  # fmt: skip
            return False
    if node.relation not in ("=", "!=") and not ordered(left.type.kind):
        message = f"{left.type.described} has no order"
        scope.problems.add("E224", node.span, message, help="use `=` or `in (…)`")
        return False
    return True


def _outside(literal: Constant, other: AnyTerm) -> bool:
    """Whether a bare literal above 1 is compared with a ratio or a score."""
    value, plain = literal.value, other.type.name in ("ratio", "score")
    return literal.type.bare and plain and isinstance(value, int) and value > 1


def _unit_hint(left: AnyTerm, right: AnyTerm) -> str | None:
    """Say how the bare number would be written with the unit of the other side."""
    number, other = (left, right) if left.type.bare else (right, left)
    if not isinstance(number, Constant) or not number.type.bare:
        if {left.type.name, right.type.name} == {"count", "ratio"}:
            return "divide two counts for a share of events"
        return None
    return {
        "money": f"write `¥{number.value}`",
        "duration": f"write `{number.value} days`",
    }.get(other.type.name)


def between(node: nodes.Between, scope: Scope) -> Both | None:
    """Check `x between a and b`, which is `x >= a and x <= b`."""
    low = compare(nodes.Compare(node.span, ">=", node.value, node.low), scope)
    high = compare(nodes.Compare(node.span, "<=", node.value, node.high), scope)
    if low is None or high is None:
        return None
    return Both(node.span, BOOL.or_missing(low.type.null or high.type.null), "and", low, high)


def membership(node: nodes.Membership, scope: Scope) -> Choice | InList | Opposite | None:
    """Check `in (…)`, `in @list` and their `not in`."""
    item = check_values.value(node.item, scope)
    if item is None:
        return None
    type_ = BOOL.or_missing(item.type.null)
    found: Choice | InList | None
    if isinstance(node.choices, nodes.Word):
        found = _in_list(node, node.choices, item, scope)
    else:
        found = _in_choices(node, node.choices, item, scope)
    if found is None or not node.negated:
        return found
    if item.type.null:
        _warn_of_missing("`not in`", node, scope)
    return Opposite(node.span, type_, found)


def _in_choices(
    node: nodes.Membership, choices: tuple[nodes.Expression, ...], item: AnyTerm, scope: Scope
) -> Choice | None:
    constants = []
    for choice in choices:
        term = word_or_value(choice, item, scope)
        if term is None:
            return None
        if not isinstance(term, Constant):
            scope.problems.add("E225", choice.span, "expected constants between the brackets")
            return None
        if not comparable(item.type, term.type):
            message = f"expected {item.type.described}, got {term.type.described}"
            scope.problems.add("E220", choice.span, message)
            return None
        constants.append(term)
    return Choice(node.span, BOOL.or_missing(item.type.null), item, tuple(constants))


def _in_list(
    node: nodes.Membership, word: nodes.Word, item: AnyTerm, scope: Scope
) -> InList | None:
    if scope.row is not None:
        scope.beyond(word.span, "a list inside `where`")
        return None
    holds = scope.lists.get(word.text)
    if holds is None:
        hint = did_you_mean(word.text, scope.lists)
        message = f"unknown list `{word.text}`"
        scope.problems.add("E203", word.span, message, help=hint or "declare it: `list @… of …`")
        return None
    if item.type.name != holds:
        message = f"`{word.text}` holds {holds}, this is {item.type.described}"
        scope.problems.add("E223", node.span, message)
        return None
    return InList(node.span, BOOL.or_missing(item.type.null), item, word.text)


def state(node: nodes.State, scope: Scope) -> Condition | None:
    """Check `is missing`, `is known` and `is ready`."""
    word = node.state
    if word.text == "warming":
        scope.beyond(word.span, "`is warming`")
        return None
    if word.text not in STATES:
        scope.problems.add(
            "E226", word.span, f"`is {word.text}` is not a test",
            help=did_you_mean(word.text, STATES) or "to compare with a value use `=`",
        )  # fmt: skip
        return None
    ready = check_values.detector_named(node.value, scope)
    if word.text == "ready" or ready is not None:
        return _readiness(node, ready, scope)
    value = check_values.value(node.value, scope)
    if value is None:
        return None
    if never_missing(value):
        message = "this value is never missing"
        scope.problems.add("W313", node.span, message)
    missing = Missing(node.span, BOOL, value)
    return missing if word.text == "missing" else Opposite(node.span, BOOL, missing)


def _readiness(node: nodes.State, ready: Output | None, scope: Scope) -> Output | None:
    if ready is not None and node.state.text == "ready":
        return ready
    known = ", ".join(f"`detector.{name}`" for name in scope.catalogue.detectors)
    message = "`is ready` asks a detector, `is missing` and `is known` ask a value"
    scope.problems.add("E226", node.span, message, help=f"detectors are {known}")
    return None
