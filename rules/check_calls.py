"""Checks what is made of aggregates: shares, absence, time since, totals per day, measures."""

from fractions import Fraction

from rules import check_aggregates, check_conditions, nodes
from rules.catalogue import Field, Stream
from rules.errors import did_you_mean
from rules.literals import IN_DAYS, duration_ms
from rules.measures import MEASURES, Measure, Parameter, Series
from rules.measures.reading import KEPT_DAYS
from rules.scope import Scope
from rules.terms import (
    Absence,
    Aggregate,
    AnyTerm,
    Choice,
    Condition,
    Constant,
    EventField,
    Feature,
    MeasureCall,
    Operation,
    PerDay,
    Relation,
    Since,
)
from rules.types import BOOL, DURATION, INSTANT, divided, per_day
from schemas.instants import DAY_MS

SHARES = {"ratio": "count", "share": "sum"}
"""Functions of two sources, and of what each is a quotient."""


def quotient(node: nodes.Call, scope: Scope) -> Operation | None:
    """Check `ratio(a, b) over …` and `share(a, b) over …`: counts or sums, one over the other."""
    function = node.function.text
    if len(node.arguments) != 2:  # noqa: PLR2004 - one over the other
        message = f"`{function}` takes two sources: a part, and the whole"
        scope.problems.add("E208", node.span, message)
        return None
    inner = nodes.Word(node.function.span, SHARES[function])
    calls = [nodes.Call(node.span, inner, (argument,), node.window) for argument in node.arguments]
    part, whole = (check_aggregates.aggregate(call, scope) for call in calls)
    if part is None or whole is None:
        return None
    type_ = divided(part.type, whole.type)
    return None if type_ is None else Operation(node.span, type_, "/", part, whole)


def per(node: nodes.Per, value: AnyTerm | None, scope: Scope) -> AnyTerm | None:
    """Check `… per day`: of a constant, or of a total over whole days."""
    if node.unit.text not in ("day", "days"):
        scope.beyond(node.span, f"`per {node.unit.text}`")
        return None
    if value is None:
        return None
    type_ = per_day(value.type)
    if isinstance(value, Constant) and type_ and isinstance(value.value, int | Fraction):
        return Constant(node.span, type_, Fraction(value.value) / DAY_MS)
    if type_ is None or not isinstance(value, Aggregate) or value.function not in ("count", "sum"):
        message = f"cannot say {value.type.described} per day"
        hint = "write `sum(…) over 7 full days per day`, or an amount: `¥300 per day`"
        scope.problems.add("E243", node.span, message, help=hint)
        return None
    if value.feature.grid != "days" or not (value.closed or value.ending):
        message = "`per day` over a window with today in it takes a part of a day for a whole one"
        hint = f"write `over {value.length} full days`"
        scope.problems.add("E242", node.span, message, help=hint)
        return None
    return PerDay(node.span, type_.or_missing(value.type.null), value, value.length)


def absence(node: nodes.Absence, scope: Scope) -> Absence | None:
    """Check `no STREAM where … for N days`."""
    last = _last(node.source, scope)
    length_ms = duration_ms(node.length, scope)
    if last is None or length_ms is None:
        return None
    return Absence(node.span, BOOL.or_missing(), last, length_ms)


def since(node: nodes.Call, scope: Scope) -> Since | None:
    """Check `since(STREAM where …)`."""
    if len(node.arguments) != 1 or node.window is not None:
        scope.problems.add("E208", node.span, "`since` takes one stream and no window")
        return None
    last = _last(node.arguments[0], scope)
    return None if last is None else Since(node.span, DURATION.or_missing(), last)


