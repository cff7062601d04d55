"""Syntax trees -> a checked rule set: all declarations, all files, every finding at once.

    parse each file -> head -> lists -> params -> lets -> rules -> tests

The one entry is `check`. A rule set is one `ruleset` head and any number of declarations over
any number of files; the order of files and of declarations does not matter, but a `let` sees
only the lets before it.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from rules import nodes
from rules.catalogue import CATALOGUE, Catalogue
from rules.check_rules import both, check_rule, declare
from rules.check_tests import check_tests
from rules.check_values import constant_of
from rules.checked import Checked, CheckedRule
from rules.errors import Problems, Span, did_you_mean
from rules.parse import parse
from rules.scope import Param, Scope
from rules.types import PARAMETER_TYPES, Kind, per_day
from rules.zone import Zone
from schemas.alert import Text
from schemas.money import UnknownCurrencyError, exponent

DEFAULT_TIMEZONE = "Asia/Shanghai"
DEFAULT_CURRENCY = "CNY"

_N = TypeVar("_N", bound=nodes.Node)


def check(sources: Mapping[str, str], catalogue: Catalogue = CATALOGUE) -> Checked:
    """Check a rule set.

    Args:
        sources: The text of each file, by its name.
        catalogue: What rules may name.
    """
    problems = Problems()
    items = [item for file, text in sources.items() for item in parse(file, text, problems)]
    for item in items:
        if isinstance(item, nodes.Beyond):
            Scope(problems, catalogue, DEFAULT_CURRENCY).beyond(item.span, item.construct)
    head = _head(_of(nodes.RuleSet, items), sources, problems)
    title, timezone, currency = _settings(head, problems)
    scope = Scope(problems, catalogue, currency)
    _lists(_of(nodes.ListOf, items), scope)
    _params(_of(nodes.Param, items), scope)
    for node in _of(nodes.Let, items):
        declare(node, scope)
    rules = _rules(_of(nodes.Rule, items), scope)
    tests = _of(nodes.Test, items)
    check_tests(tests, {node.name.text for node in _of(nodes.Rule, items)}, rules, scope)
    return Checked(
        head=head,
        title=title,
        timezone=timezone,
        currency=currency,
        params=scope.params,
        lists=scope.lists,
        rules=tuple(rules),
        tests=tuple(tests),
        diagnostics=problems.ordered(),
    )


def _of(kind: type[_N], items: Iterable[nodes.Node]) -> list[_N]:
    return [item for item in items if isinstance(item, kind)]


def _head(
    heads: list[nodes.RuleSet], sources: Mapping[str, str], problems: Problems
) -> nodes.RuleSet | None:
    for other in heads[1:]:
        message = f"expected one `ruleset`, `{heads[0].name.text}` is another"
        problems.add("E105", other.name.span, message)
    if not heads and not problems.errors:
        file = next(iter(sources), "")
        place = Span(file, 0, 1, 1)
        hint = "begin a file with `ruleset NAME version 1 … end`"
        problems.add("E105", place, "the rule set has no `ruleset` head", help=hint)
    return heads[0] if heads else None


def _settings(head: nodes.RuleSet | None, problems: Problems) -> tuple[Text, str, str]:
    """Return title, time zone and currency."""
    name = head.name.text if head else ""
    title, timezone, currency = Text(en=name, zh=name), DEFAULT_TIMEZONE, DEFAULT_CURRENCY
    seen: set[str] = set()
    for clause in head.clauses if head else ():
        if isinstance(clause, nodes.Beyond):
            Scope(problems, CATALOGUE, currency).beyond(clause.span, clause.construct)
        if not isinstance(clause, nodes.TextClause | nodes.WordsClause):
            continue
        if clause.keyword in seen:
            problems.add("E307", clause.span, f"`{clause.keyword}` stands here twice")
        seen.add(clause.keyword)
        if isinstance(clause, nodes.WordsClause):
            currency = _currency(clause.words[0], problems) or currency
        elif clause.keyword == "timezone":
            timezone = _timezone(clause.text.texts[0], problems) or timezone
        elif clause.keyword == "name":
            title = both(clause.text)
    return title, timezone, currency


def _currency(word: nodes.Word, problems: Problems) -> str | None:
    try:
        exponent(word.text)
    except UnknownCurrencyError as error:
        problems.add("E205", word.span, str(error))
        return None
    return word.text


def _timezone(word: nodes.Word, problems: Problems) -> str | None:
    try:
        return Zone(word.text).name
    except ValueError as error:
        problems.add("E205", word.span, str(error))
        return None


def _lists(declared: list[nodes.ListOf], scope: Scope) -> None:
    streams = scope.catalogue.streams.values()
    fields = [of for stream in streams for of in stream.fields.values()]
    ids = {of.type.name for of in fields if of.type.kind is Kind.ID}
    for node in declared:
        if node.name.text in scope.lists:
            scope.problems.add("E104", node.name.span, f"`{node.name.text}` is declared twice")
        if node.item.text == "date":
            scope.beyond(node.item.span, "a list of dates")
        elif node.item.text not in ids:
            hint = did_you_mean(node.item.text, ids) or "a list holds " + ", ".join(sorted(ids))
            message = f"unknown kind of id `{node.item.text}`"
            scope.problems.add("E204", node.item.span, message, help=hint)
        scope.lists[node.name.text] = node.item.text


def _params(declared: list[nodes.Param], scope: Scope) -> None:
    for node in declared:
        name, kind = node.name.text, PARAMETER_TYPES.get(node.type.text)
        if name in scope.params or name in scope.catalogue.streams or name == "detector":
            scope.problems.add("E104", node.name.span, f"`{name}` has a meaning already")
        scope.broken.add(name)
        if node.per is not None:
            kind = per_day(kind) if kind is not None and node.per.text == "day" else None
        if kind is None:
            hint = did_you_mean(node.type.text, PARAMETER_TYPES)
            message = f"unknown type `{node.type.text}{f'/{node.per.text}' if node.per else ''}`"
            known = "types are " + ", ".join(PARAMETER_TYPES)
            scope.problems.add("E204", node.type.span, message, help=hint or known)
            continue
        default = constant_of(node.default, kind, scope)
        segments = {}
        for segment, expression in node.segments:
            if segment.text in segments:
                message = f"segment `{segment.text}` stands here twice"
                scope.problems.add("E307", segment.span, message)
            constant = constant_of(expression, kind, scope)
            if constant is not None:
                segments[segment.text] = constant
        if default is not None:
            scope.params[name] = Param(name, kind, default, segments)


def _rules(declared: list[nodes.Rule], scope: Scope) -> list[CheckedRule]:
    names: set[str] = set()
    rules = []
    for node in declared:
        if node.name.text in names:
            message = f"rule `{node.name.text}` is defined twice"
            scope.problems.add("E104", node.name.span, message)
        names.add(node.name.text)
        checked = check_rule(node, scope)
        if checked is not None:
            rules.append(checked)
    return rules
