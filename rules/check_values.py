"""Checks values: names, literals, arithmetic and plain functions, each to a typed term.

Every function returns `None` where the value has none, which has then been reported; a caller
that gets `None` says nothing more. Conditions hold values, values hold aggregates, aggregates
hold conditions: these `check_` modules import one another as modules.
"""

from rules import check_aggregates, check_calls, check_words, nodes
from rules.catalogue import Stream
from rules.errors import closest, did_you_mean
from rules.literals import constant, quantity
from rules.measures import MEASURES
from rules.scope import Scope
from rules.terms import (
    AnyTerm,
    Constant,
    EntityField,
    EventField,
    Fallback,
    Function,
    Negative,
    Operation,
    Output,
    Parameter,
    never_missing,
)
from rules.types import (
    BOOL,
    COUNT,
    DATE,
    DURATION,
    RATIO,
    Kind,
    Type,
    added,
    comparable,
    divided,
    multiplied,
)

FUNCTIONS = ("drop", "rise", "hour", "today", "age")
LATER_FUNCTIONS = (
    "percentile", "median", "stdev", "topshare", "firing", "tier_of",
    "firing_tagged", "episodes", "dpd", "overdue", "weekday", "abs", "least", "greatest",
)  # fmt: skip
"""Functions of the language that this engine version does not have."""

LATER_ENTITIES = ("instalment", "model")
"""Things whose fields this engine version cannot read."""


def value(node: nodes.Expression, scope: Scope) -> AnyTerm | None:  # noqa: PLR0911 - a table
    """Check an expression that has a value."""
    match node:
        case nodes.Constant():
            return constant(node, scope)
        case nodes.Quantity():
            return quantity(node, scope)
        case nodes.Name():
            return name(node, scope)
        case nodes.Call():
            return call(node, scope)
        case nodes.Arithmetic():
            return arithmetic(node, scope)
        case nodes.Minus():
            operand = value(node.operand, scope)
            return operand and Negative(node.span, operand.type, operand)
        case nodes.Otherwise():
            return fallback(node, scope)
        case nodes.Per():
            return check_calls.per(node, value(node.value, scope), scope)
        case nodes.Beyond():
            scope.beyond(node.span, node.construct)
        case _:
            scope.problems.add(
                "E210", node.span, "expected a value, got a condition",
                help="conditions stand after `when`, `if` and `where`",
            )  # fmt: skip
    return None


def name(node: nodes.Name, scope: Scope) -> AnyTerm | None:  # noqa: PLR0911 - a table
    """Look a name up: a field, a `let`, a `param`, what a detector says."""
    first, *rest = node.parts
    if not rest:
        return _single(node, scope)
    if first.text == "detector":
        return _output(node, scope)
    entity = scope.catalogue.named("entity", first.text, scope.catalogue.entities)
    if entity in scope.catalogue.entities:
        return _entity_field(node, entity, scope)
    stream = scope.stream(first.text)
    if stream is None and first.text in LATER_ENTITIES:
        scope.beyond(node.span, f"`{first.text}.…`")
        return None
    if stream is None:
        known = [*scope.catalogue.streams, *scope.catalogue.entities, "detector"]
        scope.problems.add(
            "E201", first.span, f"unknown name `{first.text}`", help=did_you_mean(first.text, known)
        )
        return None
    if scope.row not in (None, stream):
        scope.problems.add(
            "E212", node.span, f"`where` reads fields of the {_row(scope)} event alone",
            help=f"write the field's name without `{first.text}.`",
        )  # fmt: skip
        return None
    return _event_field(node, stream, rest, scope)


def _event_field(
    node: nodes.Name, stream: Stream, words: list[nodes.Word], scope: Scope
) -> EventField | None:
    of = scope.field(stream, words)
    return None if of is None else EventField(node.span, of.type, stream.name, of)


