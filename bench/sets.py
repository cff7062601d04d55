"""The sets that `make evaluate` looks for, each with what its README says of it.

A set is a folder below DATA. One that is not there is skipped, saying so. Nothing here tunes
anything: a set has a warm-up, for whom the first days say nothing, and the floor that others have
measured on it, with the share of the good at which that floor stands.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from schemas.control import ControlBody
from schemas.dead_letter import Origin
from stream.sources.imports import cumcm2020c, online_retail, superlender, uci_taiwan
from stream.sources.imports.tables import PUBLIC_KEY
from stream.sources.labels import Label
from stream.sources.records import Record, line
from stream.sources.simulator.book import Book

SIMULATED_SHOPS, SIMULATED_DAYS = 80, 270


class Read(NamedTuple):
    """A set that was read: what is sent, what became of whom, what governs beside the rules."""

    records: Iterable[Record]
    labels: list[Label]
    controls: tuple[ControlBody, ...] = ()


class DataSet(NamedTuple):
    """A set to evaluate on.

    Attributes:
        name: Its name, and that of its folder; none if it is made here.
        read: Reads it from its folder.
        floor: What others have measured on it, in words.
        false_share: The share of the good at which recalls are compared: that of the floor.
        warm_up_days: So many days after its first event nothing counts of a borrower.
    """

    name: str
    read: Callable[[Path], Read]
    floor: str
    false_share: float = 0.19
    warm_up_days: int = 0


def _taiwan(folder: Path) -> Read:
    clients = uci_taiwan.read_clients(folder, PUBLIC_KEY)
    return Read(uci_taiwan.records(clients), list(uci_taiwan.labels(clients)))


def _superlender(folder: Path) -> Read:
    loans = superlender.read_loans(folder, PUBLIC_KEY, labelled_only=True)
    return Read(superlender.records(loans), superlender.read_labels(folder, PUBLIC_KEY))


def _cumcm(folder: Path) -> Read:
    tables = cumcm2020c.Invoices(folder, PUBLIC_KEY, labelled_only=True)
    invoices = tables.read()
    return Read(cumcm2020c.records(invoices), list(tables.labels(invoices)))


def _retail(folder: Path) -> Read:
    records = list(online_retail.records(folder, PUBLIC_KEY))
    return Read(records, _all_good(records))


def _simulated(_folder: Path) -> Read:
    book = Book(
        seed=7,
        borrowers=SIMULATED_SHOPS,
        days=SIMULATED_DAYS,
        start=date(2025, 3, 3),
        lifelike=True,
        stories=("none",),
    )
    records = list(book.records(feeds=True, positions=True, heard_every=12))
    return Read(records, _all_good(records), tuple(book.controls))


def _all_good(records: Iterable[Record]) -> list[Label]:
    """Nobody is bad: what is said is a false alarm."""
    of = (getattr(record.data, "borrower_id", None) for record in records)
    return [Label(borrower_id, 0) for borrower_id in dict.fromkeys(filter(None, of))]


SETS: Final = (
    DataSet(
        "uci_taiwan",
        _taiwan,
        "two months late, ever: recall 0.585 at 0.193; boosting AUC 0.784",
    ),
    DataSet("superlender", _superlender, "mean lateness AUC 0.667; boosting 0.707"),
    DataSet(
        "cumcm2020c_dev",
        _cumcm,
        "90 days below a tenth of the 270 before: recall 0.926 at 0.469; log total sales AUC 0.88"
        " (of all 123 firms)",
        false_share=0.469,
        warm_up_days=90,
    ),
    DataSet("online_retail", _retail, "no label: what is said of one shop", warm_up_days=60),
    DataSet("simulated", _simulated, "healthy shops: all is a false alarm", warm_up_days=60),
)


def lines(name: str, records: Iterable[Record]) -> Iterator[tuple[Origin, bytes]]:
    """Yield the records as the lines of a file."""
    for number, record in enumerate(records):
        yield (
            Origin(topic=name, partition=0, offset=number),
            line(record, record.type).rstrip(b"\n"),
        )
