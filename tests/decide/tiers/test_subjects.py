"""Warnings about loans: each its own, and each counts towards the loan's legal entity."""

import msgspec
import pytest

from schemas.alert import Alert, Cause, Phase, Text, Transition
from stream.decide.borrower import Borrower
from stream.decide.outbox import Outbox
from stream.decide.parts import Episode
from stream.decide.tiers.facts import Facts, Payments, episode_key, rule_and_subject
from stream.decide.tiers.gather import occasion_of, signals_of
from stream.decide.tiers.stage import Setting, assess
from stream.ledger import Times
from tests.ledger import records
from tests.ledger.histories import BEGIN, history

NO_TEXT = Text(en="", zh="")
LOANS = {"ln_1": "bank", "ln_2": "leasing", "ln_3": "bank"}


def alert(rule, transition, cause, *, loan="", tier="moderate", ordinal=1):
    subject_id = loan or "brw_1"
    version = {"name": rule, "fingerprint": "", "ruleset": "trial", "ruleset_version": 1}
    return Alert(
        alert_id=f"{subject_id}/{rule}/1/{ordinal}",
        subject_kind="LOAN" if loan else "BORROWER",
        subject_id=subject_id,
        borrower_id="brw_1",
        signal="RP06",
        family="repayment",
        lane="credit",
        tier=tier,
        previous_tier="none",
        hard=True,
        transition=Transition(transition),
        cause=Cause(cause),
        phase=Phase.LIVE,
        episode=1,
        ordinal=ordinal,
        effective_from="",
        detected_at="",
        title=Text(en="Late", zh="逾期"),
        reason=NO_TEXT,
        clears_when=Text(en="paid", zh="还清"),
        rule=msgspec.convert(version, type=Alert.__annotations__["rule"]),
    )


class Desk:
    """A borrower with three loans of two entities, and what the stage says of it."""

    def __init__(self):
        self.borrower, self.days = Borrower("brw_1"), 0
        for loan_id, entity in LOANS.items():
            told = history(1)
            told.loan = loan_id
            contract = records.contract(told, BEGIN, legal_entity=entity)
            self.borrower.ledger.apply(contract, Times(0))

    def episode(self, tier, told):
        """Let an alert be told, after which its episode is at `tier`."""
        loan = told.subject_id if told.subject_kind == "LOAN" else ""
        key = episode_key(told.rule.name, loan)
        self.borrower.episodes[key] = Episode(
            tier=tier, alert=msgspec.json.encode(told) if tier else b"", evidence=[f"e/{key}"]
        )
        self.borrower.told.append(told)

    def assess(self, at_ms, **facts):
        outbox = Outbox(Phase.LIVE)
        facts = {"bank": Facts(), "leasing": Facts()} | facts
        assess(self.borrower, facts, Setting(at_ms, ("trial", 1), outbox))
        told = [(o.topic, msgspec.json.decode(o.value)) for o in outbox.outputs]
        changes = [record for topic, record in told if topic == "tier-changes"]
        self.seen = [(r["legal_entity"], topic) for topic, r in told if topic == "tiers"]
        return changes


def steps(changes):
    return [(c["legal_entity"], c["from"], c["to"], c["cause"]) for c in changes]


@pytest.mark.parametrize("key", ["p01_fall", "rp06_late@ln_7f2"])
def test_a_key_is_made_of_rule_and_subject(key):
    assert episode_key(*rule_and_subject(key)) == key


def test_a_warning_about_a_loan_counts_towards_its_entity_alone(kit):
    desk = Desk()
    desk.episode(2, alert("rp06", "opened", "signal", loan="ln_2"))

    changes = desk.assess(kit.at(1))

    assert steps(changes) == [("leasing", "none", "moderate", "signal")]
    assert changes[0]["contributing_alert_ids"] == ["ln_2/rp06/1/1"]
    assert changes[0]["evidence_event_ids"] == ["e/rp06@ln_2"]
    assert changes[0]["warnings"][0]["rule"] == "rp06"
    assert desk.seen == [("leasing", "tiers")]
    assert set(desk.borrower.tier.entities) == {"leasing"}


def test_a_warning_about_the_borrower_counts_towards_each(kit):
    desk = Desk()
    desk.episode(2, alert("p01", "opened", "signal"))

    assert [step[0] for step in steps(desk.assess(kit.at(1)))] == ["bank", "leasing"]


def test_a_loan_whose_entity_nobody_has_said_counts_towards_the_default_one():
    desk = Desk()
    desk.episode(2, alert("rp06", "opened", "signal", loan="ln_9"))

    (signal,) = signals_of(desk.borrower, damped=False)

    assert (signal.rule, signal.subject, signal.legal_entity) == ("rp06", "ln_9", "default")


def test_one_rule_about_two_loans_is_two_warnings_and_one_vote(kit):
    desk = Desk()
    desk.episode(1, alert("rp06", "opened", "signal", loan="ln_1"))
    desk.episode(2, alert("rp06", "opened", "signal", loan="ln_3"))

    (change,) = desk.assess(kit.at(1))

    (family,) = change["score"]["families"]
    assert (family["tier"], family["rules"]) == (2, ["rp06"])
    assert change["score"]["total"] == 0.45
    assert [warning["alert_id"] for warning in change["warnings"]] == [
        "ln_1/rp06/1/1",
        "ln_3/rp06/1/1",
    ]


