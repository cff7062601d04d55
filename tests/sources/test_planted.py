"""What is planted in a simulated book is in its events, and nothing else is."""

import io
from collections import Counter, defaultdict
from datetime import date

import pytest

from schemas.instants import from_ms, parse
from schemas.pos_clearing import PosClearing, TxnType
from schemas.repayment import Repayment, RepaymentStatus
from schemas.settlement import Settlement, SettlementType
from stream.sources.simulator.book import Book, write_planted
from stream.sources.simulator.cases import CASES
from tests.flow import contacts

START = date(2026, 1, 5)


def rows(book, *cases):
    return [row for row in warnings_of(book) if row.case in cases]


def warnings_of(book):
    """What is planted about warnings; what is about contacts is held in tests/flow."""
    return [row for row in book.planted if row.expect not in contacts.KINDS]


def test_every_case_is_planted(book):
    assert {row.case for row in book.planted} == {case.name for case in CASES}


def test_the_debits_that_fail_without_funds_are_those_planted(book, bodies):
    failed = {
        (each.data.borrower_id, each.at_ms)
        for each in bodies(Repayment)
        if each.data.reason_code == "51"
    }
    warned = {(row.borrower_id, parse(row.at)) for row in book.planted if row.rule == "RP02"}
    same_day = {row.borrower_id for row in rows(book, "nsf_twice_on_one_day")}

    assert warned <= failed
    assert {borrower_id for borrower_id, _ in failed - warned} == same_day


@pytest.mark.parametrize(
    ("case", "codes", "tiers"),
    [
        pytest.param("first_nsf", ["51", None], [1], id="paid later on the day"),
        pytest.param("repeated_nsf", ["51", "51", None], [1, 2], id="again on another day"),
        pytest.param("nsf_twice_on_one_day", ["51", "51", None], [1], id="one day counts once"),
        pytest.param("nsf_sent_again", ["51", "51", None], [1], id="one fact counts once"),
        pytest.param("decoy_technical", ["91", "96", None], [0], id="the bank was away"),
        pytest.param("decoy_account_limit", ["61", None], [0], id="a Type II account"),
    ],
)
def test_a_failing_debit_goes_as_its_case_says(book, case, codes, tiers, bodies):
    planted = rows(book, case)
    debits = [each for each in bodies(Repayment) if each.data.borrower_id == planted[0].borrower_id]
    number = next(e.data.instalment_no for e in debits if e.at_ms == parse(planted[0].at))
    tried = sorted(
        (each for each in debits if each.data.instalment_no == number), key=lambda e: e.at_ms
    )

    assert [each.data.reason_code for each in tried] == codes
    assert [row.tier for row in planted] == tiers
    assert len({each.data.attempt_group_id for each in tried}) == 1
    assert [e.data.reason_code for e in debits if e.data.instalment_no != number] == [None] * (
        len(debits) - len(tried)
    )


def test_a_debit_that_fails_twice_on_one_day_does_so_in_one_group(book, bodies):
    (row,) = rows(book, "nsf_twice_on_one_day")
    failed = [
        each
        for each in bodies(Repayment)
        if each.data.borrower_id == row.borrower_id and each.data.status is RepaymentStatus.FAILED
    ]

    assert len({from_ms(each.at_ms).date() for each in failed}) == 1  # 11:00 and 16:00 local
    assert [each.data.attempt_no for each in failed] == [1, 2]


