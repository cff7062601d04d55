"""Formatters: how the values in a reason are written, in both languages.

A closed set; which values each can write is checked at load.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from rules.catalogue import Catalogue
from rules.types import Kind, Type
from rules.zone import Zone
from schemas.alert import Text
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.money import exponent

MISSING = Text(en="unknown", zh="未知")
"""What stands in a hole whose value is missing."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes values for one rule set: its zone, its currency, the labels of the catalogue."""

    zone: Zone
    currency: str
    catalogue: Catalogue

    def write(self, formatter: str, found: Any) -> Text:
        """Return a value as people read it, in both languages."""
        if found is None:
            return MISSING
        return FORMATTERS[formatter](self, found)


def _money(writer: Writer, minor: float | Fraction) -> Text:
    decimals = exponent(writer.currency)
    return _same(f"{writer.currency} {float(minor / 10**decimals):,.{decimals}f}")


def _money_per_day(writer: Writer, rate: float | Fraction) -> Text:
    """Write so much per millisecond, as it is kept, per day."""
    written = _money(writer, Fraction(rate) * DAY_MS)
    return Text(en=f"{written.en} a day", zh=f"每日{written.zh}")


def _count_per_day(_: Writer, rate: float | Fraction) -> Text:
    number = f"{float(rate * DAY_MS):,.4g}"
    return Text(en=f"{number} a day", zh=f"每日{number}")


def _percent(_: Writer, ratio: float | Fraction) -> Text:
    return _same(f"{float(ratio) * 100:.4g}%")


def _score(_: Writer, score: float | Fraction) -> Text:
    return _same(f"{float(score):.3g}")


def _count(_: Writer, count: float | Fraction) -> Text:
    return _same(f"{float(count):,.10g}")


def _level(_: Writer, level: float) -> Text:
    """Write a level of the amount detector as the amount it stands for, in major units."""
    return _same(f"{math.expm1(level):,.2f}")


def _days(_: Writer, length_ms: float) -> Text:
    return _in_units(length_ms / DAY_MS, "day", "天")


def _hours(_: Writer, length_ms: float) -> Text:
    return _in_units(length_ms / HOUR_MS, "hour", "小时")


def length(length_ms: int) -> Text:
    """Write a length of time in the unit that suits it."""
    if length_ms % DAY_MS == 0:
        return _in_units(length_ms / DAY_MS, "day", "天")
    return _in_units(length_ms / HOUR_MS, "hour", "小时")


def clock_length(length_ms: int) -> Text:
    """Write a length of time in hours or minutes, never in days: those are calendar days."""
    if length_ms % HOUR_MS == 0:
        return _in_units(length_ms / HOUR_MS, "hour", "小时")
    return _in_units(length_ms / MINUTE_MS, "minute", "分钟")


def _in_units(number: float, en: str, zh: str) -> Text:
    digits = f"{number:.4g}"
    return Text(en=f"{digits} {en}" if digits == "1" else f"{digits} {en}s", zh=f"{digits}{zh}")


def _date(writer: Writer, found: date | int) -> Text:
    day = found if isinstance(found, date) else writer.zone.date_at(found)
    return Text(en=day.isoformat(), zh=f"{day.year}年{day.month}月{day.day}日")


def _time(writer: Writer, at_ms: int) -> Text:
    at = writer.zone.local_at(at_ms)
    return Text(en=f"{at:%Y-%m-%d %H:%M}", zh=f"{at:%Y-%m-%d %H:%M}")


def _mask(_: Writer, token: str) -> Text:
    """Write enough of a token to tell two apart, and no more."""
    prefix, underline, rest = str(token).rpartition("_")
    return _same(f"{prefix}{underline}{rest[:6]}…")


def _text(writer: Writer, found: Any) -> Text:
    if isinstance(found, bool):
        return Text(en="yes", zh="是") if found else Text(en="no", zh="否")
    return writer.catalogue.labels.get(("value", str(found))) or _same(str(found))


def _same(text: str) -> Text:
    return Text(en=text, zh=text)


FORMATTERS: dict[str, Callable[[Writer, Any], Text]] = {
    "money": _money, "money_per_day": _money_per_day, "count_per_day": _count_per_day, "percent": _percent, "score": _score, "count": _count, "level": _level,
    "days": _days, "hours": _hours, "date": _date, "time": _time, "mask": _mask, "text": _text,
}  # fmt: skip
"""How a value may be written."""

_PLAIN = ("ratio", "score", "number", "count", "")
_BY_NAME = {
    "money": ("money",), "percent": ("ratio", "score"), "score": _PLAIN, "count": _PLAIN,
    "money_per_day": ("money/day",), "count_per_day": ("count/day",),
    "level": ("level",), "days": ("duration",), "hours": ("duration",),
}  # fmt: skip
_BY_KIND = {
    "date": (Kind.DATE, Kind.INSTANT), "time": (Kind.INSTANT,), "mask": (Kind.ID, Kind.TEXT),
    "text": (Kind.ENUM, Kind.ID, Kind.TEXT, Kind.BOOL),
}  # fmt: skip


def suits(formatter: str, type_: Type) -> bool:
    """Whether the formatter can write values of this type."""
    if formatter in _BY_KIND:
        return type_.kind in _BY_KIND[formatter]
    return type_.kind is Kind.QUANTITY and type_.name in _BY_NAME[formatter]


def default_for(type_: Type) -> str:
    """Return the formatter of a type where the author names none."""
    if type_.kind is not Kind.QUANTITY:
        return {Kind.DATE: "date", Kind.INSTANT: "time", Kind.ID: "mask"}.get(type_.kind, "text")
    return {
        "money": "money", "ratio": "percent", "level": "level", "duration": "days",
        "count": "count", "money/day": "money_per_day", "count/day": "count_per_day",
    }.get(type_.name, "score")  # fmt: skip
