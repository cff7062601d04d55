"""Local days against the zone database asked for every instant by itself."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.ledger.records.days import (
    LAST_DAY,
    date_of,
    local,
    local_day,
    start_ms,
    swapped,
    zone_of,
)

ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Apia", "America/Sao_Paulo",
         "Asia/Kathmandu", "Africa/Cairo")  # fmt: skip
zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.integers(0, 4_102_444_800_000)


@given(instants, zones)
def test_the_local_day_and_clock_are_those_of_the_zone(at_ms, zone):
    at = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone)
    of_day_ms = (at.hour * 3600 + at.minute * 60 + at.second) * 1000 + at_ms % 1000

    assert local(at_ms, zone) == (at.toordinal(), of_day_ms)


@given(instants, zones)
def test_a_day_starts_with_its_first_instant(at_ms, zone):
    day = local_day(at_ms, zone)
    begins_ms = start_ms(day, zone)

    assert local_day(begins_ms, zone) == day
    assert local_day(begins_ms - 1, zone) < day
    assert begins_ms <= at_ms


@given(st.integers(0, 253_402_300_799_999), zones)
def test_the_end_of_time_has_a_day(at_ms, zone):
    assert 1 <= local_day(at_ms, zone) <= LAST_DAY + 1
    assert date_of(10**9) == date.max


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 3, 10), date(2026, 10, 3), id="both may be months"),
        pytest.param(date(2026, 3, 13), None, id="there is no thirteenth month"),
        pytest.param(date(2026, 3, 3), None, id="the same"),
        pytest.param(date(2026, 2, 12), date(2026, 12, 2), id="December"),
    ],
)
def test_day_and_month_exchanged(day, expected):
    found = swapped(day.toordinal())

    assert (date_of(found) if found else None) == expected


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../UTC", "America", "Mars/Phobos", "\x00"])
def test_a_name_that_is_no_zone_is_none(name):
    assert zone_of(name) is None
