"""Valid but wrong: a feed's mistakes, made in the file of one business date and put right later.

Each mistake turns a true record into one that a sloppy export would have sent. On a later morning
the source sends what is right: a correction of the same fact, or, where the mistake has made
another fact of it, that one cancelled and the right one anew. Wrong records carry when they were
known (`observed_at`), as the wall clock would have it.

    minor_taken_for_major    amounts a hundred times too high
    major_taken_for_minor    amounts a hundredth of what they are
    sign_flipped             amounts below zero
    zone_lost                local time written as UTC
    day_and_month_swapped    the fourth of July for the seventh of April
    sent_under_new_ids       the file of the day before once more, in the place of this one
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import msgspec

from schemas.business_key import business_key
from schemas.envelope import EventBody
from schemas.header import EventData, RecordKind
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, from_ms, to_ms
from schemas.money import Money
from schemas.pos_clearing import PosClearing
from stream.sources.records import Plain, Record
from stream.sources.simulator.daily import Feed, amount_of
from stream.sources.simulator.feeds import stream_of
from stream.sources.simulator.merchants import TZ, midnight_ms

UNITS: Final = 100
RIGHT_AT_MS: Final = 9 * HOUR_MS + 30 * MINUTE_MS
"""After local midnight: what was wrong is put right in the morning."""

CLOCK: Final = "clock.v1"

Mistake = Callable[[Record], Record]


def minor_taken_for_major(record: Record) -> Record:
    """Return it with amounts a hundred times too high."""
    return _amounts(record, lambda minor: minor * UNITS)


def major_taken_for_minor(record: Record) -> Record:
    """Return it with a hundredth of its amounts."""
    return _amounts(record, lambda minor: minor // UNITS)


def sign_flipped(record: Record) -> Record:
    """Return it with amounts below zero."""
    return _amounts(record, lambda minor: -minor)


def zone_lost(record: Record) -> Record:
    """Return it at its local time, written as UTC."""
    local = from_ms(record.at_ms).astimezone(ZoneInfo(TZ))
    return record._replace(at_ms=to_ms(local.replace(tzinfo=UTC)))


def day_and_month_swapped(record: Record) -> Record:
    """Return it with day and month exchanged in its time and its dates, where they can be."""
    local = from_ms(record.at_ms).astimezone(ZoneInfo(TZ))
    at = datetime.combine(swapped(local.date()), local.timetz())
    fields = {
        name: swapped(value)
        for name, value in msgspec.structs.asdict(_event(record)).items()
        if isinstance(value, date) and not isinstance(value, datetime)
    }
    return _with(record, fields)._replace(at_ms=to_ms(at.astimezone(UTC)))


def sent_under_new_ids(record: Record) -> Record:
    """Return it under another id: the file is that of the day before."""
    return record._replace(record_id=f"{record.record_id}-once-more")


def swapped(day: date) -> date:
    """Return a day with its day and month exchanged; where there is no such day, itself.

    Examples:
        >>> swapped(date(2026, 4, 7)), swapped(date(2026, 4, 13))
        (datetime.date(2026, 7, 4), datetime.date(2026, 4, 13))
    """
    return day.replace(month=day.day, day=day.month) if day.day <= 12 else day  # noqa: PLR2004


MISTAKES: Final[dict[str, Mistake]] = {
    each.__name__: each
    for each in (
        minor_taken_for_major,
        major_taken_for_minor,
        sign_flipped,
        zone_lost,
        day_and_month_swapped,
        sent_under_new_ids,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongFile:
    """One mistake in the file of one date.

    Attributes:
        mistake: Its name.
        feed: Whose file.
        day: Of which business date.
        totals_too: Whether the source closes the date with the totals of what it has sent,
            mistake and all, and not with its own books'.
        right_after_days: So many days later it is put right.
    """

    mistake: str
    feed: Feed
    day: date
    totals_too: bool = False
    right_after_days: int = 5

    @property
    def right_ms(self) -> int:
        """When it is put right."""
        return midnight_ms(self.day) + self.right_after_days * DAY_MS + RIGHT_AT_MS

    def records(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the records of a book as they come with the mistake in them, and put right."""
        file = _File(self)
        for record in records:
            if file.is_to_be_put_right(record):
                yield from file.put_right()
            yield from file.take(record)


