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
    lasting_ms: int = 0


@dataclass(frozen=True, slots=True)
class Cleared:
    """What ends a warning, and for how long it must be true."""

    condition: Condition
    lasting_ms: int


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How a warning of a rule lives; what only state rules have is nothing for others.

    Attributes:
        lasting_ms: For how long `when` must be true before it counts.
        clear: What ends it; else it ends when `when` is false.
        keep_ms: How long it stays open after the rule was last met.
        cooldown_ms: How long nothing of the same or a lower tier opens after it.
        step_down_ms: For how long a lower tier must be enough before it falls.
        escalate: To which tier it rises, and after how long.
    """

    lasting_ms: int
    clear: Cleared | None
    keep_ms: int
    cooldown_ms: int
    step_down_ms: int
    escalate: tuple[int, int] | None


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
    is_state: bool
    per_loan: bool
    first_day: date | None
    last_day: date | None
    when: Condition
    unknown_is_met: bool
    ladder: tuple[Rung, ...]
    exceptions: tuple[Exemption, ...]
    lets: tuple[Named, ...]
    lifetime: Lifetime
    reason: Template
    span: Span

    def conditions(self) -> tuple[AnyTerm, ...]:
        """Return everything that decides: `when`, ladder, `clear when`, exceptions."""
        rungs = [rung.condition for rung in self.ladder if rung.condition is not None]
        clear = [self.lifetime.clear.condition] if self.lifetime.clear else []
        return (self.when, *rungs, *clear, *(each.condition for each in self.exceptions))


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
