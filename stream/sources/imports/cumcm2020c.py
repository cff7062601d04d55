"""Sales and purchase invoices of Chinese small firms, October 2016 to February 2020.

The public data set of problem C of the Contemporary Undergraduate Mathematical Contest in
Modeling 2020 has every invoice of 123 firms with a label and 302 without. An invoice becomes

    sale       pos_clearing SALE, below 0 a REFUND; a void one SALE and VOID
    purchase   settlement TRANSFER out to the supplier, below 0 a RETURN of it; a void one
               TRANSFER and REVERSAL

with the amount including tax. An invoice below 0 that is void is nothing. The set has days and
no hours: those are ours, between 9 and 17, and every event says so (`ESTIMATED`). Inside a day
the rows of a firm keep their order. Invoice numbers repeat; what is one fact is the row.

The label is default, undated: `outcome_at` is the firm's last invoice, so that a lead is only a
proxy, and nothing counts after it, for good and bad alike: that the invoices end is the end of
observation and no silence. The firm's name and its rating are never read; the rating is the
label in disguise.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.header import Quality
from schemas.instants import DAY_MS, HOUR_MS
from schemas.money import Money
from schemas.pos_clearing import PosClearing, TxnType
from schemas.reference import BorrowerProfile, PartyLink, Relation
from schemas.settlement import CounterpartyClass, Direction, Settlement, SettlementType
from schemas.tokens import tokenise
from stream.sources.imports.tables import Row, made, midnight_ms, minor_units, read_rows
from stream.sources.labels import Label
from stream.sources.records import Record, clock

SOURCE: Final = "cumcm2020c"
CURRENCY: Final = "CNY"
TZ: Final = "Asia/Shanghai"
ZONE: Final = ZoneInfo(TZ)

FIRM, DAY, AMOUNT, STATE, BUYER, SELLER = (
    "企业代号",
    "开票日期",
    "价税合计",
    "发票状态",
    "购方单位代号",
    "销方单位代号",
)
LABEL: Final = "是否违约"
IS_BAD: Final = {"否": 0, "是": 1}
IS_VOID: Final = {"有效发票": False, "作废发票": True}

OPENS_MS, OPEN_MS = 9 * HOUR_MS, 8 * HOUR_MS


class Side(Enum):
    """Of which table an invoice is; the value is in its file's name."""

    SALE = "sales"
    PURCHASE = "purchases"


class Firm(NamedTuple):
    """One firm; its tokens."""

    borrower_id: str
    merchant_id: str
    account_token: str


class Invoice(NamedTuple):
    """One row. `amount_minor` is below 0 for what is given back."""

    day: date
    firm: Firm
    side: Side
    row: int
    partner: str
    amount_minor: int
    void: bool


class Invoices:
    """Reads the tables of the data set in `folder`.

    Args:
        folder: Where they are.
        key: What the tokens are made with, at least 16 bytes.
        labelled_only: Leave out the firms that have no label.

    Raises:
        ImportFileError: If a file or a column is missing, or a value is none; of each of the
            methods.
    """

    def __init__(self, folder: Path, key: bytes, *, labelled_only: bool = False) -> None:
        self._folder = folder
        self._key = key
        self._parts = ("labelled",) if labelled_only else ("labelled", "unlabelled")
        self._tokens: dict[tuple[str, str], str] = {}

    def read(self) -> list[Invoice]:
        """Return all invoices, day by day, those of a firm's side in their order."""
        found = [
            invoice
            for part in self._parts
            for side in Side
            for invoice in self._invoices(part, side)
        ]
        return sorted(found, key=lambda each: (each.day, each.firm, each.side.value, each.row))

    def labels(self, invoices: Iterable[Invoice]) -> Iterator[Label]:
        """Yield how the firms went; nothing counts after the day of their last invoice."""
        last: dict[str, date] = {}
        for invoice in invoices:
            borrower_id = invoice.firm.borrower_id
            last[borrower_id] = max(invoice.day, last.get(borrower_id, invoice.day))
        for row in read_rows(self._folder / "firms_labelled.csv.xz", (FIRM, LABEL)):
            borrower_id = self._token("borrower", row[FIRM])
            bad = made(lambda row: IS_BAD[row[LABEL]], row, f"`{LABEL}` of {' or '.join(IS_BAD)}")
            day = last.get(borrower_id)
            until_ms = None if day is None else midnight_ms(day, ZONE) + DAY_MS
            yield Label(borrower_id, bad, until_ms=until_ms, outcome_ms=until_ms if bad else None)

    def _invoices(self, part: str, side: Side) -> Iterator[Invoice]:
        partner = BUYER if side is Side.SALE else SELLER
        path = self._folder / f"{side.value}_{part}.csv.xz"
        for row in read_rows(path, ("row", FIRM, DAY, AMOUNT, STATE, partner)):
            yield made(lambda row: self._invoice(row, side, partner), row, "an invoice")

    def _invoice(self, row: Row, side: Side, partner: str) -> Invoice:
        year, month, day = map(int, row[DAY].split("/"))
        kind = "payer" if side is Side.SALE else "counterparty"
        return Invoice(
            day=date(year, month, day),
            firm=Firm(
                self._token("borrower", row[FIRM]),
                self._token("merchant", row[FIRM]),
                self._token("account", row[FIRM]),
            ),
            side=side,
            row=int(row["row"]),
            partner=self._token(kind, row[partner]),
            amount_minor=minor_units(row[AMOUNT], CURRENCY),
            void=IS_VOID[row[STATE]],
        )

    def _token(self, kind: str, value: str) -> str:
        """Return a token, always the same object: there are far more invoices than parties."""
        if (kind, value) not in self._tokens:
            self._tokens[kind, value] = tokenise(kind, value, key=self._key)
        return self._tokens[kind, value]


