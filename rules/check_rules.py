"""Checks rules: each clause once, the ladder in order, of which kind it is, how it lives."""

from datetime import date
from typing import TypeVar

from rules import nodes
from rules.catalogue import FAMILIES, LANES, RESTRICTED
from rules.check_conditions import condition, let
from rules.check_kind import kind_of
from rules.check_ladder import ladder
from rules.check_life import LifeClauses, cleared, lifetime
from rules.checked import CheckedRule, Exemption
from rules.errors import did_you_mean
from rules.literals import date_of
from rules.reasons import Template, template
from rules.scope import Scope
from rules.terms import AnyTerm, Named
from schemas.alert import Text

MODES = ("live", "shadow")
LATER_MODES = ("silent",)

_REQUIRED = ("signal", "family", "lane", "when", "tier", "reason")
_REPEATED = ("let", "tier", "except")

_C = TypeVar("_C", bound=nodes.Clause)


class Clauses:
    """The clauses of one rule by keyword; reports what is twice, missing or beyond."""

    def __init__(self, rule: nodes.Rule, scope: Scope) -> None:
        self._scope = scope
        self._all: dict[str, list[nodes.Clause]] = {}
        self.whole = True
        for clause in rule.clauses:
            if isinstance(clause, nodes.Beyond):
                scope.beyond(clause.span, clause.construct)
                self.whole = False
                continue
            found = self._all.setdefault(_keyword(clause), [])
            if found and _keyword(clause) not in _REPEATED:
                scope.problems.add("E307", clause.span, f"`{_keyword(clause)}` stands here twice")
            found.append(clause)
        missing = [f"`{keyword}`" for keyword in _REQUIRED if keyword not in self._all]
        if missing and self.whole:
            message = f"rule `{rule.name.text}` has no {', '.join(missing)}"
            scope.problems.add("E303", rule.name.span, message)

    def all(self, of: type[_C], keyword: str) -> list[_C]:
        """Return the clauses with this keyword."""
        return [clause for clause in self._all.get(keyword, []) if isinstance(clause, of)]

    def one(self, of: type[_C], keyword: str) -> _C | None:
        """Return the clause with this keyword."""
        return next(iter(self.all(of, keyword)), None)

    def word(self, keyword: str, known: tuple[str, ...] = ()) -> str | None:
        """Return the word of a clause, checked against the known ones."""
        clause = self.one(nodes.WordsClause, keyword)
        if clause is None:
            return None
        word = clause.words[0]
        if known and word.text not in known:
            hint = did_you_mean(word.text, known) or f"one of {', '.join(known)}"
            what = "truth" if keyword == "unknown" else keyword
            message = f"unknown {what} `{word.text}`"
            self._scope.problems.add("E221", word.span, message, help=hint)
        return word.text

    def text(self, keyword: str) -> Text | None:
        """Return the text of a clause in both languages."""
        clause = self.one(nodes.TextClause, keyword)
        return both(clause.text) if clause else None

    def life(self) -> LifeClauses:
        """Return the clauses about how long a warning lives."""
        return LifeClauses(
            self.one(nodes.When, "when"),
            self.all(nodes.TierLine, "tier"),
            self.one(nodes.Clear, "clear"),
            self.one(nodes.Escalate, "escalate"),
            *(self.one(nodes.DurationClause, word) for word in ("keep", "cooldown", "step_down")),
        )


def _keyword(clause: nodes.Clause) -> str:
    match clause:
        case nodes.TextClause() | nodes.WordsClause() | nodes.DurationClause():
            return clause.keyword
        case nodes.TierLine():
            return "tier"
        case _:
            return type(clause).__name__.lower()


def both(texts: nodes.Texts) -> Text:
    """Return a text in both languages; one alone serves both."""
    return Text(en=texts.texts[0].text, zh=texts.texts[-1].text)


