"""A checked rule set -> functions.

For each rule and each of its streams two functions: `decide` gives the rung of the ladder that
holds (0 for none), and `evidence` the values behind it, which is asked only once a rule is met.
For each stream one function that puts an event into the features.

Rules are never Python text. The code is built of a closed set of `ast` nodes, can name what
`emit.Namespace` holds and nothing else, and reads no attribute but fields of the catalogue;
`_refuse_others` makes sure of it once more before anything is compiled. Lines are those of the
rule file, whose text is given to `linecache`: a traceback, a profile and a debugger show the
rule that they are about.
"""

import ast
import linecache
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from rules.catalogue import Catalogue, Stream
from rules.checked import CheckedRule
from rules.emit import ARGUMENTS, STATE_ARGUMENTS, Emitter
from rules.errors import Span
from rules.features import Store
from rules.namespace import Namespace, attribute, call, const, joined, name
from rules.terms import Aggregate, AnyTerm, Output, conjuncts, walk

Decide = Callable[..., int]
Evidence = Callable[..., tuple[Any, ...]]
Gate = Callable[..., bool]
Apply = Callable[..., list[Any]]

_NODES = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.If, ast.Return, ast.Assign, ast.Expr,
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Add, ast.Sub,
    ast.Mult, ast.Compare, ast.cmpop, ast.IfExp, ast.NamedExpr, ast.Call, ast.Attribute, ast.Name,
    ast.Constant, ast.Tuple, ast.Subscript, ast.Load, ast.Store,
)  # fmt: skip
"""Everything that emitted code may be made of."""


_SKELETON = f"def function({', '.join(ARGUMENTS)}): pass"
_STATE_SKELETON = f"def function({', '.join(STATE_ARGUMENTS)}): pass"


class Compiled(NamedTuple):
    """The functions of one rule for one stream."""

    decide: Decide
    evidence: Evidence


class CompiledState(NamedTuple):
    """The functions of one state rule: the truth of its conditions, and the values behind them."""

    truths: Callable[..., tuple[bool | None, ...]]
    evidence: Evidence


