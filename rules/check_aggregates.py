"""Checks aggregates: over which events, of which value, over which window, by which keys.

An aggregate becomes a `Feature` (what is kept of the events, shared by all aggregates that
need the same) and what is read of it. What a feature counts is decided once, when the event
comes; so its `where` may use fields and constants, and nothing that changes later.
"""

from dataclasses import replace
from typing import Literal, NamedTuple

from rules import check_conditions, nodes
from rules.catalogue import Field, Stream
from rules.errors import did_you_mean
from rules.literals import IN_DAYS, duration_ms
from rules.scope import Scope
from rules.terms import Aggregate, Feature
from rules.types import COUNT, Kind, Type
from schemas.instants import DAY_MS

FAMILY_OF = {
    "count": "tally", "sum": "tally", "avg": "tally", "min": "extremes", "max": "extremes",
    "first": "ends", "last": "ends", "distinct": "distinct", "streak": "streak",
}  # fmt: skip
"""What must be kept for each function."""

AGGREGATES = tuple(FAMILY_OF)
BEFORE_THIS = ("count", "sum", "avg")
"""What can be taken back for one event, and so can be asked `before this`."""

Grid = Literal["days", "hours", "lifetime"]


class _Window(NamedTuple):
    grid: Grid
    length: int
    before_this: bool = False
    closed: bool = False
    ending: int = 0


def aggregate(node: nodes.Call, scope: Scope) -> Aggregate | None:
    """Check a call of one of `AGGREGATES`."""
    function = node.function.text
    if scope.row is not None:
        scope.problems.add("E212", node.span, "`where` cannot use an aggregate")
        return None
    source = _source(node, scope)
    window = _window(node, scope)
    if source is None or window is None:
        return None
    stream, of = source
    keys = _keys(node.window, stream, scope)
    type_ = _result(node, of, scope)
    where, written = None, node.arguments[0].where
    if written is not None:
        where = check_conditions.condition(written, scope.inside(stream))
    if keys is None or type_ is None or (written is not None and where is None):
        return None
    family = "entries" if window.grid == "hours" else FAMILY_OF[function]
    feature = Feature(stream.name, where, keys, of, family, window.grid)
    type_ = type_.or_missing(any(key.type.null for key in keys))
    type_ = type_.or_missing(window.closed)
    return Aggregate(node.span, type_, function, feature, *window[1:])


def _source(node: nodes.Call, scope: Scope) -> tuple[Stream, Field | None] | None:
    """Return the stream, and the field if one is named."""
    function = node.function.text
    if len(node.arguments) != 1:
        scope.problems.add("E208", node.span, f"`{function}` takes one stream or field")
        return None
    source = node.arguments[0].value
    if not isinstance(source, nodes.Name):
        hint = f"write `{function}(repayment …)` or `{function}(repayment.amount_paid …)`"
        message = f"expected a stream or a field, got {_what(source)}"
        scope.problems.add("E204", source.span, message, help=hint)
        return None
    first, *rest = source.parts
    stream = scope.stream(first.text)
    if stream is None:
        streams = scope.catalogue.streams
        near = did_you_mean(first.text, streams) or "streams are " + ", ".join(streams)
        scope.problems.add("E204", first.span, f"unknown stream `{first.text}`", help=near)
        return None
    if not rest:
        return stream, None
    of = scope.field(stream, rest)
    return (stream, of) if of is not None else None


def _what(node: nodes.Expression) -> str:
    return "a number" if isinstance(node, nodes.Constant | nodes.Quantity) else "an expression"


def _result(node: nodes.Call, of: Field | None, scope: Scope) -> Type | None:
    """Return the type of the result, if the function can take what it is given."""
    function, argument = node.function.text, node.arguments[0]
    if function == "streak" and argument.where is None:
        hint = "say what a hit is: `streak(repayment where status = FAILED)`"
        scope.problems.add("E208", node.span, "`streak` needs a `where`", help=hint)
    elif function in ("count", "streak"):
        if of is None:
            return COUNT
        hint = "name the stream alone; different values are counted by `distinct(…)`"
        message = f"`{function}` counts events, not `{of.name}`"
        scope.problems.add("E209", argument.value.span, message, help=hint)
    elif of is None:
        message = f"`{function}` needs a field, not a whole stream"
        scope.problems.add("E208", argument.value.span, message)
    elif not _takes(function, of.type):
        message = f"`{function}` cannot take {of.type.described}"
        scope.problems.add("E209", argument.value.span, message)
    elif function == "distinct":
        return COUNT
    else:
        return of.type.known() if function == "sum" else of.type.or_missing()
    return None


def _takes(function: str, type_: Type) -> bool:
    match function:
        case "sum" | "avg":
            return type_.name in ("money", "count")
        case "min" | "max":
            return type_.kind in (Kind.QUANTITY, Kind.INSTANT)
        case "first" | "last":
            return type_.kind is not Kind.DATE
        case _:
            return True


def _window(node: nodes.Call, scope: Scope) -> _Window | None:
    function, window = node.function.text, node.window
    if window is None:
        if function == "streak":
            return _Window("lifetime", 0)
        hint = "add one, as in `over 7 days`"
        scope.problems.add("E241", node.span, f"`{function}(…)` needs a window", help=hint)
        return None
    for construct in window.beyond:
        scope.beyond(construct.span, construct.construct)
    if window.before_this and function not in BEFORE_THIS:
        scope.beyond(window.span, f"`{function}(…) … before this`")
    if function == "streak" and window.length is not None:
        scope.beyond(window.span, "`streak(…)` over a stretch of time")
    if window.length is None:
        return _Window("lifetime", 0, window.before_this)
    return _stretch(window, window.length, scope)


def _stretch(window: nodes.Window, length: nodes.Duration, scope: Scope) -> _Window | None:
    closed = length.kind == "full"
    length_ms = duration_ms(replace(length, kind="plain") if closed else length, scope)
    ending_ms = duration_ms(window.ending, scope) if window.ending else 0
    if length_ms is None or ending_ms is None:
        return None
    in_days = length.unit.text in IN_DAYS
    whole = window.ending is None or window.ending.unit.text in IN_DAYS
    if (closed or window.ending) and not (in_days and whole):
        message = "windows of full days, and those that end before now, are in days"
        scope.problems.add("E244", window.span, message)
        return None
    if closed and window.before_this:
        scope.problems.add("E244", window.span, "the event in hand is not in a day that is closed")
        return None
    if not in_days:
        return _Window("hours", length_ms, window.before_this)
    days, ending = length_ms // DAY_MS, ending_ms // DAY_MS
    return _Window("days", days, window.before_this, closed, ending)


def _keys(window: nodes.Window | None, stream: Stream, scope: Scope) -> tuple[Field, ...] | None:
    """Return the fields after `by`; the order in which they are written does not matter."""
    found = []
    for word in window.by if window else ():
        of = scope.field(stream, [word])
        if of is None:
            return None
        if of.type.name == "money":
            scope.problems.add("E209", word.span, "cannot keep amounts apart `by` their value")
            return None
        found.append(of)
    return tuple(sorted(set(found), key=lambda of: of.name))
