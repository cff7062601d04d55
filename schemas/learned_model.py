"""What a model that learns from outcomes has come to: the topic `learned-models`, after each round.

It decides nothing. People compare it with the model in force and sign its row, or do not
(`loanwatch models show ews`, `promote ews`).
"""

from datetime import date
from typing import Annotated

import msgspec

from schemas.alert import Phase
from schemas.feed import Count
from schemas.model import Verdict


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """What one model would have said of borrowers whose outcome is final now.

    Attributes:
        n: How many.
        bad: How many of them turned out bad.
        predicted: How many it had said would: the sum of its chances.
        area: The share of pairs of a bad and a good one that it had in the right order; `None`
            without both.
        worst: Of ten parts by chance the one that fits worst: bad ones by predicted ones.
        fits: What H09 says of that.
    """

    n: Count
    bad: Count
    predicted: float
    area: float | None
    worst: float
    fits: Verdict


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Both models over the same borrowers: the one in force at the time, and that which learns."""

    champion: Fit
    challenger: Fit


class LearnedModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The model that learns on, after the round of `day`.

    Attributes:
        detector: `ews`.
        version: Of it.
        day: The day of the round.
        at: When the partitions told of it.
        phase: Bootstrap or live.
        n: How many outcomes it has learned.
        bad: How many of them were bad.
        simulated: How many of them are of simulated borrowers.
        is_learned: Whether it speaks from outcomes, and no longer by the fixed formula.
        champion: The mark of the model in force, eight hexadecimal digits; empty for the formula.
        lately: Of the latest four weeks, by the model that is in force now.
        year: The same of thirteen times that.
        row: What a record carries that puts it in force, base64.
    """

    detector: str
    version: int
    day: date
    at: str
    phase: Phase
    n: Count
    bad: Count
    is_learned: bool
    row: Annotated[str, msgspec.Meta(max_length=8_000)]
    champion: str = ""
    simulated: Count = 0
    lately: Compared | None = None
    year: Compared | None = None
