"""What is kept of a borrower's events so that windows can be answered without the events.

Plain lists, dicts, numbers and strings, so that memory holds exactly what the codec stores.
One series per feature and key, in one of these shapes:

    tally     buckets [slot, n] or [slot, n, total]           count, sum, avg over days
    extremes  buckets [slot, least, most]                     min, max over days
    ends      buckets [slot, at, first, at, last]             first, last over days
    distinct  {value: buckets [slot, n]}                      distinct over days
    entries   [[at, value], …] in order                       everything over hours, exact
    streak    [2 · at + hit, …] in order                      the run of hits at the end

A slot is the number of a calendar day, or 0 for a lifetime; of entries it is the instant. The
extremes and ends of a lifetime are kept by day as long as a day can be corrected, then in 0.

Whatever was put in can be taken out again. Of extremes and ends that needs the other events of
the bucket, which the caller has (`Rest`); all else is exact by itself.

Invariants, each a property in tests/rules/test_windows.py:

* an answer depends on the events that are in and the window asked for, never on their order: a
  late event goes where it belongs, ties in time are settled by value, and an event that was put
  in and taken out again leaves no trace;
* what is older than `floor` is dropped on write and ignored on read;
* a series never grows past its bound; `put` returns the latest slot that it lost something of.
"""

from bisect import bisect_left, insort
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final, NamedTuple

Series = Any
"""A list or a dict, by the shape; typed loosely because it is what a codec gives back."""

MOST_TOTAL: Final = 2**63 - 1
"""The largest sum that the codec can store; only impossible amounts get there."""

NOTHING_LOST: Final = -1

LIFELONG: Final = 0
"""The slot of what has no day any more."""


class Past(NamedTuple):
    """What one event put into a series."""

    slot: int
    at_ms: int
    value: Any


Rest = Callable[[], list[Past]]
"""What all other events that are remembered put into the same series."""

_slot = itemgetter(0)


def _place(series: list[list[Any]], slot: int) -> tuple[int, bool]:
    """Return where the bucket of a slot is or belongs, and whether it is there."""
    at = bisect_left(series, slot, key=_slot)
    return at, at < len(series) and series[at][0] == slot


def _bucket(series: list[list[Any]], slot: int, fresh: list[Any]) -> list[Any]:
    """Return the bucket of a slot, put in at its place if there is none."""
    if series and series[-1][0] == slot:
        return series[-1]
    at, found = _place(series, slot)
    if not found:
        series.insert(at, [slot, *fresh])
    return series[at]


def put_tally(series: Series, slot: int, _: int, value: Any, __: int) -> int:
    """Count one event, and add its value if it has one."""
    bucket = _bucket(series, slot, [0] if value is None else [0, 0])
    bucket[1] += 1
    if value is None:
        return NOTHING_LOST
    bucket[2] += value
    if bucket[2] <= MOST_TOTAL:
        return NOTHING_LOST
    bucket[2] = MOST_TOTAL
    return slot


def take_tally(series: Series, past: Past, _: Rest) -> None:
    """Count one event less."""
    at, found = _place(series, past.slot)
    if not found:
        return
    bucket = series[at]
    bucket[1] -= 1
    if past.value is not None:
        bucket[2] -= past.value
    if not bucket[1]:
        del series[at]


def put_extremes(series: Series, slot: int, _: int, value: Any, __: int) -> int:
    """Widen the least and the most."""
    bucket = _bucket(series, slot, [value, value])
    bucket[1] = min(bucket[1], value)
    bucket[2] = max(bucket[2], value)
    return NOTHING_LOST


def take_extremes(series: Series, past: Past, rest: Rest) -> None:
    """Narrow the least and the most to those of the bucket's other events."""
    at, found = _own_place(series, past.slot)
    if found and not series[at][1] < past.value < series[at][2]:
        _rebuild(series, at, rest, put_extremes)


def put_ends(series: Series, slot: int, at_ms: int, value: Any, _: int) -> int:
    """Keep the first and the last; of equal times the lesser is first, the greater last."""
    bucket = _bucket(series, slot, [at_ms, value, at_ms, value])
    bucket[1:3] = min(bucket[1:3], [at_ms, value])
    bucket[3:5] = max(bucket[3:5], [at_ms, value])
    return NOTHING_LOST


def take_ends(series: Series, past: Past, rest: Rest) -> None:
    """Let the first and the last be those of the bucket's other events."""
    at, found = _own_place(series, past.slot)
    if found and [past.at_ms, past.value] in (series[at][1:3], series[at][3:5]):
        _rebuild(series, at, rest, put_ends)


def _own_place(series: list[list[Any]], slot: int) -> tuple[int, bool]:
    """Return where the bucket is that a slot was put into: its own, else that of a lifetime."""
    at, found = _place(series, slot)
    return (at, True) if found else (0, bool(series) and series[0][0] == LIFELONG)


def _rebuild(series: list[list[Any]], at: int, rest: Rest, put: "Put") -> None:
    """Make a bucket anew of the other events that are in it; without any it is gone."""
    slot = series.pop(at)[0]
    days = {bucket[0] for bucket in series}
    anew: list[list[Any]] = []
    for past in rest():
        if past.slot == slot or (slot == LIFELONG and past.slot not in days):
            put(anew, slot, past.at_ms, past.value, 0)
    series[at:at] = anew


def put_distinct(series: Series, slot: int, _: int, value: Any, most: int) -> int:
    """Count the value on its day; over the bound the one longest unseen is lost."""
    put_tally(series.setdefault(value, []), slot, 0, None, 0)
    if len(series) <= most:
        return NOTHING_LOST
    lost: list[list[int]] = series.pop(min(series, key=lambda each: (series[each][-1][0], each)))
    return lost[-1][0]


