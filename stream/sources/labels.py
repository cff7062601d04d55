"""Labels: what became of whom. They stand in a file of their own, and no event knows them.

CSV with a header. Needed are `borrower_id` and `label`, 1 for bad and 0 for good; the other
columns may be empty or missing:

    until         instant from which nothing that is said of the borrower counts any more
    outcome_at    when it turned bad: what the lead of a warning is counted to
    lead_days     the lead of any hit, where the set says it (judged once, for a loan's term)
    stratum       a code by which the scores are also given apart
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from schemas.instants import parse, wire

COLUMNS: Final = ("borrower_id", "label", "until", "outcome_at", "lead_days", "stratum")
NEEDED: Final = COLUMNS[:2]


class LabelFileError(ValueError):
    """A file of labels that cannot be read; the text says where and why."""


class Label(NamedTuple):
    """What became of one borrower.

    Attributes:
        borrower_id: Its token.
        label: 1 for bad, 0 for good.
        until_ms: From here on nothing counts; None: to the end.
        outcome_ms: When it turned bad, if known.
        lead_days: The lead of any hit, if the set says it.
        stratum: What it is scored with, apart from the others; may be empty.
    """

    borrower_id: str
    label: int
    until_ms: int | None = None
    outcome_ms: int | None = None
    lead_days: int | None = None
    stratum: str = ""


def write_labels(labels: Iterable[Label], out: TextIO) -> int:
    """Write labels as CSV; return how many."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    written = 0
    for label in labels:
        until = "" if label.until_ms is None else wire(label.until_ms)
        outcome = "" if label.outcome_ms is None else wire(label.outcome_ms)
        lead = "" if label.lead_days is None else label.lead_days
        writer.writerow((label.borrower_id, label.label, until, outcome, lead, label.stratum))
        written += 1
    return written


def read_labels(path: Path) -> list[Label]:
    """Read labels, one a borrower, in the order of the file.

    Raises:
        LabelFileError: If a needed column is missing, a value is none, or a borrower comes twice.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise LabelFileError(f"expected the column `{missing[0]}` in {path}, found none")
        return list(_once(_read(reader, path), path))


def _read(reader: "csv.DictReader[str]", path: Path) -> Iterator[Label]:
    for row in reader:
        try:
            yield _label(row)
        except ValueError as error:
            place = f"{path}, line {reader.line_num}"
            raise LabelFileError(f"{place}: {error}") from None


def _label(row: dict[str, str]) -> Label:
    if row["label"] not in ("0", "1"):
        raise ValueError(f"expected 1 for bad or 0 for good, got `{row['label']}`")
    until, outcome, lead = (row.get(name) or "" for name in COLUMNS[2:5])
    return Label(
        borrower_id=row["borrower_id"],
        label=int(row["label"]),
        until_ms=parse(until) if until else None,
        outcome_ms=parse(outcome) if outcome else None,
        lead_days=int(lead) if lead else None,
        stratum=row.get("stratum") or "",
    )


def _once(labels: Iterable[Label], path: Path) -> Iterator[Label]:
    seen: set[str] = set()
    for label in labels:
        if label.borrower_id in seen:
            raise LabelFileError(f"expected each borrower once in {path}: `{label.borrower_id}`")
        seen.add(label.borrower_id)
        yield label
