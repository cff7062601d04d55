"""Collection attempts over all partitions, and whether it is the channel that fails (for G01).

A day's attempts are compared with the same weekday of the eight weeks before. Where the failures
are more than chance and five points more than usual, it is asked where the excess is: in one
channel while the others are as usual, or in failures that nobody but the bank can help.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Final

from schemas.crossing import Attempts, AttemptsTold
from schemas.failure_codes import ReasonClass
from schemas.journal import CollectionSnapshot
from stream.crossing.chance import bound, usual_of
from stream.crossing.rounds import Rounds

BEYOND: Final = 0.001
"""The bound is one of 99.9 % (domain.md 3.6, G01)."""
EXCESS: Final = Fraction(5, 100)
"""So far above the usual share a failure spike begins (domain.md 3.6, G01)."""
OUTAGE_SHARE: Final = Fraction(60, 100)
"""More than this of the excess in one place is an outage of it (domain.md 3.6, G01)."""
LEAST_DAYS: Final = 4
"""Fewer weekdays before say nothing [D]."""
DAYS_FOR_LEAVING_OUT: Final = 5
"""With so many the worst is left out, lest one outage hide the next [D]."""
LEAST_REST: Final = 50
"""Attempts over the other channels that show whether these are as usual [D]."""
TECHNICAL: Final = f"#{ReasonClass.TECHNICAL.value}"

ByChannel = dict[str, Attempts]


class Collection:
    """Adds up what the partitions tell of collection attempts."""

    def __init__(self, partitions: int) -> None:
        self._rounds: Rounds[AttemptsTold] = Rounds(partitions)

    def take(self, told: AttemptsTold) -> list[CollectionSnapshot]:
        """Take one record in; return what follows when the hour is complete."""
        parts = self._rounds.take(told.at_ms, told.partition, told)
        if parts is None:
            return []
        days = _added(parts)
        today = days.pop(told.day, {})
        return [_snapshot(told, today, list(days.values()))] if today else []


def _added(parts: list[AttemptsTold]) -> dict[date, ByChannel]:
    days: dict[date, ByChannel] = {}
    for part in parts:
        for day, channels in part.days.items():
            known = days.setdefault(day, {})
            for channel, more in channels.items():
                known[channel] = _plus(known.get(channel, Attempts()), more)
    return days


def _plus(one: Attempts, other: Attempts) -> Attempts:
    classes = sorted({*one.failed, *other.failed})
    return Attempts(
        attempts=one.attempts + other.attempts,
        failed={each: one.failed.get(each, 0) + other.failed.get(each, 0) for each in classes},
    )


def _whole(channels: ByChannel) -> Attempts:
    whole = Attempts()
    for each in channels.values():
        whole = _plus(whole, each)
    return whole


def _failed(of: Attempts) -> int:
    return sum(of.failed.values())


def _rate(of: Attempts) -> Fraction:
    return Fraction(_failed(of), of.attempts)


def _snapshot(told: AttemptsTold, today: ByChannel, before: list[ByChannel]) -> CollectionSnapshot:
    usual_days = _usual_days(before)
    whole, usual = _whole(today), _usual(usual_days)
    usual_whole = _whole(usual)
    most = None
    if len(usual_days) >= LEAST_DAYS:
        each = [(_failed(day), day.attempts) for day in map(_whole, usual_days)]
        most = bound(whole.attempts, usual_of(each), beyond=BEYOND)
    is_spike = (
        most is not None and _failed(whole) > most and _rate(whole) >= _rate(usual_whole) + EXCESS
    )
    return CollectionSnapshot(
        version=told.at_ms,
        day=told.day,
        at_ms=told.at_ms,
        attempts=whole.attempts,
        failed=_failed(whole),
        usual_attempts=usual_whole.attempts,
        usual_failed=_failed(usual_whole),
        bound=most,
        channels=dict(_outages(today, usual)) if is_spike else {},
    )


def _usual_days(before: list[ByChannel]) -> list[ByChannel]:
    """Return the days to compare with: those with attempts, but the worst of five or more."""
    days = [day for day in before if _whole(day).attempts]
    if len(days) < DAYS_FOR_LEAVING_OUT:
        return days
    worst = max(range(len(days)), key=lambda n: _rate(_whole(days[n])))
    return days[:worst] + days[worst + 1 :]


def _usual(days: list[ByChannel]) -> ByChannel:
    added: ByChannel = {}
    for day in days:
        for channel, more in day.items():
            added[channel] = _plus(added.get(channel, Attempts()), more)
    return added


def _outages(today: ByChannel, usual: ByChannel) -> Iterator[tuple[str, int]]:
    """Yield each place of more than `OUTAGE_SHARE` of the excess, with its share in millionths."""
    whole, usual_whole = _whole(today), _whole(usual)
    excess = _failed(whole) - whole.attempts * _rate(usual_whole)
    for channel in sorted(today):
        share = (_failed(today[channel]) - _expected(channel, today, usual)) / excess
        if share > OUTAGE_SHARE and _is_rest_as_usual(channel, today, usual):
            yield channel, int(share * 1_000_000)
    technical = ReasonClass.TECHNICAL.value
    usually = Fraction(usual_whole.failed.get(technical, 0), usual_whole.attempts)
    share = (whole.failed.get(technical, 0) - whole.attempts * usually) / excess
    if share > OUTAGE_SHARE:
        yield TECHNICAL, int(share * 1_000_000)


def _expected(channel: str, today: ByChannel, usual: ByChannel) -> Fraction:
    """How many of a channel's attempts fail usually; of one not seen before as of all."""
    known = usual.get(channel)
    rate = _rate(known if known is not None and known.attempts else _whole(usual))
    return today[channel].attempts * rate


def _is_rest_as_usual(channel: str, today: ByChannel, usual: ByChannel) -> bool:
    """Whether the other channels show that it is this one: there are some, and they work."""
    rest = _whole({name: of for name, of in today.items() if name != channel})
    return rest.attempts >= LEAST_REST and _rate(rest) < _rate(_whole(usual)) + EXCESS
