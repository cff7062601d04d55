"""The compiled program against the oracle, and the promises of the compiler."""

import ast
import traceback
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import CATALOGUE, load
from rules.compile import Compiler
from rules.namespace import Namespace
from rules.oracle import Oracle
from rules.zone import Zone

FILE = "differential.ewl"
SOURCES = {FILE: Path(__file__).with_name(FILE).read_text("utf-8")}
PROGRAM = load(SOURCES)
ORACLE = Oracle(SOURCES)

rewritten = msgspec.msgpack.Decoder(dict).decode


def plain(value):
    """Return an oracle's value as a measure carries it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return float(value) if isinstance(value, Fraction) else value


def disagreements(history):
    """Yield every verdict or measure in which program and oracle differ."""
    windows, seen, met = {}, [], 0
    for number, (event, context) in enumerate(history.contexts()):
        seen.append(event)
        PROGRAM.apply(windows, event, context.now_ms)
        if number % 7 == 0:
            windows = rewritten(msgspec.msgpack.encode(windows))
        verdicts = {v.rule.name: v for v in PROGRAM.judge(event, windows, context)}
        for rule in ORACLE.rules:
            name = rule.name.text
            judged, verdict = ORACLE.judge(rule, event, seen, context), verdicts.get(name)
            have = (verdict.tier, verdict.hard) if verdict else (0, False)
            if have != (judged.tier, judged.hard):
                yield event.event_id, name, have, judged
            if verdict:
                met += 1
                yield from unequal_measures(event, verdict, judged)
    assert met or len(seen) < 20


def unequal_measures(event, verdict, judged):
    for measure in verdict.measures:
        if measure.name in judged.lets and measure.unit != "instant":
            want = plain(judged.lets[measure.name])
            have = measure.value
            if want != have and want != pytest.approx(have):
                yield event.event_id, verdict.rule.name, measure, want


@pytest.mark.parametrize("seed", range(12))
def test_compiled_rules_say_what_the_oracle_says(make, seed):
    assert list(disagreements(make.history(seed, 45))) == []


@settings(max_examples=15)
@given(seed=st.integers(1000, 10**9), length=st.integers(1, 40), days=st.integers(1, 40))
def test_compiled_rules_say_what_the_oracle_says_of_any_history(make, seed, length, days):
    assert list(disagreements(make.history(seed, length, days=days))) == []


def program(conditions, *, lets="", params=""):
    """Return a program of one rule over repayments, with this ladder of conditions."""
    ladder = "\n".join(
        f"tier {tier} if {condition} hard"
        for tier, condition in zip(("severe", "moderate", "mild"), conditions, strict=False)
    )
    text = f"""
        ruleset r version 1 end
        {params}
        rule r  signal R01  family repayment  lane credit  on repayment
          {lets}
          when repayment.loan_id is known
          {ladder}
          reason "-"
        end
    """
    return load({"r.ewl": text})


def tier_of(rules, event, make, *, segment="default", now_ms=None):
    verdicts = rules.judge(event, {}, make.context(now_ms or event.event_at_ms, segment))
    return verdicts[0].tier if verdicts else 0


# --- three truth values

ATOMS = {"attempt_no": "repayment.attempt_no = 1", "dpd_source": "repayment.dpd_source = 1"}
TRUTH = {1: True, 2: False, None: None}

expressions = st.recursive(
    st.sampled_from(list(ATOMS)),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
        st.tuples(st.just("missing"), st.sampled_from(list(ATOMS))),
    ),
    max_leaves=6,
)


def written(expression):
    match expression:
        case str(atom):
            return ATOMS[atom]
        case ("not", inner):
            return f"not ({written(inner)})"
        case ("missing", atom):
            return f"repayment.{atom} is missing"
        case (word, left, right):
            return f"({written(left)} {word} {written(right)})"


def kleene(expression, values):
    match expression:
        case str(atom):
            return TRUTH[values[atom]]
        case ("not", inner):
            truth = kleene(inner, values)
            return None if truth is None else not truth
        case ("missing", atom):
            return values[atom] is None
        case (word, left, right):
            both = {kleene(left, values), kleene(right, values)}
            decisive = word == "or"
            return decisive if decisive in both else (None if None in both else not decisive)


@settings(max_examples=60)
@given(expression=expressions)
def test_conditions_follow_kleenes_logic(make, expression):
    rules = program([written(expression), f"not ({written(expression)})"])
    for first in TRUTH:
        for second in TRUTH:
            values = {"attempt_no": first, "dpd_source": second}
            event = make.repayment(1, make.START_MS, **values)

            want = {True: 3, False: 2, None: 0}[kleene(expression, values)]
            assert tier_of(rules, event, make) == want, (values, written(expression))


# --- exact at the bound


@pytest.mark.parametrize("percent", ["7", "10", "12.5", "30", "60", "85"])
def test_an_amount_at_a_percentage_of_another_meets_it(make, percent):
    """In floats 0.07 * 100 is 7.000000000000001, and 7 would not be enough."""
    rules = program([f"repayment.amount_paid >= {percent}% * repayment.amount_due"])
    share = Fraction(percent) / 100
    for times in range(1, 400):
        due = share.denominator * times
        paid = share.numerator * times
        exact = make.repayment(
            1, make.START_MS, amount_due=make.cny(due), amount_paid=make.cny(paid)
        )
        less = make.repayment(
            1, make.START_MS, amount_due=make.cny(due), amount_paid=make.cny(paid - 1)
        )
        assert tier_of(rules, exact, make) == 3
        assert tier_of(rules, less, make) == 0


@pytest.mark.parametrize("percent", [10, 30, 60, 85])
def test_a_drop_of_just_the_percentage_meets_it(make, percent):
    rules = program(
        ["drop(repayment.amount_paid, repayment.amount_due) >= cut"],
        params=f"param cut : ratio default {percent}% end",
    )
    for times in range(1, 400):
        due, paid = make.cny(100 * times), make.cny((100 - percent) * times)
        event = make.repayment(1, make.START_MS, amount_due=due, amount_paid=paid)

        assert tier_of(rules, event, make) == 3


def test_parameters_go_by_segment(make):
    rules = program(
        ["repayment.attempt_no >= n", "repayment.attempt_no * share >= 3"],
        params="param n : count default 5 for micro 2 end "
        'param share : ratio default 10% for "a.b" 75% end',
    )
    event = make.repayment(1, make.START_MS, attempt_no=4)

    assert tier_of(rules, event, make, segment="somewhere else") == 0
    assert tier_of(rules, event, make, segment="micro") == 3
    assert tier_of(rules, event, make, segment="a.b") == 2


# --- what emitted code is


def test_a_failure_points_at_the_line_of_the_rule(make):
    event = msgspec.structs.replace(make.repayment(1, make.START_MS), data=object())
    with pytest.raises(AttributeError) as caught:
        load(SOURCES).judge(event, {}, make.context(make.START_MS))

    last = traceback.extract_tb(caught.tb)[-1]
    assert last.filename == f"differential@3/{FILE}"
    assert last.name == "rule_keyed"
    assert last.line.startswith("when repayment.status in")


def test_rules_read_nothing_but_fields_of_the_catalogue():
    space = Namespace({}, {}, zone=Zone("UTC"), currency="CNY")
    compiler = Compiler(space, CATALOGUE, label="x", sources={})
    for text in ("data.__class__", "lambda: 1", "[x for x in data]", "f'{data}'"):
        with pytest.raises(AssertionError, match="the compiler emitted"):
            compiler._refuse_others(ast.parse(text))
    compiler._refuse_others(ast.parse("data.batch.net"))


def test_emitted_code_sees_no_builtins():
    for function in (PROGRAM._streams[kind].rules[0].decide for kind in PROGRAM._streams):
        assert function.__globals__["__builtins__"] == {}
