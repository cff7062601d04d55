"""Guards 10 to 12 and 14: whether the right person is reached, as agreed, at an hour allowed."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from schemas.reference import Consent
from stream.decide.collection.ask import Ask, Ruling, allow, defer, suppress
from stream.decide.collection.windows import Window, release_ms, window, zone_named

SUNDAY: Final = 7
SATURDAY: Final = 6


def consent(ask: Ask) -> Ruling:
    """The borrower agreed to the channel, where that is needed, and never said no."""
    channel, said = ask.intent.channel, _consent(ask)
    if said is not None and not said.given:
        return suppress(f"the borrower does not want {channel.value}")
    if said is None and channel in ask.edition.consent.channels:
        return suppress(f"no consent to {channel.value} is known")
    return allow("given" if said else "not needed")


def identity(ask: Ask) -> Ruling:
    """The channel is known to reach the borrower and nobody else."""
    if ask.intent.channel not in ask.person.verified:
        return suppress(f"{ask.intent.channel.value} is not known to reach the borrower")
    return allow("verified")


def quiet_hours(ask: Ask) -> Ruling:
    """The hour is allowed in every zone of the borrower."""
    if _may_at_night(ask):
        return allow("agreed to at any hour")
    zones = _zones(ask)
    if zones is None:
        return suppress("no zone of the borrower is known")
    return _within(ask, window(ask.now_ms, zones, ask.edition.hours, _any_day))


def public_holiday(ask: Ask) -> Ruling:
    """The day is no public holiday; where no calendar knows, it is no weekend."""
    if ask.edition.hours.holidays or _may_at_night(ask):
        return allow("holidays are days like others")
    zones = _zones(ask)
    if zones is None:
        return suppress("no zone of the borrower is known")
    return _within(
        ask, window(ask.now_ms, zones, ask.edition.hours, lambda day: _is_working(ask, day))
    )


def _within(ask: Ask, found: Window | None) -> Ruling:
    if found is None:
        return suppress("no hour is allowed in all zones of the borrower")
    if found.opens_ms <= ask.now_ms:
        return allow("within the hours", found.closes_ms)
    minutes = ask.edition.release_minutes.value
    return defer("outside the hours", release_ms(found, ask.borrower_id, minutes))


def _is_working(ask: Ask, day: date) -> bool:
    days = ask.person.days
    words = days.words(day)
    if words is None:
        return day.isoweekday() not in (SATURDAY, SUNDAY)
    return "HOLIDAY" not in words


def _any_day(_day: date) -> bool:
    return True


def _consent(ask: Ask) -> Consent | None:
    """Return what was said of the channel; of two words on one, the no counts."""
    said = [each for each in ask.person.consents if each.channel is ask.intent.channel]
    return min(said, key=lambda each: (each.given, each.night), default=None)


def _may_at_night(ask: Ask) -> bool:
    said = _consent(ask)
    return ask.edition.hours.night_by_consent and said is not None and said.given and said.night


def _zones(ask: Ask) -> list[ZoneInfo] | None:
    """Return all zones of the borrower; `None` if there is none, or one that nobody knows."""
    found = [zone_named(name) for name in ask.person.zones]
    known = [zone for zone in found if zone is not None]
    return known if known and len(known) == len(found) else None
