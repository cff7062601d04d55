"""The adapter of the returning customers, on files written by hand in the same layout."""

import json
from collections import Counter
from pathlib import Path

import pytest

import rules
from schemas.dead_letter import Origin
from schemas.instants import DAY_MS, parse
from stream.evaluate.fold import Fold
from stream.sources.imports import superlender
from stream.sources.imports.superlender import JUDGED, LABELLED
from stream.sources.imports.tables import PUBLIC_KEY, ImportFileError
from stream.sources.records import line

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "superlender"

# Nobody's: paid a day late, all at once.
AT_ONCE = {
    "customerid": "c1",
    "systemloanid": "1",
    "loannumber": "1",
    "approveddate": "2016-03-01 10:00:00.000000",
    "creationdate": "2016-03-01 09:00:00.000000",
    "loanamount": "10000.0000",
    "totaldue": "11500.0000",
    "termdays": "30",
    "closeddate": "2016-04-01 12:20:00.000000",
    "referredby": "SECRET",
    "firstduedate": "2016-03-31 00:00:00.000000",
    "firstrepaiddate": "2016-04-01 12:05:00.000000",
}
IN_TWO = AT_ONCE | {
    "systemloanid": "2",
    "termdays": "60",
    "totaldue": "11501.0100",
    "approveddate": "2016-05-01 10:00:00.000000",
    "firstduedate": "2016-05-31 00:00:00.000000",
    "firstrepaiddate": "2016-05-30 08:00:00.000000",
    "closeddate": "2016-06-29 08:00:00.000000",
}
IN_PARTS = AT_ONCE | {"systemloanid": "3", "firstrepaiddate": "2016-03-20 08:00:00.000000"}
JUDGED_LOAN = {
    "customerid": "c1",
    "systemloanid": "9",
    "loannumber": "3",
    "approveddate": "2016-07-01 10:00:00.000000",
    "termdays": "15",
    "good_bad_flag": "Bad",
}


@pytest.fixture
def imported(table, decoded):
    def read(*rows):
        folder = table(LABELLED, rows)
        return decoded(
            superlender.records(superlender.read_loans(folder, PUBLIC_KEY, labelled_only=True))
        )

    return read


def of(envelopes, name):
    return [each for each in envelopes if each.type == name]


def payments(envelopes):
    return [
        (each.at_ms, each.data.amount_paid.amount_minor)
        for each in of(envelopes, "repayment.v1")
        if each.data.event_type == "PAYMENT"
    ]


def test_a_loan_paid_at_once_is_one_payment_of_all_that_was_due(imported):
    envelopes = imported(AT_ONCE)
    (schedule,) = of(envelopes, "repayment_schedule.v1")

    assert payments(envelopes) == [(parse("2016-04-01T12:20:00+01:00"), 1_150_000)]
    assert [(str(i.due_date), i.amount.amount_minor) for i in schedule.data.instalments] == [
        ("2016-03-31", 1_150_000)
    ]


def test_a_loan_of_sixty_days_has_two_instalments_and_the_first_payment_pays_the_first(imported):
    envelopes = imported(IN_TWO)
    (schedule,) = of(envelopes, "repayment_schedule.v1")

    assert [(str(i.due_date), i.amount.amount_minor) for i in schedule.data.instalments] == [
        ("2016-05-31", 575_051),
        ("2016-06-30", 575_050),
    ]
    assert [paid for _, paid in payments(envelopes)] == [575_051, 575_050]


def test_how_much_came_first_of_a_single_instalment_is_not_made_up(imported):
    assert [paid for _, paid in payments(imported(IN_PARTS))] == [1_150_000]


def test_a_contract_comes_when_its_loan_is_approved_and_the_profile_with_the_first(imported):
    envelopes = imported(AT_ONCE, IN_TWO)
    approved = [parse("2016-03-01T10:00:00+01:00"), parse("2016-05-01T10:00:00+01:00")]

    assert [each.at_ms for each in of(envelopes, "loan_contract.v1")] == approved
    assert [each.at_ms for each in of(envelopes, "borrower_profile.v1")] == approved[:1]
    assert [each.at_ms for each in envelopes] == sorted(each.at_ms for each in envelopes)


