# ruff: noqa: RUF001 - Chinese is tested
"""What a loaded rule set does at an event, and what its verdicts prove."""

import pytest

from rules import Measure, load, pack
from schemas.alert import MeasureValue, Text
from schemas.instants import DAY_MS

POSTLOAN = load(pack("postloan"))
NSF = {"instalment_no": 5, "reason_class": "INSUFFICIENT_FUNDS"}


def one_rule(body, *, head="ruleset r version 1 end", before=""):
    text = f"{head}\n{before}\nrule r signal R family repayment lane credit\n{body}\nend\n"
    return load({"r.ewl": text})


def verdict(rules, event, make, *, windows=None, **context):
    (found,) = rules.judge(event, windows or {}, make.context(event.event_at_ms, **context))
    return found


# --- the shipped rules, with their proof


def test_a_second_failed_debit_is_proved(make):
    windows = {}
    for day in (0, 3):
        event = make.repayment(day, make.START_MS + day * DAY_MS, **NSF)
        assert POSTLOAN.apply(windows, event, event.event_at_ms)
    found = verdict(POSTLOAN, event, make, windows=windows)

    assert (found.rule.name, found.tier, found.hard) == ("rp02_failed_debit", 2, True)
    assert (found.rule.signal, found.rule.family, found.rule.lane) == (
        "RP02",
        "repayment",
        "credit",
    )
    assert found.measures == (
        Measure("days_failed", 2, "count", "30 days by instalment_no, loan_id", None, ">= 2", None),
    )
    assert found.reason.en.endswith("days with a failure in 30 days: 2")
    assert found.clears == Text(
        en="clears when no event has met this rule for 7 days",
        zh="连续7天没有事件再触发本规则时解除",
    )


def test_an_unusual_amount_is_proved(make):
    score = make.score(
        p_value=4e-07, z=-3.5, n=57, expected=7.6, observed=10.8, scale=0.4, ready=True
    )
    event = make.pos_clearing(1, make.START_MS)
    found = verdict(POSTLOAN, event, make, scores={"amount": score})

    assert (found.rule.name, found.tier, found.hard) == ("d2_unusual_amount", 1, False)
    assert found.measures == (
        Measure("detector.amount.p_value", 4e-07, "score", "this event", 57, "< 1e-06", 7.6),
    )
    assert found.reason.en == (
        "Amount 49,019.80, usual for this borrower 1,997.20 (p 4e-07, 57 events)"
    )


def test_an_announced_payee_is_no_warning(make):
    event = make.settlement(
        1,
        make.START_MS,
        event_type="ACCOUNT_EVENT",
        account_change="PAYEE_CHANGED",
        counterparty_token="cp_1",
        counterparty_class="UNRELATED_PERSON",
    )
    assert verdict(POSTLOAN, event, make).tier == 3

    lists = {"@announced_payees": frozenset({"cp_1"})}
    assert POSTLOAN.judge(event, {}, make.context(event.event_at_ms, lists=lists)) == []


def test_measures_fit_into_an_alert(make):
    found = verdict(POSTLOAN, make.repayment(1, make.START_MS, **NSF), make)
    assert [MeasureValue(**measure._asdict()).name for measure in found.measures] == ["days_failed"]


def test_a_program_says_what_it_is():
    assert (POSTLOAN.name, POSTLOAN.version, POSTLOAN.timezone) == ("postloan", 6, "Asia/Shanghai")
    assert POSTLOAN.detectors == {"amount", "cadence", "shortfall"}
    assert [rule.signal for rule in POSTLOAN.rules if not rule.is_state] == [
        "RP02", "RP15", "F15", "F17", "W05", "D2", "D1", "D5",
    ]  # fmt: skip
    assert [rule.signal for rule in POSTLOAN.rules if rule.is_state] == [
        "RP03", "RP06", "RP07", "RP08", "RP17", "F01", "F03", "F04", "F16", "F19", "X01", "X04", "X12",
        "X07", "P01", "P02", "P03", "P25",
    ]  # fmt: skip
    streams = {rule.signal: rule.streams for rule in POSTLOAN.rules}
    assert streams["D2"] == ("repayment", "settlement", "pos_clearing")
    assert streams["D5"] == ("repayment",)


# --- what a verdict carries


