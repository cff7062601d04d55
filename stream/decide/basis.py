"""What a borrower's open warnings and cases rest on: images of its rows, and detectors.

A *row* is what a detector remembers of a borrower; an *image* is all of them as they were before a
warning opened. Found to be fraud, what was learned since then was the fraudster's.
"""

from collections.abc import Mapping

import msgspec


class Image(msgspec.Struct, array_like=True, kw_only=True):
    """The rows as they were at an instant, and who may still ask for them.

    Attributes:
        at_ms: The instant, by the borrower's time.
        rows: By detector; the evidence among them.
        warnings: The open warnings before which it was made: their alerts' ids without the ordinal.
        cases: The legal entities whose open case rests on one of these.
    """

    at_ms: int
    rows: Mapping[str, bytes]
    warnings: list[str] = msgspec.field(default_factory=list)
    cases: list[str] = msgspec.field(default_factory=list)


class Basis(msgspec.Struct, array_like=True, kw_only=True):
    """Of one borrower; nothing of the restricted lane is in it.

    Attributes:
        images: The oldest first.
        detectors: By legal entity, those that warnings of its open case have rested on.
    """

    images: list[Image] = msgspec.field(default_factory=list)
    detectors: dict[str, list[str]] = msgspec.field(default_factory=dict)
