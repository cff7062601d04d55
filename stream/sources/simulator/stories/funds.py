"""Where money goes: takings that leave at once, proceeds of the loan, transfers cut into pieces."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, from_ms
from schemas.settlement import CounterpartyClass, Direction, Settlement, SettlementType
from stream.sources.records import Record
from stream.sources.simulator.calendar import ONE_DAY
from stream.sources.simulator.merchants import TZ, Merchant, midnight_ms
from stream.sources.simulator.stories.base import Delivery, Expect, Fact, Story, no_trigger, quiet
from stream.sources.simulator.stories.debits import FailedDebit
from stream.sources.simulator.stories.sales import SILENT, SILENT_TIERS

SWEPT: Final = "F03"
MISUSED: Final = "F04"
QUIET_ACCOUNT: Final = "F16"
STRUCTURED: Final = "F17"

SWEPT_DAYS: Final = 21
"""Before the shop closes: more than ten settlement days."""

SWEPT_PERCENT: Final = 98
QUIET_DAYS: Final = 11
SEVERE_DAYS: Final = 17
"""After the closure: severe silence (14 days) has held for a day, and two families agree."""

MISUSED_PERCENT: Final = 40
PIECE_MINOR: Final = 49_000_00
PIECES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure(Story):
    """The takings leave the account at once for three weeks; from `day` on nothing is sold."""

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The sweep, the silence of the shop and of its account; together they are severe."""
        silent = (
            Fact(SILENT, tier, midnight_ms(self.day + timedelta(days=days)))
            for days, tier in SILENT_TIERS
        )
        severe_ms = midnight_ms(self.day + timedelta(days=SEVERE_DAYS))
        return (
            Fact(SWEPT, 2, midnight_ms(self.day - timedelta(days=SWEPT_DAYS))),
            *silent,
            Fact(QUIET_ACCOUNT, 2, midnight_ms(self.day + timedelta(days=QUIET_DAYS))),
            Fact("", 3, severe_ms, Expect.STAYS),
            no_trigger(severe_ms, rule="EARLY_COLLECTION"),
            no_trigger(severe_ms, rule=SWEPT),
        )

    def level(self, day: date) -> float:
        """Return 0 from the day on."""
        return 0.0 if day >= self.day else 1.0

    def deliveries(self, record: Record) -> Iterator[Delivery]:
        """Yield after each payment of the acquirer the transfer that takes it away."""
        yield Delivery(0, record)
        data = record.data
        from_ms = midnight_ms(self.day - timedelta(days=SWEPT_DAYS))
        if isinstance(data, Settlement) and data.amount and record.at_ms >= from_ms:
            yield Delivery(HOUR_MS, self._swept(record, data.amount.amount_minor))

    def _swept(self, record: Record, came_minor: int) -> Record:
        return transfer(
            self.merchant,
            f"{record.record_id}-swept",
            record.at_ms + HOUR_MS,
            came_minor * SWEPT_PERCENT // 100,
            Direction.DEBIT,
            to=CounterpartyClass.UNRELATED_PERSON,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Misuse(Story):
    """The loan is paid out on `day`; on the next, two fifths of it go to a securities account."""

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Severe, once the day of the transfer has closed; none of the collectors' business."""
        at_ms = midnight_ms(self.day + 2 * ONE_DAY)
        return Fact(MISUSED, 3, at_ms), no_trigger(midnight_ms(self.day))

    def account_records(self, day: date) -> tuple[Record, ...]:
        """Tell of the disbursement, and of the transfer."""
        loan = self.merchant.loan
        principal_minor = loan.instalment_minor * loan.count
        tag, at_ms = self.merchant.tag, midnight_ms(day) + 14 * HOUR_MS
        if day == self.day:
            paid_out = transfer(
                self.merchant,
                f"{tag}-disbursed",
                at_ms,
                principal_minor,
                Direction.CREDIT,
                kind=SettlementType.DISBURSEMENT,
                to=CounterpartyClass.LENDER,
            )
            return (paid_out,)
        if day == self.day + ONE_DAY:
            spent_minor = principal_minor * MISUSED_PERCENT // 100
            to = CounterpartyClass.SECURITIES
            return (transfer(self.merchant, f"{tag}-spent", at_ms, spent_minor, to=to),)
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Structuring(FailedDebit):
    """Debits fail, and on `day` six just below a reporting threshold come in and go out as one.

    Whom the money goes to is `sent_to`: a list of sanctions may have it.
    """

    day: date

    @property
    def sent_to(self) -> str:
        """The token of who gets it."""
        return f"cp_{self.merchant.tag}s"

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The failed debits as ever; of the rest nobody hears but compliance."""
        at_ms = midnight_ms(self.day)
        return (
            *super(Structuring, self).facts,
            Fact(STRUCTURED, 0, at_ms, Expect.RESTRICTED, at_ms + 2 * DAY_MS),
            quiet(at_ms, STRUCTURED),
            no_trigger(at_ms, rule=STRUCTURED),
        )

    def account_records(self, day: date) -> tuple[Record, ...]:
        """Tell of the pieces, and of their sum."""
        if day != self.day:
            return ()
        tag, at_ms = self.merchant.tag, midnight_ms(day) + 10 * HOUR_MS
        pieces = [
            transfer(
                self.merchant,
                f"{tag}-piece-{number}",
                at_ms + number * 20 * MINUTE_MS,
                PIECE_MINOR,
                Direction.CREDIT,
                to=CounterpartyClass.CUSTOMER,
                token=f"cp_{tag}p{number}",
            )
            for number in range(PIECES)
        ]
        whole = transfer(
            self.merchant,
            f"{tag}-whole",
            at_ms + 4 * HOUR_MS,
            PIECES * PIECE_MINOR,
            token=self.sent_to,
        )
        return (*pieces, whole)


def transfer(
    merchant: Merchant,
    record_id: str,
    at_ms: int,
    amount_minor: int,
    direction: Direction = Direction.DEBIT,
    *,
    kind: SettlementType = SettlementType.TRANSFER,
    to: CounterpartyClass = CounterpartyClass.UNKNOWN,
    token: str | None = None,
) -> Record:
    """Return money that moves on a merchant's account; `to` is the other side's class."""
    data = Settlement(
        event_type=kind,
        account_token=merchant.account_token,
        direction=direction,
        amount=merchant.money(amount_minor),
        bank_txn_ref=record_id,
        counterparty_token=token,
        counterparty_class=to,
        counterparty_class_conf=1.0,
        booking_date=from_ms(at_ms).astimezone(ZoneInfo(TZ)).date(),
        tz=TZ,
    )
    return Record(record_id, merchant.feed, at_ms, data)
