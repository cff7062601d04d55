"""Reads vectors: loans worked out by hand, in a format that finance people can read.

    == on time by a minute             a case; what follows happens in this order
    # ...                              how the figures were worked out
    loan principal=1000                a contract: see `story.py` for what may be said
    schedule 1                         a version, with rows of number, due date and amount below:
      1  2026-02-10  1000.00  cut=17:00 grace=3
      2..4  2026-03-10  +1m  500       three of them, a month apart
    pay 2026-02-10 16:59  1000.00  ref=p1
    on 2026-02-10 | 1000 | 1000 | 0 | 0 | 0 | NORMAL | 0 | 0 | CURRENT

The columns are owed, paid, overdue, raw days past due, tier floor, class floor, advance, suspense
and state; after them, any other field of the view as `name=value`, `-` for none. The quarantine is
none if it is not named, but for the missing positions that every vector has. Amounts are in major
units; times are the loan's, unless they end in `Z` or a `zone` is named. `=> conflict VERSION`
says what came of a record, `=> refused SCHEMA` that it never reached the ledger.
"""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

FOLDER = Path(__file__).with_name("vectors")
COLUMNS = (
    "owed", "paid", "overdue", "raw_dpd", "tier_floor", "class_floor", "advance", "suspense",
    "state",
)  # fmt: skip


@dataclass
class Line:
    """One line: its words, its `name=value` options, what is expected, and its rows."""

    place: str
    text: str
    words: list[str]
    options: dict[str, str]
    expected: str = ""
    rows: list["Line"] = field(default_factory=list)


@dataclass
class Case:
    title: str
    file: str
    lines: list[Line] = field(default_factory=list)


def cases():
    """Return every case of every file."""
    return [case for path in sorted(FOLDER.glob("*.txt")) for case in _read(path)]


def parse(text):
    """Return the one case of a text."""
    (case,) = _parse(text, "text", "text")
    return case


def _read(path):
    return _parse(path.read_text(encoding="utf-8"), path.name, path.stem)


def _parse(whole, name, stem):
    found = []
    for number, text in enumerate(whole.splitlines(), 1):
        if text.startswith("== "):
            found.append(Case(text[3:].strip(), stem))
        elif text.strip() and not text.lstrip().startswith("#"):
            line = _line(f"{name}:{number}", text)
            lines = found[-1].lines
            (lines[-1].rows if text.startswith(" ") else lines).append(line)
    return found


def _line(place, text):
    body, _, expected = text.partition("=>")
    words = body.split()
    options = {} if "|" in text else dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word]
    return Line(place, text.strip(), plain, options, expected.strip())


def expectations(line):
    """Return day, loan, and the expected fields of an `on` line."""
    head, *cells = (cell.strip() for cell in line.text.split("|"))
    day, loan = (*head.split()[1:], "ln_1")[:2]
    wanted = dict(zip(COLUMNS, cells, strict=False))
    for extra in cells[len(COLUMNS) :]:
        wanted |= dict(pair.split("=", 1) for pair in extra.split(", "))
    return day, loan, {"quarantine": ""} | wanted


def due_dates(line):
    """Yield number and due date of each instalment that a row stands for."""
    numbers, first, *step, _ = line.words
    least, _, most = numbers.partition("..")
    for index, no in enumerate(range(int(least), int(most or least) + 1)):
        yield no, _later(date.fromisoformat(first), step[0] if step else "+0d", index)


def _later(first, step, times):
    count = int(step[1:-1]) * times
    if step.endswith("d"):
        return first + timedelta(days=count)
    years, month = divmod(first.month - 1 + count, 12)
    year = first.year + years
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
