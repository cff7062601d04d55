"""A simulated shop: its sales, its refunds, and how the acquirer settles them.

A clearing day ends at 23:00 and is settled on the next business day, one payment for each
clearing day. A refund comes one to three days after its sale, at closing time, as soon as it is
a small part of the day's sales.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from schemas.business_key import business_key
from schemas.instants import HOUR_MS, MINUTE_MS
from schemas.pos_clearing import Funding, PosChannel, PosClearing, Scheme, TxnType
from schemas.settlement import (
    AccountRole,
    Batch,
    CounterpartyClass,
    Direction,
    Settlement,
    SettlementChannel,
    SettlementType,
)
from stream.sources.records import Record
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.merchants import (
    TZ,
    Merchant,
    midnight_ms,
)
from stream.sources.simulator.stories.base import Sale
from stream.sources.simulator.trading import trading
from stream.sources.simulator.truth import Sold

CUT_OVER_HOUR: Final = 23

SETTLES_FROM_HOUR: Final = 9
"""Before the debits of 11:00, which so find the money."""

FEE_PER_10_000: Final = 38
QR_SHARE: Final = 0.7
REFUND_SHARE: Final = 0.01
CUSTOMERS_PER_DAILY_SALE: Final = 40

LARGEST_REFUND: Final = 1 / 3
"""Of what the day has brought so far."""

_QR_SCHEMES: Final = (Scheme.WECHAT, Scheme.ALIPAY)


@dataclass(slots=True)
class Totals:
    """What one clearing day has brought so far, in minor units."""

    items: int = 0
    gross: int = 0
    refunds: int = 0
    fees: int = 0

    @property
    def net(self) -> int:
        """What the acquirer owes for it."""
        return self.gross - self.refunds - self.fees


class Shop:
    """One merchant's shop.

    Args:
        merchant: Whose.
        rng: Its chances.
    """

    def __init__(self, merchant: Merchant, rng: random.Random) -> None:
        self._merchant = merchant
        self._rng = rng
        self._trading = trading(merchant, rng)
        self._open: defaultdict[date, Totals] = defaultdict(Totals)
        self._refunds: list[tuple[date, PosClearing]] = []
        self._sequence = 0
        self._settles_ms = SETTLES_FROM_HOUR * HOUR_MS + rng.randrange(60) * MINUTE_MS
        self.sold = Sold()

    def sales(
        self, day: date, beside: tuple[Sale, ...] = (), level: float = 1.0
    ) -> Iterator[Record]:
        """Yield the day's sales and its refunds.

        Args:
            day: The day.
            beside: Odd sales that come among the usual ones.
            level: Of the usual number of sales, how many come: 0 when it is closed.
        """
        self.sold = Sold()
        times = self._sale_times(day, 0.0 if self._merchant.is_closed(day) else level)
        usual = (Sale(at_ms, self._trading.ticket()) for at_ms in times)
        for sale in (*beside, *usual):
            yield self._sold(sale, day)
        yield from self._refunded(day)

    def settlements(self, day: date, account_token: str | None) -> Iterator[Record]:
        """Yield the payments of all clearing days before `day`, if it is a business day.

        With no account that we see, they are made all the same, unseen.
        """
        if not self._merchant.calendar.is_business_day(day):
            return
        for clearing_date in [each for each in self._open if each < day]:
            totals = self._open.pop(clearing_date)
            if totals.items and account_token:
                yield self._settled(totals, clearing_date, day, account_token)

    def _sale_times(self, day: date, level: float) -> list[int]:
        """Return the instants of the usual sales, most in the middle hours."""
        trade = self._merchant.trade
        opens_ms = midnight_ms(day) + trade.opens * HOUR_MS
        open_ms = (trade.closes - trade.opens) * HOUR_MS
        count = self._trading.count(day, level)
        return sorted(opens_ms + int(self._rng.triangular(0, open_ms)) for _ in range(count))

    def _sold(self, sale: Sale, day: date) -> Record:
        fee_minor = sale.amount_minor * FEE_PER_10_000 // 10_000
        data = self._cleared(TxnType.SALE, sale, day, fee_minor=fee_minor)
        totals = self._open[_clearing_date(sale.at_ms, day)]
        self.sold.sale(sale.amount_minor)
        totals.items += 1
        totals.gross += sale.amount_minor
        totals.fees += fee_minor
        if self._rng.random() < REFUND_SHARE:
            self._refunds.append((day + timedelta(days=self._rng.randint(1, 3)), data))
        return self._record("sale", sale.at_ms, data)

    def _refunded(self, day: date) -> Iterator[Record]:
        merchant = self._merchant
        at_ms = midnight_ms(day) + merchant.trade.closes * HOUR_MS - MINUTE_MS
        totals = self._open[_clearing_date(at_ms, day)]
        waiting, self._refunds = self._refunds, []
        for earliest, sale in waiting:
            refund = Sale(at_ms, sale.amount_gross.amount_minor)
            if earliest > day or refund.amount_minor > totals.net * LARGEST_REFUND:
                self._refunds.append((earliest, sale))
                continue
            self.sold.refund(refund.amount_minor)
            totals.items += 1
            totals.refunds += refund.amount_minor
            original = business_key(merchant.feed, sale)
            data = self._cleared(TxnType.REFUND, refund, day, original_ref=original)
            yield self._record("refund", at_ms, data)

    def _cleared(
        self,
        txn_type: TxnType,
        sale: Sale,
        day: date,
        *,
        fee_minor: int = 0,
        original_ref: str | None = None,
    ) -> PosClearing:
        merchant, rng = self._merchant, self._rng
        self._sequence += 1
        is_qr = rng.random() < QR_SHARE
        clearing_date = _clearing_date(sale.at_ms, day)
        customer = rng.randrange(CUSTOMERS_PER_DAILY_SALE * merchant.size.sales_a_day)
        return PosClearing(
            txn_type=txn_type,
            channel=PosChannel.QR_CONSUMER_PRESENTED if is_qr else PosChannel.CARD_PRESENT,
            scheme=rng.choice(_QR_SCHEMES) if is_qr else Scheme.CUP,
            funding=Funding.UNKNOWN if is_qr else Funding.DEBIT,
            merchant_id=merchant.merchant_id,
            terminal_id=merchant.terminal_id,
            mcc=merchant.trade.mcc,
            acquirer_id=merchant.acquirer,
            amount_gross=merchant.money(sale.amount_minor),
            fee=merchant.money(fee_minor),
            channel_txn_id=f"{merchant.tag}-q{self._sequence}" if is_qr else None,
            stan=None if is_qr else f"{self._sequence % 1_000_000:06d}",
            rrn=None if is_qr else f"{self._sequence:012d}",
            response_code="00",
            local_txn_date=day,
            clearing_date=clearing_date,
            settlement_date=merchant.calendar.business_day(clearing_date + ONE_DAY),
            payer_token=f"pyr_{merchant.tag}c{customer}",
            original_ref=original_ref,
            tz=TZ,
        )

    def _settled(
        self, totals: Totals, clearing_date: date, day: date, account_token: str
    ) -> Record:
        money = self._merchant.money
        batch_id = f"{self._merchant.tag}-{clearing_date}"
        data = Settlement(
            event_type=SettlementType.MERCHANT_SETTLEMENT,
            account_token=account_token,
            account_role=AccountRole.SETTLEMENT_PAYEE,
            direction=Direction.CREDIT,
            amount=money(totals.net),
            bank_txn_ref=batch_id,
            counterparty_class=CounterpartyClass.ACQUIRER,
            channel=SettlementChannel.BATCH,
            clearing_date=clearing_date,
            booking_date=day,
            batch=Batch(
                batch_id=batch_id,
                item_count=totals.items,
                gross=money(totals.gross),
                refunds=money(totals.refunds),
                fees=money(totals.fees),
                net=money(totals.net),
            ),
            tz=TZ,
        )
        at_ms = midnight_ms(day) + self._settles_ms
        return Record(f"{batch_id}-settled", self._merchant.feed, at_ms, data)

    def _record(self, sort: str, at_ms: int, data: PosClearing) -> Record:
        merchant = self._merchant
        return Record(f"{merchant.tag}-{sort}-{self._sequence}", merchant.feed, at_ms, data)


def _clearing_date(at_ms: int, day: date) -> date:
    return day + ONE_DAY if at_ms >= midnight_ms(day) + CUT_OVER_HOUR * HOUR_MS else day