@pytest.mark.parametrize(
    ("case", "to", "tier"),
    [
        pytest.param("payee_to_unrelated_person", "UNRELATED_PERSON", 3, id="diverted"),
        pytest.param("decoy_payee_to_self", "SELF", 0, id="another account of the borrower"),
    ],
)
def test_after_a_payee_change_the_money_goes_elsewhere(book, case, to, tier, bodies):
    (row,) = rows(book, case)
    own = row.borrower_id.replace("brw", "acc")
    seen = [e for e in bodies(Settlement) if e.data.account_token.startswith(own)]
    (change,) = [e for e in seen if e.data.event_type is SettlementType.ACCOUNT_EVENT]
    after = {e.data.account_token for e in seen if e.at_ms > change.at_ms}

    assert change.at_ms == parse(row.at)
    assert (change.data.account_change, change.data.counterparty_class) == ("PAYEE_CHANGED", to)
    assert row.tier == tier
    assert after == ({own + "b"} if tier == 0 else set())
    assert any(e.at_ms < change.at_ms for e in seen)


def test_the_payees_that_change_are_those_planted(book, bodies):
    changed = Counter(
        each.data.account_token.replace("acc", "brw")
        for each in bodies(Settlement)
        if each.data.event_type is SettlementType.ACCOUNT_EVENT
    )

    assert changed == Counter(
        row.borrower_id for row in rows(book, "payee_to_unrelated_person", "decoy_payee_to_self")
    )


def test_the_odd_sale_has_a_long_past_and_is_far_outside_it(book, bodies):
    (row,) = rows(book, "odd_sale")
    sales = [
        each
        for each in bodies(PosClearing)
        if each.data.merchant_id == row.borrower_id.replace("brw", "mer")
        and each.data.txn_type is TxnType.SALE
    ]
    (odd,) = [each for each in sales if each.at_ms == parse(row.at)]
    others = [e.data.amount_gross.amount_minor for e in sales if e is not odd]

    assert odd.data.amount_gross.amount_minor > 10 * max(others)
    assert sum(each.at_ms < odd.at_ms for each in sales) >= 70
    assert (row.rule, row.tier) == ("D2", 1)


def test_no_usual_sale_is_far_outside_the_past_of_its_shop(book, bodies):
    odd = {row.borrower_id.replace("brw", "mer") for row in rows(book, "odd_sale")}
    tickets = defaultdict(list)
    for each in bodies(PosClearing):
        if each.data.merchant_id not in odd:
            tickets[each.data.merchant_id].append(each.data.amount_gross.amount_minor)

    for amounts in tickets.values():
        median = sorted(amounts)[len(amounts) // 2]
        assert max(amounts) < 6 * median


def test_decoys_have_no_rule_and_everything_else_has_one(book):
    assert all(
        (not row.rule) == row.case.startswith("decoy_") == (not row.tier)
        for row in warnings_of(book)
    )


def test_a_case_that_fits_nobody_is_left_out():
    book = Book(seed=7, borrowers=30, days=9, start=START)

    assert {row.case for row in book.planted} <= {case.name for case in CASES} - {
        "odd_sale",
        "payee_to_unrelated_person",
        "decoy_payee_to_self",
    }
    assert rows(book, "first_nsf")


def test_a_large_book_has_every_case_more_than_once_and_most_lives_are_healthy():
    book = Book(seed=1, borrowers=200, days=60, start=START)
    lives = Counter(case for case, _ in {(row.case, row.borrower_id) for row in book.planted})

    assert set(lives) == {case.name for case in CASES}
    assert sum(lives.values()) == 40
    assert min(lives.values()) >= 4


def test_the_list_of_what_was_planted_is_csv_in_order_of_time(book):
    file = io.StringIO()
    write_planted(book.planted, file)
    head, *lines = file.getvalue().splitlines()

    assert head == "case,borrower_id,rule,tier,at,expect,until,subject"
    assert len(lines) == len(book.planted)
    assert [line.split(",")[4] for line in lines] == sorted(row.at for row in book.planted)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"seed": -1}, id="a token cannot hold a minus"),
        pytest.param({"borrowers": 0}, id="nobody"),
        pytest.param({"borrowers": 100_001}, id="more than five digits"),
        pytest.param({"days": 0}, id="no day"),
    ],
)
def test_a_book_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match="expected a seed from 0"):
        Book(**{"seed": 1, "borrowers": 1, "days": 1, "start": START} | wrong)
