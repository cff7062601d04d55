"""Checks how long a warning of a rule lives: `keep`, `cooldown`, and what state rules have more.

A state rule can ask that something be true for a while (`lasting`), can end by another condition
than it began with (`clear when`), and can fall and rise with time (`step down`, `escalate`). An
event rule is met at an instant and has none of these.
"""

from typing import NamedTuple

from rules import nodes
from rules.check_conditions import condition
from rules.check_ladder import tier_of
from rules.checked import Cleared, Lifetime
from rules.literals import duration_ms
from rules.scope import Scope
from schemas.instants import DAY_MS


class LifeClauses(NamedTuple):
    """The clauses that it is made of, as written."""

    when: nodes.When | None
    tiers: list[nodes.TierLine]
    clear: nodes.Clear | None
    escalate: nodes.Escalate | None
    keep: nodes.DurationClause | None
    cooldown: nodes.DurationClause | None
    step_down: nodes.DurationClause | None


def lifetime(
    written: LifeClauses, clear: Cleared | None, scope: Scope, *, is_state: bool
) -> Lifetime:
    """Check the life of a rule's warnings; `clear` is what its `clear when` says."""
    if not is_state:
        _refuse(written, scope)
    keep_ms = _milliseconds(written.keep, scope)
    return Lifetime(
        lasting_ms=lasting(written.when.lasting if written.when else None, scope),
        clear=clear,
        keep_ms=keep_ms if written.keep else (0 if is_state else DAY_MS),
        cooldown_ms=_milliseconds(written.cooldown, scope),
        step_down_ms=_milliseconds(written.step_down, scope),
        escalate=_escalate(written.escalate, scope),
    )


def lasting(node: nodes.Duration | None, scope: Scope) -> int:
    """Return for how long a condition must be true, in milliseconds."""
    return (duration_ms(node, scope) or 0) if node else 0


def _milliseconds(clause: nodes.DurationClause | None, scope: Scope) -> int:
    return (duration_ms(clause.duration, scope) or 0) if clause else 0


def cleared(node: nodes.Clear | None, scope: Scope) -> Cleared | None:
    """Check `clear when`."""
    if node is None:
        return None
    checked = condition(node.condition, scope)
    held_ms = lasting(node.lasting, scope)
    return None if checked is None else Cleared(checked, held_ms)


def _escalate(node: nodes.Escalate | None, scope: Scope) -> tuple[int, int] | None:
    if node is None:
        return None
    tier, after_ms = tier_of(node.tier, scope), duration_ms(node.after, scope)
    return None if tier is None or after_ms is None else (int(tier), after_ms)


def _refuse(written: LifeClauses, scope: Scope) -> None:
    held: list[nodes.Node | None] = [written.when.lasting if written.when else None]
    held += [line.lasting for line in written.tiers]
    for node in (*held, written.clear, written.escalate, written.step_down):
        if node is not None:
            message = "this rule is judged at events: it is met at an instant and not for a while"
            hint = "`keep` says how long its warning stays open"
            scope.problems.add("E322", node.span, message, help=hint)
