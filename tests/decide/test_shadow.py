"""Detectors in shadow: all of them learn, and no output knows of them until a rule asks."""

import msgspec
import pytest

from detectors.evidence import NAME, evidence
from schemas import journal
from schemas.control import ParametersBody
from schemas.money import Money
from schemas.repayment import Repayment
from schemas.settlement import Direction, Settlement
from stream.decide.observe import is_short, mark, observe

ASKING = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule gap
  name "Gap" / "间隔"
  signal D1
  family model
  lane credit
  on pos_clearing
  when detector.cadence is ready and detector.cadence.p_value < 1%
  tier mild soft
  keep 1 day
  reason "a long gap" / "间隔过长"
end
"""


def sales(trial, text):
    """A shop sells daily for forty days, and then not for two weeks."""
    log = trial.Log().rules(text).go_live()
    for day in range(40):
        log.sale(day, fen=10_000 + day % 5 * 500, channel="QR")
    return log.sale(54, fen=10_500, channel="QR")


def models(trial, log):
    """The rows that a book has learned of the one borrower."""
    book = trial.Book(trial.TRUST, speaks=True)
    trial.run(log.records, book)
    stored = dict(book.changes())[b"brw_1/models"]
    return msgspec.msgpack.decode(stored, type=dict[str, bytes])


def test_each_detector_that_has_heard_something_has_a_row_and_evidence(trial):
    found = models(trial, sales(trial, trial.RULES))

    assert set(found) == {"amount", "cadence", "cusum", "flow", "mix", NAME, "combination"}
    assert evidence(found[NAME], trial.at(54))["cadence"] > 1.5


def test_a_rule_that_asks_is_told_and_warnings_of_others_are_not(trial):
    asked = trial.told(trial.run(sales(trial, ASKING).records), "alerts")
    not_asked = sales(trial, trial.RULES).failed_debit(55)

    (alert,) = asked
    assert {each["detector"] for each in alert["detector_scores"]} == {"amount", "cadence"}
    for other in trial.told(trial.run(not_asked.records), "alerts"):
        assert {each["detector"] for each in other.get("detector_scores", ())} <= {"amount"}


def test_a_control_record_may_carry_the_priors_of_each(trial):
    priors = {"default": {"repayment": {"share": 0.2, "worth": 8}}}
    log = trial.Log().rules().control(ParametersBody(detector="shortfall", segments=priors))
    decisions = trial.told(trial.run(log.records), "decisions")

    assert decisions[-1]["kind"] == "control_applied"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(None, None, None, id="nobody knows"),
        pytest.param(True, None, None, id="not any more"),
        pytest.param(False, False, False, id="on time"),
        pytest.param(None, False, False, id="on time, the first"),
        pytest.param(True, False, True, id="late"),
        pytest.param(False, True, True, id="short"),
    ],
)
def test_an_instalment_is_short_if_something_was_or_is_past_due(before, after, expected):
    assert is_short(before, after) is expected


def event(make, data):
    return make(
        event_id="e",
        source="s",
        borrower_id="brw_1",
        business_key="k",
        event_at_ms=0,
        wall_arrival_at_ms=0,
        data=data,
    )


def settled(who, channel):
    return event(
        journal.SettlementEvent,
        Settlement(
            event_type="TRANSFER",
            account_token="acc_1",
            direction=Direction.CREDIT,
            amount=Money(amount_minor=100, currency="CNY"),
            counterparty_token=who,
            channel=channel,
        ),
    )


def test_a_mark_is_of_the_other_end_and_the_channel():
    marks = [
        observe(settled(*each)).mark for each in (("cp_1", "API"), ("cp_2", "API"), ("cp_1", "QR"))
    ]

    assert len(set(marks)) == 3
    assert observe(settled(None, None)).mark is None
    assert marks[0] == mark("cp_1", "API") == observe(settled("cp_1", "API")).mark


def test_only_a_repayment_can_be_short():
    paid = event(
        journal.RepaymentEvent,
        Repayment(
            event_type="PAYMENT",
            status="SUCCEEDED",
            loan_id="ln_1",
            amount_paid=Money(amount_minor=100, currency="CNY"),
        ),
    )

    assert observe(paid, is_short=True).is_short is True
    assert observe(settled("cp_1", "API"), is_short=True).is_short is None
