# ruff: noqa: D102 - what a method makes is said in ewl.lark, under the same name
"""Parse tree -> syntax tree: one method for each name that the grammar gives."""

from typing import Any, Literal

from lark import Transformer, v_args
from lark.lexer import Token
from lark.tree import Meta

from rules import nodes
from rules.errors import Span
from rules.places import Places

BEYOND = {
    "scorecard": "a scorecard",
    "c_lateness": "`lateness`",
    "c_group": "`group`",
    "c_scope": "`scope`",
    "c_needs": "`needs`",
    "c_remind": "`remind`",
    "c_quiet": "`quiet while`",
    "c_route": "`route`",
    "rollout": "`rollout`",
    "t_daily": "`daily at`",
    "t_due": "`due +`",
    "unpaid": "`unpaid … after due`",
    "sequence": "a sequence (`then`)",
    "this": "`this` as a value",
    "across": "`across borrowers`",
    "x_reload": "`reload`",
    "d_for": "`for` in an expectation",
}
"""What the grammar has and this engine version does not; each is an E900."""

_INSIDE_BEYOND = {
    "step", "points",
    "s_points_if", "s_points_each", "s_points_from", "s_decay", "s_tier",
}  # fmt: skip
"""Parts of what is beyond: the whole is reported, they are not looked into."""

_TEXT_CLAUSES = {"name", "about", "owner", "reason", "timezone"}
_WORDS_CLAUSES = {"currency", "tags", "signal", "family", "lane", "unknown"}
_DURATIONS: dict[str, Literal["plain", "full", "business"]] = {
    "duration": "plain",
    "full": "full",
    "business": "business",
}
_CONSTANTS = {"money", "percent", "date", "clock", "number", "string"}
_DETAILS = {"d_from", "d_reason", "d_cause"}
_PASSED_ON = {"where", "arriving", "since", "lasting"} | _INSIDE_BEYOND


