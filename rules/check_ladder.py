"""Checks the tier ladder: severe first, each rung reachable, each `hard` or `soft`."""

from rules import nodes
from rules.check_conditions import condition
from rules.checked import Rung
from rules.errors import did_you_mean
from rules.literals import duration_ms
from rules.scope import Scope
from rules.terms import Constant, Relation, canonical
from schemas.alert import Tier

TIERS = {tier.word: tier for tier in reversed(Tier) if tier}


def ladder(lines: list[nodes.TierLine], scope: Scope) -> tuple[Rung, ...]:
    """Check the `tier` lines of a rule; the first that holds is the tier."""
    rungs: list[Rung] = []
    for line in lines:
        rung = _rung(line, scope)
        if rung is None:
            continue
        if rungs and rung.tier >= rungs[-1].tier:
            message = f"`{rung.tier.word}` cannot stand below `{rungs[-1].tier.word}`"
            hint = "write tiers from severe down to mild: the first that holds is the tier"
            scope.problems.add("E301", line.tier.span, message, help=hint)
        elif rungs and rungs[-1].condition is None and not rungs[-1].lasting_ms:
            message = f"`{rung.tier.word}` is never reached: the line above it always holds"
            scope.problems.add("E302", line.tier.span, message)
        elif rungs and _swallowed(rungs[-1], rung):
            message = f"`{rung.tier.word}` is never reached: the line above it asks for less"
            scope.problems.add("E305", line.span, message)
        rungs.append(rung)
    return tuple(rungs)


def _rung(line: nodes.TierLine, scope: Scope) -> Rung | None:
    tier = tier_of(line.tier, scope)
    if line.kind is None:
        scope.problems.add(
            "E304", line.span, "the line does not end in `hard` or `soft`",
            help="`hard` for a recorded fact, `soft` for a statistical inference",
        )  # fmt: skip
    checked = condition(line.condition, scope) if line.condition is not None else None
    if tier is None or line.kind is None or (line.condition is not None and checked is None):
        return None
    held_ms = (duration_ms(line.lasting, scope) or 0) if line.lasting else 0
    return Rung(tier, line.kind.text == "hard", checked, line.span, held_ms)


def tier_of(word: nodes.Word, scope: Scope) -> Tier | None:
    """Return the tier that a word names; reports if it names none."""
    tier = TIERS.get(word.text)
    if tier is None:
        hint = did_you_mean(word.text, TIERS) or "tiers are " + ", ".join(TIERS)
        scope.problems.add("E221", word.span, f"unknown tier `{word.text}`", help=hint)
    return tier


def _swallowed(above: Rung, below: Rung) -> bool:
    """Whether the upper line holds whenever the lower one does: same measure, weaker bound."""
    one, other = above.condition, below.condition
    later = above.lasting_ms > below.lasting_ms
    if later or not isinstance(one, Relation) or not isinstance(other, Relation):
        return False
    bounds = one.right, other.right
    same = one.operator == other.operator and canonical(one.left) == canonical(other.left)
    if not same or not all(isinstance(bound, Constant) for bound in bounds):
        return False
    first, second = (bound.value for bound in bounds if isinstance(bound, Constant))
    if isinstance(first, str) or isinstance(second, str):
        return False
    match one.operator:
        case ">" | ">=":
            return bool(first <= second)  # type: ignore[operator]
        case "<" | "<=":
            return bool(first >= second)  # type: ignore[operator]
        case _:
            return False
