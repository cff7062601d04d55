"""Days and hours of a zone, against the standard library."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.zone import Zone

ZONES = ["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "UTC"]
instants = st.integers(0, 4_000_000_000_000)


@pytest.mark.parametrize("name", ZONES)
@given(at_ms=instants)
def test_days_and_hours_are_those_of_the_calendar(name, at_ms):
    zone, local = Zone(name), datetime.fromtimestamp(at_ms / 1000, ZoneInfo(name))

    assert zone.date_at(at_ms) == local.date()
    assert zone.day_at(at_ms) == local.date().toordinal()
    assert zone.hour_at(at_ms) == local.hour


@pytest.mark.parametrize("hour", range(48))
def test_days_are_right_where_the_clocks_change(hour):
    zone = Zone("Europe/Berlin")
    at = datetime(2026, 3, 28, tzinfo=UTC).timestamp() + hour * 3600
    local = datetime.fromtimestamp(at, ZoneInfo("Europe/Berlin"))

    assert zone.date_at(int(at * 1000)) == local.date()


@pytest.mark.parametrize(
    ("clock", "utc"),
    [
        pytest.param((2026, 3, 28, 12), "2026-03-28T11:00", id="winter"),
        pytest.param((2026, 3, 29, 12), "2026-03-29T10:00", id="summer"),
        pytest.param((2026, 10, 25, 2), "2026-10-25T00:00", id="the first of two"),
    ],
)
def test_a_time_of_day_is_an_instant(clock, utc):
    year, month, day, hour = clock
    want = datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1000

    assert Zone("Europe/Berlin").instant(date(year, month, day), hour, 0) == want


@pytest.mark.parametrize("name", ["Asia/Shangai", "", "../etc/passwd", "/etc/passwd"])
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(ValueError, match="expected an IANA time zone"):
        Zone(name)
