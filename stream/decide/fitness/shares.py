"""Which closed cases were right, by trait of the borrower: what this partition counts, for a year.

    #fitness/shares/<block>    28 days: by model and trait, by value

Of compliance: is a model wrong more often about some than about others? A case counts with what the
borrower's profile says when people close it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from detectors.shares import added, summed
from schemas.fitness import SHARE_BLOCKS, UNKNOWN, Judged, Shares, Trait, block_of
from stream.decide.borrower import Borrower

PREFIX: Final = b"#fitness/shares/"

Block = dict[str, Shares]
"""By model."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Block).decode


class ShareCounts:
    """The counts of one partition."""

    def __init__(self) -> None:
        self.blocks: dict[int, Block] = {}
        self._changed: set[int] = set()

    def judge(self, day: int, model: str, traits: Mapping[Trait, str], *, right: bool) -> None:
        """Count what people have found of a case that rested on a model.

        Args:
            day: As an ordinal.
            model: Its name and version.
            traits: Of the borrower, each with its value.
            right: Whether the case was right.
        """
        block, one = block_of(day), Judged(right=int(right), wrong=int(not right))
        of = self.blocks.setdefault(block, {}).setdefault(model, {})
        for trait, value in traits.items():
            of[trait] = added((of.get(trait, {}), {value: one}))
        self._changed.add(block)

    def tell(self, day: int) -> dict[str, Shares]:
        """Return what crossing has to hear up to `day`; what is older than a year is forgotten."""
        for old in [old for old in self.blocks if old <= block_of(day) - SHARE_BLOCKS]:
            del self.blocks[old]
            self._changed.add(old)
        models = sorted({model for block in self.blocks.values() for model in block})
        return {
            model: summed(block[model] for block in self.blocks.values() if model in block)
            for model in models
        }

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for block in sorted(self._changed):
            known = self.blocks.get(block)
            yield PREFIX + str(block).encode(), None if known is None else _encode(known)
        self._changed.clear()

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored record, `None` for one that is gone."""
        block = int(key.removeprefix(PREFIX))
        self.blocks.pop(block, None)
        if value is not None:
            self.blocks[block] = _decode(value)


def traits_of(borrower: Borrower) -> dict[Trait, str]:
    """Return by what a borrower's cases are told apart, as its profile says now."""
    profile = borrower.references.profile
    return {
        Trait.REGION: (profile.region if profile else None) or UNKNOWN,
        Trait.SIZE: (profile.size_band if profile else None) or UNKNOWN,
        Trait.SEGMENT: borrower.segment,
    }
