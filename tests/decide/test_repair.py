"""Late, corrected, reversed and cancelled events: in the end as if the last word alone had come.

A *fact* is what happened, in all that was said of it. Its records come in any order, mixed with
those of other facts; what is compared with comes in the order in which it happened, and says of
each fact only what counts.
"""

from dataclasses import dataclass, replace

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.features import SWEPT
from schemas.header import RecordKind

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule nsf
  signal RP02
  family repayment
  lane credit
  let days = distinct(repayment.day where status = FAILED) over 3 days by loan_id
  when repayment.status = FAILED
  tier severe if streak(repayment where status = FAILED) >= 3 hard
  tier moderate if days >= 2 hard
  tier mild hard
  keep 4 days
  cooldown 1 day
  reason "failed on {days} days"
end

rule few_sales
  signal P01
  family sales
  lane credit
  when settlement.direction = DEBIT and sum(pos_clearing.amount_gross) over 2 days < ¥300
  tier moderate if max(pos_clearing.amount_gross) over 2 days is missing soft
  tier mild soft
  keep 2 days
  reason "few sales"
end

rule rush
  signal P11
  family sales
  lane credit
  on pos_clearing
  let n = count(pos_clearing) over 6 hours
  when n >= 2
  tier severe if last(pos_clearing.amount_gross) over lifetime > ¥150 soft
  tier moderate if n >= 3 soft
  tier mild soft
  keep 1 day
  cooldown 1 day
  reason "{n} sales"
end

rule own_debit
  signal F20
  family diversion
  lane credit
  when settlement.direction = DEBIT and settlement.amount > ¥150
  tier moderate hard
  keep 3 days
  reason "a large debit"
end
"""
DAYS = 4
"""Of a history: within every repair horizon."""


@dataclass(frozen=True)
class Said:
    """What one record says: when it happened (in hours), how much or what, and of which kind."""

    hours: int
    value: int
    kind: RecordKind = RecordKind.ORIGINAL


@dataclass(frozen=True)
class Fact:
    """What happened in one stream, and what was said of it, version after version.

    A reversal, and a correction under another key, come on top: `apart`.
    """

    stream: str
    versions: tuple[Said, ...]
    apart: Said | None = None

    @property
    def counts(self):
        """What counts of it, and under which event id; `None` if nothing does."""
        if self.apart is not None:
            is_back = self.apart.kind is RecordKind.REVERSAL
            return None if is_back else (self.apart, "apart")
        last = self.versions[-1]
        gone = last.kind is RecordKind.CANCEL
        return None if gone else (last, f"v{len(self.versions)}")


def add(log, number, fact, said, event_id, *, key=None, **how):
    """Write one record of a fact."""
    how = {"event_id": f"{number}-{event_id}", "key": key or f"k{number}"} | how
    how["record_kind"] = said.kind
    days = said.hours / 24
    match fact.stream:
        case "repayment":
            log.attempt(days, failed=bool(said.value % 2), **how)
        case "settlement":
            log.debit(days, fen=said.value * 10_000, **how)
        case "pos_clearing":
            log.sale(days, fen=said.value * 10_000, **how)


def records(trial, number, fact):
    """All records of a fact, each by itself."""
    for version, said in enumerate(fact.versions, start=1):
        log = trial.Log()
        original = f"{number}-v1" if version > 1 else None
        more = {"record_version": version, "original_event_id": original}
        add(log, number, fact, said, f"v{version}", **more)
        yield log.records[0]
    if fact.apart is not None:
        log = trial.Log()
        key = None if fact.apart.kind is RecordKind.REVERSAL else f"other{number}"
        original = f"{number}-v{len(fact.versions) if fact.apart.value > 1 else 1}"
        add(log, number, fact, fact.apart, "apart", key=key, original_event_id=original)
        yield log.records[0]


def ideal(trial, facts):
    """Only what counts, in the order in which it happened."""
    found = [(fact.counts, number, fact) for number, fact in enumerate(facts) if fact.counts]
    log = trial.Log().rules(RULES)
    for (said, event_id), number, fact in sorted(
        found, key=lambda each: (each[0][0].hours, each[1])
    ):
        add(log, number, fact, replace(said, kind=RecordKind.ORIGINAL), event_id)
    return log.tick(DAYS)


def messy(trial, facts, order):
    """All that was said, in any order, with the time passing before, between and after."""
    told = [record for number, fact in enumerate(facts) for record in records(trial, number, fact)]
    log = trial.Log().rules(RULES)
    for place, (at, tick) in enumerate(order(told)):
        log.records.append(told[at])
        if tick:
            log.tick(DAYS * (place + 1) / len(told))
    return log.tick(DAYS)


def outcome(trial, log, *, later_days=()):
    """What is left: the open warnings, the windows, and in the end the tier."""
    book = trial.Book(trial.TRUST, speaks=True)
    outputs = trial.run(log.records, book)
    assert {each["kind"] for each in trial.told(outputs, "health")} <= {"tier_flaps"}
    assert not trial.told(outputs, "dead-letters")
    borrower = book._shelf.take("brw_1")
    warnings = {
        name: (each.tier, each.closes_at_ms, sorted(each.evidence))
        for name, each in borrower.episodes.items()
        if each.tier
    }
    windows = {
        name: state[:SWEPT] + state[SWEPT + 1 :]
        for name, state in msgspec.msgpack.decode(msgspec.msgpack.encode(borrower.windows)).items()
    }
    for days in later_days:
        outputs += trial.run(trial.Log().tick(DAYS + days).records, book)
    tiers = {name: state.tier for name, state in borrower.tier.entities.items() if state.tier}
    return warnings, windows, tiers, outputs


hours = st.integers(0, 24 * DAYS - 1)
values = st.integers(1, 3)
later = st.builds(Said, hours, values, st.sampled_from([RecordKind.CORRECTION, RecordKind.CANCEL]))
aparts = st.builds(
    Said, hours, values, st.sampled_from([RecordKind.CORRECTION, RecordKind.REVERSAL])
)
facts = st.lists(
    st.builds(
        Fact,
        st.sampled_from(["repayment", "settlement", "pos_clearing"]),
        st.tuples(st.builds(Said, hours, values), later).map(lambda pair: pair[:1])
        | st.tuples(st.builds(Said, hours, values), later)
        | st.tuples(st.builds(Said, hours, values), later, later),
        st.none() | aparts,
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=150)
@given(data=st.data(), facts=facts)
def test_in_the_end_all_is_as_if_the_last_word_alone_had_come(trial_tools, data, facts):
    def order(told):
        places = data.draw(st.permutations(range(len(told))))
        return [(at, data.draw(st.booleans())) for at in places]

    clean = outcome(trial_tools, ideal(trial_tools, facts))
    dirty = outcome(trial_tools, messy(trial_tools, facts, order))

    assert dirty[0] == clean[0], "the open warnings"
    assert dirty[1] == clean[1], "the windows"


@settings(max_examples=40)
@given(data=st.data(), facts=facts)
def test_after_every_lock_has_ended_so_is_the_tier(trial_tools, data, facts):
    def order(told):
        return [(at, False) for at in data.draw(st.permutations(range(len(told))))]

    later_days = range(1, 200, 3)
    clean = outcome(trial_tools, ideal(trial_tools, facts), later_days=later_days)
    dirty = outcome(trial_tools, messy(trial_tools, facts, order), later_days=later_days)

    assert dirty[2] == clean[2]
