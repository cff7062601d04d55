"""The few functions that emitted code may call. The sandbox of the rules is this list.

Missing is `None` in and out: whatever is asked of something missing is missing.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Protocol

from rules.scene import Feed
from schemas.instants import DAY_MS, to_ms
from schemas.money import Money

Number = int | float


class ScoreLike(Protocol):
    """What a detector says of an event: `detectors.Score`, or a test's stand-in."""

    @property
    def ready(self) -> bool:
        """Whether the detector has learned enough to be believed."""


def key(*parts: Any) -> str | None:
    """Return the key of some fields' values, `None` if one of them is missing."""
    if None in parts:
        return None
    return "\x1f".join(map(str, parts))


def plain(value: Any) -> Any:
    """Return a value as the windows' codec gives it back: a word of an enum, a date as a string."""
    return str(value) if isinstance(value, str | date) else value


def minor(amount: Money | None, currency: str) -> int | None:
    """Return the minor units of an amount, `None` if it is in another currency."""
    return None if amount is None or amount.currency != currency else amount.amount_minor


def instant(at: datetime | None) -> int | None:
    """Return epoch milliseconds."""
    return None if at is None else to_ms(at)


def add(left: Number | None, right: Number | None) -> Number | None:
    """Add."""
    return None if left is None or right is None else left + right


def subtract(left: Number | None, right: Number | None) -> Number | None:
    """Subtract."""
    return None if left is None or right is None else left - right


def multiply(left: Number | None, right: Number | None) -> Number | None:
    """Multiply."""
    return None if left is None or right is None else left * right


def divide(left: Number | None, right: Number | None) -> Number | None:
    """Divide once, correctly rounded for whole numbers; nothing over zero is missing."""
    return None if left is None or not right else _rounded(left / right)


def _rounded(quotient: Number | Fraction) -> Number:
    """Return a quotient of totals per day, which are exact, as a number."""
    return float(quotient) if isinstance(quotient, Fraction) else quotient


def scale(value: Number | None, ratio: Fraction) -> Number | None:
    """Multiply by an exact ratio with one division at the end, so that bounds are met exactly.

    Examples:
        >>> 0.07 * 100, scale(100, Fraction(7, 100))
        (7.000000000000001, 7.0)
    """
    return None if value is None else value * ratio.numerator / ratio.denominator


def negate(value: Number | None) -> Number | None:
    """Change the sign."""
    return None if value is None else -value


def drop(now: Number | None, before: Number | None) -> Number | None:
    """Return by which share `now` is below `before`: one division, exact at the bound."""
    return None if now is None or not before else _rounded((before - now) / before)


def rise(now: Number | None, before: Number | None) -> Number | None:
    """Return by which share `now` is above `before`."""
    return None if now is None or not before else _rounded((now - before) / before)


def number_of(day: date | None) -> int | None:
    """Return the number of a day."""
    return None if day is None else day.toordinal()


def per_day(total: int | None, days: int) -> Fraction | None:
    """Return a total over some days as so much per millisecond, exactly."""
    return None if total is None else Fraction(total, days * DAY_MS)


def feed_of(feeds: Mapping[str, Feed], stream: str) -> Feed | None:
    """Return what is known of what feeds the borrower on a stream."""
    return feeds.get(stream)


def absent(feed: Feed | None, last_ms: int | None, length_ms: int, now_ms: int) -> bool | None:
    """Whether nothing has come for so long: known only as far as the feed has come.

    If nothing ever has, it counts from when the feed began.
    """
    if last_ms is None:
        last_ms = feed.since_ms if feed is not None else None
    if last_ms is None:
        return None
    due_ms = last_ms + length_ms
    if now_ms < due_ms:
        return False
    passed_ms = feed.passed_ms if feed is not None else None
    return True if passed_ms is not None and passed_ms >= due_ms else None


def since(feed: Feed | None, last_ms: int | None, now_ms: int) -> int | None:
    """Return for how long it is known that nothing has come."""
    if last_ms is None or feed is None or feed.passed_ms is None:
        return None
    return max(0, min(now_ms, feed.passed_ms) - last_ms)


def age(since: date | None, today: int) -> int | None:
    """Return how many days ago a date is, in milliseconds; below zero if it is still to come."""
    return None if since is None else (today - since.toordinal()) * DAY_MS


def less_count(n: int | None, own: Any) -> int | None:
    """Return a count without one's own event; `own` is `None` if it was not counted."""
    return n if n is None or own is None else max(0, n - 1)


def less_sum(total: int | None, own: int | None) -> int | None:
    """Return a sum without one's own value."""
    return total if total is None or own is None else total - own


def less_avg(total: int | None, n: int | None, own: int | None) -> float | None:
    """Return a mean without one's own value."""
    rest = less_count(n, own)
    return divide(less_sum(total, own), rest)


def in_list(lists: Mapping[str, frozenset[str]], name: str, item: str) -> bool:
    """Whether a value is in a list; a list that nobody published is empty."""
    members = lists.get(name)
    return members is not None and item in members


def output(detector: str, name: str) -> Callable[[Mapping[str, ScoreLike]], Any]:
    """Return the function that reads what a detector says; before it is ready it says nothing."""
    get = operator.attrgetter(name)

    def read(scores: Mapping[str, ScoreLike]) -> Any:
        score = scores.get(detector)
        return get(score) if score is not None and score.ready else None

    return read


def readiness(detector: str) -> Callable[[Mapping[str, ScoreLike]], bool]:
    """Return the function that says whether a detector has scored this event and is ready."""

    def read(scores: Mapping[str, ScoreLike]) -> bool:
        score = scores.get(detector)
        return score is not None and score.ready

    return read