def take_distinct(series: Series, past: Past, rest: Rest) -> None:
    """Count the value once less; it is gone with its last day."""
    days = series.get(past.value)
    if days is not None:
        take_tally(days, past._replace(value=None), rest)
        if not days:
            del series[past.value]


def put_entries(series: Series, _: int, at_ms: int, value: Any, most: int) -> int:
    """Put the event in at its place; over the bound the oldest is lost."""
    insort(series, [at_ms, value])
    return int(series.pop(0)[0]) if len(series) > most else NOTHING_LOST


def take_entries(series: Series, past: Past, _: Rest) -> None:
    """Take the event out."""
    _take_out(series, [past.at_ms, past.value])


def put_streak(series: Series, _: int, at_ms: int, value: Any, most: int) -> int:
    """Put a hit or a miss in at its place; a hit at the instant of a miss comes after it."""
    insort(series, 2 * at_ms + bool(value))
    return int(series.pop(0)) // 2 if len(series) > most else NOTHING_LOST


def take_streak(series: Series, past: Past, _: Rest) -> None:
    """Take a hit or a miss out."""
    _take_out(series, 2 * past.at_ms + bool(past.value))


def _take_out(series: list[Any], item: Any) -> None:
    at = bisect_left(series, item)
    if at < len(series) and series[at] == item:
        del series[at]


def evict_buckets(series: Series, floor: int) -> None:
    """Drop what is older than `floor`."""
    if series and series[0][0] < floor:
        del series[: bisect_left(series, floor, key=_slot)]


def evict_values(series: Series, floor: int) -> None:
    """Drop values last seen before `floor`, and their days."""
    for value in [value for value, days in series.items() if days[0][0] < floor]:
        evict_buckets(series[value], floor)
        if not series[value]:
            del series[value]


def keep_all(_: Series, __: int) -> None:
    """Drop nothing: the shape is bounded by itself."""


def merge_extremes(series: Series, floor: int) -> None:
    """Put days before `floor` into the bucket of a lifetime."""
    for _, least, most in _settled(series, floor):
        put_extremes(series, LIFELONG, 0, least, 0)
        put_extremes(series, LIFELONG, 0, most, 0)


def merge_ends(series: Series, floor: int) -> None:
    """Put days before `floor` into the bucket of a lifetime."""
    for _, first_ms, first, last_ms, last in _settled(series, floor):
        put_ends(series, LIFELONG, first_ms, first, 0)
        put_ends(series, LIFELONG, last_ms, last, 0)


def _settled(series: list[list[Any]], floor: int) -> list[list[Any]]:
    """Take out the days before `floor`."""
    start = bisect_left(series, LIFELONG + 1, key=_slot)
    end = bisect_left(series, floor, key=_slot)
    days = series[start:end]
    del series[start:end]
    return days


def latest_of_buckets(series: Series) -> int:
    """Return the latest slot of buckets or entries."""
    return int(series[-1][0])


def latest_of_values(series: Series) -> int:
    """Return the latest slot of any value."""
    return max(int(days[-1][0]) for days in series.values())


def latest_of_streak(series: Series) -> int:
    """Return the instant of the last hit or miss."""
    return int(series[-1]) // 2


Put = Callable[[Series, int, int, Any, int], int]
Take = Callable[[Series, Past, Rest], None]
Evict = Callable[[Series, int], None]
Latest = Callable[[Series], int]


class Shape(NamedTuple):
    """How one family is kept.

    Attributes:
        new: Makes an empty series.
        put: Puts an event in: series, slot, instant, value, bound; returns the latest slot that
            something was lost of.
        take: Takes out what was put in.
        evict: Drops what is older than a slot.
        latest: Returns the latest slot of a series that is not empty.
        most: How far a series is counted of which a borrower has one; twice that is kept, so
            that it can be counted on when some are taken out.
        most_by_key: The same where there is one for each key.
    """

    new: Callable[[], Series]
    put: Put
    take: Take
    evict: Evict
    latest: Latest
    most: int = 0
    most_by_key: int = 0

    def counted_to(self, *, by_key: bool) -> int:
        """Return how far a series is counted."""
        return self.most_by_key if by_key else self.most

    def kept(self, *, by_key: bool) -> int:
        """Return the bound of a series."""
        return 2 * self.counted_to(by_key=by_key)


SHAPES: Final[dict[str, Shape]] = {
    "tally": Shape(list, put_tally, take_tally, evict_buckets, latest_of_buckets),
    "extremes": Shape(list, put_extremes, take_extremes, evict_buckets, latest_of_buckets),
    "ends": Shape(list, put_ends, take_ends, evict_buckets, latest_of_buckets),
    "distinct": Shape(dict, put_distinct, take_distinct, evict_values, latest_of_values, 1_000, 50),
    "entries": Shape(
        list, put_entries, take_entries, evict_buckets, latest_of_buckets, 2_000, 100
    ),  # 80 sales an hour for a day
    "streak": Shape(list, put_streak, take_streak, keep_all, latest_of_streak, 64, 16),
}
"""By family: its shape. Buckets need no bound: there is one a day, for 400 days at most."""

LIFELONG_SHAPES: Final[dict[str, Shape]] = SHAPES | {
    "extremes": SHAPES["extremes"]._replace(evict=merge_extremes),
    "ends": SHAPES["ends"]._replace(evict=merge_ends),
}
"""By family: its shape over a lifetime."""
