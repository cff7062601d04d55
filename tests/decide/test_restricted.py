"""The restricted lane: what it knows, and that nothing else shows that it knows anything.

The proof is twins: the same journal, once with a list that has the borrower's counterparties on
it and once with one that has others. All that is not restricted must be equal, byte for byte.
"""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.header import RecordKind
from schemas.instants import wire
from schemas.settlement import Settlement
from schemas.topics import TOPICS
from stream.decide.book import CONTROL

LANE = {"alerts-restricted", "decisions-restricted", "cases-restricted"}

WATCH = """
list @watched of counterparty_token

rule watch
  name "Somebody watched" / "名单命中"
  signal W05
  family external
  lane compliance_restricted
  let times = count(settlement where direction = DEBIT) over 24 hours
  when settlement.counterparty_token in @watched
  tier severe if times >= 2 hard
  tier moderate hard
  keep 60 hours
  cooldown 12 hours
  reason "watched, {times} times" / "名单命中{times}次"
end
"""

ORDINARY = """
rule silent
  name "Nothing paid" / "无还款"
  signal P02
  family sales
  lane credit
  when no settlement for 2 days and count(settlement) over 9 days >= 1
  tier mild soft
  reason "nothing" / "无"
end

rule busy
  name "Often" / "频繁"
  signal F07
  family fund_use
  lane credit
  let n = count(settlement where direction = DEBIT) over 48 hours
  when settlement.direction = DEBIT and n >= 3
  tier moderate if n >= 4 hard
  tier mild hard
  keep 1 days
  reason "{n} times" / "{n}次"
end
"""

MATCHED, OTHERS = ("cp_1", "cp_2"), ("cp_8", "cp_9")


def begin(trial, members, rules=None):
    log = trial.Log().rules(rules or trial.RULES + ORDINARY + WATCH)
    log.members("@watched", *members).go_live()
    return log.add(journal.TICK_KEY, tick(trial, 0.5, {"simulator/settlement": trial.at(0.5)}))


def split(outputs):
    """What compliance alone reads, and all else that is told of borrowers.

    The decision about a control record says who published it, and the digest of its text: that a
    rule set or a list was published is left visible (docs/restricted.md).
    """
    apart = [each for each in outputs if each.topic in LANE]
    others = [each for each in outputs if each.topic not in LANE]
    return apart, [each for each in others if each.key != CONTROL.encode()]


def decoded(outputs, topic):
    return [msgspec.json.decode(each.value) for each in outputs if each.topic == topic]


def test_a_match_is_told_to_compliance_alone_in_an_order_of_its_own(trial):
    log = begin(trial, MATCHED).debit(1, counterparty_token="cp_1").failed_debit(1.1)
    log.debit(1.2, counterparty_token="cp_2").tick(4)

    apart, others = split(trial.run(log.records))

    told = ["decisions-restricted", "alerts-restricted", "cases-restricted"]
    assert [each.topic for each in apart] == told * 3
    assert not any(each.urgent for each in apart)
    alerts = decoded(apart, "alerts-restricted")
    assert [(a["transition"], a["tier"]) for a in alerts] == [
        ("opened", "moderate"),
        ("escalated", "severe"),
        ("cleared", "none"),
    ]
    assert {a["lane"] for a in alerts} == {"compliance_restricted"}
    decisions = decoded(apart, "decisions-restricted")
    assert [d["decision_id"] for d in decisions] == [f"brw_1/restricted/{n}" for n in (1, 2, 3)]
    assert [d["ordinal"] for d in decoded(others, "decisions") if d["subject_id"] == "brw_1"] == [
        *range(1, 1 + sum(d["subject_id"] == "brw_1" for d in decoded(others, "decisions")))
    ]


def test_in_bootstrap_compliance_reads_decisions_alone_and_go_live_carries_what_is_open(trial):
    log = trial.Log().rules(trial.RULES + WATCH).members("@watched", *MATCHED)
    log.debit(1, counterparty_token="cp_1").tick(1.1).go_live()

    apart, others = split(trial.run(log.records))

    assert [
        (d["phase"], d["alert"]["transition"]) for d in decoded(apart, "decisions-restricted")
    ] == [
        ("bootstrap", "opened"),
        ("live", "carried"),
    ]
    assert len(decoded(apart, "alerts-restricted")) == 1
    assert decoded(others, "alerts") == []


def test_its_end_is_stamped_with_its_deadline_and_moves_no_other_time(trial):
    log = begin(trial, MATCHED)
    feeds = {"simulator/settlement": trial.at(1.05)}
    log.debit(1, counterparty_token="cp_1")
    log.add(journal.TICK_KEY, tick(trial, 1.1, feeds))
    log.add(journal.TICK_KEY, tick(trial, 4, feeds))  # the end is due, the silence not yet believed
    log.add(journal.TICK_KEY, tick(trial, 6, {"simulator/settlement": trial.at(6)}))

    apart, others = split(trial.run(log.records))

    (end,) = [a for a in decoded(apart, "alerts-restricted") if a["transition"] == "cleared"]
    assert end["detected_at"] == wire(trial.at(3.5))
    (silent,) = [a for a in decoded(others, "alerts") if a["signal"] == "P02"]
    assert silent["detected_at"] == wire(trial.at(3))


