"""Test blocks: what passes, and what a failing one says. The shipped rules pass on both engines."""

import pytest

from rules import RuleSetError, pack, render
from rules.engines import OracleEngine, ProgramEngine
from rules.testing import run_tests

RULE = """
ruleset r version 1 timezone "Asia/Shanghai" end

rule late
  signal R family repayment lane credit
  when  repayment.attempt_no >= 2
  tier  moderate if repayment.attempt_no >= 4 hard
  tier  mild hard
  keep  2 days
  cooldown 1 day
  reason "attempt {repayment.attempt_no}" / "第{repayment.attempt_no}次"
end
"""


def failures(lines, engine=ProgramEngine):
    sources = {"r.ewl": f'{RULE}\ntest "t" of late\n{lines}\nend\n'}
    (outcome,) = run_tests(sources, engine)
    return [(found.code, found.message, found.help) for found in outcome.failures]


def given(attempt_no, at, more=""):
    return f"given event repayment: attempt_no {attempt_no} at {at} {more}"


@pytest.mark.parametrize("engine", [ProgramEngine, OracleEngine])
@pytest.mark.parametrize("name", ["postloan"])
def test_shipped_rules_pass_their_own_tests(name, engine):
    sources = pack(name)
    for outcome in run_tests(sources, engine):
        assert not outcome.failures, render(outcome.failures, sources)


FOUR = "\n".join(
    [
        given(2, "2026-03-02 09:00"),
        given(4, "2026-03-03 09:00"),
        given(2, "2026-03-04 09:00"),
        given(4, "2026-03-06 20:00"),
        given(4, "2026-03-07 10:00"),
    ]
)


@pytest.mark.parametrize("engine", [ProgramEngine, OracleEngine])
@pytest.mark.parametrize(
    "expectation",
    [
        pytest.param("at 2026-03-02 08:59 expect nothing", id="before"),
        pytest.param(
            "at 2026-03-02 09:00 expect mild late from nothing", id="opens at that instant"
        ),
        pytest.param("at 2026-03-03 09:00 expect moderate late from mild", id="rises"),
        pytest.param("at 2026-03-04 09:00 expect moderate late", id="never falls while open"),
        pytest.param("at 2026-03-06 08:59 expect moderate late", id="kept for two days"),
        pytest.param(
            "at 2026-03-06 09:00 expect cleared late from moderate cause decay", id="clears"
        ),
        pytest.param("at 2026-03-06 09:00 expect nothing", id="cleared is nothing"),
        pytest.param("at 2026-03-06 20:00 expect nothing", id="quiet while it cools down"),
        pytest.param(
            'at 2026-03-07 10:00 expect moderate late reason contains "第4次"', id="opens anew"
        ),
        pytest.param("expect exactly mild, moderate, cleared, moderate", id="all of it"),
    ],
)
def test_an_episode_opens_rises_is_kept_and_cools_down(expectation, engine):
    assert failures(f"{FOUR}\n{expectation}", engine) == []


@pytest.mark.parametrize(
    ("expectation", "code", "message"),
    [
        pytest.param(
            "at 2026-03-02 09:00 expect moderate late", "E410", "expected moderate, it is mild",
            id="another tier",
        ),
        pytest.param(
            "at 2026-03-02 09:00 expect nothing", "E410", "expected nothing, it is mild", id="something"
        ),
        pytest.param(
            "at 2026-03-02 08:00 expect cleared late", "E410", "expected cleared, it is nothing",
            id="nothing is not cleared",
        ),
        pytest.param(
            "at 2026-03-02 10:00 expect mild late from nothing", "E411",
            "expected a change from nothing at this instant", id="an hour later",
        ),
        pytest.param(
            "at 2026-03-02 09:00 expect mild late cause decay", "E411",
            "expected decay, the cause is signal", id="another cause",
        ),
        pytest.param(
            'at 2026-03-02 09:00 expect mild late reason contains "attempt 3"', "E411",
            "the reason does not contain this", id="another reason",
        ),
        pytest.param(
            "expect exactly mild, moderate", "E412",
            "expected exactly mild, moderate, there was mild", id="not all of it",
        ),
        pytest.param(
            "expect exactly none", "E412", "expected exactly none, there was mild", id="not silent"
        ),
    ],
)  # fmt: skip
def test_a_failing_expectation_says_what_happened_instead(expectation, code, message):
    ((found, said, _),) = failures(f"{given(2, '2026-03-02 09:00')}\n{expectation}")
    assert (found, said) == (code, message)


def test_a_failure_tells_the_history():
    lines = f"{FOUR}\nexpect exactly none"
    ((_, _, history),) = failures(lines)
    assert history == (
        "so far: mild at 2026-03-02 09:00, moderate at 2026-03-03 09:00, "
        "cleared at 2026-03-06 09:00, moderate at 2026-03-07 10:00"
    )


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        pytest.param(
            given(2, "2026-02-30"), "E404",
            "expected a time of the calendar: day is out of range for month", id="no such day",
        ),
        pytest.param(
            "given event repayment: loan_id x at 2026-03-02", "E404",
            "not an event: expected `str` matching regex '^ln_[A-Za-z0-9]{1,64}$(?!\\\\n)'"
            " - at `$.data.loan_id`", id="no such id",
        ),
        pytest.param(
            "given events repayment: attempt_no 2 every 1 minute from 2026-01-01 to 2027-01-01",
            "E405", "expected at most 10000 events, got 525601", id="too many",
        ),
    ],
)  # fmt: skip
def test_a_wrong_event_is_reported_and_nothing_is_run(line, code, message):
    ((found, said, _),) = failures(f"{line}\nexpect exactly mild")
    assert (found, said) == (code, message)


@pytest.mark.parametrize(
    ("arriving", "expected"),
    [
        pytest.param("2026-03-02 10:00", "mild, moderate", id="while it is open"),
        pytest.param("2026-03-05 09:00", "mild, cleared", id="when its warning would be over"),
    ],
)
def test_events_come_in_the_order_of_their_arrival_and_keep_from_their_own_time(arriving, expected):
    late = given(4, "2026-03-01 09:00", f"arriving {arriving}")
    assert failures(f"{late}\n{given(2, '2026-03-02 09:00')}\nexpect exactly {expected}") == []


def test_outputs_can_change_with_time():
    sources = {
        "r.ewl": f"""{RULE}
        rule odd signal D2 family model lane credit
          when detector.amount.p_value < 1% and detector.amount.z is missing
          tier mild soft reason "-"
        end
        test "t" of odd
          given output detector.amount.p_value = 40%
          given output detector.amount.p_value = 0.5% from 2026-03-03 00:00
          given events pos_clearing: txn_type SALE every 1 day from 2026-03-01 09:00 to 2026-03-03 09:00
          at 2026-03-02 09:00 expect nothing
          at 2026-03-03 09:00 expect mild odd
        end
        """
    }
    assert [outcome.failures for outcome in run_tests(sources, ProgramEngine)] == [()]


def test_only_one_rules_tests_can_be_run():
    outcomes = run_tests(pack("postloan"), ProgramEngine, only="f15_payee_changed")
    assert {outcome.rule for outcome in outcomes} == {"f15_payee_changed"}


def test_a_rule_set_that_does_not_load_is_not_tested():
    with pytest.raises(RuleSetError, match="E105"):
        run_tests({"r.ewl": "param p : count default 1 end"}, ProgramEngine)
