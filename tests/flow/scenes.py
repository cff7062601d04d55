"""Folds simulated books as a lender would: feeds and calendar declared, positions each morning."""

import io

import msgspec

import rules
from schemas.dead_letter import Origin
from stream.evaluate.fold import Fold
from stream.sources.records import write
from stream.sources.routing import REFERENCES, arrival_ms, route
from stream.sources.simulator.book import Book
from stream.sources.simulator.merchants import SIZES
from tests.flow.expected import Told
from tests.flow.people import People

WALL_MS = 1_900_000_000_000
KIOSKS, SHOPS = SIZES[:1], SIZES[2:3]


def lines_of(book, heard_every=1):
    """The lines of a book, with what the feeds and the core say of themselves."""
    return written(book.records(feeds=True, positions=True, heard_every=heard_every))


def arrives_ms(raw):
    """When a line arrives; a reference is known before everything."""
    routed = route(raw)
    return 0 if routed.topic == REFERENCES else arrival_ms(routed.envelope)


def written(records):
    """Records as the lines of a file."""
    file = io.BytesIO()
    write(records, file)
    return file.getvalue().splitlines()


def folded(lines, controls, *, wall_now_ms=WALL_MS, on_decision=lambda _decision: None, planted=()):
    """Fold lines with the shipped rules; return what was told, and the report.

    `planted` is what people and executors answer to; without it nobody does anything.
    """
    told, people = Told(), People()

    def take(value, outputs):
        told.record(value, outputs)
        for output in outputs:
            if output.topic == "decisions":
                on_decision(msgspec.json.decode(output.value))

    pack = rules.pack("postloan")
    fold = Fold(
        pack, wall_now_ms=wall_now_ms, controls=controls, on_record=take, trust=people.trust()
    )
    diary = list(people.diary(planted).items())
    for number, raw in enumerate(lines):
        origin = Origin(topic="book", partition=0, offset=number)
        while diary and arrives_ms(raw) > diary[0][0]:
            for do in diary.pop(0)[1]:
                for each in do(told):
                    fold.said(each.topic, each.value, origin)
        fold.lines([(origin, raw)])
    return told, fold.report()


def book_of(*stories, **options):
    """A lifelike book of kiosks, unless told otherwise: small enough to fold in seconds.

    One that is not lifelike has one source and folds many times faster: for stories of debits.
    """
    usual = {"seed": 7, "borrowers": 30, "lifelike": True, "sizes": KIOSKS}
    return Book(**usual | options, stories=stories)
