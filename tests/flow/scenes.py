"""Folds simulated books as a lender would: feeds and calendar declared, positions each morning."""

import io

import rules
from schemas.dead_letter import Origin
from stream.evaluate.fold import Fold
from stream.sources.records import write
from stream.sources.simulator.book import Book
from stream.sources.simulator.merchants import SIZES
from tests.flow.expected import Told

WALL_MS = 1_900_000_000_000
KIOSKS = SIZES[:1]


def lines_of(book):
    """The lines of a book, with what the feeds and the core say of themselves."""
    file = io.BytesIO()
    write(book.records(feeds=True, positions=True), file)
    return file.getvalue().splitlines()


def folded(lines, controls):
    """Fold lines with the shipped rules; return what was told, and the report."""
    told = Told()
    fold = Fold(
        rules.pack("postloan"), wall_now_ms=WALL_MS, controls=controls, on_record=told.record
    )
    fold.lines((Origin(topic="book", partition=0, offset=n), raw) for n, raw in enumerate(lines))
    return told, fold.report()


def book_of(*stories, **options):
    """A lifelike book of kiosks, unless told otherwise: small enough to fold in seconds."""
    usual = {"seed": 7, "borrowers": 30, "lifelike": True, "sizes": KIOSKS}
    return Book(**usual | options, stories=stories)
