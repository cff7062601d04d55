"""What a segment is made of: integer counts that add up over partitions, and what comes of them.

A *vector* is a sparse count by number, of anything:

    of a voice      -ln p in bins            -> a calibrator (`calibrator_of`)
    of a lane of M  its number in bins       -> the same
    of D7           leaves of the forest     -> a reference (`detectors.novelty`)
    of D3           its statistic by 1/1000  -> the median (`quantile`)

Bins are those of `Calibrator`, and beyond its last one, where 12.6 < v, as wide in the logarithm
of the excess: so the tail's moments come of the counts as well, each score taken for the middle of
its bin. Integers add up to the same whatever the order, and what is taken from the sum is a pure
function of it: so partitions need not agree on anything but who has told.

On the wire a vector is text: for each count that is there the distance from the number before and
the count, both in base 128, then base 64. Some 30 bins of a voice are about 100 characters.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from math import expm1, log1p
from typing import Final, TypeVar

from detectors.calibration import BINS, START, V_MOST, WIDTH, Calibrator, derived_from

Key = TypeVar("Key")
Vector = dict[int, int]
Counts = Mapping[int, int]

EDGE: Final = (BINS - 1) * WIDTH
"""From here on bins are wide by the logarithm."""

LAST_BIN: Final = BINS - 1 + int(log1p(V_MOST - EDGE) / WIDTH)

_MORE, _LOW = 0x80, 0x7F


def bin_of(v: float) -> int | None:
    """Return the bin of a number; `None` of what is none from 0 on.

    Examples:
        >>> bin_of(0.0), bin_of(0.2), bin_of(12.59), bin_of(600.0)
        (0, 1, 62, 94)
        >>> bin_of(float("nan")) is None and bin_of(-1.0) is None
        True
    """
    if not 0.0 <= v <= V_MOST:
        return None
    if v < EDGE:
        return int(v / WIDTH)
    return BINS - 1 + int(log1p(v - EDGE) / WIDTH)


def middle_of(number: int) -> float:
    """Return the middle of a bin.

    Examples:
        >>> round(middle_of(0), 6), round(middle_of(63), 6)
        (0.1, 12.705171)
    """
    if number < BINS - 1:
        return (number + 0.5) * WIDTH
    return EDGE + expm1((number - BINS + 1.5) * WIDTH)


_MIDDLES: Final = tuple(middle_of(number) for number in range(LAST_BIN + 1))


def calibrator_of(counts: Counts) -> Calibrator:
    """Return the calibrator of a voice, or of a lane, whose scores were so many in each bin."""
    bins = [*START]
    for number, count in counts.items():
        bins[min(number, BINS - 1)] += count
    return derived_from(bins, [(_MIDDLES[number], counts[number]) for number in sorted(counts)])


def quantile(counts: Counts, part: int, of: int) -> int:
    """Return the least number that at least `part / of` of all are not above (nearest rank).

    Args:
        counts: How often each number is there; at least one.
        part: Of `of`.
        of: The whole.

    Raises:
        ValueError: If nothing is counted.

    Examples:
        >>> quantile({100: 1, 900: 2, 1000: 1}, 1, 2), quantile({100: 1, 900: 9}, 1, 10)
        (900, 100)
    """
    rank = -(-sum(counts.values()) * part // of)
    for number in sorted(counts):
        rank -= counts[number]
        if rank <= 0:
            return number
    raise ValueError("expected at least one count, got none")


def added(vectors: Iterable[Mapping[Key, int]]) -> dict[Key, int]:
    """Return the sum, by whatever is counted.

    Examples:
        >>> added([{1: 2, 5: 1}, {1: 1}])
        {1: 3, 5: 1}
    """
    total: dict[Key, int] = {}
    for vector in vectors:
        for number, count in vector.items():
            total[number] = total.get(number, 0) + count
    return total


def packed(vector: Counts) -> str:
    """Return a vector as text; equal ones give equal texts.

    Examples:
        >>> packed({3: 1, 400: 70_000}), packed({})
        ('AwGNA/CiBA==', '')
    """
    found, last = bytearray(), 0
    for number, count in sorted(vector.items()):
        for each in (number - last, count):
            rest = each
            while rest > _LOW:
                found.append(rest & _LOW | _MORE)
                rest >>= 7
            found.append(rest)
        last = number
    return b64encode(found).decode()


def unpacked(text: str) -> Vector:
    """Return the vector of a text.

    Raises:
        ValueError: If it is none.

    Examples:
        >>> unpacked(packed({3: 1, 400: 70_000}))
        {3: 1, 400: 70000}
    """
    numbers, rest, shift = [], 0, 0
    for byte in b64decode(text, validate=True):
        rest |= (byte & _LOW) << shift
        shift += 7
        if byte < _MORE:
            numbers.append(rest)
            rest = shift = 0
    if shift or len(numbers) % 2:
        raise ValueError(
            f"expected pairs of numbers, got {len(numbers)} and a rest of {shift} bits"
        )
    vector, last = {}, 0
    for gap, count in zip(numbers[::2], numbers[1::2], strict=True):
        last += gap
        vector[last] = count
    return vector
