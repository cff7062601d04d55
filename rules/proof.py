"""From the evidence of a rule that is met to its verdict: measures, reason, what would end it.

At load it is decided what to ask (`Proof.evidence`, a list of terms, each once) and where each
answer goes; the compiler makes one function of the terms; when the rule is met, that function's
answers become the verdict.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from rules.checked import CheckedRule
from rules.formatters import Writer, default_for
from rules.measured import Bound, Measured, measures_of, unit_of
from rules.reasons import Hole
from rules.terms import AnyTerm, canonical
from rules.types import Kind, Type
from rules.verdict import Measure, Rule, Verdict
from schemas.alert import Text
from schemas.instants import DAY_MS, wire

Answers = tuple[Any, ...]
"""What the evidence function returns: one value for each term of `Proof.evidence`."""


class _Limit(NamedTuple):
    """A bound: its sign, where its value is, how it is written."""

    sign: str
    at: int
    formatter: str


class _Column(NamedTuple):
    """One measure: what does not change, and where its values are among the answers."""

    name: str
    unit: str
    window: str | None
    type: Type
    value: int
    n: int | None
    baseline: int | None
    limits: tuple[_Limit | None, ...]


class Proof:
    """One rule, and how the evidence of it is turned into a verdict.

    Args:
        checked: The rule.
        rule: The same, as its readers know it.
        sources: The texts of the files, whose words name the measures.
        writer: Writes values.
    """

    def __init__(
        self, checked: CheckedRule, rule: Rule, sources: Mapping[str, str], writer: Writer
    ) -> None:
        self.rule = rule
        self.evidence: list[AnyTerm] = []
        self._at: dict[str, int] = {}
        self._writer = writer
        self._ladder = checked.ladder
        rungs = range(len(checked.ladder) + 1)
        self._columns = [
            self._column(measured, [measured.bound(rung) for rung in rungs])
            for measured in measures_of(checked, sources)
        ]
        self._en = [self._piece(piece) for piece in checked.reason.en]
        self._zh = [self._piece(piece) for piece in checked.reason.zh]

    def verdict(self, number: int, answers: Answers) -> Verdict:
        """Return the verdict of the rung that holds, counted from 1."""
        rung = self._ladder[number - 1]
        measures = tuple([self._measure(column, number, answers) for column in self._columns])
        reason = Text(
            en="".join([self._written(piece, answers).en for piece in self._en]),
            zh="".join([self._written(piece, answers).zh for piece in self._zh]),
        )
        return Verdict(self.rule, int(rung.tier), rung.hard, measures, reason, self.rule.clears)

    def _ask(self, term: AnyTerm) -> int:
        """Return where the answer of a term is; a new one is added to the evidence."""
        text = canonical(term)
        if text not in self._at:
            self._at[text] = len(self.evidence)
            self.evidence.append(term)
        return self._at[text]

    def _column(self, measured: Measured, bounds: list[Bound | None]) -> _Column:
        type_ = measured.term.type
        return _Column(
            name=measured.name,
            unit=unit_of(type_, self._writer.currency),
            window=measured.window,
            type=type_,
            value=self._ask(measured.term),
            n=None if measured.n is None else self._ask(measured.n),
            baseline=None if measured.baseline is None else self._ask(measured.baseline),
            limits=tuple([self._limit(bound, type_) for bound in bounds]),
        )

    def _limit(self, bound: Bound | None, of: Type) -> _Limit | None:
        if bound is None:
            return None
        type_ = of if bound.term.type.bare else bound.term.type
        return _Limit(bound.sign, self._ask(bound.term), default_for(type_))

    def _piece(self, piece: str | Hole) -> Text | tuple[int, str]:
        if isinstance(piece, str):
            return Text(en=piece, zh=piece)
        return self._ask(piece.term), piece.formatter

    def _written(self, piece: Text | tuple[int, str], answers: Answers) -> Text:
        if isinstance(piece, Text):
            return piece
        at, formatter = piece
        return self._writer.write(formatter, answers[at])

    def _measure(self, column: _Column, rung: int, answers: Answers) -> Measure:
        limit = column.limits[rung]
        threshold = None
        if limit is not None:
            written = self._writer.write(limit.formatter, answers[limit.at])
            threshold = f"{limit.sign} {written.en}"
        return Measure(
            name=column.name,
            value=_plain(answers[column.value], column.type),
            unit=column.unit,
            window=column.window,
            n=None if column.n is None else answers[column.n],
            threshold=threshold,
            baseline=None if column.baseline is None else answers[column.baseline],
        )


def _plain(value: Any, type_: Type) -> int | float | str | None:
    """Return a value as an alert carries it."""
    if value is None:
        return None
    if isinstance(value, Fraction):
        return float(value * DAY_MS)  # of so much per day: it is kept per millisecond
    if type_.kind is Kind.BOOL:
        return "yes" if value else "no"
    if type_.kind is Kind.INSTANT:
        return wire(value)
    return value if type_.kind is Kind.QUANTITY else str(value)