def check_rule(rule: nodes.Rule, outer: Scope) -> CheckedRule | None:
    """Check one rule; `None` if it cannot be used, which has been reported."""
    scope = outer.local()
    before = sum(finding.is_error for finding in scope.problems.found)
    clauses = Clauses(rule, scope)
    lets = _lets(clauses, scope)
    when_clause = clauses.one(nodes.When, "when")
    when = condition(when_clause.condition, scope) if when_clause else None
    rungs = ladder(clauses.all(nodes.TierLine, "tier"), scope)
    exceptions = _exceptions(clauses, scope)
    first_day, last_day = _effective(clauses, scope)
    reason_clause = clauses.one(nodes.TextClause, "reason")
    reason = Template((), ())
    if reason_clause and not _has_beyond(rule, scope):  # its holes may name what is beyond
        reason = template(reason_clause.text, scope)
    signal, family = clauses.word("signal"), clauses.word("family", FAMILIES)
    lane, mode = clauses.word("lane", LANES), clauses.word("mode", MODES + LATER_MODES)
    unknown = clauses.word("unknown", ("true", "false"))
    _refuse_later_modes(clauses, scope)
    clear = cleared(clauses.one(nodes.Clear, "clear"), scope)
    deciding = [when, *(rung.condition for rung in rungs), *(e.condition for e in exceptions)]
    deciding.append(clear.condition if clear else None)
    terms: list[AnyTerm] = [t for t in deciding if t is not None and not scope.is_large(t)]
    on = clauses.one(nodes.WordsClause, "on")
    kind = kind_of(on, terms, [hole.term for hole in reason.holes()], scope)
    if kind.is_state:
        _refuse_restricted(clauses, scope)
    lives = lifetime(clauses.life(), clear, scope, is_state=kind.is_state)
    if sum(finding.is_error for finding in scope.problems.found) > before:
        return None
    if when is None or signal is None or family is None or lane is None:
        return None
    tags = clauses.one(nodes.WordsClause, "tags")
    return CheckedRule(
        name=rule.name.text,
        title=clauses.text("name") or Text(en=rule.name.text, zh=rule.name.text),
        about=clauses.text("about"),
        signal=signal,
        family=family,
        lane=lane,
        mode=mode or "live",
        tags=tuple(word.text for word in tags.words) if tags else (),
        streams=kind.streams,
        is_state=kind.is_state,
        per_loan=kind.per_loan,
        first_day=first_day,
        last_day=last_day,
        when=when,
        unknown_is_met=unknown == "true",
        ladder=rungs,
        exceptions=exceptions,
        lets=lets,
        lifetime=lives,
        reason=reason,
        span=rule.name.span,
    )


def _has_beyond(rule: nodes.Rule, scope: Scope) -> bool:
    file, start, end, _ = rule.span
    places = [finding.span for finding in scope.problems.found if finding.code == "E900"]
    return any(place.file == file and start <= place.start < end for place in places)


def _lets(clauses: Clauses, scope: Scope) -> tuple[Named, ...]:
    """Check the rule's own lets; each can be used from there on, and in all other clauses."""
    found = []
    for node in clauses.all(nodes.Let, "let"):
        declare(node, scope)
        if node.name.text in scope.lets:
            found.append(scope.lets[node.name.text])
    return tuple(found)


def declare(node: nodes.Let, scope: Scope) -> None:
    """Check a `let` and add its name to the scope."""
    catalogue = scope.catalogue
    taken = {*scope.lets, *scope.params, *catalogue.streams, *catalogue.entities, "detector"}
    if node.name.text in taken:
        message = f"`{node.name.text}` has a meaning already"
        scope.problems.add("E104", node.name.span, message)
        return
    named = let(node, scope)
    if named is None:
        scope.broken.add(node.name.text)
    else:
        scope.lets[node.name.text] = named


def _exceptions(clauses: Clauses, scope: Scope) -> tuple[Exemption, ...]:
    found = []
    for node in clauses.all(nodes.Except, "except"):
        checked = condition(node.condition, scope)
        until = date_of(node.until, scope.problems) if node.until else None
        if checked is not None:
            label = both(node.label) if node.label else Text(en="", zh="")
            found.append(Exemption(label, checked, until, node.span))
    return tuple(found)


def _effective(clauses: Clauses, scope: Scope) -> tuple[date | None, date | None]:
    node = clauses.one(nodes.Effective, "effective")
    if node is None:
        return None, None
    first = date_of(node.first, scope.problems)
    last = date_of(node.last, scope.problems) if node.last else None
    if first and last and last < first:
        scope.problems.add("E308", node.span, "the last day is before the first")
    return first, last


def _refuse_later_modes(clauses: Clauses, scope: Scope) -> None:
    clause = clauses.one(nodes.WordsClause, "mode")
    if clause and clause.words[0].text in LATER_MODES:
        scope.beyond(clause.span, f"`mode {clause.words[0].text}`")


def _refuse_restricted(clauses: Clauses, scope: Scope) -> None:
    """Refuse a state rule in the restricted lane: its looks would move the times of others."""
    clause = clauses.one(nodes.WordsClause, "lane")
    if clause and clause.words[0].text == RESTRICTED:
        scope.beyond(clause.span, f"`lane {RESTRICTED}` of a state rule")
