"""State rules in the book: true or not at an instant, by events, by the ledger, by time alone."""

from datetime import UTC, datetime

from rules import Program
from schemas import journal
from schemas.instants import to_ms
from tests.decide.telling import Telling
from tests.ledger.reading import parse

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule overdue
  name "Overdue" / "逾期"
  signal RP06
  family repayment
  lane credit
  when loan.tier_dpd >= 1
  tier severe if loan.tier_dpd >= 30 hard
  tier moderate if loan.tier_dpd >= 4 hard
  tier mild hard
  reason "{loan.tier_dpd} days past due" / "逾期{loan.tier_dpd}天"
end

rule failing
  name "Debits fail" / "扣款失败"
  signal RP02
  family repayment
  lane credit
  when count(repayment where status = FAILED) over 3 days >= 1 lasting 1 day
  tier mild hard
  reason "a debit failed" / "扣款失败"
end
"""
OF_EVENTS = """
ruleset trial version 2
  timezone "Asia/Shanghai"
end

rule large
  signal P14
  family sales
  lane credit
  on pos_clearing
  when pos_clearing.amount_gross > ¥1,000,000
  tier mild soft
  keep 1 day
  reason "large"
end
"""
LOAN = """
loan principal=2000
schedule 1
  1  2026-02-10  1000
  2  2026-03-10  1000
