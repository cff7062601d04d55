"""What is kept of a borrower's events so that windows can be answered without the events.

Plain lists, dicts, numbers and strings, so that memory holds exactly what the codec stores.
One series per feature and key, in one of five shapes:

    tally     buckets [slot, n] or [slot, n, total]           count, sum, avg over days
    extremes  buckets [slot, least, most]                     min, max over days
    ends      buckets [slot, at, first, at, last]             first, last over days
    distinct  {value: latest slot}                            distinct over days
    entries   [[at, value], …] in order                       everything over hours, exact
    streak    [at of the last miss, hits lost, [at of each hit since]]

A slot is the number of a calendar day, or 0 for a lifetime; of entries it is the instant.

Invariants, each a property in tests/rules/test_windows.py:

* an answer depends on the events put in and the window asked for, never on their order: a late
  event goes where it belongs, and ties in time are settled by value;
* what is older than `floor` is dropped on write and ignored on read;
* a series never grows past its bound; what is lost over the bound is counted (`put` returns it).
"""

from bisect import bisect_left, insort
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final, NamedTuple

Series = Any
"""A list or a dict, by the shape; typed loosely because it is what a codec gives back."""

MOST_TOTAL: Final = 2**63 - 1
"""The largest sum that the codec can store; only impossible amounts get there."""

_slot = itemgetter(0)


def _bucket(series: list[list[Any]], slot: int, fresh: list[Any]) -> list[Any]:
    """Return the bucket of a slot, put in at its place if there is none."""
    if series and series[-1][0] == slot:
        return series[-1]
    at = bisect_left(series, slot, key=_slot)
    if at == len(series) or series[at][0] != slot:
        series.insert(at, [slot, *fresh])
    return series[at]


def put_tally(series: Series, slot: int, _: int, value: Any, __: int) -> int:
    """Count one event, and add its value if it has one."""
    bucket = _bucket(series, slot, [0] if value is None else [0, 0])
    bucket[1] += 1
    if value is None:
        return 0
    bucket[2] += value
    if bucket[2] <= MOST_TOTAL:
        return 0
    bucket[2] = MOST_TOTAL
    return 1


def put_extremes(series: Series, slot: int, _: int, value: Any, __: int) -> int:
    """Widen the least and the most."""
    bucket = _bucket(series, slot, [value, value])
    bucket[1] = min(bucket[1], value)
    bucket[2] = max(bucket[2], value)
    return 0


def put_ends(series: Series, slot: int, at_ms: int, value: Any, _: int) -> int:
    """Keep the first and the last; of equal times the lesser is first, the greater last."""
    bucket = _bucket(series, slot, [at_ms, value, at_ms, value])
    bucket[1:3] = min(bucket[1:3], [at_ms, value])
    bucket[3:5] = max(bucket[3:5], [at_ms, value])
    return 0


def put_distinct(series: Series, slot: int, _: int, value: Any, most: int) -> int:
    """Note when the value was last seen; over the bound the one longest unseen is lost."""
    text = str(value)
    series[text] = max(slot, series.get(text, slot))
    if len(series) <= most:
        return 0
    del series[min(series, key=lambda each: (series[each], each))]
    return 1


def put_entries(series: Series, _: int, at_ms: int, value: Any, most: int) -> int:
    """Put the event in at its place; over the bound the oldest is lost."""
    insort(series, [at_ms, value])
    if len(series) <= most:
        return 0
    del series[0]
    return 1


def put_streak(series: Series, _: int, at_ms: int, value: Any, most: int) -> int:
    """Note a hit or a miss; a hit at the instant of a miss comes after it."""
    if not series:
        series += [-1, 0, []]
    last_miss, _lost, hits = series
    if value:
        if at_ms >= last_miss:
            insort(hits, at_ms)
            if len(hits) > most:
                del hits[0]
                series[1] += 1
    elif at_ms > last_miss:
        before = bisect_left(hits, at_ms)
        series[0] = at_ms
        if before:
            series[1] = 0  # the lost hits were older than any that this miss takes away
            del hits[:before]
    return 0


def evict_buckets(series: Series, floor: int) -> None:
    """Drop what is older than `floor`."""
    if series and series[0][0] < floor:
        del series[: bisect_left(series, floor, key=_slot)]


def evict_values(series: Series, floor: int) -> None:
    """Drop values last seen before `floor`."""
    for value in [value for value, slot in series.items() if slot < floor]:
        del series[value]


def keep_all(_: Series, __: int) -> None:
    """Drop nothing: the shape is bounded by itself."""


# --- answers: the series of one key, or `None`, and the first slot that counts


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
    return sum([slot >= floor for slot in series.values()])


def streak(series: Series, _: int) -> int:
    """Return the length of the run of hits at the end."""
    return series[1] + len(series[2]) if series else 0


def _values(series: Series, floor: int) -> list[Any]:
    return [entry[1] for entry in series[bisect_left(series, floor, key=_slot) :]]


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
    return series[at][0] if at < len(series) else None


def entries_last(series: Series, floor: int) -> Any:
    """Return the last of the entries."""
    return series[-1][1] if series and series[-1][0] >= floor else None


def entries_distinct(series: Series, floor: int) -> int:
    """Return how many different values the entries have."""
    return len(set(_values(series, floor)))


Put = Callable[[Series, int, int, Any, int], int]
Evict = Callable[[Series, int], None]
Answer = Callable[[Series, int], Any]


class Shape(NamedTuple):
    """How one family is kept.

    Attributes:
        new: Makes an empty series.
        put: Puts an event in: series, slot, instant, value, bound; returns how much was lost.
        evict: Drops what is older than a slot.
        most: The bound of a series that a borrower has one of.
        most_by_key: The bound where there is one for each key.
    """

    new: Callable[[], Series]
    put: Put
    evict: Evict
    most: int = 0
    most_by_key: int = 0


SHAPES: Final[dict[str, Shape]] = {
    "tally": Shape(list, put_tally, evict_buckets),
    "extremes": Shape(list, put_extremes, evict_buckets),
    "ends": Shape(list, put_ends, evict_buckets),
    "distinct": Shape(dict, put_distinct, evict_values, 1_000, 50),  # 40 KB of ids
    "entries": Shape(list, put_entries, evict_buckets, 2_000, 100),  # 80 sales an hour for a day
    "streak": Shape(list, put_streak, keep_all, 64, 16),  # a longer run is counted on
}
"""By family: its shape. Buckets need no bound: there is one a day, for 400 days at most."""

ANSWERS: Final[dict[tuple[str, str], Answer]] = {
    ("tally", "count"): count,
    ("tally", "sum"): total,
    ("tally", "avg"): mean,
    ("extremes", "min"): least,
    ("extremes", "max"): most,
    ("ends", "first"): first,
    ("ends", "last"): last,
    ("distinct", "distinct"): distinct,
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

EMPTY: Final = {"count": 0, "sum": 0, "distinct": 0, "streak": 0}
"""What a function says of no events at all; the others say nothing (missing)."""