def records(invoices: Sequence[Invoice]) -> Iterator[Record]:
    """Yield references, and then the invoices with a clock record a day."""
    if not invoices:
        return
    first_ms = midnight_ms(invoices[0].day, ZONE)
    for firm in sorted({invoice.firm for invoice in invoices}):
        yield from _references(firm, first_ms)
    by_day: defaultdict[date, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        by_day[invoice.day].append(invoice)
    day, last = invoices[0].day, invoices[-1].day
    while day <= last:
        yield clock(SOURCE, midnight_ms(day, ZONE))
        yield from _of_day(by_day.pop(day, []), midnight_ms(day, ZONE) + OPENS_MS)
        day += timedelta(days=1)
    yield clock(SOURCE, midnight_ms(day, ZONE))


def _references(firm: Firm, at_ms: int) -> Iterator[Record]:
    profile = BorrowerProfile(
        borrower_id=firm.borrower_id,
        kind="SMALL_ENT",
        region="CN",
        tz=TZ,
        currency=CURRENCY,
        segment_ids=(SOURCE,),
    )
    yield Record(f"{firm.borrower_id}-profile", SOURCE, at_ms, profile)
    for token, relation in (
        (firm.merchant_id, Relation.MERCHANT),
        (firm.account_token, Relation.ACCOUNT),
    ):
        link = PartyLink(token=token, borrower_id=firm.borrower_id, relation=relation)
        yield Record(f"{token}-link", SOURCE, at_ms, link)


def _of_day(invoices: Sequence[Invoice], opens_ms: int) -> Iterator[Record]:
    for index, invoice in enumerate(invoices):
        at_ms = opens_ms + index * OPEN_MS // len(invoices)
        if invoice.side is Side.SALE:
            yield from _sale(invoice, at_ms)
        else:
            yield from _purchase(invoice, at_ms)


def _sale(invoice: Invoice, at_ms: int) -> Iterator[Record]:
    for txn_type in _sale_types(invoice):
        key = f"{invoice.firm.merchant_id}-{invoice.side.value}-{invoice.row}-{txn_type}"
        data = PosClearing(
            txn_type=txn_type,
            merchant_id=invoice.firm.merchant_id,
            amount_gross=_amount(invoice),
            payer_token=invoice.partner,
            local_txn_date=invoice.day,
            idempotency_key=key,
            quality=(Quality.ESTIMATED,),
            tz=TZ,
        )
        yield Record(key, SOURCE, at_ms, data)


def _sale_types(invoice: Invoice) -> tuple[TxnType, ...]:
    if invoice.amount_minor < 0:
        return () if invoice.void else (TxnType.REFUND,)
    return (TxnType.SALE, TxnType.VOID) if invoice.void else (TxnType.SALE,)


def _purchase(invoice: Invoice, at_ms: int) -> Iterator[Record]:
    for event_type in _purchase_types(invoice):
        is_out = event_type is SettlementType.TRANSFER
        key = f"{invoice.firm.account_token}-{invoice.side.value}-{invoice.row}-{event_type}"
        data = Settlement(
            event_type=event_type,
            account_token=invoice.firm.account_token,
            direction=Direction.DEBIT if is_out else Direction.CREDIT,
            amount=_amount(invoice),
            counterparty_token=invoice.partner,
            counterparty_class=CounterpartyClass.SUPPLIER,
            booking_date=invoice.day,
            idempotency_key=key,
            quality=(Quality.ESTIMATED,),
            tz=TZ,
        )
        yield Record(key, SOURCE, at_ms, data)


def _purchase_types(invoice: Invoice) -> tuple[SettlementType, ...]:
    if invoice.amount_minor < 0:
        return () if invoice.void else (SettlementType.RETURN,)
    out = SettlementType.TRANSFER
    return (out, SettlementType.REVERSAL) if invoice.void else (out,)


def _amount(invoice: Invoice) -> Money:
    return Money(amount_minor=abs(invoice.amount_minor), currency=CURRENCY)
