"""Exact values and three truths: the arithmetic of the oracle.

Numbers are integers and fractions; what is missing is `None`, in and out.
"""

import operator
from datetime import date
from fractions import Fraction
from typing import Any

from rules import nodes
from schemas.money import exponent

MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}
_RELATIONS = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


def literal(node: nodes.Constant | nodes.Quantity) -> Any:  # noqa: PLR0911 - a table
    """Return the value of a literal."""
    if isinstance(node, nodes.Quantity):
        unit = node.unit.text.removesuffix("s")
        if unit in MINUTES:
            return Fraction(node.number) * MINUTES[unit] * 60_000
        return Fraction(node.number) * 10 ** exponent(node.unit.text)
    text = node.text
    match node.kind:
        case "percent":
            return Fraction(text[:-1]) / 100
        case "date":
            return date.fromisoformat(text)
        case "money":
            factor = 10_000 if "万" in text else 1
            return Fraction(text.strip("¥万元").replace(",", "")) * factor * 100
        case "string":
            return text
        case _:
            return Fraction(text)


def minutes(length: nodes.Duration) -> int:
    """Return a length of time in minutes."""
    return int(length.number) * MINUTES[length.unit.text.removesuffix("s")]


def arithmetic(sign: str, left: Any, right: Any) -> Any:
    """Return a sum, difference, product or quotient; nothing over zero is missing."""
    if left is None or right is None:
        return None
    if sign == "/":
        return Fraction(left) / Fraction(right) if right else None
    return {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign](Fraction(left), right)


def compare(relation: str, left: Any, right: Any) -> bool | None:
    """Return whether the relation holds."""
    if left is None or right is None:
        return None
    if isinstance(left, float) or isinstance(right, float):  # a detector's number: as it is rounded
        left, right = float(left), float(right)
    return bool(_RELATIONS[relation](left, right))


def every(truths: list[bool | None]) -> bool | None:
    """Return whether all are true: one that is false settles it."""
    if False in truths:
        return False
    return None if None in truths else True


def opposite(truth: bool | None) -> bool | None:  # noqa: FBT001 - a truth is what it is about
    """Return the opposite."""
    return None if truth is None else not truth


def run(outcomes: list[tuple[int, bool | None]]) -> int:
    """Return how many hits there are after the last miss; a hit at its instant comes after it."""
    known = sorted((at, hit) for at, hit in outcomes if hit is not None)
    length = 0
    for _, hit in known:
        length = length + 1 if hit else 0
    return length


def aggregate(function: str, values: list[Any]) -> Any:  # noqa: PLR0911 - a table
    """Return an aggregate of values in the order of their times."""
    match function:
        case "sum":
            return sum(values)
        case "distinct":
            return len(set(values))
        case _ if not values:
            return None
        case "avg":
            return Fraction(sum(values), len(values))
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "first":
            return values[0]
        case _:
            return values[-1]
