"""When a loan was in distress: what the views of all its days say, asked one after the other."""

from datetime import timedelta

import pytest

from schemas.instants import DAY_MS
from stream.ledger import Ledger, Passed, Times
from stream.ledger.records.days import LAST_DAY
from tests.ledger import records
from tests.ledger.histories import history

DAYS_LATE = 30


def booked(of):
    """The ledger of a history, and the time at its end, all of which its source has passed."""
    ledger, times = Ledger(), Times(0)
    begin = min(row.due for row in of.rows) - timedelta(days=40)
    said = [records.contract(of, begin), *records.schedules(of, begin)]
    said += [records.event(of.loan, each) for each in of.events]
    at_ms = records.utc_ms(of.until)
    times = Times(at_ms, {"lms": Passed(at_ms + 2 * DAY_MS)})
    for each in said:
        ledger.apply(each, times)
    ledger.roll(times)
    return ledger, times


@pytest.mark.parametrize("seed", [*range(60), 171, 183, 291, 552])
def test_it_is_what_the_views_of_all_days_say(seed):
    of = history(seed)
    ledger, times = booked(of)
    found = ledger.distress(of.loan, times, days_late=DAYS_LATE)
    begin = min(row.due for row in of.rows)
    wrong = {}
    for number in range((of.until - begin).days):
        on = begin + timedelta(days=number)
        view = ledger.view(of.loan, times, on)
        if not view.is_open:
            continue
        is_in_distress = view.uncured_dpd >= DAYS_LATE or view.is_forborne
        if found.holds(on.toordinal()) is not is_in_distress:
            wrong[on] = view.uncured_dpd, view.is_forborne

    assert wrong == {}
    assert found.sold == LAST_DAY
