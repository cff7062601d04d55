"""What an alert must carry to be proved: every number that the rule looked at, and its bound.

Decided once, at load: which values of a rule are measures, over which window, and against what
each rung compares them. Asked only when the rule is met.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rules.checked import CheckedRule
from rules.formatters import clock_length, length
from rules.measures import MEASURES
from rules.terms import (
    Absence,
    Aggregate,
    AnyTerm,
    Constant,
    EntityField,
    EventField,
    MeasureCall,
    Named,
    Opposite,
    Output,
    PerDay,
    Relation,
    Since,
    canonical,
    children,
    unnamed,
)
from rules.types import COUNT, DURATION, MONEY, Kind, Type
from schemas.instants import DAY_MS

_FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Bound:
    """What a measure was compared with."""

    sign: str
    term: AnyTerm


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a rule.

    Attributes:
        name: As the author wrote it.
        term: Its value.
        window: Over which events, in words.
        n: From how many events, as a term.
        baseline: What is usual, as a term.
        bounds: By rung from 1, what it is compared with; 0 is `when`.
    """

    name: str
    term: AnyTerm
    window: str | None
    n: AnyTerm | None
    baseline: AnyTerm | None
    bounds: Mapping[int, Bound]

    def bound(self, rung: int) -> Bound | None:
        """Return the bound that counts where this rung holds."""
        return self.bounds.get(rung) or self.bounds.get(0)


def measures_of(rule: CheckedRule, sources: Mapping[str, str]) -> tuple[Measured, ...]:
    """Return the measures of a rule, in the order in which it uses them."""
    found: dict[str, Measured] = {}
    conditions: dict[int, AnyTerm] = {0: rule.when}
    for number, rung in enumerate(rule.ladder, start=1):
        if rung.condition is not None:
            conditions[number] = rung.condition
    for condition in (*conditions.values(), *(each.condition for each in rule.exceptions)):
        for term in _measured(condition):
            bounds = {
                number: bound
                for number, within in conditions.items()
                if (bound := _bound(term, within)) is not None
            }
            found.setdefault(_key(term), _describe(term, bounds, sources))
    return tuple(found.values())


def _key(term: AnyTerm) -> str:
    return f"let {term.name}" if isinstance(term, Named) else canonical(term)


def _measured(term: AnyTerm) -> Iterator[AnyTerm]:  # noqa: C901 - a table
    """Yield the values that are measures: lets, aggregates, outputs, compared numbers."""
    match term:
        case Named(value=value):
            yield term
            if not isinstance(value, Aggregate | Output | PerDay | Since):
                yield from [part for part in _measured(value) if part is not value]
        case Aggregate() | PerDay() | Since():
            yield term
        case Absence(last=last):
            yield Since(term.span, DURATION.or_missing(), last)
        case MeasureCall(measure=measure):
            yield term
            if MEASURES[measure].basis is not None:
                yield replace(term, part="observed", type=MONEY.or_missing())
        case Output(output=output):
            if output != "ready":
                yield term
        case Relation(left=left, right=right):
            for side in (left, right):
                field = isinstance(side, EventField | EntityField)
                number = field and side.type.kind is Kind.QUANTITY
                yield from [side] if number else _measured(side)
        case _:
            for child in children(term):
                yield from _measured(child)


def _bound(term: AnyTerm, within: AnyTerm) -> Bound | None:  # noqa: PLR0911
    """Return what `term` is compared with in a condition; under `not`, nothing is said."""
    if isinstance(within, Opposite):
        return None
    if isinstance(within, Relation):
        if _key(within.left) == _key(term):
            return Bound(within.operator, within.right)
        if _key(within.right) == _key(term):
            return Bound(_FLIPPED[within.operator], within.left)
        return None
    if isinstance(within, Absence):
        is_its = isinstance(term, Since) and term.last == within.last
        length = Constant(within.span, DURATION, within.length_ms)
        return Bound(">=", length) if is_its else None
    for child in children(within):
        bound = _bound(term, child)
        if bound is not None:
            return bound
    return None


def _describe(term: AnyTerm, bounds: Mapping[int, Bound], sources: Mapping[str, str]) -> Measured:
    inner = unnamed(term)
    inner = inner.value if isinstance(inner, PerDay) else inner
    n: AnyTerm | None = None
    baseline: AnyTerm | None = None
    window = None
    match inner:
        case Aggregate():
            window = window_words(inner)
            if inner.feature.family in ("tally", "entries") and not inner.before_this:
                n = replace(inner, type=COUNT.or_missing(inner.closed), function="count")
        case MeasureCall(measure=measure, part=part):
            window = _arguments(inner)
            if MEASURES[measure].basis is not None:
                n = replace(inner, part="n", type=COUNT.or_missing())
            if part == "observed":
                baseline = replace(inner, part="expected", type=MONEY.or_missing())
        case Output(detector=detector):
            window = "this event"
            n = Output(inner.span, COUNT.or_missing(), detector, "n")
            baseline = Output(inner.span, inner.type, detector, "expected")
        case EventField():
            window = "this event"
    return Measured(_name(term, sources), term, window, n, baseline, bounds)


def _name(term: AnyTerm, sources: Mapping[str, str]) -> str:  # noqa: PLR0911 - a table
    match term:
        case Named(name=name):
            return name
        case EventField(stream=stream, field=of):
            return f"{stream}.{of.name}"
        case EntityField(entity=entity, field=of):
            return f"{entity}.{of.name}"
        case Output(detector=detector, output=output):
            return f"detector.{detector}.{output}"
        case MeasureCall(measure=measure, part=part):
            return f"{measure} {part}".rstrip()
        case Since(last=last):
            return f"since {_written(last, sources)}"
        case _:
            return _written(term, sources)


def _written(term: AnyTerm, sources: Mapping[str, str]) -> str:
    span = term.span
    return " ".join(sources[span.file][span.start : span.end].split())


def _arguments(term: MeasureCall) -> str | None:
    """Return the arguments of a measure as they are written."""
    parameters = MEASURES[term.measure].parameters
    said = [
        length(number * DAY_MS).en if parameter.type.name == "duration" else str(number)
        for parameter, number in zip(parameters, term.arguments, strict=True)
    ]
    return ", ".join(said) or None


def window_words(term: Aggregate) -> str:
    """Return the window of an aggregate as it is written."""
    match term.feature.grid:
        case "days":
            over = length(term.length * DAY_MS).en
            over = over.replace("day", "full day") if term.closed else over
            over += f" ending {length(term.ending * DAY_MS).en} ago" if term.ending else ""
        case "hours":
            over = clock_length(term.length).en
        case _:
            over = "lifetime"
    before = " before this" if term.before_this else ""
    keys = ", ".join(key.name for key in term.feature.keys)
    return over + before + (f" by {keys}" if keys else "")


def unit_of(type_: Type, currency: str) -> str:
    """Return the unit of a measure's value, as alerts carry it."""
    if type_.kind is not Kind.QUANTITY:
        return type_.name or str(type_.kind)
    return {
        "money": f"{currency}_minor", "money/day": f"{currency}_minor/day", "duration": "ms",
        "": "mixed",
    }.get(type_.name, type_.name)  # fmt: skip
