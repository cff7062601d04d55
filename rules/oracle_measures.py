"""The series of measures for the oracle, rebuilt from the list of all events."""

from collections.abc import Iterable
from typing import Any

from rules import nodes
from rules.exact import MINUTES, literal
from rules.measures import Measure
from schemas.instants import MINUTE_MS

Rows = Iterable[Iterable[tuple[int, Any]]]
"""For each series of a measure: day and value of each event."""


def rebuilt(
    measure: Measure, rows: Rows
) -> tuple[dict[str, dict[int, tuple[int, int]]], dict[str, dict[str, int]]]:
    """Return the tallies and the distinct values of a measure, by name of the series."""
    daily: dict[str, dict[int, tuple[int, int]]] = {}
    latest: dict[str, dict[str, int]] = {}
    for series, events in zip(measure.series, rows, strict=True):
        for day, value in events:
            if series.kept == "distinct":
                days = latest.setdefault(series.name, {})
                days[str(value)] = max(day, days.get(str(value), day))
            else:
                n, total = daily.setdefault(series.name, {}).get(day, (0, 0))
                daily[series.name][day] = (n + 1, total + value)
    return daily, latest


def number_of(argument: nodes.Expression) -> int:
    """Return an argument of a measure as a number, of days if it is a length of time."""
    assert isinstance(argument, nodes.Quantity | nodes.Constant)  # noqa: S101 - it is checked
    number = int(literal(argument))
    if isinstance(argument, nodes.Quantity):
        return number // (MINUTES["day"] * MINUTE_MS)
    return number