def test_measures_name_windows_counts_and_the_bounds_of_the_rung_that_held(make):
    rules = one_rule(
        """
        on settlement
        let mean = avg(settlement.amount) over 72 hours
        when settlement.amount > 2 * mean and count(settlement) over lifetime by account_token >= 2
        tier severe   if settlement.amount >= ¥500 hard
        tier moderate if mean < much hard
        tier mild     hard
        reason "{mean}"
        """,
        before="param much : money default ¥200 end",
    )
    windows = {}
    for number, minor in enumerate([1_000, 1_000, 20_000]):
        event = make.settlement(number, make.START_MS, amount=make.cny(minor))
        rules.apply(windows, event, event.event_at_ms)
    found = verdict(rules, event, make, windows=windows)

    assert found.tier == 2
    assert found.measures == (
        Measure("settlement.amount", 20_000, "CNY_minor", "this event", None, "> CNY 146.67", None),
        Measure("mean", 22_000 / 3, "CNY_minor", "72 hours", 3, "< CNY 200.00", None),
        Measure(
            "count(settlement) over lifetime by account_token",
            3, "count", "lifetime by account_token", 3, ">= 2", None,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attempt_no", "threshold"),
    [
        pytest.param(4, ">= 4", id="of the rung that held"),
        pytest.param(3, ">= 2", id="of `when` where the rung has none"),
    ],
)
def test_the_threshold_is_that_which_decided(make, attempt_no, threshold):
    rules = one_rule(
        """
        when repayment.attempt_no >= 2
        tier severe if 4 <= repayment.attempt_no hard
        tier mild hard
        reason "-"
        """
    )
    found = verdict(rules, make.repayment(1, make.START_MS, attempt_no=attempt_no), make)
    assert [measure.threshold for measure in found.measures] == [threshold]


@pytest.mark.parametrize(
    ("hole", "en", "zh"),
    [
        pytest.param("{repayment.amount_paid}", "CNY 1,234.50", "CNY 1,234.50", id="money"),
        pytest.param("{repayment.amount_due}", "unknown", "未知", id="missing"),
        pytest.param("{repayment.status}", "failed", "失败", id="a word of a field"),
        pytest.param("{repayment.loan_id}", "ln_a1b2c3…", "ln_a1b2c3…", id="an id is masked"),
        pytest.param("{repayment.loan_id | text}", "ln_a1b2c3d4", "ln_a1b2c3d4", id="an id, whole"),
        pytest.param("{repayment.time}", "2026-03-19 08:00", "2026-03-19 08:00", id="local time"),
        pytest.param("{repayment.day}", "2026-03-19", "2026年3月19日", id="a date"),
        pytest.param(
            "{repayment.time | date}", "2026-03-19", "2026年3月19日", id="an instant's date"
        ),
        pytest.param("{share}", "12.5%", "12.5%", id="a ratio"),
        pytest.param("{wait}", "2 days", "2天", id="a duration"),
        pytest.param("{wait | hours}", "48 hours", "48小时", id="hours"),
        pytest.param("{odd}", "0.003", "0.003", id="a score"),
        pytest.param("{odd | percent}", "0.3%", "0.3%", id="a score as a percentage"),
        pytest.param("{repayment.attempt_no + 1}", "4", "4", id="an expression"),
        pytest.param("{late}", "yes", "是", id="a truth"),
        pytest.param("{ repayment.attempt_no ｜ count }", "3", "3", id="a full-width bar"),
    ],
)
def test_holes_are_written_in_both_languages(make, hole, en, zh):
    rules = one_rule(
        f"""
        on repayment
        let late = repayment.attempt_no > 2
        when repayment.attempt_no >= 1 tier mild hard
        reason "[{hole}]"
        """,
        before="""
        param share : ratio default 12.5% end
        param wait : duration default 2 days end
        param odd : score default 0.003 end
        """,
    )
    event = make.repayment(
        1, make.START_MS, loan_id="ln_a1b2c3d4", attempt_no=3, amount_paid=make.cny(123_450)
    )
    assert verdict(rules, event, make).reason == Text(en=f"[{en}]", zh=f"[{zh}]")


# --- life


def test_defaults_of_life_and_what_shadow_is(make):
    rules = one_rule('when repayment.attempt_no > 1 tier mild hard mode shadow reason "-"')
    (rule,) = rules.rules
    assert (rule.keep_ms, rule.cooldown_ms, rule.mode) == (DAY_MS, 0, "shadow")
    assert rule.title == Text(en="r", zh="r")


@pytest.mark.parametrize(
    ("edit", "same"),
    [
        pytest.param(('reason "-"', 'reason "other" about "x" name "y"'), True, id="texts"),
        pytest.param(("attempt_no > 1", "attempt_no > 2"), False, id="a threshold"),
        pytest.param(("mild hard", "mild soft"), False, id="hard or soft"),
        pytest.param(("keep 2 days", "keep 3 days"), False, id="how long it is kept"),
        pytest.param(("default 3", "default 4"), False, id="a parameter that it uses"),
        pytest.param(
            ("param q : count default 1", "param q : count default 9"), True, id="another"
        ),
    ],
)
def test_a_rules_fingerprint_is_of_what_decides(edit, same):
    text = """
        ruleset r version 1 end
        param p : count default 3 end
        param q : count default 1 end
        rule r signal R family repayment lane credit
          when repayment.attempt_no > 1 and repayment.instalment_no < p
          tier mild hard keep 2 days reason "-"
        end
    """
    assert edit[0] in text
    before, after = load({"r": text}), load({"r": text.replace(*edit)})

    assert (before.rules[0].fingerprint == after.rules[0].fingerprint) == same
    assert before.fingerprint != after.fingerprint


def test_amounts_of_another_currency_are_missing(make):
    rules = one_rule(
        "when repayment.amount_paid > 5 USD or repayment.amount_paid is missing tier mild hard "
        'reason "{repayment.amount_paid}"',
        head="ruleset r version 1 currency USD end",
    )
    assert (
        verdict(rules, make.repayment(1, 0, amount_paid=make.cny(100)), make).reason.en == "unknown"
    )


def test_files_of_one_rule_set_see_one_another():
    rules = load(
        {
            "rules.ewl": "rule r signal R family repayment lane credit "
            'when repayment.attempt_no > n tier mild hard reason "-" end',
            "head.ewl": "ruleset r version 7 end",
            "params.ewl": "param n : count default 1 end",
        }
    )
    assert rules.version == 7


@pytest.mark.parametrize(
    ("condition", "at_once"),
    [
        pytest.param("sales_ratio(14 days) <= 50%", 0, id="sales: as their day closes"),
        pytest.param("count(settlement) over 7 full days >= 3", 0, id="full days: likewise"),
        pytest.param("count(settlement) over 7 days >= 3", 1, id="the days until now: at once"),
        pytest.param("nsf_instalments(3) >= 2", 1, id="failed instalments: at once"),
        pytest.param("promise_kept() < 90%", 4, id="what was promised and paid: at once"),
    ],
)
def test_what_an_event_may_make_true_before_its_day_has_closed(condition, at_once):
    rules = one_rule(f'when {condition}\ntier mild soft\nreason "x"')

    assert len(rules.live_features) == at_once
