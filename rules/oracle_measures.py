"""The series of measures for the oracle, rebuilt from the list of all events."""

from collections.abc import Iterable
from typing import Any

from rules import nodes
from rules.exact import MINUTES, literal
from rules.measures import Series
from schemas.instants import MINUTE_MS


def rebuilt(series: Series, events: Iterable[tuple[int, Any]]) -> dict[Any, Any]:
    """Return a series of the day and the value of each of its events."""
    latest: dict[str, int] = {}
    daily: dict[int, tuple[int, int]] = {}
    for day, value in events:
        if series.kept == "distinct":
            latest[str(value)] = max(day, latest.get(str(value), day))
        else:
            n, total = daily.get(day, (0, 0))
            daily[day] = (n + 1, total + value)
    return latest if series.kept == "distinct" else daily


def number_of(argument: nodes.Expression) -> int:
    """Return an argument of a measure as a number, of days if it is a length of time."""
    assert isinstance(argument, nodes.Quantity | nodes.Constant)  # noqa: S101 - it is checked
    number = int(literal(argument))
    if isinstance(argument, nodes.Quantity):
        return number // (MINUTES["day"] * MINUTE_MS)
    return number