"""


def story(trial, text, loan=LOAN):
    """The alerts of a story: what, about what, from when, how it came and why."""
    player = Telling(trial, RULES)
    for line in parse("== a story\n" + loan + text).lines:
        player.play(line)
    return [
        " ".join(
            (
                alert["rule"]["name"],
                alert["subject_id"],
                alert["transition"],
                alert["tier"],
                alert["cause"],
                alert["detected_at"][:16],
            )
        )
        for alert in player.alerts
    ]


def test_a_ladder_rises_by_time_alone_at_midnight_in_the_loans_zone_and_ends_when_paid(trial):
    told = story(trial, "day 2026-02-15\npay 2026-02-16 10:00 1000\nday 2026-02-17")

    assert told == [
        "overdue ln_1 opened mild signal 2026-02-10T16:00",
        "overdue ln_1 escalated moderate signal 2026-02-13T16:00",
        "overdue ln_1 cleared none decay 2026-02-16T02:01",
    ]


def test_an_arrear_is_told_from_its_first_day_whenever_we_heard_of_it(trial):
    returned = "pay 2026-02-10 10:00 1000 id=p1\nreturn 2026-02-25 10:00 1000 of=p1"
    player = Telling(trial, RULES)
    for line in parse("== a story\n" + LOAN + returned).lines:
        player.play(line)

    (alert,) = player.alerts
    assert (alert["tier"], alert["transition"]) == ("moderate", "opened")
    assert alert["effective_from"] == "2026-02-10T16:00:00.000Z"
    assert alert["detected_at"] == "2026-02-25T02:01:00.000Z"


def test_nothing_is_said_of_a_loan_that_is_paid_on_time(trial):
    assert story(trial, "pay 2026-02-10 10:00 1000\nday 2026-03-09") == []


def test_a_payment_that_came_late_to_us_but_was_on_time_withdraws_the_warning(trial):
    told = story(trial, "day 2026-02-12\npay 2026-02-10 10:00 1000 arrives=2026-02-13T09:00")

    assert told == [
        "overdue ln_1 opened mild signal 2026-02-10T16:00",
        "overdue ln_1 withdrawn none late_data 2026-02-13T01:00",
    ]


def test_a_correction_withdraws_what_it_disproves(trial):
    told = story(
        trial,
        "pay 2026-02-10 10:00 100 ref=p1\nday 2026-02-12\n"
        "pay 2026-02-10 10:00 1000 ref=p1 v=2 kind=CORRECTION arrives=2026-02-13T09:00",
    )

    assert told[-1] == "overdue ln_1 withdrawn none correction 2026-02-13T01:00"


def test_each_loan_has_a_warning_of_its_own_that_ends_when_all_is_paid(trial):
    told = story(
        trial,
        "loan id=ln_2 principal=500\nschedule 1 loan=ln_2\n  1  2026-02-11  500\nday 2026-02-12\n"
        "pay 2026-02-12 12:00 500 loan=ln_2",
    )

    assert [each.rpartition(" ")[0] for each in told] == [
        "overdue ln_1 opened mild signal",
        "overdue ln_2 opened mild signal",
        "overdue ln_2 cleared none loan_closed",
    ]


FAILED = "debit 2026-02-01 10:00 0 ref=a{} status=FAILED => ignored\n"


def test_what_must_last_is_told_when_it_has_lasted_though_nothing_happened(trial):
    told = story(trial, FAILED.format(1) + "day 2026-02-08")

    assert told == [
        "failing brw_1 opened mild signal 2026-02-02T02:01",
        "failing brw_1 cleared none decay 2026-02-03T16:00",
    ]


def test_what_has_not_lasted_yet_is_waited_for_no_longer_when_the_last_loan_is_over(trial):
    failed = "debit 2026-02-{} 11:00 0 ref=a{} status=FAILED => ignored\n"
    over = "writeoff 2026-02-12 12:00 => applied\n"
    told = story(trial, failed.format(12, 1) + over + failed.format(16, 2))

    assert [each for each in told if each.startswith("failing")] == []


def test_a_rule_that_fails_at_its_deadline_holds_nobody_up(trial, monkeypatch):
    def look(self, windows, scene, memory=None):
        if scene.now_ms > to_ms(datetime(2026, 2, 12, 12, tzinfo=UTC)):
            raise ZeroDivisionError
        return sound(self, windows, scene, memory)

    sound = Program.look
    monkeypatch.setattr(Program, "look", look)
    failed = "debit 2026-02-{} 11:00 0 ref=a{} status=FAILED => ignored\n"

    assert story(trial, failed.format(12, 1) + failed.format(16, 2)) == [
        "overdue ln_1 opened mild signal 2026-02-10T16:00",
    ]


def test_rules_of_events_alone_end_what_the_state_rules_before_them_said_and_waited_for(trial):
    player = Telling(trial, RULES)
    failed = "debit 2026-02-{} 11:00 0 ref=a{} status=FAILED => ignored\n"
    for line in parse("== a story\n" + LOAN + failed.format(12, 1)).lines:
        player.play(line)
    player.rules(OF_EVENTS)
    for line in parse("== a story\n" + failed.format(16, 2)).lines:
        player.play(line)

    assert [(alert["transition"], alert["cause"]) for alert in player.alerts] == [
        ("opened", "signal"),
        ("cleared", "rule_changed"),
    ]


def test_what_is_written_off_is_not_watched_any_more(trial):
    failed = "debit 2026-02-20 10:00 0 ref=a1 status=FAILED => ignored\n"
    told = story(
        trial, "day 2026-02-11\nwriteoff 2026-02-12 12:00 => applied\n" + failed + "day 2026-03-12"
    )

    assert told == [
        "overdue ln_1 opened mild signal 2026-02-10T16:00",
        "overdue ln_1 cleared none loan_closed 2026-02-12T04:01",
    ]


def test_money_in_doubt_is_told_once_and_makes_nobody_late(trial):
    player = Telling(trial, RULES)
    text = "pay 2026-02-10 10:00 10\nday 2026-02-20"
    for line in parse("== a story\n" + LOAN + text).lines:
        player.play(line)

    told = trial.told(trial.run(player.records), "decisions")
    assert [(each["about"], each["detail"]) for each in told if each["kind"] == "in_doubt"] == [
        ("ln_1", "SCALE: 1000 minor units are held back")
    ]
    assert player.alerts == []


SILENT = """
ruleset trial version 1
  timezone "Asia/Shanghai"
end

rule silent
  signal P02
  family sales
  lane credit
  when zero_run_days() >= 3
  tier mild hard
  reason "nothing sold for {zero_run_days()} days"
end
"""


def test_the_first_sale_of_a_borrower_without_loans_lets_its_silence_be_told(trial):
    log = trial.Log().tick(0).rules(SILENT).go_live()
    for day in range(90):
        log.sale(day + 0.1).tick(day + 0.2)
    for day in range(90, 96):
        marks = {"simulator/pos_clearing": trial.at(day)}
        tick = journal.Tick(input_at_ms=trial.at(day), wall_at_ms=trial.at(day), watermarks=marks)
        log.add(journal.TICK_KEY, tick)

    (alert,) = trial.told(trial.run(log.records), "alerts")
    assert alert["reason"]["en"] == "nothing sold for 3 days"