def _last(source: nodes.Argument, scope: Scope) -> Aggregate | None:
    """Return when the last event of a source was."""
    if scope.row is not None:
        scope.problems.add("E212", source.span, "`where` cannot ask for what has not come")
        return None
    name = source.value
    stream = scope.stream(name.parts[0].text) if isinstance(name, nodes.Name) else None
    if stream is None or not isinstance(name, nodes.Name) or len(name.parts) > 1:
        streams = scope.catalogue.streams
        hint = "streams are " + ", ".join(streams)
        if isinstance(name, nodes.Name):
            hint = did_you_mean(name.parts[0].text, streams) or hint
        scope.problems.add("E204", name.span, "expected a stream", help=hint)
        return None
    where = None
    if source.where is not None:
        where = check_conditions.condition(source.where, scope.inside(stream))
        if where is None:
            return None
    feature = Feature(stream.name, where, (), stream.fields["time"], "ends", "lifetime")
    return Aggregate(source.span, INSTANT.or_missing(), "last", feature, 0, before_this=False)


def measure(node: nodes.Call, scope: Scope) -> MeasureCall | None:
    """Check a call of a measure: its arguments are constants, within the measure's bounds."""
    called = MEASURES[node.function.text]
    if scope.row is not None:
        scope.problems.add("E212", node.span, "`where` cannot use a measure")
        return None
    given = [argument.value for argument in node.arguments if argument.where is None]
    wanted = ", ".join(parameter.name for parameter in called.parameters)
    if len(given) != len(called.parameters) or node.window is not None:
        message = f"`{called.name}` is written `{called.name}({wanted})`, without a window"
        scope.problems.add("E208", node.span, message)
        return None
    pairs = zip(called.parameters, given, strict=True)
    numbers = [_argument(parameter, value, scope) for parameter, value in pairs]
    known = tuple(number for number in numbers if number is not None)
    if len(known) != len(numbers):
        return None
    series = tuple(_series(each, called, node, scope) for each in called.series)
    return MeasureCall(node.span, called.type, called.name, known, series)


def _argument(parameter: Parameter, value: nodes.Expression, scope: Scope) -> int | None:
    """Return an argument as a number: of days if it is a length of time."""
    number: int | None = None
    if parameter.type.name == "duration":
        if isinstance(value, nodes.Quantity) and value.unit.text in IN_DAYS:
            number = int(float(value.number) * IN_DAYS[value.unit.text])
        wanted = f"from {parameter.least} to {parameter.most} days, as in `{parameter.least} days`"
    else:
        if isinstance(value, nodes.Constant) and value.kind == "number" and value.text.isdigit():
            number = int(value.text)
        wanted = f"a number from {parameter.least} to {parameter.most}"
    if number is None or not parameter.least <= number <= parameter.most:
        scope.problems.add("E211", value.span, f"expected {wanted}")
        return None
    return number


def _series(series: Series, called: Measure, node: nodes.Call, scope: Scope) -> Aggregate:
    """Return the aggregate that keeps a series."""
    stream = scope.catalogue.streams[series.stream]
    family = "distinct" if series.kept == "distinct" else "daily"
    feature = Feature(
        stream.name,
        _where(series, stream, node),
        (stream.fields["loan_id"],) if series.by_loan else (),
        stream.fields[series.value],
        family,
        "days",
        None if series.day == "day" else stream.fields[series.day],
    )
    function = "latest" if series.kept == "distinct" else "daily"
    return Aggregate(node.span, called.type, function, feature, KEPT_DAYS, before_this=False)


def _where(series: Series, stream: Stream, node: nodes.Call) -> Condition | None:
    conditions: list[Condition] = [
        _among(stream.fields[name], stream, words, node) for name, words in series.where
    ]
    conditions += [
        _no_less(stream.fields[of], stream, least, node) for of, least in series.at_least
    ]
    found: Condition | None = None
    for condition in conditions:
        found = condition if found is None else check_conditions.joined(found, condition)
    return found


def _no_less(of: Field, stream: Stream, least: Fraction, node: nodes.Call) -> Relation:
    item = EventField(node.span, of.type, stream.name, of)
    bound = Constant(node.span, of.type.known(), least)
    return Relation(node.span, BOOL.or_missing(of.type.null), ">=", item, bound)


def _among(of: Field, stream: Stream, words: tuple[str, ...], node: nodes.Call) -> Choice:
    item = EventField(node.span, of.type, stream.name, of)
    choices = tuple(Constant(node.span, of.type.known(), word) for word in words)
    return Choice(node.span, BOOL.or_missing(of.type.null), item, choices)
