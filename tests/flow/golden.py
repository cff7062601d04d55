"""The golden scenarios of domain.md 7, and the books that they stand in.

A book is a world: a feed that fails would be in another story's way. `hours` are those of each
local day at which a slice of it ends when it is played by its progress (`tests/broker/golden.py`):
04:00 is after the dates of the day before are closed.
"""

from datetime import date
from typing import NamedTuple

from stream.sources.simulator.merchants import TRADES
from tests.flow.scenes import KIOSKS, SHOPS, book_of

SPRING, WINTER = date(2026, 3, 2), date(2025, 12, 1)


class World(NamedTuple):
    """A book of some stories, and how it is played.

    Attributes:
        scenarios: The number of each in domain.md, by the name of its story.
        options: Of `scenes.book_of`.
        hours: At which slices end.
        heard_every: Each so many hours a source says what time it is.
        audit: Whether an entry of the record is edited at the end: scenario 20.
    """

    scenarios: dict[str, int]
    options: dict
    hours: tuple[int, ...] = (4,)
    heard_every: int = 4
    audit: bool = False

    def book(self):
        """Make the book."""
        return book_of(*self.scenarios, **{"start": SPRING, "contactable": True} | self.options)


WORLDS = {
    "debits": World(
        {
            "nsf_before_settlement": 6,
            "returned_payment": 7,
            "corrected_file": 15,
            "other_currencies": 22,
            "type_ii_limit": 23,
            "corrected_debit": 15,
            "severe_at_night": 16,
            "hardship": 17,
            "lowered_alone": 18,
        },
        {"days": 50, "borrowers": 14, "sizes": SHOPS, "lifelike": False},
        audit=True,
    ),
    "festival": World(
        {"cafe_over_new_year": 1, "holiday_lump": 14, "not_reopened": 24},
        {
            "seed": 8,
            "start": date(2025, 12, 15),
            "days": 100,
            "borrowers": 40,
            "trades": TRADES[:1],
        },
    ),
    "high_street": World(
        {
            "gone_dark": 3,
            "misused_proceeds": 8,
            "payee_changed": 11,
            "holiday_lump": 14,
            "structured_transfers": 25,
        },
        {"seed": 2, "days": 101, "borrowers": 5, "sizes": SHOPS},
    ),
    "closure": World({"sudden_closure": 3}, {"days": 104, "borrowers": 3, "sizes": SHOPS}),
    "slide": World({"slide": 2}, {"days": 205, "borrowers": 3, "sizes": SHOPS}),
    "pay_day_outage": World(
        {"pay_day_outage": 4},
        {"days": 44, "borrowers": 210, "lifelike": False},
        hours=(4, 16),
    ),
    "feed_silent": World({"feed_silent": 5}, {"days": 36}, hours=(2, 9, 14, 17), heard_every=1),
    "mall_fire": World(
        {"mall_fire": 12},
        {"days": 92, "borrowers": 120, "sizes": (*KIOSKS, *SHOPS)},
    ),
    "ring": World({"shared_payee": 13}, {"days": 40, "borrowers": 4, "sizes": SHOPS}),
    "year_rollover": World({"year_rollover": 21}, {"start": WINTER, "days": 36}),
}
