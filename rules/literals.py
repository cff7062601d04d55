"""Literals -> values: amounts to minor units, percentages to exact fractions, days to dates.

A percentage is `Fraction(30, 100)` and not `0.3`, so that `30% * x` can be computed with one
division at the end (rule-language.md 3.4).
"""

import re
from datetime import date
from fractions import Fraction

from rules import nodes
from rules.errors import Problems, Span, did_you_mean
from rules.scope import Scope
from rules.terms import Constant
from rules.types import BARE, DATE, DURATION, MONEY, RATIO, TEXT
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.money import UnknownCurrencyError, exponent

UNITS_MS = {
    "minute": MINUTE_MS, "minutes": MINUTE_MS, "hour": HOUR_MS, "hours": HOUR_MS,
    "day": DAY_MS, "days": DAY_MS, "week": 7 * DAY_MS, "weeks": 7 * DAY_MS,
}  # fmt: skip
"""Units of time, and how many milliseconds each has."""

IN_DAYS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
"""Units whose windows run over calendar days."""

_WAN = 10_000
_CODE = re.compile(r"[A-Z]{3}")


def constant(node: nodes.Constant, scope: Scope) -> Constant | None:
    """Return the value of a literal; `None` if it has none, which has been reported."""
    match node.kind:
        case "number":
            return Constant(node.span, BARE, _number(node.text))
        case "percent":
            return Constant(node.span, RATIO, Fraction(node.text.removesuffix("%")) / 100)
        case "money":
            return _money(node, scope)
        case "date":
            day = date_of(node, scope.problems)
            return None if day is None else Constant(node.span, DATE, day)
        case "string":
            return Constant(node.span, TEXT, node.text)
        case _:
            scope.beyond(node.span, "a clock time as a value")
            return None


def quantity(node: nodes.Quantity, scope: Scope) -> Constant | None:
    """Return the value of `3 days` or `500 USD`."""
    unit = node.unit.text
    if unit in UNITS_MS:
        length = Fraction(node.number) * UNITS_MS[unit]
        return Constant(node.span, DURATION, int(length))
    if _CODE.fullmatch(unit):
        return _amount(Fraction(node.number), unit, node.span, scope)
    scope.problems.add(
        "E205", node.unit.span, f"unknown unit `{unit}`", help=did_you_mean(unit, UNITS_MS)
    )
    return None


LONGEST_DAYS = 400
"""The longest length of time: a year and a bit, so that state stays bounded."""


def duration_ms(node: nodes.Duration, scope: Scope) -> int | None:
    """Return the length of a duration in milliseconds."""
    if node.kind != "plain":
        scope.beyond(node.span, f"`{node.kind} {node.unit.text}`")
        return None
    if node.unit.text not in UNITS_MS:
        unit = node.unit.text
        scope.problems.add(
            "E205", node.unit.span, f"unknown unit `{unit}`", help=did_you_mean(unit, UNITS_MS)
        )
        return None
    length_ms = int(node.number) * UNITS_MS[node.unit.text]
    if not 0 < length_ms <= LONGEST_DAYS * DAY_MS:
        message = f"expected a length of time of up to {LONGEST_DAYS} days"
        scope.problems.add("E240", node.span, message)
        return None
    return length_ms


def date_of(node: nodes.Constant, problems: Problems) -> date | None:
    """Return the day of a date literal."""
    try:
        return date.fromisoformat(node.text)
    except ValueError:
        problems.add("E206", node.span, f"expected a day of the calendar, got `{node.text}`")
        return None


def _number(text: str) -> int | Fraction:
    return Fraction(text) if "." in text else int(text)


def _money(node: nodes.Constant, scope: Scope) -> Constant | None:
    """Read `¥3,000`, `¥2万`, `50元`, `2万元`: all are CNY."""
    digits = node.text.strip("¥元").replace(",", "")
    factor = _WAN if digits.endswith("万") else 1
    return _amount(Fraction(digits.removesuffix("万")) * factor, "CNY", node.span, scope)


def _amount(major: Fraction, currency: str, span: Span, scope: Scope) -> Constant | None:
    try:
        minor = major * 10 ** exponent(currency)
    except UnknownCurrencyError as error:
        scope.problems.add("E205", span, str(error))
        return None
    if currency != scope.currency:
        scope.problems.add(
            "E232",
            span,
            f"expected an amount in {scope.currency}, got {currency}",
            help="a rule set counts in one currency, named by `currency` in its head",
        )
        return None
    if minor.denominator != 1:
        message = f"expected at most {exponent(currency)} decimals of {currency}"
        scope.problems.add("E232", span, message)
        return None
    return Constant(span, MONEY, int(minor))