@v_args(meta=True)
class Builder(Transformer[Token, Any]):
    """Makes the nodes of `rules.nodes` of a parse tree of `ewl.lark`."""

    def __init__(self, places: Places) -> None:
        super().__init__()
        self._places = places

    def __default__(self, data: Token, children: list[Any], meta: Meta) -> Any:
        """Make what needs no method of its own, by the name in the grammar."""
        name = str(data)
        if name in BEYOND:
            return nodes.Beyond(self._at(meta), BEYOND[name])
        if name.startswith("c_"):
            return self._clause(meta, name.removeprefix("c_"), children)
        if name in _DURATIONS:
            unit = self._word(children[1])
            return nodes.Duration(self._at(meta), str(children[0]), unit, _DURATIONS[name])
        if name in _CONSTANTS:
            return self._constant(name, children[0])
        if name in _DETAILS:
            return name.removeprefix("d_"), self._word(children[0])
        if name not in _PASSED_ON:
            raise AssertionError(f"ewl.lark has `{name}`, which nothing here makes")
        return children[0]

    def _clause(self, meta: Meta, keyword: str, children: list[Any]) -> nodes.Clause:
        at, first = self._at(meta), children[0]
        if keyword in _TEXT_CLAUSES:
            texts = first if isinstance(first, nodes.Texts) else self.text(meta, [first])
            return nodes.TextClause(at, keyword, texts)
        if keyword in _WORDS_CLAUSES:
            words = [child for child in children if child.type == "IDENT"]
            return nodes.WordsClause(at, keyword, tuple(map(self._word, words)))
        return nodes.DurationClause(at, keyword, first)

    def _at(self, meta: Meta) -> Span:
        if meta.empty:
            return self._places.span(0, 0)
        return self._places.span(meta.start_pos, meta.end_pos)

    def _word(self, token: Token) -> nodes.Word:
        start, end = token.start_pos or 0, token.end_pos or 0
        return nodes.Word(self._places.span(start, end), str(token).strip('"'))

    def _name(self, tokens: list[Token]) -> tuple[nodes.Word, ...]:
        return tuple(
            nodes.Word(self._places.span((t.end_pos or 0) - len(text), t.end_pos or 0), text)
            for t in tokens
            for text in [str(t).lstrip(". \t")]
        )

    # --- declarations

    def start(self, _: Meta, children: list[nodes.Item]) -> tuple[nodes.Item, ...]:
        return tuple(children)

    def ruleset(self, meta: Meta, children: list[Any]) -> nodes.RuleSet:
        name, version, *clauses = children
        return nodes.RuleSet(self._at(meta), self._word(name), int(version), tuple(clauses))

    def list_of(self, meta: Meta, children: list[Token]) -> nodes.ListOf:
        return nodes.ListOf(self._at(meta), *(self._word(child) for child in children))

    def param(self, meta: Meta, children: list[Any]) -> nodes.Param:
        name, (kind, per), default, *segments = children
        return nodes.Param(self._at(meta), self._word(name), kind, per, default, tuple(segments))

    def segment(self, _: Meta, children: list[Any]) -> tuple[nodes.Word, nodes.Expression]:
        return self._word(children[0]), children[1]

    def typeref(self, _: Meta, children: list[Token]) -> tuple[nodes.Word, nodes.Word | None]:
        words = [self._word(child) for child in children]
        return words[0], words[1] if len(words) > 1 else None

    def let(self, meta: Meta, children: list[Any]) -> nodes.Let:
        return nodes.Let(self._at(meta), self._word(children[0]), children[1])

    def rule(self, meta: Meta, children: list[Any]) -> nodes.Rule:
        name, *clauses = children
        return nodes.Rule(self._at(meta), self._word(name), tuple(clauses))

    # --- clauses

    def _text_clause(self, meta: Meta, keyword: str, children: list[Any]) -> nodes.TextClause:
        (child,) = children
        text = child if isinstance(child, nodes.Texts) else self.text(meta, [child])
        return nodes.TextClause(self._at(meta), keyword, text)

    def text(self, meta: Meta, children: list[Token]) -> nodes.Texts:
        strings = tuple(self._word(child) for child in children if child.type == "STRING")
        return nodes.Texts(self._at(meta), strings)

    def _words_clause(self, meta: Meta, keyword: str, children: list[Any]) -> nodes.WordsClause:
        return nodes.WordsClause(self._at(meta), keyword, tuple(map(self._word, children)))

    def c_mode(self, meta: Meta, children: list[Any]) -> nodes.WordsClause | nodes.Beyond:
        if len(children) > 1:
            return children[1]  # type: ignore[no-any-return]
        return self._words_clause(meta, "mode", children)

    def c_on(self, meta: Meta, children: list[Any]) -> nodes.WordsClause | nodes.Beyond:
        for child in children:
            if isinstance(child, nodes.Beyond):
                return child
        return nodes.WordsClause(self._at(meta), "on", tuple(children))

    def t_stream(self, _: Meta, children: list[Token]) -> nodes.Word:
        return self._word(children[0])

    def c_effective(self, meta: Meta, children: list[Token]) -> nodes.Effective:
        days = [self._constant("date", child) for child in children if child.type == "DATE"]
        return nodes.Effective(self._at(meta), days[0], days[1] if len(days) > 1 else None)

    def c_when(self, meta: Meta, children: list[Any]) -> nodes.When:
        return nodes.When(self._at(meta), *children)

    def c_clear(self, meta: Meta, children: list[Any]) -> nodes.Clear:
        condition, *lasting = children
        return nodes.Clear(self._at(meta), condition, lasting[0] if lasting else None)

    def c_tier(self, meta: Meta, children: list[Any]) -> nodes.TierLine:
        tier, *rest = children
        kind = lasting = condition = None
        for part in rest:
            if isinstance(part, nodes.Word):
                kind = part
            elif isinstance(part, nodes.Duration):
                lasting = part
            else:
                condition = part
        return nodes.TierLine(self._at(meta), self._word(tier), condition, kind, lasting)

    def c_step_down(self, meta: Meta, children: list[Any]) -> nodes.DurationClause:
        return nodes.DurationClause(self._at(meta), "step_down", children[0])

    def c_escalate(self, meta: Meta, children: list[Any]) -> nodes.Escalate | nodes.Beyond:
        tier, after = children
        if not isinstance(after, nodes.Duration):
            return nodes.Beyond(self._at(meta), "`escalate … if`")
        return nodes.Escalate(self._at(meta), self._word(tier), after)

    def kind(self, _: Meta, children: list[Token]) -> nodes.Word:
        return self._word(children[0])

    def c_except(self, meta: Meta, children: list[Any]) -> nodes.Except:
        label = until = None
        for child in children:
            if isinstance(child, nodes.Texts):
                label = child
            elif isinstance(child, Token):
                label = self.text(meta, [child])
            elif isinstance(child, nodes.Constant) and child is children[-1]:
                until = child
            else:
                condition = child
        return nodes.Except(self._at(meta), label, condition, until)

    def until(self, _: Meta, children: list[Token]) -> nodes.Constant:
        return self._constant("date", children[0])

    # --- expressions

    def either(self, meta: Meta, children: list[Any]) -> nodes.Logic:
        return nodes.Logic(self._at(meta), "or", *children)

    def all_of(self, meta: Meta, children: list[Any]) -> nodes.Logic:
        return nodes.Logic(self._at(meta), "and", *children)

    def negated(self, meta: Meta, children: list[Any]) -> nodes.Not:
        return nodes.Not(self._at(meta), children[0])

    def compare(self, meta: Meta, children: list[Any]) -> nodes.Compare:
        left, relation, right = children
        return nodes.Compare(self._at(meta), relation, left, right)

    def relation(self, _: Meta, children: list[Token]) -> str:
        return str(children[0])

    def one_of(self, meta: Meta, children: list[Any]) -> nodes.Membership:
        return nodes.Membership(self._at(meta), children[0], children[1], negated=False)

    def none_of(self, meta: Meta, children: list[Any]) -> nodes.Membership:
        return nodes.Membership(self._at(meta), children[0], children[1], negated=True)

    def choices(self, _: Meta, children: list[Any]) -> nodes.Word | tuple[nodes.Expression, ...]:
        if isinstance(children[0], Token):
            return self._word(children[0])
        return tuple(children)

    def between(self, meta: Meta, children: list[Any]) -> nodes.Between:
        return nodes.Between(self._at(meta), *children)

    def is_state(self, meta: Meta, children: list[Any]) -> nodes.State:
        return nodes.State(self._at(meta), children[0], self._word(children[1]))

    def arithmetic(self, meta: Meta, children: list[Any]) -> nodes.Arithmetic:
        left, operator, right = children
        return nodes.Arithmetic(self._at(meta), str(operator), left, right)

    def minus(self, meta: Meta, children: list[Any]) -> nodes.Minus:
        return nodes.Minus(self._at(meta), children[0])

    def otherwise(self, meta: Meta, children: list[Any]) -> nodes.Otherwise:
        return nodes.Otherwise(self._at(meta), *children)

    def call(self, meta: Meta, children: list[Any]) -> nodes.Call:
        function, *rest = children
        window = rest.pop() if rest and isinstance(rest[-1], nodes.Window) else None
        return nodes.Call(self._at(meta), self._word(function), tuple(rest), window)

    def arg(self, meta: Meta, children: list[Any]) -> nodes.Argument:
        where = children[1] if len(children) > 1 else None
        return nodes.Argument(self._at(meta), children[0], where)

    def path(self, meta: Meta, children: list[Token]) -> nodes.Name:
        return nodes.Name(self._at(meta), self._name(children))

    def w_time(self, meta: Meta, children: list[Any]) -> nodes.Window:
        return self._window(meta, children[0], children[1:])

    def w_lifetime(self, meta: Meta, children: list[Any]) -> nodes.Window:
        return self._window(meta, None, children)

    def _window(self, meta: Meta, length: nodes.Duration | None, rest: list[Any]) -> nodes.Window:
        keys = next((part for part in rest if isinstance(part, tuple)), ())
        beyond = tuple(part for part in rest if isinstance(part, nodes.Beyond))
        ending = next((part for part in rest if isinstance(part, nodes.Duration)), None)
        return nodes.Window(self._at(meta), length, "this" in rest, keys, beyond, ending)

    def ending(self, _: Meta, children: list[nodes.Duration]) -> nodes.Duration:
        return children[0]

    def per(self, meta: Meta, children: list[Any]) -> nodes.Per:
        return nodes.Per(self._at(meta), children[0], self._word(children[1]))

    def absence(self, meta: Meta, children: list[Any]) -> nodes.Absence:
        return nodes.Absence(self._at(meta), children[0], children[1])

    def source(self, meta: Meta, children: list[Any]) -> nodes.Argument:
        return self.arg(meta, children)

    def before(self, _: Meta, __: list[Any]) -> str:
        return "this"

    def by(self, _: Meta, children: list[Token]) -> tuple[nodes.Word, ...]:
        return tuple(map(self._word, children))

    def _constant(self, kind: str, token: Token) -> nodes.Constant:
        word = self._word(token)
        return nodes.Constant(word.span, kind, word.text)

    def word(self, meta: Meta, children: list[Token]) -> nodes.Name:
        return nodes.Name(self._at(meta), self._name(children))

    def quantity(self, meta: Meta, children: list[Token]) -> nodes.Quantity:
        return nodes.Quantity(self._at(meta), str(children[0]), self._word(children[1]))

    def hole(self, _: Meta, children: list[Any]) -> tuple[nodes.Expression, nodes.Word | None]:
        formatter = self._word(children[-1]) if len(children) > 1 else None
        return children[0], formatter

    # --- tests

    def test(self, meta: Meta, children: list[Any]) -> nodes.Test:
        title, rule, *lines = children
        return nodes.Test(self._at(meta), self._word(title), self._word(rule), tuple(lines))

    def g_entity(self, meta: Meta, children: list[Any]) -> nodes.GivenEntity:
        kind, name, fields, *since = children
        return nodes.GivenEntity(self._at(meta), self._word(kind), self._word(name), fields, *since)

    def g_event(self, meta: Meta, children: list[Any]) -> nodes.GivenEvents:
        stream, fields, at, *arriving = children
        return nodes.GivenEvents(self._at(meta), self._word(stream), fields, at, *arriving)

    def g_series(self, meta: Meta, children: list[Any]) -> nodes.GivenEvents:
        stream, fields, every, at, to = children
        return nodes.GivenEvents(self._at(meta), self._word(stream), fields, at, every=every, to=to)

    def g_list(self, meta: Meta, children: list[Any]) -> nodes.GivenMember:
        return nodes.GivenMember(self._at(meta), self._word(children[0]), children[1])

    def g_output(self, meta: Meta, children: list[Any]) -> nodes.GivenOutput:
        name, value, *since = children
        return nodes.GivenOutput(self._at(meta), name, value, since[0] if since else None)

    def x_nothing(self, meta: Meta, children: list[Any]) -> nodes.ExpectState:
        return nodes.ExpectState(self._at(meta), children[0], None, None)

    def x_tier(self, meta: Meta, children: list[Any]) -> nodes.ExpectState | nodes.Beyond:
        at, tier, rule, *details = children
        for detail in details:
            if isinstance(detail, nodes.Beyond):
                return detail
        return nodes.ExpectState(
            self._at(meta), at, self._word(tier), self._word(rule), tuple(details)
        )

    def x_exactly(self, meta: Meta, children: list[Token]) -> nodes.ExpectExactly:
        return nodes.ExpectExactly(self._at(meta), tuple(map(self._word, children)))

    def fields(self, _: Meta, children: list[nodes.GivenField]) -> tuple[nodes.GivenField, ...]:
        return tuple(children)

    def field(self, meta: Meta, children: list[Any]) -> nodes.GivenField:
        return nodes.GivenField(self._at(meta), children[0], children[1])

    def stamp(self, meta: Meta, children: list[Token]) -> nodes.Stamp:
        clock = str(children[1]) if len(children) > 1 else "00:00"
        return nodes.Stamp(self._at(meta), str(children[0]), clock)
