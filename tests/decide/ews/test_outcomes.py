"""What becomes of a borrower that was judged: bad, good or void, as known when it has matured."""

import pytest

from detectors.judgement import heard, read
from schemas import crossing
from schemas.reference import ScheduleReason
from stream.decide.ews.rhythm import EVERY_DAYS, HORIZON_DAYS, slot_of
from tests.decide.ews.world import INSTALMENT, Lender, folded, judged, ordinal
from tests.decide.feeds.world import Restarting

NAME = "brw_1"
FIRST = next(n for n in range(EVERY_DAYS) if ordinal(n) % EVERY_DAYS == slot_of(NAME))
JUDGED = [FIRST + EVERY_DAYS * n for n in range(9)]
"""The days on which it is judged: 2, 30, 58, 86, ..."""

ON_TIME = [0] * 12


def outcomes(lender, days=FIRST + 250, *, fold=folded, **how):
    """What was told of each judgement that has matured, by its day; void ones are not there."""
    cluster = fold(lender.days(days, **how).written())
    told = [crossing.decode(each.value) for each in cluster.outputs if each.topic == "crossings"]
    return {
        day.toordinal() - ordinal(0) - HORIZON_DAYS: heard(text[crossing.EWS_KEY_LENGTH :]).is_bad
        for each in told
        if isinstance(each, crossing.EwsTold)
        for day, texts in each.rounds.items()
        for text in texts
    }


def loan(*delays):
    """A loan whose first instalments are paid so many days late, the others on time."""
    return Lender(60).loan(NAME).pays(NAME, [*delays, *ON_TIME[len(delays) :]])


def test_the_days_are_as_the_cases_have_them():
    assert JUDGED[:5] == [2, 30, 58, 86, 114]


@pytest.mark.parametrize(
    ("delays", "expected"),
    [
        pytest.param((), {2: False, 30: False, 58: False, 86: False, 114: False}, id="on time"),
        pytest.param(
            (30,),
            {2: False, 30: False, 58: False, 86: False, 114: False},
            id="paid on the thirtieth day",
        ),
        pytest.param(
            (31,), {2: False, 30: True, 58: True, 86: True, 114: False}, id="thirty days late"
        ),
        pytest.param(
            (55,),
            {2: False, 30: True, 58: True, 86: True},
            id="in distress when it was to be judged, on day 114: void",
        ),
        pytest.param(
            (29, 29, 29),
            {2: False, 30: False, 58: False, 86: False, 114: False},
            id="late again and again, but not so late",
        ),
    ],
)
def test_thirty_days_past_due_is_bad(delays, expected):
    """The first is due on day 60: thirty days past due it is from day 90 on, unless it is paid."""
    found = outcomes(loan(*delays))

    assert {day: found[day] for day in JUDGED[:5] if day in found} == expected


def test_who_is_in_distress_is_not_judged_and_who_is_well_again_is():
    lender = loan(55)  # due on day 60, paid on day 115
    cluster = folded(lender.days(150).written())

    assert [read(row).day - ordinal(0) for row in judged(cluster, [NAME])[NAME]] == [86, 142]


@pytest.mark.parametrize(
    ("every", "expected"),
    [pytest.param(55, True, id="day 85"), pytest.param(56, False, id="day 86")],
)
def test_the_last_day_that_counts(every, expected):
    """Never paid: thirty days late from day 85 on, the last of the 84, or from the next."""
    assert outcomes(Lender(every).loan(NAME))[2] is expected


def closed(status, day=50):
    return loan().ended(NAME, day, status)


@pytest.mark.parametrize(
    ("lender", "expected"),
    [
        pytest.param(closed("WRITTEN_OFF"), {2: True, 30: True}, id="written off"),
        pytest.param(closed("SETTLED"), {2: True, 30: True}, id="settled for less"),
        pytest.param(closed("SOLD"), {}, id="sold: void"),
        pytest.param(
            Lender().loan(NAME).ended(NAME, 75, "SOLD"),
            {2: True, 30: True, 58: True},
            id="sold when it was late",
        ),
        pytest.param(
            Lender().loan(NAME).paid(NAME, 20, amount=12 * INSTALMENT).ended(NAME, 40, "PAID_OFF"),
            {2: False, 30: False},
            id="paid off before its time: good",
        ),
    ],
)
def test_how_a_loan_ends(lender, expected):
    assert outcomes(lender) == expected


def test_a_loan_that_ended_is_not_judged_and_what_waits_still_matures():
    lender = closed("WRITTEN_OFF")
    cluster = folded(lender.days(70).written())

    assert [read(row).day for row in judged(cluster, [NAME])[NAME]] == [ordinal(2), ordinal(30)]


def test_a_worker_that_dies_does_not_forget_what_waits_of_a_loan_that_ended():
    assert outcomes(closed("WRITTEN_OFF"), fold=Restarting(1, 3).fold) == {2: True, 30: True}


def restructured():
    """The first instalment is not paid; on day 45 it becomes part of a new schedule."""
    lender = Lender().loan(NAME)
    lender.schedule(
        NAME,
        45,
        range(2, 13),
        first=0,
        version=2,
        reason=ScheduleReason.FORBEARANCE,
        arrears="CAPITALISED",
    )
    for no in range(2, 13):
        lender.paid(NAME, 30 * no)
    return lender


def test_a_restructuring_with_arrears_is_bad_and_its_probation_is_not_judged():
    found = outcomes(restructured())

    assert [found.get(day) for day in JUDGED[:4]] == [True, True, None, None]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(110, {30: False, 58: False}, id="before it has matured: it counts"),
        pytest.param(120, {30: True, 58: False}, id="after: what was learned was learned"),
    ],
)
def test_a_payment_that_is_known_late(told, expected):
    lender = Lender(60).loan(NAME).paid(NAME, 60, told=told)
    lender.pays(NAME, [None, *ON_TIME[1:]])
    found = outcomes(lender)

    assert {day: found.get(day) for day in (30, 58)} == expected


def test_a_payment_that_was_returned_and_is_known_to_be_so_later():
    """On day 120 one hears that the payment of day 60 was taken back on day 61."""
    lender = Lender(60).loan(NAME).paid(NAME, 60)
    paid = lender.lines[-1][3]
    taken_back = {
        "event_type": "RETURN",
        "status": "SUCCEEDED",
        "loan_id": "ln_1",
        "payment_ref": paid.data.payment_ref,
        "original_event_id": paid.event_id,
        "amount_paid": paid.data.amount_paid,
    }
    found = outcomes(lender.event(NAME, 61, 120, taken_back))

    assert found[30] is False, "it had matured on day 114"
    assert (found[58], found[86]) == (True, True)
    assert 114 not in found, "it was in distress when it was judged, as one knows now: void"


@pytest.mark.parametrize("lender", [loan(), Lender().loan(NAME)])
def test_an_outage_at_the_end_of_the_horizon_makes_good_and_bad_void(lender):
    found = outcomes(lender, out=range(83, 90))

    assert 2 not in found
    assert 30 in found


def test_a_borrower_without_a_schedule_is_not_judged():
    lender = Lender()
    lender.loan(NAME)
    lender.lines = [line for line in lender.lines if "Schedule" not in type(line[3]).__name__]
    lender.paid(NAME, 20)
    cluster = folded(lender.days(40).written())

    assert judged(cluster, [NAME]) == {NAME: []}


def test_two_loans_are_one_borrower():
    """The second one is never paid."""
    lender = loan()
    lender.loan(NAME, first=5, loan="ln_2")

    assert outcomes(lender)[30] is True
