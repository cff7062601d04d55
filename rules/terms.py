"""The typed tree: what a rule means, with every name resolved and every literal a value.

The checker makes terms of syntax nodes; the compiler and `explain` read them. Terms of equal
meaning are equal wherever they stand (the place does not count), and `canonical` writes each
as text that does not depend on places, on the order of `and`, or on the names of lets: what
fingerprints are made of.

Values: money in minor units of the rule set's currency, durations in milliseconds, instants in
epoch milliseconds, ratios and decimals as exact fractions, words of enums as `str`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from rules.catalogue import Field
from rules.errors import Span
from rules.types import Type

MOST_TERMS = 1_000
"""How large a condition or a value may be with its lets spelled out."""

DEEPEST = 120
"""How many levels it may have."""

Value = int | Fraction | str | bool | date


@dataclass(frozen=True, slots=True)
class Term:
    """Anything with a type and a place."""

    span: Span = field(compare=False, repr=False)
    type: Type = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Constant(Term):
    """A literal."""

    value: Value


@dataclass(frozen=True, slots=True)
class EventField(Term):
    """A field of the event in hand; inside `where`, of the event that is being counted."""

    stream: str
    field: Field


@dataclass(frozen=True, slots=True)
class EntityField(Term):
    """A field of the borrower, or of the loan that the rule is judged for."""

    entity: str
    field: Field


@dataclass(frozen=True, slots=True)
class Parameter(Term):
    """A value by segment."""

    name: str


@dataclass(frozen=True, slots=True)
class Output(Term):
    """What a detector says of the event in hand; the output `ready` is never missing."""

    detector: str
    output: str


@dataclass(frozen=True, slots=True)
class Feature:
    """What is kept of a borrower's events for aggregates: shared by all that read the same.

    Attributes:
        stream: Whose events.
        where: Which of them; of a streak, what a hit is.
        keys: By which fields apart.
        value: The field that is kept, if any.
        family: `tally`, `daily` (one of measures), `extremes`, `ends`, `distinct`, `streak`, or
            `entries` (all by hours).
        grid: `days` of the rule set's zone, `hours` (exact), or `lifetime`.
        day: By which date field days are counted, if not by when it happened.
    """

    stream: str
    where: "Condition | None"
    keys: tuple[Field, ...]
    value: Field | None
    family: str
    grid: Literal["days", "hours", "lifetime"]
    day: Field | None = None


@dataclass(frozen=True, slots=True)
class Aggregate(Term):
    """A function over the events of a feature.

    `length` is in days on the grid of days, in milliseconds on that of hours, 0 for a lifetime.
    `closed`: of days that are closed alone. `ending`: how many days before now it ends.
    """

    function: str
    feature: Feature
    length: int
    before_this: bool
    closed: bool = False
    ending: int = 0


@dataclass(frozen=True, slots=True)
class PerDay(Term):
    """A total over some days, per day: exact, in units per millisecond."""

    value: "AnyTerm"
    days: int


@dataclass(frozen=True, slots=True)
class Since(Term):
    """For how long it is known that nothing has come since the last; missing if none ever has."""

    last: Aggregate


@dataclass(frozen=True, slots=True)
class Absence(Term):
    """Whether nothing has come for so long, as far as what feeds the borrower has come."""

    last: Aggregate
    length_ms: int


@dataclass(frozen=True, slots=True)
class MeasureCall(Term):
    """What a measure of `rules.measures` says.

    Attributes:
        measure: Its name.
        arguments: What it is called with: numbers, of days if it takes a duration.
        series: What must be kept for it.
        part: `""` the answer; or of its basis `n`, `observed` or `expected`.
    """

    measure: str
    arguments: tuple[int, ...]
    series: tuple[Aggregate, ...] = field(compare=False, repr=False)
    part: str = ""


@dataclass(frozen=True, slots=True)
class Function(Term):
    """A function of other values: `drop`, `rise`, `hour`, `today`, `age`."""

    name: str
    arguments: "tuple[AnyTerm, ...]"


@dataclass(frozen=True, slots=True)
class Operation(Term):
    """`+`, `-`, `*` or `/`."""

    operator: str
    left: "AnyTerm"
    right: "AnyTerm"


@dataclass(frozen=True, slots=True)
class Negative(Term):
    """A value with the other sign."""

    operand: "AnyTerm"


@dataclass(frozen=True, slots=True)
class Fallback(Term):
    """A value, or another where it is missing."""

    value: "AnyTerm"
    fallback: "AnyTerm"


@dataclass(frozen=True, slots=True)
class Named(Term):
    """A value that the author gave a name with `let`."""

    name: str
    value: "AnyTerm"


@dataclass(frozen=True, slots=True)
class Relation(Term):
    """A comparison: `=`, `!=`, `<`, `<=`, `>`, `>=`."""

    operator: str
    left: "AnyTerm"
    right: "AnyTerm"


@dataclass(frozen=True, slots=True)
class Choice(Term):
    """Whether a value is one of some constants."""

    item: "AnyTerm"
    choices: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class InList(Term):
    """Whether a value is in a published list; a list that nobody published is empty."""

    item: "AnyTerm"
    list: str


@dataclass(frozen=True, slots=True)
class Missing(Term):
    """Whether a value is missing; never missing itself."""

    value: "AnyTerm"


@dataclass(frozen=True, slots=True)
class Both(Term):
    """`and` or `or`."""

    operator: Literal["and", "or"]
    left: "Condition"
    right: "Condition"


@dataclass(frozen=True, slots=True)
class Opposite(Term):
    """`not`."""

    operand: "Condition"


Condition = (
    Relation | Choice | InList | Missing | Both | Opposite | Absence | MeasureCall
    | EventField | EntityField | Output | Named
)  # fmt: skip
"""What is true, false or missing (the last five where they are of type bool)."""

AnyTerm = (
    Constant | EventField | EntityField | Parameter | Output | Aggregate | PerDay | Since
    | Absence | MeasureCall | Function | Operation | Negative | Fallback | Named | Relation | Choice | InList | Missing | Both | Opposite
)  # fmt: skip


def children(term: AnyTerm) -> tuple[AnyTerm, ...]:  # noqa: PLR0911 - one line a kind of term
    """Return the terms right below `term`; an aggregate's `where` is not one of them."""
    match term:
        case Operation(left=left, right=right) | Relation(left=left, right=right):
            return (left, right)
        case Both(left=left, right=right):
            return (left, right)
        case Negative(operand=one) | Opposite(operand=one):
            return (one,)
        case Fallback(value=value, fallback=fallback):
            return (value, fallback)
        case Named(value=one) | Missing(value=one) | Choice(item=one) | InList(item=one):
            return (one,)
        case PerDay(value=one):
            return (one,)
        case Since(last=last) | Absence(last=last):
            return (last,)
        case MeasureCall(series=arguments) | Function(arguments=arguments):
            return arguments
        case _:
            return ()