def _entity_field(node: nodes.Name, entity: str, scope: Scope) -> EntityField | None:
    words = [word.text for word in node.parts[1:]]
    if scope.row is not None:
        message = f"`where` reads fields of the {_row(scope)} event alone"
        scope.problems.add("E212", node.span, message)
        return None
    fields, written = scope.catalogue.entities[entity], ".".join(words)
    found = fields.get(scope.catalogue.named("field", written, fields))
    if found is None:
        hint = did_you_mean(written, scope.catalogue.known_as("field", fields))
        message = f"a {entity} has no field `{written}`"
        scope.problems.add("E202", node.parts[1].span, message, help=hint)
        return None
    return EntityField(node.span, found.type, entity, found)


def _single(node: nodes.Name, scope: Scope) -> AnyTerm | None:
    word = node.parts[0]
    if scope.row is not None:
        fields = scope.row.fields
        if scope.catalogue.named("field", word.text, fields) in fields:
            return _event_field(node, scope.row, [word], scope)
    elif word.text in scope.lets:
        named = scope.lets[word.text]
        return type(named)(node.span, named.type, named.name, named.value)
    elif word.text in scope.params:
        param = scope.params[word.text]
        return Parameter(node.span, param.type, param.name)
    _unknown(word, scope)
    return None


def _unknown(word: nodes.Word, scope: Scope) -> None:
    problems, text, streams = scope.problems, word.text, scope.catalogue.streams
    if scope.row is not None and (text in scope.lets or text in scope.params):
        problems.add(
            "E212", word.span, f"`where` cannot use `{text}`",
            help="a `where` is decided once, when the event comes: use fields and constants",
        )  # fmt: skip
    elif text in streams:
        problems.add(
            "E201", word.span, f"`{text}` is a stream, not a value",
            help=f"write `{text}.field`, or count its events: `count({text}) over …`",
        )  # fmt: skip
    elif scope.row is not None:
        note = f"inside `where`, bare names are fields of {_row(scope)}"
        hint = did_you_mean(text, scope.catalogue.known_as("field", scope.row.fields))
        problems.add("E201", word.span, f"unknown name `{text}`", help=hint, note=note)
    elif text not in scope.broken:
        hint = _field_meant(text, scope) or did_you_mean(text, scope.names())
        problems.add("E201", word.span, f"unknown name `{text}`", help=hint)


def _field_meant(text: str, scope: Scope) -> str | None:
    """Say how a field is written whose stream the author left out."""
    streams = scope.catalogue.streams.values()
    near = closest(text, {of for stream in streams for of in stream.fields})
    owners = [f"`{stream.name}.{near}`" for stream in streams if near in stream.fields]
    return f"did you mean {' or '.join(owners)}?" if owners else None


def _row(scope: Scope) -> str:
    return scope.row.name if scope.row else ""


def _output(node: nodes.Name, scope: Scope) -> Output | None:
    detectors = scope.catalogue.detectors
    _, detector, *rest = node.parts
    if scope.row is not None:
        scope.problems.add("E212", node.span, "`where` cannot use what a detector says")
        return None
    if detector.text not in detectors:
        scope.problems.add(
            "E201", detector.span, f"unknown detector `{detector.text}`",
            help=did_you_mean(detector.text, detectors),
        )  # fmt: skip
        return None
    outputs = detectors[detector.text]
    output = ".".join(word.text for word in rest)
    if output in outputs:
        return Output(node.span, outputs[output], detector.text, output)
    scope.problems.add(
        "E202", (rest or [detector])[0].span,
        f"detector {detector.text} says no `{output}`" if rest
        else f"expected what detector {detector.text} says",
        help=did_you_mean(output, outputs) or "it says " + ", ".join(f"`{o}`" for o in outputs),
    )  # fmt: skip
    return None


def detector_named(node: nodes.Expression, scope: Scope) -> Output | None:
    """Return the readiness of the detector that `detector.NAME` names, if it names one."""
    if not isinstance(node, nodes.Name) or len(node.parts) != 2:  # noqa: PLR2004 - both words
        return None
    first, detector = node.parts
    if first.text != "detector" or detector.text not in scope.catalogue.detectors:
        return None
    return Output(node.span, BOOL, detector.text, "ready")