class _File:
    """The one file, as far as it has come."""

    def __init__(self, wrong: WrongFile) -> None:
        self._wrong = wrong
        self._mistake = MISTAKES[wrong.mistake]
        self._is_repetition = self._mistake is sent_under_new_ids
        self._true: list[Record] = []
        self._before: list[Record] = []
        self._closed: Record | None = None
        self._is_right = False

    def is_to_be_put_right(self, record: Record) -> bool:
        """Whether it is time for that."""
        return not self._is_right and record.type == CLOCK and record.at_ms >= self._wrong.right_ms

    def take(self, record: Record) -> Iterator[Record]:
        """Yield what is sent in the place of a record."""
        feed, day = self._wrong.feed, business_date(record)
        if record.source != feed.source or stream_of(record) != feed.stream:
            yield record
        elif isinstance(record.data, Plain):
            yield from self._close(record) if day == self._wrong.day else (record,)
        elif day == self._wrong.day:
            self._true.append(record)
            if not self._is_repetition:
                yield self._mistaken(record)
        else:
            self._before += [record] * (day == self._wrong.day - timedelta(days=1))
            yield record

    def put_right(self) -> Iterator[Record]:
        """Yield what is right, and close the date with it."""
        self._is_right = True
        for record in self._true:
            yield from self._corrected(record)
        if self._closed is not None:
            again = f"{self._closed.record_id}-again"
            yield self._closed._replace(record_id=again, at_ms=self._wrong.right_ms)

    def _close(self, record: Record) -> Iterator[Record]:
        """Yield what closes the date; before it what was sent in the place of its file."""
        sent = [self._mistaken(each) for each in self._sent]
        if self._is_repetition and self._closed is None:
            yield from sent
        is_first, self._closed = self._closed is None, record
        yield _closing(record, sent) if is_first and self._wrong.totals_too else record

    @property
    def _sent(self) -> list[Record]:
        return self._before if self._is_repetition else self._true

    def _mistaken(self, record: Record) -> Record:
        return self._mistake(_known(record, record.at_ms))

    def _corrected(self, record: Record) -> Iterator[Record]:
        right = _known(record, self._wrong.right_ms)
        if self._is_repetition:
            yield right
            return
        wrong = self._mistake(record)
        again, first = f"{record.record_id}-again", {"original_event_id": record.record_id}
        if _key(wrong) == _key(record):
            yield _second(right, RecordKind.CORRECTION)._replace(record_id=again)
            return
        yield _second(_known(wrong, self._wrong.right_ms), RecordKind.CANCEL)._replace(
            record_id=f"{record.record_id}-cancelled"
        )
        yield _with(right, first)._replace(record_id=again)


def business_date(record: Record) -> date | None:
    """Return the business date that an event or a closing record belongs to."""
    match record.data:
        case PosClearing(clearing_date=day):
            return day
        case EventData(booking_date=day):
            return day
        case Plain(type="business_date_closed.v1", fields=fields):
            return cast("date", fields["business_date"])
    return None


def _closing(record: Record, sent: Sequence[Record]) -> Record:
    """Return the closing record with the totals of what was sent."""
    sums: Counter[str] = Counter()
    for each in sent:
        money = amount_of(_event(each))
        if money is not None:
            sums[money.currency] += money.amount_minor
    fields = cast("Plain", record.data).fields | {
        "count": len(sent),
        "sums": [{"amount_minor": of, "currency": name} for name, of in sorted(sums.items())],
    }
    return record._replace(data=Plain(record.type, fields))


def _amounts(record: Record, change: Callable[[int], int]) -> Record:
    return record._replace(data=_changed(record.data, change))


def _changed(value: Any, change: Callable[[int], int]) -> Any:
    if isinstance(value, Money):
        return Money(amount_minor=change(value.amount_minor), currency=value.currency)
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.asdict(value)
        return msgspec.structs.replace(
            value, **{name: _changed(of, change) for name, of in fields.items()}
        )
    return value


def _known(record: Record, at_ms: int) -> Record:
    return _with(record, {"observed_at": from_ms(at_ms)})


def _second(record: Record, kind: RecordKind) -> Record:
    fields = {"record_kind": kind, "record_version": 2, "original_event_id": record.record_id}
    return _with(record, fields)


def _with(record: Record, fields: Mapping[str, Any]) -> Record:
    return record._replace(data=msgspec.structs.replace(_event(record), **fields))


def _key(record: Record) -> str:
    return business_key(record.source, _event(record))


def _event(record: Record) -> EventBody:
    if not isinstance(record.data, EventBody):
        raise TypeError(f"expected an event, got `{record.type}`")
    return record.data
