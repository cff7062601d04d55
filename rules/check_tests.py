"""Checks test blocks: rules, tiers, streams and fields must exist before anything is run.

A test of a rule that does not exist would always pass (promtool had that once); here it does
not load. A live rule without a test that it fires, and one that it does not, is a warning.
"""

from rules import nodes
from rules.check_ladder import TIERS
from rules.check_values import LATER_ENTITIES
from rules.check_words import constant_for
from rules.checked import CheckedRule
from rules.errors import did_you_mean
from rules.literals import date_of
from rules.scope import Scope
from rules.surroundings import FORMS, KINDS, RELATIVE_DAYS, known_fields
from rules.types import Kind
from schemas.alert import Cause

TRANSITIONS = ("mild", "moderate", "severe", "cleared")
CAUSES = (Cause.SIGNAL, Cause.DECAY)
LATER_CAUSES = tuple(cause for cause in Cause if cause not in CAUSES)
NONE = "none"
_EXPECTATIONS = (nodes.ExpectState, nodes.ExpectExactly, nodes.Beyond)


def check_tests(
    tests: list[nodes.Test], names: set[str], rules: list[CheckedRule], scope: Scope
) -> None:
    """Check all test blocks of a rule set; `names` are those of all its rules."""
    for test in tests:
        if test.rule.text not in names:
            hint = did_you_mean(test.rule.text, names)
            message = f"unknown rule `{test.rule.text}`"
            scope.problems.add("E401", test.rule.span, message, help=hint)
        for line in test.lines:
            _check_line(line, test, scope)
        if not any(isinstance(line, _EXPECTATIONS) for line in test.lines):
            scope.problems.add("E402", test.title.span, "the test expects nothing")
    for rule in rules:
        if rule.mode == "live":
            _check_covered(rule, [test for test in tests if test.rule.text == rule.name], scope)


def _check_line(line: nodes.TestLine, test: nodes.Test, scope: Scope) -> None:
    match line:
        case nodes.Beyond():
            scope.beyond(line.span, line.construct)
        case nodes.GivenEntity():
            _check_entity(line, scope)
        case nodes.GivenEvents():
            _check_events(line, scope)
        case nodes.GivenMember():
            if line.list.text not in scope.lists:
                hint = did_you_mean(line.list.text, scope.lists)
                message = f"unknown list `{line.list.text}`"
                scope.problems.add("E203", line.list.span, message, help=hint)
        case nodes.GivenOutput():
            _check_output(line, scope)
        case nodes.ExpectState():
            _check_state(line, test, scope)
        case nodes.ExpectExactly():
            for word in line.tiers:
                _check_word(word, (*TRANSITIONS, NONE), "transition", scope)


def _check_entity(line: nodes.GivenEntity, scope: Scope) -> None:
    kind = line.kind.text
    if kind in LATER_ENTITIES:
        scope.beyond(line.kind.span, f"`given {kind}`")
        return
    _check_word(line.kind, KINDS, "entity", scope)
    if kind == "feed":
        _check_word(line.name, tuple(scope.catalogue.streams), "stream", scope)
    known = tuple(known_fields(kind, scope))
    for given in line.fields:
        word = given.name.parts[0]
        if known:
            _check_word(word, known, f"field of a {kind}", scope)
        if word.text in known:
            _check_given(kind, word.text, given.value, scope)
    if kind == "calendar" and len({given.name.parts[0].text for given in line.fields}) == 1:
        scope.problems.add("E403", line.name.span, "expected the first and the last day")


def _check_given(kind: str, name: str, value: nodes.Expression, scope: Scope) -> None:
    """Check a value by the type of its field, or by the form that it must have."""
    of = scope.catalogue.entities.get(kind, {}).get(name)
    if of is not None and of.type.kind is not Kind.BOOL:
        constant_for(value, of.type, scope)
        return
    wanted = "true or false" if of is not None else FORMS[name]
    text = value.parts[0].text if isinstance(value, nodes.Name) else getattr(value, "text", "")
    kind_of_constant = value.kind if isinstance(value, nodes.Constant) else ""
    fits = {
        "true or false": text in ("true", "false"),
        "a word": bool(text),
        "a length of time": isinstance(value, nodes.Quantity),
        "a date": kind_of_constant == "date",
        "a number": text.isdigit(),
        "a percentage": kind_of_constant == "percent",
    }
    if not fits[wanted]:
        scope.problems.add("E403", value.span, f"expected {wanted}")
    elif wanted == "a date" and isinstance(value, nodes.Constant):
        date_of(value, scope.problems)