def tick(trial, days, watermarks):
    at_ms = trial.at(days)
    return journal.Tick(input_at_ms=at_ms, wall_at_ms=at_ms, watermarks=watermarks)


def test_a_restricted_rule_that_fails_is_reported_to_compliance_and_stops_nobody(
    trial, monkeypatch
):
    log = begin(trial, MATCHED).debit(1).debit(1.1).debit(1.2)
    usual = split(trial.run(log.records))[1]
    book = trial.Book(trial.TRUST, speaks=True)
    folded = [book.fold(key, value) for key, value in log.records[:4]]
    program = book._broadcast.program
    judge = program.judge

    def fail(*args, restricted=False):
        if restricted:
            raise ValueError("watch cannot be judged")
        return judge(*args)

    monkeypatch.setattr(program, "judge", fail)
    folded += [book.fold(key, value) for key, value in log.records[4:]]
    apart, others = split([each for outputs in folded for each in outputs])

    assert others == usual
    found = decoded(apart, "decisions-restricted")
    assert [d["kind"] for d in found] == ["rule_failed"] * 3
    assert found[0]["detail"] == "rule set version 1: ValueError: watch cannot be judged"


def test_what_it_knows_survives_a_restart(trial):
    log = (
        begin(trial, MATCHED)
        .debit(1, counterparty_token="cp_1")
        .debit(1.1, counterparty_token="cp_1")
    )
    log.tick(1.2).debit(1.3, counterparty_token="cp_2").tick(5)
    whole = trial.run(log.records)

    stored, outputs = {}, []
    for key, value in log.records:
        book = trial.Book(trial.TRUST, speaks=True)
        for part, of in stored.items():
            book.restore(part, of)
        outputs += book.fold(key, value)
        stored |= dict(book.changes())

    assert outputs == whole


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["debit", "late", "cancel", "nsf", "payee", "tick", "feed"]),
        st.sampled_from(["cp_1", "cp_2", "cp_3"]),
        st.integers(min_value=1, max_value=40),
    ),
    max_size=25,
)


def play(log, trial, steps):
    """Let time go on by hours, and something happen at each step."""
    day, debits = 1.0, []
    for kind, token, hours in steps:
        day += hours / 24
        match kind:
            case "debit":
                debits.append((day, f"e{len(log.records)}", f"k{len(log.records)}"))
                log.debit(day, counterparty_token=token)
            case "late":
                log.debit(day - 1.5, counterparty_token=token)
            case "cancel" if debits:
                at, about, key = debits.pop()
                cancel(log, at, about, key, token)
            case "nsf":
                log.failed_debit(day)
            case "payee":
                log.payee_changed(day, to=token)
            case "tick":
                log.tick(day)
            case "feed":
                log.add(journal.TICK_KEY, tick(trial, day, {"simulator/settlement": trial.at(day)}))
    return log.tick(day + 9)


def cancel(log, day, about, key, token):
    data = Settlement(
        event_type="TRANSFER",
        account_token="acc_1",
        direction="DEBIT",
        counterparty_token=token,
        record_kind=RecordKind.CANCEL,
        record_version=2,
        original_event_id=about,
    )
    log.event(journal.SettlementEvent, day, "brw_1", data, key=key)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_twins_with_and_without_a_match_differ_in_nothing_that_is_not_restricted(
    trial_tools, steps
):
    trial = trial_tools
    hit = trial.run(play(begin(trial, MATCHED), trial, steps).records)
    clean = trial.run(play(begin(trial, OTHERS), trial, steps).records)

    assert split(hit)[1] == split(clean)[1]
    assert split(clean)[0] == []


@given(steps=STEPS)
@settings(max_examples=30, deadline=None)
def test_twins_with_and_without_the_rule_differ_in_nothing_that_is_not_restricted(
    trial_tools, steps
):
    trial = trial_tools
    ruled = trial.run(play(begin(trial, MATCHED), trial, steps).records)
    without = trial.RULES + ORDINARY
    free = trial.run(play(begin(trial, MATCHED, without), trial, steps).records)

    assert split(ruled)[1] == split(free)[1]


@pytest.mark.parametrize(
    ("name", "readers"),
    [
        pytest.param("alerts-restricted", ("compliance", "desk-feed"), id="warnings"),
        pytest.param("decisions-restricted", ("compliance",), id="decisions"),
        pytest.param("cases-restricted", ("compliance", "desk-feed"), id="cases"),
    ],
)
def test_compliance_alone_reads_the_lane(name, readers):
    """The desk shows the cases to people of compliance, from keys of their own."""
    (topic,) = (each for each in TOPICS if each.restricted and each.name == name)

    assert (topic.writers, topic.readers) == (("monitor",), readers)


def test_no_output_names_what_was_matched(trial):
    log = begin(trial, MATCHED).debit(1, counterparty_token="cp_1").failed_debit(1.1).tick(4)

    _, others = split(trial.run(log.records))

    said = b"\n".join(each.key + each.value for each in others).decode()
    assert not re.search("watch|W05|cp_1|名单", said)