def arithmetic(node: nodes.Arithmetic, scope: Scope) -> AnyTerm | None:
    """Check `+`, `-`, `*` and `/`."""
    left, right = value(node.left, scope), value(node.right, scope)
    if left is None or right is None:
        return None
    rule = {"+": added, "-": added, "*": multiplied, "/": divided}[node.operator]
    type_ = rule(left.type, right.type)
    if type_ is None:
        verb = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}[node.operator]
        scope.problems.add(
            "E231", node.span,
            f"cannot {verb} {left.type.described} and {right.type.described}",
        )  # fmt: skip
        return None
    return Operation(node.span, type_, node.operator, left, right)


def fallback(node: nodes.Otherwise, scope: Scope) -> AnyTerm | None:
    """Check `x default y`."""
    first = value(node.value, scope)
    second = check_words.word_or_value(node.fallback, first, scope)
    if first is None or second is None:
        return None
    if not comparable(first.type, second.type):
        scope.problems.add(
            "E231", node.fallback.span,
            f"expected {first.type.described} as default, got {second.type.described}",
        )  # fmt: skip
        return None
    if never_missing(first):
        message = "this value is never missing, so its default is never used"
        scope.problems.add("W312", node.span, message)
    return Fallback(node.span, first.type.known().or_missing(second.type.null), first, second)


def call(node: nodes.Call, scope: Scope) -> AnyTerm | None:
    """Check a call of an aggregate, a function or a measure."""
    function = node.function.text
    if function in check_aggregates.AGGREGATES:
        return check_aggregates.aggregate(node, scope)
    if function in check_calls.SHARES:
        return check_calls.quotient(node, scope)
    if function in MEASURES:
        return check_calls.measure(node, scope)
    if function == "since":
        return check_calls.since(node, scope)
    if function in LATER_FUNCTIONS:
        scope.beyond(node.function.span, f"`{function}(…)`")
    elif function not in FUNCTIONS:
        known = [*check_aggregates.AGGREGATES, *FUNCTIONS, *check_calls.SHARES, *MEASURES, "since"]
        hint = did_you_mean(function, known)
        scope.problems.add("E207", node.function.span, f"unknown function `{function}`", help=hint)
    else:
        return _function(node, scope)
    return None


def _function(node: nodes.Call, scope: Scope) -> AnyTerm | None:
    function = node.function.text
    wanted, what = _ARGUMENTS[function]
    plain = [argument.value for argument in node.arguments if argument.where is None]
    if len(plain) != wanted or len(node.arguments) != wanted or node.window is not None:
        scope.problems.add("E208", node.span, f"`{function}` takes {what} and no window")
        return None
    terms = [value(argument, scope) for argument in plain]
    arguments = tuple(term for term in terms if term is not None)
    if len(arguments) != wanted:
        return None
    type_ = _function_type(function, [argument.type for argument in arguments])
    if type_ is None:
        got = " and ".join(argument.type.described for argument in arguments)
        scope.problems.add("E209", node.span, f"`{function}` cannot take {got}")
        return None
    return Function(node.span, type_, function, arguments)


_ARGUMENTS = {
    "today": (0, "nothing"), "hour": (1, "one instant"), "age": (1, "one date"),
    "drop": (2, "two values"), "rise": (2, "two values"),
}  # fmt: skip
"""How many values each function takes, and how messages say it."""


def _function_type(function: str, types: list[Type]) -> Type | None:
    null = any(type_.null for type_ in types)
    match function:
        case "today":
            return DATE
        case "hour":
            return COUNT.or_missing(null) if types[0].kind is Kind.INSTANT else None
        case "age":
            return DURATION.or_missing(null) if types[0].kind is Kind.DATE else None
    both = all(type_.kind is Kind.QUANTITY for type_ in types) and comparable(*types)
    return RATIO.or_missing() if both else None


def constant_of(node: nodes.Expression, type_: Type, scope: Scope) -> Constant | None:
    """Check a literal that must be of this type: a parameter's value, a default."""
    term = value(node, scope)
    if term is None:
        return None
    if not isinstance(term, Constant) or not comparable(type_, term.type):
        got = term.type.described if isinstance(term, Constant) else "an expression"
        scope.problems.add("E230", node.span, f"expected {type_.described}, got {got}")
        return None
    return Constant(term.span, type_.known(), term.value)