def _check_events(line: nodes.GivenEvents, scope: Scope) -> None:
    stream = scope.stream(line.stream.text)
    if stream is None:
        hint = did_you_mean(line.stream.text, scope.catalogue.streams)
        message = f"unknown stream `{line.stream.text}`"
        scope.problems.add("E204", line.stream.span, message, help=hint)
        return
    for given in line.fields:
        of = scope.field(stream, given.name.parts)
        if of is None:
            continue
        if of.path[0] != "data":
            message = f"`{of.name}` of a test's event is not yours to give"
            scope.problems.add("E403", given.name.span, message)
        elif of.type.kind is not Kind.DATE or _word(given.value) not in RELATIVE_DAYS:
            constant_for(given.value, of.type, scope.inside(stream))


def _word(node: nodes.Expression) -> str:
    return node.parts[0].text if isinstance(node, nodes.Name) else ""


def _check_output(line: nodes.GivenOutput, scope: Scope) -> None:
    words = [word.text for word in line.name.parts]
    detectors = scope.catalogue.detectors
    known = [f"detector.{name}.{said}" for name, says in detectors.items() for said in says]
    known += [f"detector.{name}.ready" for name in detectors]
    name, value = ".".join(words), line.value
    if name not in known:
        hint = did_you_mean(name, known)
        scope.problems.add("E201", line.name.span, f"unknown output `{name}`", help=hint)
    elif words[-1] == "ready":
        if not isinstance(value, nodes.Name) or value.parts[0].text not in ("true", "false"):
            scope.problems.add("E403", value.span, "expected true or false")
    elif not isinstance(value, nodes.Constant) or value.kind not in ("number", "percent"):
        scope.problems.add("E403", value.span, "expected a number or a percentage")


def _check_state(line: nodes.ExpectState, test: nodes.Test, scope: Scope) -> None:
    if line.tier is not None:
        _check_word(line.tier, (*TIERS, "cleared"), "tier", scope)
    if line.rule is not None and line.rule.text != test.rule.text:
        message = f"this test is of `{test.rule.text}`, not of `{line.rule.text}`"
        scope.problems.add("E401", line.rule.span, message)
    for kind, word in line.details:
        if kind == "from":
            _check_word(word, (*TIERS, "nothing"), "tier", scope)
        elif kind == "cause":
            if word.text in LATER_CAUSES:
                scope.beyond(word.span, f"`cause {word.text}`")
            else:
                _check_word(word, CAUSES, "cause", scope)


def _check_word(word: nodes.Word, known: tuple[str, ...], what: str, scope: Scope) -> None:
    if word.text not in known:
        hint = did_you_mean(word.text, known) or "one of " + ", ".join(known)
        scope.problems.add("E221", word.span, f"unknown {what} `{word.text}`", help=hint)


def _check_covered(rule: CheckedRule, tests: list[nodes.Test], scope: Scope) -> None:
    lines = [line for test in tests for line in test.lines]
    fires = any(_expects_tier(line) for line in lines)
    quiet = any(_expects_nothing(line) for line in lines)
    if fires and quiet:
        return
    missing = "it fires" if not fires else "it does not fire"
    message = f"live rule `{rule.name}` has no test in which {missing}"
    scope.problems.add("W401", rule.span, message)


def _expects_tier(line: nodes.TestLine) -> bool:
    match line:
        case nodes.ExpectState(tier=nodes.Word(text=text)):
            return text in TIERS
        case nodes.ExpectExactly(tiers=tiers):
            return any(word.text in TIERS for word in tiers)
        case _:
            return False


def _expects_nothing(line: nodes.TestLine) -> bool:
    match line:
        case nodes.ExpectState(tier=None):
            return True
        case nodes.ExpectExactly(tiers=tiers):
            return all(word.text == NONE for word in tiers)
        case _:
            return False
