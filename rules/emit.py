"""Terms -> Python expressions (`ast`), each at its line of the rule file.

Three truth values without cost: a condition is compiled twice, as "is it true" and as "is it
false", and both are plain Python. `true(a and b)` is `true(a) and true(b)`, `false(a and b)` is
`false(a) or false(b)`, `true(not a)` is `false(a)`, and a comparison guards what may be missing
in both. That is Kleene's logic exactly; tests/rules/test_compile.py holds it against the oracle.

A value is compiled once, to an expression that is `None` where the value is missing.
"""

import ast
from fractions import Fraction
from itertools import count
from typing import Any, NamedTuple, TypeVar

from rules.catalogue import Field, Stream
from rules.check_kind import LOAN_KEY
from rules.namespace import Namespace, attribute, call, const, is_none, joined, name
from rules.terms import (
    Absence,
    Aggregate,
    AnyTerm,
    Both,
    Choice,
    Constant,
    EntityField,
    EventField,
    Fallback,
    Feature,
    Function,
    InList,
    MeasureCall,
    Missing,
    Named,
    Negative,
    Operation,
    Opposite,
    Output,
    Parameter,
    PerDay,
    Relation,
    Since,
)
from rules.types import Kind

ARGUMENTS = ("event", "data", "windows", "now_ms", "today", "params", "lists", "scores")
"""What a function that is about an event takes, by position."""

STATE_ARGUMENTS = (
    "feeds", "reading", "loan", "borrower", "contact", "payee", "windows", "now_ms", "today", "params",
    "lists",
)  # fmt: skip
"""What a function of a state rule takes; `loan` is `None` in one for the borrower."""

_EXACT = {"+": (ast.Add, "add"), "-": (ast.Sub, "subtract"), "*": (ast.Mult, "multiply")}
_RELATIONS: dict[str, tuple[type[ast.cmpop], type[ast.cmpop]]] = {
    "=": (ast.Eq, ast.NotEq),
    "!=": (ast.NotEq, ast.Eq),
    "<": (ast.Lt, ast.GtE),
    "<=": (ast.LtE, ast.Gt),
    ">": (ast.Gt, ast.LtE),
    ">=": (ast.GtE, ast.Lt),
}
"""By sign: the comparison, and its opposite."""


class Code(NamedTuple):
    """An expression, and whether it may be `None`."""

    expression: ast.expr
    null: bool


