"""A long daily tally: what measures read, hundreds of days of which few ever change again.

    [packed, its last day, [[day, n, total], …]], or [] where nothing is in it

The latest days are buckets as in `rules.windows`; the days before them are packed into bytes that
stay the same until a day is added or one of them is corrected, so that they are written once a
day and not with every event. Whatever was put in can be taken out again, and an answer depends on
the events that are in, never on their order.

Packed is msgpack of a flat list: of each day its distance from the one before, n, total.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate, takewhile
from typing import Any, Final

import msgspec

from rules.windows import MOST_TOTAL, NOTHING_LOST, Past, Rest, Shape

Series = list[Any]
Bucket = list[int]

RECENT_DAYS: Final = 3
"""So many buckets are not packed: today, and yesterday's late files."""

PACKED, LAST, RECENT = 0, 1, 2

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[int]).decode


def put(series: Series, slot: int, _: int, value: int | None, __: int) -> int:
    """Count one event of a day, and add its value."""
    if not series:
        series += [b"", 0, []]
    lost = _change(series, slot, 1, value or 0)
    recent = series[RECENT]
    if len(recent) > RECENT_DAYS:
        _pack(series, recent.pop(0))
    return lost


def take(series: Series, past: Past, _: Rest) -> None:
    """Count one event less."""
    if series:
        _change(series, past.slot, -1, -(past.value or 0))
        _clear_if_empty(series)


def evict(series: Series, floor: int) -> None:
    """Drop days before `floor`."""
    if not series:
        return
    recent = series[RECENT]
    while recent and recent[0][0] < floor:
        del recent[0]
    if series[PACKED]:
        _drop_packed(series, floor)
    _clear_if_empty(series)


def latest(series: Series) -> int:
    """Return the latest day of a series that is not empty."""
    recent = series[RECENT]
    return int(recent[-1][0] if recent else series[LAST])


def days(series: Series, floor: int) -> dict[int, tuple[int, int]]:
    """Return number and sum of each day from `floor` on; a day without any is not in it.

    Examples:
        >>> series = []
        >>> for day in (7, 7, 9):
        ...     _ = put(series, day, 0, 100, 0)
        >>> days(series, 1)
        {7: (2, 200), 9: (1, 100)}
    """
    if not series:
        return {}
    flat = _decode(series[PACKED]) if series[PACKED] else []
    found = dict(zip(accumulate(flat[::3]), zip(flat[1::3], flat[2::3], strict=True), strict=True))
    for day, n, total in series[RECENT]:
        found[day] = (n, total)
    for day in list(takewhile(floor.__gt__, found)):
        del found[day]
    return found


def _clear_if_empty(series: Series) -> None:
    if not series[PACKED] and not series[RECENT]:
        series.clear()


def _change(series: Series, slot: int, number: int, value: int) -> int:
    if slot > series[LAST]:
        return _add(series[RECENT], slot, number, value)
    old = list(_unpacked(series[PACKED]))
    lost = _add(old, slot, number, value)
    _repack(series, old)
    return lost


def _add(buckets: list[Bucket], slot: int, number: int, value: int) -> int:
    """Add to the bucket of a day; one that comes to nothing is gone. Return what was lost."""
    at = len(buckets)
    while at and buckets[at - 1][0] > slot:
        at -= 1
    if at and buckets[at - 1][0] == slot:
        bucket = buckets[at - 1]
        bucket[1] += number
        bucket[2] += value
        if bucket[1] <= 0:
            del buckets[at - 1]
            return NOTHING_LOST
    elif number > 0:
        bucket = [slot, number, value]
        buckets.insert(at, bucket)
    else:
        return NOTHING_LOST
    if bucket[2] <= MOST_TOTAL:
        return NOTHING_LOST
    bucket[2] = MOST_TOTAL
    return slot


def _unpacked(packed: bytes) -> Iterator[Bucket]:
    if not packed:
        return
    flat, day = _decode(packed), 0
    for at in range(0, len(flat), 3):
        day += flat[at]
        yield [day, flat[at + 1], flat[at + 2]]


def _pack(series: Series, bucket: Bucket) -> None:
    """Add a day that is later than all that are packed."""
    day, n, total = bucket
    flat = _decode(series[PACKED]) if series[PACKED] else []
    flat += (day - series[LAST], n, total)
    series[PACKED], series[LAST] = bytes(_encode(flat)), day


def _drop_packed(series: Series, floor: int) -> None:
    flat = _decode(series[PACKED])
    first, at = flat[0], 0
    while first < floor:
        at += 3
        if at == len(flat):
            series[PACKED], series[LAST] = b"", 0
            return
        first += flat[at]
    if at:
        series[PACKED] = bytes(_encode([first, *flat[at + 1 :]]))


def _repack(series: Series, buckets: Iterable[Bucket]) -> None:
    flat: list[int] = []
    before = 0
    for day, n, total in buckets:
        flat += (day - before, n, total)
        before = day
    series[PACKED] = bytes(_encode(flat)) if flat else b""
    series[LAST] = before


SHAPE: Final = Shape(list, put, take, evict, latest)
