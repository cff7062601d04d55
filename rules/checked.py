"""What the checker hands on: a rule set in which every name means something."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rules.errors import Diagnostic, Span
from rules.nodes import RuleSet, Test
from rules.reasons import Template
from rules.scope import Param
from rules.terms import AnyTerm, Condition, Named
from schemas.alert import Text, Tier


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of the ladder; without a condition it always holds."""

    tier: Tier
    hard: bool
    condition: Condition | None
    span: Span


@dataclass(frozen=True, slots=True)
class Exemption:
    """When the rule is not met after all; `until` is the last day on which that holds."""

    label: Text
    condition: Condition
    until: date | None
    span: Span


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """One rule."""

    name: str
    title: Text
    about: Text | None
    signal: str
    family: str
    lane: str
    mode: str
    tags: tuple[str, ...]
    streams: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    when: Condition
    unknown_is_met: bool
    ladder: tuple[Rung, ...]
    exceptions: tuple[Exemption, ...]
    lets: tuple[Named, ...]
    keep_ms: int
    cooldown_ms: int
    reason: Template
    span: Span

    def conditions(self) -> tuple[AnyTerm, ...]:
        """Return everything that decides: `when`, ladder, exceptions."""
        rungs = [rung.condition for rung in self.ladder if rung.condition is not None]
        return (self.when, *rungs, *(each.condition for each in self.exceptions))


@dataclass(frozen=True, slots=True)
class Checked:
    """A whole rule set. With errors in `diagnostics` it must not be used for anything else."""

    head: RuleSet | None
    title: Text
    timezone: str
    currency: str
    params: Mapping[str, Param]
    lists: Mapping[str, str]
    rules: tuple[CheckedRule, ...]
    tests: tuple[Test, ...]
    diagnostics: tuple[Diagnostic, ...]
