"""A day's file of sales that comes wrong, comes again, and then comes corrected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from schemas.header import RecordKind
from schemas.instants import DAY_MS
from schemas.money import Money
from schemas.pos_clearing import PosClearing, TxnType
from stream.sources.records import Record
from stream.sources.simulator.merchants import midnight_ms, to_tens
from stream.sources.simulator.stories.base import Delivery, Fact, Story, no_trigger, quiet

TOO_HIGH: Final = 1.1
RIGHT_AFTER_DAYS: Final = 7
"""Whatever a week later is said of the shop has nothing to do with the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedFile(Story):
    """The sales of `day` are first told a tenth too high, and each card sale once too often.

    A day later the same file comes again under new ids, a day after that the corrected one: it
    has the right amounts, and cancels the sales that were none.
    """

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Nothing is counted twice, and nothing is left of what was wrong."""
        at_ms = midnight_ms(self.day)
        until_ms = at_ms + RIGHT_AFTER_DAYS * DAY_MS
        return quiet(at_ms, until_ms=until_ms), no_trigger(at_ms, until_ms)

    def deliveries(self, record: Record) -> Iterator[Delivery]:
        """Yield a sale of the day wrong, wrong again and right; everything else as it is."""
        data = record.data
        is_sale = isinstance(data, PosClearing) and data.txn_type is TxnType.SALE
        if not (is_sale and isinstance(data, PosClearing) and data.local_txn_date == self.day):
            yield Delivery(0, record)
            return
        wrong = msgspec.structs.replace(data, amount_gross=_too_high(data))
        yield from _twice(record, wrong)
        yield _later(record, data, RecordKind.CORRECTION)
        if data.rrn is not None:
            none = msgspec.structs.replace(wrong, rrn=f"9{data.rrn[1:]}", stan=None)
            never = record._replace(record_id=f"{record.record_id}-none")
            yield from _twice(never, none)
            yield _later(never, none, RecordKind.CANCEL)


def _twice(record: Record, data: PosClearing) -> Iterator[Delivery]:
    """Yield a record as the wrong file has it, and as it comes again a day later."""
    yield Delivery(0, record._replace(data=data))
    again = record._replace(record_id=f"{record.record_id}-again", data=data)
    yield Delivery(DAY_MS, again)


def _later(record: Record, data: PosClearing, kind: RecordKind) -> Delivery:
    """Return its second version, two days later."""
    second = msgspec.structs.replace(
        data, record_kind=kind, record_version=2, original_event_id=record.record_id
    )
    record_id = f"{record.record_id}-{kind.value.lower()}"
    return Delivery(2 * DAY_MS, record._replace(record_id=record_id, data=second))


def _too_high(data: PosClearing) -> Money:
    amount = data.amount_gross
    return msgspec.structs.replace(amount, amount_minor=to_tens(amount.amount_minor * TOO_HIGH))