def test_the_loan_that_is_worst_holds_the_tier_and_the_other_what_is_below(kit):
    desk = Desk()
    desk.episode(1, alert("rp06", "opened", "signal", loan="ln_1"))
    desk.episode(2, alert("rp06", "opened", "signal", loan="ln_3"))
    desk.assess(kit.at(1))
    desk.episode(0, alert("rp06", "withdrawn", "correction", loan="ln_3", ordinal=2))

    assert steps(desk.assess(kit.at(2))) == [("bank", "moderate", "mild", "correction")]


def test_a_severe_hard_fact_about_a_loan_is_a_key_by_its_rule(kit):
    desk = Desk()
    desk.episode(3, alert("rp08", "opened", "signal", loan="ln_1", tier="severe"))

    (change,) = desk.assess(kit.at(1))

    assert change["keys"] == [{"kind": "hard_fact", "name": "rp08"}]


def test_a_loan_that_ends_takes_its_warnings_with_it_and_no_others(kit):
    desk = Desk()
    desk.episode(2, alert("rp06", "opened", "signal", loan="ln_1"))
    desk.episode(2, alert("rp06", "opened", "signal", loan="ln_2"))
    desk.assess(kit.at(1))
    desk.episode(0, alert("rp06", "cleared", "loan_closed", loan="ln_1", ordinal=2))

    assert steps(desk.assess(kit.at(2))) == [("bank", "moderate", "none", "loan_closed")]
    assert desk.borrower.tier.entities["leasing"].tier == 2


@pytest.mark.parametrize(
    ("loans", "steps_wanted"),
    [
        pytest.param(0, [("bank", "severe", "none", "loan_closed")], id="the only one"),
        pytest.param(1, [("bank", "severe", "mild", "loan_closed")], id="one of two"),
    ],
)
def test_a_loan_that_ends_takes_its_arrear_with_it(kit, loans, steps_wanted):
    """Of two loans one is 45 days late and is written off; the other is a day late."""
    desk = Desk()
    late = Facts(floor=3, dpd=45, loans=(Payments(),) * (loans + 1), left_ms=(kit.at(9),) * 3)
    desk.assess(kit.at(1), bank=late)
    left = Facts(floor=1, dpd=1, loans=(Payments(),), left_ms=(kit.at(9), -1, -1))

    assert steps(desk.assess(kit.at(2), bank=left if loans else Facts())) == steps_wanted


@pytest.mark.parametrize(
    ("cause", "wanted"),
    [
        pytest.param("correction", [("bank", "severe", "mild", "correction")], id="corrected"),
        pytest.param("late_data", [("bank", "severe", "mild", "late_data")], id="late data"),
        pytest.param("decay", [], id="it has become better: the tier waits"),
    ],
)
def test_a_warning_that_is_lowered_gives_up_what_it_never_was(kit, cause, wanted):
    desk = Desk()
    desk.episode(3, alert("rp08", "opened", "signal", loan="ln_1", tier="severe"))
    desk.assess(kit.at(1))
    desk.episode(1, alert("rp08", "lowered", cause, loan="ln_1", tier="mild", ordinal=2))

    assert steps(desk.assess(kit.at(2))) == wanted
    assert desk.borrower.tier.entities["bank"].rungs[0].clear_ms is None


def test_a_soft_warning_that_is_lowered_has_been_held_all_the_same(kit):
    """Moderate since day 0, held; on day 5 a correction says mild: mild was held as well."""
    watch = kit.Watch().open(0, "p03", 2).until(5)
    watch.signals["p03"] = kit.signal("p03", 1)

    watch.know(5, kit.Occasion(cause=Cause.CORRECTION, taken_back={"p03": 1}))

    assert watch.steps() == [(1, 0, 2, "signal"), (5, 2, 1, "correction")]


def test_what_is_told_of_one_entity_is_no_occasion_for_another(kit):
    """Late data about a lease does not give the bank's change its cause."""
    desk = Desk()
    desk.episode(2, alert("rp06", "opened", "late_data", loan="ln_2"))

    changes = desk.assess(kit.at(1), bank=Facts(floor=1, dpd=1, left_ms=(kit.at(9), -1, -1)))

    assert steps(changes) == [
        ("bank", "none", "mild", "signal"),
        ("leasing", "none", "moderate", "late_data"),
    ]


def test_an_alert_names_the_episode_that_it_takes_back():
    told = [
        alert("rp06", "withdrawn", "correction", loan="ln_1"),
        alert("p01", "withdrawn", "correction"),
        alert("rp08", "lowered", "late_data", loan="ln_2", tier="mild"),
        alert("rp08", "lowered", "decay", loan="ln_3", tier="mild"),
    ]

    assert occasion_of(told).taken_back == {"rp06@ln_1": 0, "p01": 0, "rp08@ln_2": 1}
