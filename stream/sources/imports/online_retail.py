"""Sale lines of one British web shop, December 2010 to December 2011.

The public data set "Online Retail" (UCI Machine Learning Repository, 2015; Chen, Sain and Guo,
Journal of Database Marketing 19, 2012) has a row for each line of each invoice. It has no label:
it is for mechanics and throughput. A line becomes one pos_clearing event of one merchant:

    SALE         quantity times price, rounded to pence
    REFUND       of an invoice that begins with C, or with a quantity below 0
    ADJUSTMENT   of one that begins with A: a debt written off

A line without an amount (goods lost, samples) is no sale and is left out. Lines that are equal
in everything are one fact that was sent more than once: they have the same key and other ids.
Descriptions and countries are never read but to tell two lines apart.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.instants import to_ms
from schemas.money import Money
from schemas.pos_clearing import PosChannel, PosClearing, TxnType
from schemas.reference import BorrowerProfile, PartyLink, Relation
from schemas.tokens import tokenise
from stream.sources.imports.tables import Row, made, midnight_ms, read_rows
from stream.sources.records import Record, clock

SOURCE: Final = "online_retail"
FILE: Final = "online_retail.csv.xz"
CURRENCY: Final = "GBP"
TZ: Final = "Europe/London"
ZONE: Final = ZoneInfo(TZ)
SHOP: Final = "online_retail"
"""What its tokens are made of: the set has one shop and does not name it."""

COLUMNS: Final = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)

PENCE: Final = 100
KEY_DIGITS: Final = 32


class Line(NamedTuple):
    """One line with an amount; `pence` is never below 0."""

    at: datetime
    txn_type: TxnType
    pence: int
    payer_token: str | None
    key: str


def read_lines(folder: Path, key: bytes) -> Iterator[Line | None]:
    """Yield the lines of the data set's file in `folder`, None for one without an amount.

    Args:
        folder: Where `FILE` is.
        key: What the tokens are made with, at least 16 bytes.

    Raises:
        ImportFileError: If there is no such file, a column is missing or a value is none.
    """
    for row in read_rows(folder / FILE, COLUMNS):
        yield made(lambda row: _line(row, key), row, "a line of an invoice")


def _line(row: Row, key: bytes) -> Line | None:
    quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
    pence = int((quantity * price * PENCE).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    if not pence:
        return None
    customer = row["CustomerID"].removesuffix(".0")
    whole = "\x1f".join(row[name] for name in COLUMNS)
    return Line(
        at=datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=ZONE),
        txn_type=_txn_type(row["InvoiceNo"], quantity),
        pence=abs(pence),
        payer_token=tokenise("payer", customer, key=key) if customer else None,
        key=sha256(whole.encode()).hexdigest()[:KEY_DIGITS],
    )


def _txn_type(invoice: str, quantity: int) -> TxnType:
    if invoice.startswith("A"):
        return TxnType.ADJUSTMENT
    return TxnType.REFUND if invoice.startswith("C") or quantity < 0 else TxnType.SALE


def records(folder: Path, key: bytes) -> Iterator[Record]:
    """Yield references, and then the lines with a clock record a day.

    Raises:
        ImportFileError: As `read_lines`.
    """
    merchant_id = tokenise("merchant", SHOP, key=key)
    day: date | None = None
    for number, line in enumerate(read_lines(folder, key), start=1):
        if line is None:
            continue
        if day is None:
            day = line.at.date()
            yield from _references(merchant_id, midnight_ms(day, ZONE), key)
            yield clock(SOURCE, midnight_ms(day, ZONE))
        while day < line.at.date():
            day += timedelta(days=1)
            yield clock(SOURCE, midnight_ms(day, ZONE))
        yield _record(line, f"line-{number}", merchant_id)
    if day is not None:
        yield clock(SOURCE, midnight_ms(day + timedelta(days=1), ZONE))


def _references(merchant_id: str, at_ms: int, key: bytes) -> Iterator[Record]:
    borrower_id = tokenise("borrower", SHOP, key=key)
    profile = BorrowerProfile(
        borrower_id=borrower_id, region="GB", tz=TZ, currency=CURRENCY, segment_ids=(SOURCE,)
    )
    link = PartyLink(token=merchant_id, borrower_id=borrower_id, relation=Relation.MERCHANT)
    yield Record("profile", SOURCE, at_ms, profile)
    yield Record("link", SOURCE, at_ms, link)


def _record(line: Line, record_id: str, merchant_id: str) -> Record:
    data = PosClearing(
        txn_type=line.txn_type,
        merchant_id=merchant_id,
        amount_gross=Money(amount_minor=line.pence, currency=CURRENCY),
        channel=PosChannel.ECOM,
        local_txn_date=line.at.date(),
        payer_token=line.payer_token,
        idempotency_key=line.key,
        tz=TZ,
    )
    return Record(record_id, SOURCE, to_ms(line.at), data)
