"""How often a model was right, by value of a trait: counts that add up, of so many values at most.

A value is a region or whatever a source sends, so there may be any number of them. Of more than
`KEPT` those are kept that a digest puts first, and the others are counted as `REST`. Who is kept
depends neither on the order nor on how it is split: a value that is among the first of all is so
wherever it was seen, and was never let go. What people see are the `SHOWN` of these that were
judged most often.

That nobody has told a value (`UNKNOWN`) is kept always, and so is `REST`.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

from schemas.fitness import REST, UNKNOWN, Judged, Shares, Trait

KEPT: Final = 200
SHOWN: Final = 50
NOBODY: Final = Judged()
ByValue = dict[str, Judged]


def added(each: Iterable[Mapping[str, Judged]]) -> ByValue:
    """Return the sum of some counts, of as many values as may be kept.

    Examples:
        >>> added([{"a": Judged(right=1)}, {"a": Judged(wrong=1), "b": Judged(right=1)}])
        {'a': Judged(right=1, wrong=1), 'b': Judged(right=1, wrong=0)}
    """
    whole: ByValue = {}
    for counts in each:
        for value, judged in counts.items():
            whole[value] = whole.get(value, NOBODY).plus(judged)
    return _only(whole, sorted(_named(whole), key=_digest)[:KEPT])


def summed(each: Iterable[Shares]) -> Shares:
    """Return the sum of what is counted of one model, trait by trait."""
    parts = list(each)
    return {
        trait: added(part[trait] for part in parts if trait in part)
        for trait in Trait
        if any(trait in part for part in parts)
    }


def shown(counts: Mapping[str, Judged]) -> ByValue:
    """Return what people see: the values that were judged most often, and the rest together.

    Examples:
        >>> many = {f"r{n}": Judged(wrong=n) for n in range(1, 100)}
        >>> seen = shown(many)
        >>> len(seen), "r99" in seen, "r49" in seen, seen[REST].wrong == sum(range(50))
        (51, True, False, True)
    """
    most = sorted(_named(counts), key=lambda value: (-counts[value].n, value))
    return _only(counts, most[:SHOWN])


def _named(counts: Mapping[str, Judged]) -> list[str]:
    return [value for value in counts if value not in {UNKNOWN, REST}]


def _only(counts: Mapping[str, Judged], values: Iterable[str]) -> ByValue:
    """Return the counts of these values, in order, and of all others as the rest."""
    kept = {UNKNOWN, REST, *values}
    found = {value: counts[value] for value in sorted(kept & counts.keys())}
    for value in sorted(counts.keys() - kept):
        found[REST] = found.get(REST, NOBODY).plus(counts[value])
    return found


def _digest(value: str) -> tuple[bytes, str]:
    return blake2b(value.encode(), digest_size=8).digest(), value