def unnamed(term: AnyTerm) -> AnyTerm:
    """Return what a let names, the term itself if it is none."""
    return unnamed(term.value) if isinstance(term, Named) else term


def walk(term: AnyTerm) -> Iterator[AnyTerm]:
    """Yield `term` and all below it."""
    yield term
    for child in children(term):
        yield from walk(child)


def parts(term: AnyTerm) -> Iterator[AnyTerm]:
    """Yield `term` and all below it, but not the series that a measure or an absence reads."""
    yield term
    if not isinstance(term, MeasureCall | Absence | Since):
        for child in children(term):
            yield from parts(child)


def conjuncts(term: AnyTerm) -> Iterator[AnyTerm]:
    """Yield what all must be true for a condition to be true."""
    match term:
        case Named(value=value):
            yield from conjuncts(value)
        case Both(operator="and", left=left, right=right):
            yield from conjuncts(left)
            yield from conjuncts(right)
        case _:
            yield term


def too_large(term: AnyTerm) -> bool:
    """Whether a term, its lets spelled out, is more than the phases after this one should take."""
    waiting, size = [(term, 1)], 0
    while waiting:
        each, depth = waiting.pop()
        size += 1
        if size > MOST_TERMS or depth > DEEPEST:
            return True
        waiting += [(child, depth + 1) for child in children(each)]
    return False


def never_missing(term: AnyTerm) -> bool:
    """Whether a value is known at every event, whatever its stream."""
    found = list(walk(term))
    of_event = any(
        isinstance(part, EventField) or (isinstance(part, Aggregate) and part.feature.keys)
        for part in found
    )
    return not term.type.null and not of_event


def canonical(term: AnyTerm) -> str:  # noqa: C901, PLR0911, PLR0912 - a table
    """Write the meaning of a term, the same for all terms of the same meaning.

    A change here changes every fingerprint, and with it drops every borrower's windows:
    tests/rules/test_features.py holds some.
    """
    match term:
        case Constant(value=value):
            return f"{type(value).__name__}:{value}"
        case EventField(stream=stream, field=of):
            return f"{stream}.{of.name}"
        case EntityField(entity=entity, field=of):
            return f"{entity}.{of.name}"
        case Parameter(name=name):
            return f"param {name}"
        case Output(detector=detector, output=output):
            return f"detector.{detector}.{output}"
        case Aggregate():
            scope = "before this" if term.before_this else ""
            scope += (" closed" if term.closed else "") + (f" -{term.ending}" * bool(term.ending))
            return f"{term.function}[{describe(term.feature)}]{term.length}{scope}"
        case PerDay(value=value, days=days):
            return f"{canonical(value)} per {days}"
        case Absence(last=last, length_ms=length_ms):
            return f"no {canonical(last)} for {length_ms}"
        case MeasureCall(measure=name, arguments=numbers, part=part):
            return f"measure {name}{numbers}{part}"
        case Named(value=value):
            return canonical(value)
        case Both(operator=operator):
            return f"{operator}({', '.join(sorted(map(canonical, _flat(term, operator))))})"
        case Choice(item=item, choices=choices):
            return f"in({canonical(item)}; {', '.join(sorted(map(canonical, choices)))})"
        case InList(item=item, list=name):
            return f"in({canonical(item)}; {name})"
        case _:
            word = getattr(term, "operator", "") or getattr(term, "name", "")
            inner = ", ".join(map(canonical, children(term)))
            return f"{type(term).__name__.lower()} {word}({inner})"


def describe(feature: Feature) -> str:
    """Write what a feature keeps, the same for all features that keep the same."""
    where = canonical(feature.where) if feature.where is not None else ""
    keys = ", ".join(key.name for key in feature.keys)
    value = feature.value.name if feature.value else ""
    kept = f"{feature.stream}|{where}|{keys}|{value}|{feature.family}|{feature.grid}"
    return f"{kept}|{feature.day.name}" if feature.day else kept


def _flat(term: AnyTerm, operator: str) -> Iterator[AnyTerm]:
    """Yield what `and`s or `or`s right below one another join."""
    if isinstance(term, Both) and term.operator == operator:
        yield from _flat(term.left, operator)
        yield from _flat(term.right, operator)
    else:
        yield term
