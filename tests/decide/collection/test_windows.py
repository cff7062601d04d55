"""Hours in all zones at once, against a count by quarters of an hour; and who is let go when."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.conduct import Hours
from schemas.instants import DAY_MS, MINUTE_MS
from stream.decide.collection.windows import Window, release_ms, share, window, zone_named

QUARTER_MS = 15 * MINUTE_MS
YEAR_MS = 1_767_225_600_000
"""The beginning of 2026."""

ZONES = ("Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/New_York")
HOURS = {
    "DEFAULT": ("09:00", "19:00", (1, 2, 3, 4, 5, 6)),
    "CN": ("08:00", "22:00", (1, 2, 3, 4, 5, 6, 7)),
    "to midnight": ("10:00", "24:00", (1, 5)),
}


def hours(name):
    opens, closes, weekdays = HOURS[name]
    return Hours(
        opens=opens,
        closes=closes,
        weekdays=weekdays,
        holidays=False,
        night_by_consent=False,
        source="test",
    )


def is_open(at_ms, zones, name, free):
    opens, closes, weekdays = HOURS[name]
    local = [datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)) for zone in zones]
    return all(
        opens <= t.strftime("%H:%M") < closes
        and t.isoweekday() in weekdays
        and t.date().toordinal() % 7 != free
        for t in local
    )


@settings(max_examples=150, deadline=None)
@given(
    quarter=st.integers(0, 365 * 96),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
    name=st.sampled_from(list(HOURS)),
    free=st.integers(0, 8),
)
def test_the_window_is_the_first_that_a_patient_clerk_finds(quarter, zones, name, free):
    at_ms = YEAR_MS + quarter * QUARTER_MS
    found = window(
        at_ms,
        [ZoneInfo(zone) for zone in zones],
        hours(name),
        lambda day: day.toordinal() % 7 != free,
    )

    steps = range(at_ms, at_ms + 20 * DAY_MS, QUARTER_MS)
    first = next((each for each in steps if is_open(each, zones, name, free)), None)
    if first is None:
        assert found is None
        return
    assert found.opens_ms == first
    after = range(first, first + DAY_MS, QUARTER_MS)
    assert found.closes_ms == next(e for e in after if not is_open(e, zones, name, free))


def test_a_window_that_is_shorter_than_the_release_is_not_overrun():
    short = Window(0, 10 * MINUTE_MS)

    assert all(0 <= release_ms(short, f"brw_{n}", 45) < 10 * MINUTE_MS for n in range(200))


def test_shares_are_even():
    counts = [0] * 10
    for n in range(10_000):
        counts[share(f"release/brw_{n}", 10)] += 1

    assert all(900 < each < 1100 for each in counts), counts


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "UTC\x00"])
def test_what_is_no_zone_is_none(name):
    assert zone_named(name) is None
