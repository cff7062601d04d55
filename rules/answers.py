"""What windows answer: the series of one key and the first slot that counts -> a value.

Two kinds of answers. The exact one holds where nothing was lost since the first slot that
counts. Where something was, counts say how many there are as far as they are counted, a lower
bound that rules can rely on; and all else is missing, since it would be wrong.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Final

from rules.daily import days
from rules.windows import Series

_slot = itemgetter(0)


def count(series: Series, floor: int) -> int:
    """Return how many events a tally has."""
    return sum([bucket[1] for bucket in series if bucket[0] >= floor])


def total(series: Series, floor: int) -> int:
    """Return the sum of a tally."""
    return sum([bucket[2] for bucket in series if bucket[0] >= floor])


def mean(series: Series, floor: int) -> float | None:
    """Return the mean of a tally: one division, of exact sums."""
    n = count(series, floor)
    return total(series, floor) / n if n else None


def least(series: Series, floor: int) -> Any:
    """Return the least of extremes."""
    return min([bucket[1] for bucket in series if bucket[0] >= floor], default=None)


def most(series: Series, floor: int) -> Any:
    """Return the most of extremes."""
    return max([bucket[2] for bucket in series if bucket[0] >= floor], default=None)


def first(series: Series, floor: int) -> Any:
    """Return the first value of ends."""
    at = bisect_left(series, floor, key=_slot)
    return series[at][2] if at < len(series) else None


def last(series: Series, floor: int) -> Any:
    """Return the last value of ends."""
    return series[-1][4] if series and series[-1][0] >= floor else None


def distinct(series: Series, floor: int) -> int:
    """Return how many values were seen."""
    return sum([days[-1][0] >= floor for days in series.values()])


def streak(series: Series, _: int) -> int:
    """Return the length of the run of hits at the end."""
    return next((n for n, code in enumerate(reversed(series)) if not code % 2), len(series))


def _values(series: Series, floor: int) -> list[Any]:
    return [entry[1] for entry in series[bisect_left(series, floor, key=_slot) :]]


def latest(series: Series, floor: int) -> dict[str, int]:
    """Return by value the latest day on which it was seen."""
    return {value: days[-1][0] for value, days in series.items() if days[-1][0] >= floor}


def until(series: Series, ceiling: int) -> Series:
    """Return a series of days without those after `ceiling`."""
    if isinstance(series, dict):
        cut = {value: until(days, ceiling) for value, days in series.items()}
        return {value: days for value, days in cut.items() if days}
    return series[: bisect_right(series, ceiling, key=_slot)]


def entries_count(series: Series, floor: int) -> int:
    """Return how many entries there are."""
    return len(series) - bisect_left(series, floor, key=_slot)


def entries_total(series: Series, floor: int) -> int:
    """Return the sum of the entries."""
    return sum(_values(series, floor))


def entries_mean(series: Series, floor: int) -> float | None:
    """Return the mean of the entries."""
    values = _values(series, floor)
    return sum(values) / len(values) if values else None


def entries_least(series: Series, floor: int) -> Any:
    """Return the least of the entries."""
    return min(_values(series, floor), default=None)


def entries_most(series: Series, floor: int) -> Any:
    """Return the most of the entries."""
    return max(_values(series, floor), default=None)


def entries_first(series: Series, floor: int) -> Any:
    """Return the first of the entries."""
    at = bisect_left(series, floor, key=_slot)
    return series[at][1] if at < len(series) else None


def oldest(series: Series, floor: int) -> int | None:
    """Return when the first of the entries was."""
    at = bisect_left(series, floor, key=_slot)
    return int(series[at][0]) if at < len(series) else None


def oldest_day(series: Series, floor: int) -> int | None:
    """Return the first of the days that count."""
    return next((int(bucket[0]) for bucket in series if bucket[0] >= floor), None)


def entries_last(series: Series, floor: int) -> Any:
    """Return the last of the entries."""
    return series[-1][1] if series and series[-1][0] >= floor else None


def entries_distinct(series: Series, floor: int) -> int:
    """Return how many different values the entries have."""
    return len(set(_values(series, floor)))


Answer = Callable[[Series, int], Any]

ANSWERS: Final[dict[tuple[str, str], Answer]] = {
    ("tally", "count"): count,
    ("tally", "sum"): total,
    ("tally", "avg"): mean,
    ("tally", "oldest"): oldest_day,
    ("daily", "daily"): days,
    ("extremes", "min"): least,
    ("extremes", "max"): most,
    ("extremes", "oldest"): oldest_day,
    ("ends", "first"): first,
    ("ends", "last"): last,
    ("ends", "oldest"): oldest_day,
    ("distinct", "distinct"): distinct,
    ("distinct", "latest"): latest,
    ("streak", "streak"): streak,
    ("entries", "count"): entries_count,
    ("entries", "sum"): entries_total,
    ("entries", "avg"): entries_mean,
    ("entries", "min"): entries_least,
    ("entries", "max"): entries_most,
    ("entries", "oldest"): oldest,
    ("entries", "first"): entries_first,
    ("entries", "last"): entries_last,
    ("entries", "distinct"): entries_distinct,
}
"""By family and function: the answer."""

EMPTY: Final[Mapping[str, Any]] = {
    "count": 0, "sum": 0, "distinct": 0, "streak": 0, "daily": {}, "latest": {},
}  # fmt: skip
"""What a function says of no events at all; the others say nothing (missing)."""

COUNTED_TO: Final = frozenset(
    {("distinct", "distinct"), ("streak", "streak"), ("entries", "count"), ("entries", "distinct")}
)
"""What counts to a bound, however many more there are."""


def answer(family: str, function: str, counted_to: int) -> Answer:
    """Return the answer where nothing was lost."""
    exact = ANSWERS[family, function]
    if (family, function) not in COUNTED_TO:
        return exact
    return lambda series, floor: min(counted_to, exact(series, floor))


def answer_of_some(family: str, function: str, counted_to: int) -> Answer:
    """Return the answer where something was lost since the first slot that counts."""
    exact = ANSWERS[family, function]

    def of_some(series: Series, floor: int) -> Any:
        if (family, function) not in COUNTED_TO:
            return None
        found = exact(series, floor)
        is_whole = found >= counted_to or (family == "streak" and found < len(series))
        return min(counted_to, found) if is_whole else None

    return of_some
