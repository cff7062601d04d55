"""Folds simulated books as a lender would: feeds and calendar declared, positions each morning."""

import io

import msgspec

import rules
from schemas.dead_letter import Origin
from stream.evaluate.fold import Fold
from stream.sources.records import write
from stream.sources.simulator.book import Book
from stream.sources.simulator.merchants import SIZES
from tests.flow.expected import Told

WALL_MS = 1_900_000_000_000
KIOSKS, SHOPS = SIZES[:1], SIZES[2:3]


def lines_of(book, heard_every=1):
    """The lines of a book, with what the feeds and the core say of themselves."""
    return written(book.records(feeds=True, positions=True, heard_every=heard_every))


def written(records):
    """Records as the lines of a file."""
    file = io.BytesIO()
    write(records, file)
    return file.getvalue().splitlines()


def folded(lines, controls, *, wall_now_ms=WALL_MS, on_decision=lambda _decision: None):
    """Fold lines with the shipped rules; return what was told, and the report."""
    told = Told()

    def take(value, outputs):
        told.record(value, outputs)
        for output in outputs:
            if output.topic == "decisions":
                on_decision(msgspec.json.decode(output.value))

    pack = rules.pack("postloan")
    fold = Fold(pack, wall_now_ms=wall_now_ms, controls=controls, on_record=take)
    fold.lines((Origin(topic="book", partition=0, offset=n), raw) for n, raw in enumerate(lines))
    return told, fold.report()


def book_of(*stories, **options):
    """A lifelike book of kiosks, unless told otherwise: small enough to fold in seconds.

    One that is not lifelike has one source and folds many times faster: for stories of debits.
    """
    usual = {"seed": 7, "borrowers": 30, "lifelike": True, "sizes": KIOSKS}
    return Book(**usual | options, stories=stories)
