"""What all rules say of healthy shops, a year long: `python -m bench.healthy --shops 40`.

Shops of 1, 5, 15 and 60 sales a day that trade as the false-alarm study has it (domain.md 3.9),
with feeds, calendar and festivals, go through the whole step: the rules, the episodes, the tiers.
Nobody is bad, so all that is said is a false alarm: a lower bound of that of real shops. Per
stratum and voice (a rule at a tier or above, the borrower's tier) episodes a shop and year, with
the interval of 95 % of a bootstrap by shop; of none at all the upper end is that of three events.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec
import numpy as np

import rules
from schemas.alert import Alert, Tier
from schemas.dead_letter import Origin
from schemas.instants import DAY_MS
from schemas.tier import TierChange
from stream.decide import Output
from stream.evaluate.fold import Fold, Now
from stream.evaluate.watch import RISING
from stream.sources.records import line
from stream.sources.simulator.book import Book
from stream.sources.simulator.declared import SALES_SILENT_MIN
from stream.sources.simulator.merchants import SIZES, Size, midnight_ms

WARM_UP_DAYS = 70
"""Eight weeks of history before a sales rule may speak, and two of the shop's own."""

DRAWS = 2_000
THREE_EVENTS = 3.0
"""With none seen, the rate is below three events with a confidence of 95 %."""

START = date(2025, 3, 3)
HEARD_EVERY_HOURS = SALES_SILENT_MIN // 60
WALL_MS = 1_900_000_000_000
TIERS = (Tier.MILD, Tier.MODERATE, Tier.SEVERE)

_alert = msgspec.json.Decoder(Alert).decode
_change = msgspec.json.Decoder(TierChange).decode


class Counts:
    """Counts what is said after the warm-up, by voice and shop."""

    def __init__(self, from_ms: int) -> None:
        self.by_voice: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._from_ms = from_ms
        self._now = Now()
        self._highest: dict[str, Tier] = {}

    def record(self, value: bytes, outputs: list[Output]) -> None:
        """Take one journal record and what came out of it."""
        now_ms = self._now.at(Now.head(value))
        for output in outputs:
            if output.topic == "alerts":
                self._take_alert(_alert(output.value), is_counted=now_ms >= self._from_ms)
            elif output.topic == "tier-changes" and now_ms >= self._from_ms:
                change = _change(output.value)
                before, after = Tier[change.from_.upper()], Tier[change.to.upper()]
                self._count("tier", change.borrower_id, before, after)

    def _take_alert(self, alert: Alert, *, is_counted: bool) -> None:
        """Count an episode once at each tier that it comes to."""
        if alert.transition not in RISING:
            return
        episode = f"{alert.subject_id}/{alert.rule.name}/{alert.episode}"
        before, after = self._highest.get(episode, Tier.NONE), Tier[alert.tier.upper()]
        self._highest[episode] = max(before, after)
        if is_counted:
            self._count(f"{alert.signal} {alert.rule.name}", alert.borrower_id, before, after)

    def _count(self, name: str, borrower_id: str, before: Tier, after: Tier) -> None:
        for tier in TIERS:
            if before < tier <= after:
                self.by_voice[f"{name} {tier.word}"][borrower_id] += 1


def lines_of(book: Book) -> Iterator[tuple[Origin, bytes]]:
    """Yield the lines of a book, none of them kept; sources speak as seldom as they may.

    What a tick costs does not depend on the number of shops, and here are few.
    """
    records = book.records(feeds=True, positions=True, heard_every=HEARD_EVERY_HOURS)
    for number, record in enumerate(records):
        raw = line(record, record.type).rstrip(b"\n")
        yield Origin(topic="healthy", partition=0, offset=number), raw


def measure(size: Size, *, shops: int, days: int, seed: int) -> dict[str, object]:
    """Fold a book of shops of one size; return what was said of them a year."""
    book = Book(
        seed=seed,
        borrowers=shops,
        days=days,
        start=START,
        lifelike=True,
        stories=("none",),
        sizes=(size,),
    )
    counts = Counts(midnight_ms(START) + WARM_UP_DAYS * DAY_MS)
    fold = Fold(
        rules.pack("postloan"),
        wall_now_ms=WALL_MS,
        controls=book.controls,
        on_record=counts.record,
    )
    began_s = time.perf_counter()
    fold.lines(lines_of(book))
    years = (days - WARM_UP_DAYS) / 365
    rng = np.random.default_rng(seed)
    return {
        "sales_a_day": size.sales_a_day,
        "shop_years": round(shops * years, 1),
        "seconds": round(time.perf_counter() - began_s, 1),
        "events": fold.report().events,
        "a_year": {
            voice: rate(by.values(), shops, years, rng)
            for voice, by in sorted(counts.by_voice.items())
        },
    }


def rate(
    counted: Iterable[int], shops: int, years: float, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return episodes a shop and year: the rate, and the ends of its interval."""
    by_shop = np.zeros(shops)
    values = list(counted)
    by_shop[: len(values)] = values
    drawn = rng.choice(by_shop, size=(DRAWS, shops)).mean(axis=1) / years
    low, high = np.quantile(drawn, (0.025, 0.975))
    least = THREE_EVENTS / (shops * years)
    value = by_shop.mean() / years
    return round(value, 3), round(low, 3), round(max(high, least if not value else 0.0), 3)


def main() -> None:
    """Measure the strata that were asked for, and print a line of JSON for each."""
    parser = argparse.ArgumentParser(prog="python -m bench.healthy", description=__doc__)
    parser.add_argument("--shops", type=int, default=40, help="of each stratum")
    parser.add_argument("--days", type=int, default=365 + WARM_UP_DAYS)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sales", type=int, nargs="*", help="strata by sales a day; all")
    arguments = parser.parse_args()
    for size in SIZES:
        if not arguments.sales or size.sales_a_day in arguments.sales:
            found = measure(size, shops=arguments.shops, days=arguments.days, seed=arguments.seed)
            print(json.dumps(found))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