class Compiler:
    """Compiles the rules of one program.

    Args:
        space: The names that the code can see; readers and writers are added to it.
        catalogue: Whose fields may be read.
        label: What the files are called in tracebacks, before their own name.
        sources: Their texts.
    """

    def __init__(
        self, space: Namespace, catalogue: Catalogue, *, label: str, sources: Mapping[str, str]
    ) -> None:
        self._space = space
        self._catalogue = catalogue
        self._label = label
        for file, text in sources.items():
            lines = text.splitlines(keepends=True)
            linecache.cache[f"{label}/{file}"] = (len(text), None, lines, f"{label}/{file}")
        fields = [of for stream in catalogue.streams.values() for of in stream.fields.values()]
        fields += [of for entity in catalogue.entities.values() for of in entity.values()]
        self._attributes = {step for of in fields for step in of.path} | {"event_at_ms", "currency"}

    def rule(self, rule: CheckedRule, stream: str, evidence: Iterable[AnyTerm]) -> Compiled:
        """Compile one rule for the events of one stream; `evidence` is what to ask once met."""
        of = self._catalogue.streams[stream]
        decide = self._function(f"rule_{rule.name}", self._decision(rule, of), rule)
        emitter = Emitter(of, self._space)
        values = [emitter.value(term).expression for term in evidence]
        returned: list[ast.stmt] = [ast.Return(ast.Tuple(values, ast.Load()))]
        return Compiled(decide, self._function(f"evidence_{rule.name}", returned, rule))

    def gate(self, rule: CheckedRule, stream: str) -> Gate:
        """Compile what must be true of an event alone, without windows, for the rule to be met."""
        emitter = Emitter(self._catalogue.streams[stream], self._space)
        tests: list[ast.expr] = [const(value=True)]
        for part in conjuncts(rule.when):
            if any(isinstance(each, Aggregate | Output) for each in walk(part)):
                continue
            is_false = ast.UnaryOp(ast.Not(), emitter.false(part))
            tests.append(is_false if rule.unknown_is_met else emitter.true(part))
        returned: list[ast.stmt] = [ast.Return(joined(ast.And, tests))]
        gate: Gate = self._function(f"gate_{rule.name}", returned, rule)
        return gate

    def state_rule(self, rule: CheckedRule, evidence: Iterable[AnyTerm]) -> CompiledState:
        """Compile a state rule; `evidence` is what to ask for its proof."""
        emitter = Emitter(None, self._space)
        values = [emitter.value(term).expression for term in evidence]
        returned: list[ast.stmt] = [ast.Return(ast.Tuple(values, ast.Load()))]
        truths = self._function(f"rule_{rule.name}", self._truths(rule), rule)
        return CompiledState(truths, self._function(f"evidence_{rule.name}", returned, rule))

    def _truths(self, rule: CheckedRule) -> list[ast.stmt]:
        """Return the statements: nothing holds out of season or excepted, else what holds."""
        emitter = Emitter(None, self._space)
        when = emitter.truth(rule.when)
        if rule.unknown_is_met:
            when = ast.UnaryOp(ast.Not(), emitter.false(rule.when))
        truths = [when]
        for rung in rule.ladder:
            truths.append(emitter.truth(rung.condition) if rung.condition else truths[0])
        nothing: list[ast.expr] = [const(value=False)] * len(truths)
        if rule.lifetime.clear:
            truths.append(emitter.truth(rule.lifetime.clear.condition))
            nothing.append(const(value=True))
        body: list[ast.stmt] = []
        season = _days(rule.first_day, rule.last_day, name("today"))
        if season:
            body.append(_leave(ast.UnaryOp(ast.Not(), joined(ast.And, season)), nothing, rule.span))
        for exemption in rule.exceptions:
            test = [
                *_days(None, exemption.until, name("today")), emitter.true(exemption.condition)
            ]  # fmt: skip
            body.append(_leave(joined(ast.And, test), nothing, exemption.span))
        return [*body, ast.Return(ast.Tuple(truths, ast.Load()), **_at(rule.when.span.line))]

    def _decision(self, rule: CheckedRule, stream: Stream) -> list[ast.stmt]:
        """Return the statements: not met, excepted, first rung that holds, none."""
        emitter = Emitter(stream, self._space)
        met = emitter.true(rule.when)
        if rule.unknown_is_met:
            met = ast.UnaryOp(ast.Not(), emitter.false(rule.when))
        when = [*_days(rule.first_day, rule.last_day, _EVENT_DAY), met]
        unmet = ast.UnaryOp(ast.Not(), joined(ast.And, when))
        body = [_if(unmet, 0, rule.when.span.line)]
        for exemption in rule.exceptions:
            until = _days(None, exemption.until, _EVENT_DAY)
            test = [*until, emitter.true(exemption.condition)]
            body.append(_if(joined(ast.And, test), 0, exemption.span.line))
        for number, rung in enumerate(rule.ladder, start=1):
            if rung.condition is None:  # nothing stands below it
                return [*body, _return(number, rung.span.line)]
            body.append(_if(emitter.true(rung.condition), number, rung.span.line))
        return [*body, _return(0, rule.span.line)]

    def apply(self, stream: str, stores: Iterable[Store]) -> Apply:
        """Compile what puts an event of a stream into its features, and returns the row of it."""
        emitter = Emitter(self._catalogue.streams[stream], self._space)
        body: list[ast.stmt] = [_assign("row", call("new_row"))]
        for store in stores:
            body += self._put(store, emitter)
        body.append(ast.Return(name("row")))
        return self._compiled(f"apply_{stream}", body, self._label)

    def _put(self, store: Store, emitter: Emitter) -> list[ast.stmt]:
        feature, where = store.feature, store.feature.where
        writer = self._space.bind(f"put_{store.fingerprint}", store.writer())
        arguments = [
            name("windows"),
            emitter.key(feature),
            self._slot(store, emitter),
            attribute(name("event"), "event_at_ms"),
        ]
        floor = self._floor(store)

        def put(value: ast.expr) -> list[ast.stmt]:
            return [ast.Expr(call(writer, *arguments, value, floor, name("row")))]

        if feature.family == "streak" and where is not None:
            miss = ast.If(emitter.false(where), put(const(value=False)), [])
            return [ast.If(emitter.true(where), put(const(value=True)), [miss])]
        kept = emitter.owned(feature) if feature.value else const(None)
        if feature.value and feature.family in ("ends", "entries", "distinct"):
            kept = call("plain", kept)
        return put(kept) if where is None else [ast.If(emitter.true(where), put(kept), [])]

    def _slot(self, store: Store, emitter: Emitter) -> ast.expr:
        if store.feature.day is not None:
            return call("number_of", emitter.field(store.feature.day).expression)
        at_ms = attribute(name("event"), "event_at_ms")
        if store.is_by_day:
            return call("day_at", at_ms)
        return at_ms if store.feature.family == "streak" else emitter.slot(store.feature)

    def _floor(self, store: Store) -> ast.expr:
        if store.feature.grid == "lifetime" and not store.is_by_day:
            return const(0)
        now = "today" if store.is_by_day else "now_ms"
        return ast.BinOp(name(now), ast.Sub(), const(-store.floor(0)))

    def _function(self, identifier: str, body: list[ast.stmt], rule: CheckedRule) -> Any:
        file = f"{self._label}/{rule.span.file}"
        skeleton = _STATE_SKELETON if rule.is_state else _SKELETON
        return self._compiled(identifier, body, file, rule.span.line, skeleton=skeleton)

    def _compiled(
        self,
        identifier: str,
        body: list[ast.stmt],
        file: str,
        line: int = 1,
        *,
        skeleton: str = _SKELETON,
    ) -> Callable[..., Any]:
        module = ast.parse(skeleton)
        (function,) = (node for node in module.body if isinstance(node, ast.FunctionDef))
        function.name, function.body = identifier, body
        function.lineno = function.end_lineno = line
        ast.fix_missing_locations(module)
        self._refuse_others(module)
        names = self._space.names
        exec(compile(module, file, "exec"), names)  # noqa: S102 - made of a closed set of nodes
        made: Callable[..., Any] = names[identifier]
        return made

    def _refuse_others(self, module: ast.Module) -> None:
        """Raise if the code holds anything that the compiler does not mean to emit."""
        for node in ast.walk(module):
            reads = node.attr if isinstance(node, ast.Attribute) else None
            if not isinstance(node, _NODES) or not (reads is None or reads in self._attributes):
                raise AssertionError(f"the compiler emitted `{ast.unparse(node)}`")


def _at(line: int) -> dict[str, int]:
    return {"lineno": line, "end_lineno": line, "col_offset": 0, "end_col_offset": 0}


def _return(number: int, line: int) -> ast.stmt:
    return ast.Return(const(number), **_at(line))


def _if(test: ast.expr, number: int, line: int) -> ast.stmt:
    return ast.If(test, [_return(number, line)], [], **_at(line))


def _assign(variable: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(variable, ast.Store())], value)


def _leave(test: ast.expr, truths: list[ast.expr], span: Span) -> ast.stmt:
    returned = ast.Return(ast.Tuple(truths, ast.Load()), **_at(span.line))
    return ast.If(test, [returned], [], **_at(span.line))


_EVENT_DAY = call("day_at", attribute(name("event"), "event_at_ms"))


def _days(first: date | None, last: date | None, day: ast.expr) -> list[ast.expr]:
    """Return the tests that a day is in a range."""
    bounds: list[tuple[date | None, ast.cmpop]] = [(first, ast.GtE()), (last, ast.LtE())]
    return [
        ast.Compare(day, [sign], [const(bound.toordinal())])
        for bound, sign in bounds
        if bound is not None
    ]