def test_there_is_a_clock_record_for_each_day(imported):
    clocks = [each.at_ms for each in of(imported(AT_ONCE), "clock.v1")]

    assert clocks == [parse("2016-03-01T00:00:00+01:00") + DAY_MS * n for n in range(33)]


EARLY = AT_ONCE | {
    "closeddate": "2016-03-10 12:20:00.000000",
    "firstrepaiddate": "2016-03-10 12:20:00.000000",
}
"""Paid three weeks before it was due."""

LATE = AT_ONCE | {"systemloanid": "4", "closeddate": "2016-04-02 12:20:00.000000"}


@pytest.mark.parametrize(
    ("rows", "past_due"),
    [
        pytest.param([EARLY], [], id="paid long before it is due"),
        pytest.param([EARLY, IN_TWO], [], id="and the next loan before each of its dates"),
        pytest.param([EARLY, LATE], ["mild", "none"], id="two days late"),
    ],
)
def test_who_pays_early_is_never_past_due(table, rows, past_due):
    """It was: what comes before it is due is kept aside, unless the contract lets it pay."""
    found = []
    fold = Fold(
        rules.pack("postloan"),
        wall_now_ms=parse("2026-01-01T00:00:00Z"),
        on_record=lambda _, outputs: found.extend(outputs),
    )
    loans = superlender.read_loans(table(LABELLED, rows), PUBLIC_KEY, labelled_only=True)
    for number, record in enumerate(superlender.records(loans)):
        raw = line(record, record.type).rstrip(b"\n")
        fold.lines([(Origin(topic="file", partition=0, offset=number), raw)])

    alerts = [json.loads(each.value) for each in found if each.topic == "alerts"]
    assert [each["tier"] for each in alerts if each["signal"] == "RP06"] == past_due


def test_who_referred_the_customer_is_nowhere(imported):
    assert "SECRET" not in str(imported(AT_ONCE))


def test_the_label_is_judged_at_approval_and_its_lead_is_the_term(table):
    folder = table(
        JUDGED, [JUDGED_LOAN, JUDGED_LOAN | {"customerid": "c2", "good_bad_flag": "Good"}]
    )
    bad, good = superlender.read_labels(folder, PUBLIC_KEY)
    approved_ms = parse("2016-07-01T10:00:00+01:00")

    assert (bad.label, good.label) == (1, 0)
    assert (bad.until_ms, bad.outcome_ms, bad.lead_days) == (
        approved_ms,
        approved_ms + 15 * DAY_MS,
        15,
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param({"totaldue": "much"}, "line 3: expected a loan, got `much`", id="amount"),
        pytest.param({"closeddate": ""}, "line 3: expected a loan", id="never closed"),
    ],
)
def test_what_is_no_loan_is_refused_with_its_line(imported, wrong, told):
    with pytest.raises(ImportFileError, match=told):
        imported(AT_ONCE, AT_ONCE | wrong)


def test_a_flag_that_is_neither_good_nor_bad_is_refused(table):
    folder = table(JUDGED, [JUDGED_LOAN | {"good_bad_flag": "Ugly"}])

    with pytest.raises(ImportFileError, match="line 2: expected a loan that is `Good` or `Bad`"):
        superlender.read_labels(folder, PUBLIC_KEY)


@pytest.mark.skipif(not (SHARED / JUDGED).is_file(), reason="the data set is not in ../shared/data")
def test_the_real_set_has_its_loans_and_labels_and_every_line_is_an_envelope(decoded):
    loans = superlender.read_loans(SHARED, PUBLIC_KEY)
    labels = superlender.read_labels(SHARED, PUBLIC_KEY)
    labelled = superlender.read_loans(SHARED, PUBLIC_KEY, labelled_only=True)
    until = {label.borrower_id: label.until_ms for label in labels}
    envelopes = decoded(superlender.records(loans[::50]))

    assert (len(loans), len(labelled)) == (18_183 + 5_907, 18_183)
    assert (len(labels), sum(label.label for label in labels)) == (4_368, 952)
    assert len({loan.borrower_id for loan in labelled}) == 4_359
    assert all(loan.closed_ms < until[loan.borrower_id] for loan in labelled)
    assert Counter(each.type for each in envelopes)["loan_contract.v1"] == len(loans[::50])
