"""Reads the CSV files of public data sets, packed or not, and keeps their small print in one place.

Every problem names the file and the line: whoever has the set under another layout sees where it
differs.
"""

import csv
import lzma
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Final, TextIO, TypeVar
from zoneinfo import ZoneInfo

from schemas.instants import to_ms
from schemas.money import exponent

PUBLIC_KEY: Final = b"loanwatch: a key for data that is public anyway"
"""The default key of the tokens: it hides nothing, and everybody gets the same ones."""

Made = TypeVar("Made")


class ImportFileError(ValueError):
    """A file that is not laid out as expected; the text says where and how."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its columns by name, and where it stands."""

    columns: dict[str, str]
    place: str

    def __getitem__(self, name: str) -> str:
        """Return the column `name`."""
        return self.columns[name]


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of the table at `path`, or of the one beside it without `.xz`.

    Raises:
        ImportFileError: If there is neither, or a column is missing.
    """
    with _open(path) as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise ImportFileError(f"expected the column `{missing[0]}` in {path}, found none")
        for columns_by_name in reader:
            yield Row(columns_by_name, f"{path}, line {reader.line_num}")


def made(make: Callable[[Row], Made], row: Row, wanted: str) -> Made:
    """Return what `make` makes of `row`.

    Raises:
        ImportFileError: If it cannot; says that `wanted` was expected, and where.
    """
    try:
        return make(row)
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise ImportFileError(f"{row.place}: expected {wanted}, got {error}") from None


def minor_units(amount: str, currency: str) -> int:
    """Read an amount in major units, such as `1000`, `1000.0` or `1e3`; it may be negative.

    Raises:
        ValueError: If it is no number, or has parts of a minor unit.

    Examples:
        >>> minor_units("-12.5", "CNY"), minor_units("1e3", "JPY")
        (-1250, 1000)
    """
    try:
        minor = Decimal(amount).scaleb(exponent(currency))
        whole = int(minor)
    except (ArithmeticError, ValueError):
        raise ValueError(f"`{amount}`, which is no number") from None
    if minor != whole:
        raise ValueError(f"`{amount}`, which is less than a minor unit")
    return whole


def midnight_ms(day: date, zone: ZoneInfo) -> int:
    """Return the instant at which `day` begins in `zone`."""
    return to_ms(datetime.combine(day, time(), zone))


def _open(path: Path) -> TextIO:
    if path.is_file():
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    plain = path.with_suffix("")
    if plain.is_file():
        return plain.open(encoding="utf-8", newline="")
    raise ImportFileError(f"expected the data set at {path}, found no file")