class Emitter:
    """Compiles terms for the events of one stream, or for state rules.

    Args:
        stream: Of the event in hand, a field of another stream is missing; `None` in a state
            rule, which has no event in hand.
        space: The names that the code will see.
    """

    def __init__(self, stream: Stream | None, space: Namespace) -> None:
        self._stream = stream
        self._space = space
        self._fresh = count()

    # --- values

    def value(self, term: AnyTerm) -> Code:
        """Compile a value."""
        code = self._value(term)
        _place(code.expression, term)
        return code

    def _value(self, term: AnyTerm) -> Code:  # noqa: C901, PLR0911, PLR0912 - a table
        match term:
            case Constant(value=Fraction() as value) if term.type.name.endswith("/day"):
                return Code(self._exact(value), null=False)
            case Constant(value=value):
                return Code(self._constant(value), null=False)
            case EventField(stream=stream, field=of):
                same = self._stream is not None and stream == self._stream.name
                return self.field(of) if same else Code(const(None), null=True)
            case EntityField(entity=entity, field=of):
                return self._entity_field(entity, of)
            case Parameter(name=parameter):
                exact = term.type.name.endswith("/day")
                return Code(self._parameter(parameter, exact=exact), null=False)
            case Output(detector=detector, output=said):
                identifier = self._space.output(detector, said)
                return Code(call(identifier, name("scores")), null=said != "ready")
            case Aggregate():
                return self._aggregate(term)
            case PerDay() | Since() | MeasureCall():
                return self._called(term)
            case Function():
                return self._function(term)
            case Operation():
                return self._operation(term)
            case Negative(operand=operand):
                inner = self.value(operand)
                if inner.null:
                    return Code(call("negate", inner.expression), null=True)
                return Code(ast.UnaryOp(ast.USub(), inner.expression), null=False)
            case Fallback(value=value, fallback=fallback):
                return self._fallback(self.value(value), self.value(fallback))
            case Named(value=value):
                return self.value(value)
            case _:
                return Code(self.truth(term), null=True)

    def _called(self, term: PerDay | Since | MeasureCall) -> Code:
        match term:
            case PerDay(value=value, days=days):
                return Code(call("per_day", self.value(value).expression, const(days)), null=True)
            case Since(last=last):
                arguments = [self._feed(last), self.value(last).expression, name("now_ms")]
                return Code(call("since", *arguments), null=True)
            case MeasureCall(arguments=numbers):
                given = [const(number) for number in numbers]
                return Code(call(self._space.measure(term), name("reading"), *given), null=True)

    def _exact(self, value: Fraction) -> ast.expr:
        return name(self._space.bind(f"ratio_{value.numerator}_{value.denominator}", value))

    def _constant(self, value: Any) -> ast.expr:
        if isinstance(value, Fraction):
            return const(float(value))
        if isinstance(value, str | int):
            return const(value)
        return name(self._space.bind(f"day_{value:%Y_%m_%d}", value))

    def _parameter(self, parameter: str, *, exact: bool) -> ast.expr:
        index = self._space.params[parameter] + exact
        return ast.Subscript(name("params"), const(index), ast.Load())

    def field(self, of: Field) -> Code:
        """Compile a field of the event in hand, step by step where a step may be missing."""
        root, *steps = of.path
        inside = root == "data"
        expression: ast.expr = name("data") if inside else attribute(name("event"), root)
        guards: list[ast.expr] = []
        for position, step in enumerate(steps, start=2):
            expression = attribute(expression, step)
            if position in of.optional and position < len(of.path):
                guards.append(is_none(expression))
        converted = self._converted(expression, of)
        if guards:
            converted = ast.IfExp(joined(ast.Or, guards), const(None), converted)
        return Code(converted, null=of.type.null)

    def _entity_field(self, entity: str, of: Field) -> Code:
        """Compile a field of an entity; a borrower may have no profile."""
        owner = name(entity)
        value: ast.expr = attribute(owner, of.path[0])
        if of.type.name == "money":
            known = ast.Compare(
                attribute(owner, "currency"), [ast.Eq()], [const(self._space.currency)]
            )
            value = ast.IfExp(known, value, const(None))
        if entity == "borrower":
            value = ast.IfExp(is_none(owner), const(None), value)
        return Code(value, null=of.type.null)

    def _converted(self, expression: ast.expr, of: Field) -> ast.expr:
        if of.type.name == "money":
            return call("minor", expression, const(self._space.currency))
        if of.name == "day":
            return call("date_at", expression)
        if of.type.kind is Kind.INSTANT and of.path[0] == "data":
            return call("instant", expression)
        return expression

    def _aggregate(self, term: Aggregate) -> Code:
        if term.closed or term.ending:
            feeds = name("feeds") if self._stream is None else const(None)
            reader, key = self._space.ended_reader(term), self.key(term.feature)
            return Code(call(reader, feeds, name("today"), name("windows"), key), null=True)
        if (
            term.before_this
            and self._stream is not None
            and term.feature.stream == self._stream.name
        ):
            return self._before_this(term)
        return Code(self._read(term, term.function), null=True)  # also where too much was lost

    def floor(self, term: Aggregate) -> ast.expr:
        """Compile the first slot that counts."""
        match term.feature.grid:
            case "days":
                return ast.BinOp(name("today"), ast.Sub(), const(term.length - 1))
            case "hours":
                return ast.BinOp(name("now_ms"), ast.Sub(), const(term.length - 1))
            case _:
                return const(0)

    def slot(self, feature: Feature) -> ast.expr:
        """Compile the slot that the event in hand falls into."""
        at_ms = attribute(name("event"), "event_at_ms")
        match feature.grid:
            case "days":
                return call("day_at", at_ms)
            case "hours":
                return at_ms
            case _:
                return const(0)

    def key(self, feature: Feature) -> ast.expr:
        """Compile the key of the event in hand, or the loan that a state rule is judged for.

        A field that the event's stream has not is missing.
        """
        if not feature.keys:
            return const("")
        if self._stream is None:
            return attribute(name("loan"), LOAN_KEY)
        parts = [self._key_field(key) for key in feature.keys]
        if any(part is None for part in parts):
            return const(None)
        return call("key", *[self.field(part).expression for part in parts if part is not None])

    def _feed(self, last: Aggregate) -> ast.expr:
        """Compile what feeds the borrower on the stream of an aggregate, if anything is known."""
        return call("feed_of", name("feeds"), const(last.feature.stream))

    def _key_field(self, key: Field) -> Field | None:
        if self._stream is None:
            return None
        found = self._stream.fields.get(key.name)
        return found if found is not None and found.type.known() == key.type.known() else None

    def _before_this(self, term: Aggregate) -> Code:
        """Compile an aggregate less the event in hand, if that is one of those it counts."""
        feature, own = term.feature, self.owned(term.feature)
        wanted: list[ast.expr] = [ast.Compare(self.slot(feature), [ast.GtE()], [self.floor(term)])]
        if feature.where is not None:
            wanted.append(self.true(feature.where))
        taken = ast.IfExp(joined(ast.And, wanted), own, const(None))
        asked = {"count": ["count"], "sum": ["sum"], "avg": ["sum", "count"]}[term.function]
        answers = [self._read(term, function) for function in asked]
        return Code(call(f"less_{term.function}", *answers, taken), null=True)

    def _read(self, term: Aggregate, function: str) -> ast.expr:
        reader = self._space.reader(term.feature, function)
        return call(reader, name("windows"), self.key(term.feature), self.floor(term))

    def owned(self, feature: Feature) -> ast.expr:
        """Compile the value of the event in hand that a feature keeps; 1 if it keeps none."""
        return self.field(feature.value).expression if feature.value else const(1)

    def _function(self, term: Function) -> Code:
        if term.name == "today":
            return Code(call("date_of", name("today")), null=False)
        codes = [self.value(argument) for argument in term.arguments]
        expressions = [code.expression for code in codes]
        if term.name == "age":
            return Code(call("age", *expressions, name("today")), null=term.type.null)
        if term.name != "hour":
            return Code(call(term.name, *expressions), null=True)
        if not codes[0].null:
            return Code(call("hour_at", *expressions), null=False)
        variable = self._variable()
        kept = ast.NamedExpr(ast.Name(variable, ast.Store()), expressions[0])
        hour = call("hour_at", name(variable))
        return Code(ast.IfExp(is_none(kept), const(None), hour), null=True)

    def _operation(self, term: Operation) -> Code:
        if term.operator == "*":
            for one, other in ((term.left, term.right), (term.right, term.left)):
                ratio = self._exact_ratio(other)
                if ratio is not None:
                    inner = self.value(one)
                    return Code(call("scale", inner.expression, ratio), inner.null)
        left, right = self.value(term.left), self.value(term.right)
        if term.operator == "/":
            return Code(call("divide", left.expression, right.expression), null=True)
        operator, function = _EXACT[term.operator]
        if left.null or right.null:
            return Code(call(function, left.expression, right.expression), null=True)
        return Code(ast.BinOp(left.expression, operator(), right.expression), null=False)

    def _exact_ratio(self, term: AnyTerm) -> ast.expr | None:
        """Compile a literal or a parameter that is a fraction, as an exact one."""
        match term:
            case Constant(value=Fraction() as value):
                return self._exact(value)
            case Parameter(name=parameter) if term.type.name in ("ratio", "score", "number"):
                return self._parameter(parameter, exact=True)
            case Named(value=value):
                return self._exact_ratio(value)
            case _:
                return None

    def _fallback(self, value: Code, fallback: Code) -> Code:
        if not value.null:
            return value
        variable = self._variable()
        kept = ast.NamedExpr(ast.Name(variable, ast.Store()), value.expression)
        taken = ast.IfExp(is_none(kept, negated=True), name(variable), fallback.expression)
        return Code(taken, fallback.null)

    def _variable(self) -> str:
        return f"v{next(self._fresh)}"

    # --- conditions

    def truth(self, term: AnyTerm) -> ast.expr:
        """Compile a condition to true, false or missing."""
        otherwise = ast.IfExp(self.false(term), const(value=False), const(None))
        return _place(ast.IfExp(self.true(term), const(value=True), otherwise), term)

    def true(self, term: AnyTerm) -> ast.expr:
        """Compile whether a condition is true."""
        return _place(self._is(term, wanted=True), term)

    def false(self, term: AnyTerm) -> ast.expr:
        """Compile whether a condition is false: known, and not so."""
        return _place(self._is(term, wanted=False), term)

    def _is(self, term: AnyTerm, *, wanted: bool) -> ast.expr:  # noqa: PLR0911 - a table
        match term:
            case Both(operator=operator, left=left, right=right):
                every = (operator == "and") == wanted
                parts = [self._is(left, wanted=wanted), self._is(right, wanted=wanted)]
                return joined(ast.And if every else ast.Or, parts)
            case Opposite(operand=operand):
                return self._is(operand, wanted=not wanted)
            case Named(value=value):
                return self._is(value, wanted=wanted)
            case Relation():
                return self._relation(term, wanted=wanted)
            case Choice(item=item, choices=choices):
                values = ast.Tuple([self.value(each).expression for each in choices], ast.Load())
                membership: ast.cmpop = ast.In() if wanted else ast.NotIn()
                variable, guards = self._guarded(item)
                return joined(ast.And, [*guards, ast.Compare(variable, [membership], [values])])
            case InList(item=item, list=listed):
                variable, guards = self._guarded(item)
                found: ast.expr = call("in_list", name("lists"), const(listed), variable)
                found = found if wanted else ast.UnaryOp(ast.Not(), found)
                return joined(ast.And, [*guards, found])
            case Absence(last=last, length_ms=length_ms):
                arguments = [self.value(last).expression, const(length_ms), name("now_ms")]
                asked = call("absent", self._feed(last), *arguments)
                return ast.Compare(asked, [ast.Is()], [const(wanted)])
            case Missing(value=value):
                return is_none(self.value(value).expression, negated=not wanted)
            case _:
                return ast.Compare(self.value(term).expression, [ast.Is()], [const(wanted)])

    def _relation(self, term: Relation, *, wanted: bool) -> ast.expr:
        left, left_guards = self._guarded(term.left)
        right, right_guards = self._guarded(term.right)
        comparison = _RELATIONS[term.operator][0 if wanted else 1]
        compared = ast.Compare(left, [comparison()], [right])
        return joined(ast.And, [*left_guards, *right_guards, compared])

    def _guarded(self, term: AnyTerm) -> tuple[ast.expr, list[ast.expr]]:
        """Compile a value to be used once it is known, and the guard that it is known."""
        code = self.value(term)
        if not code.null:
            return code.expression, []
        variable = self._variable()
        kept = ast.NamedExpr(ast.Name(variable, ast.Store()), code.expression)
        return name(variable), [is_none(kept, negated=True)]


_E = TypeVar("_E", bound=ast.expr)


def _place(expression: _E, term: AnyTerm) -> _E:
    """Let a failure in the expression point at the term's line of the rule file."""
    if not hasattr(expression, "lineno"):
        expression.lineno = expression.end_lineno = term.span.line
        expression.col_offset = expression.end_col_offset = 0
    return expression
