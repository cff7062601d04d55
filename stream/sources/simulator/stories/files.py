"""A day's file of sales that comes wrong, comes again, and then comes corrected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from schemas.header import RecordKind
from schemas.instants import DAY_MS
from schemas.pos_clearing import PosClearing, TxnType
from stream.sources.records import Record
from stream.sources.simulator.merchants import midnight_ms, to_tens
from stream.sources.simulator.stories.base import Delivery, Fact, Story, quiet

TOO_HIGH: Final = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedFile(Story):
    """The sales of `day` are first told a tenth too high.

    A day later the same file comes again under new ids, a day after that the corrected one.
    """

    day: date

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Nothing is counted twice, and nothing is left of what was wrong."""
        return (quiet(midnight_ms(self.day)),)

    def deliveries(self, record: Record) -> Iterator[Delivery]:
        """Yield a sale of the day wrong, wrong again and right; everything else as it is."""
        data = record.data
        is_sale = isinstance(data, PosClearing) and data.txn_type is TxnType.SALE
        if not (is_sale and isinstance(data, PosClearing) and data.local_txn_date == self.day):
            yield Delivery(0, record)
            return
        wrong = record._replace(data=msgspec.structs.replace(data, amount_gross=_too_high(data)))
        yield Delivery(0, wrong)
        yield Delivery(DAY_MS, wrong._replace(record_id=f"{record.record_id}-again"))
        right = msgspec.structs.replace(
            data,
            record_kind=RecordKind.CORRECTION,
            record_version=2,
            original_event_id=record.record_id,
        )
        yield Delivery(
            2 * DAY_MS, record._replace(record_id=f"{record.record_id}-corrected", data=right)
        )


def _too_high(data: PosClearing) -> msgspec.Struct:
    amount = data.amount_gross
    return msgspec.structs.replace(amount, amount_minor=to_tens(amount.amount_minor * TOO_HIGH))
