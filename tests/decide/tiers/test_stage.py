"""The tier as a stage of the step: journal records in, tier changes out."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import journal
from schemas.alert import Alert, Cause, Phase, Text, Transition
from stream.decide.borrower import Borrower
from stream.decide.outbox import Outbox
from stream.decide.tiers.facts import Facts
from stream.decide.tiers.gather import occasion_of
from stream.decide.tiers.owed import DEFAULT_ENTITY
from stream.decide.tiers.stage import Setting, assess

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule nsf
  name "Failed debit" / "扣款失败"
  signal RP02
  family repayment
  lane credit
  let days = distinct(repayment.day where status = FAILED) over 30 days by loan_id
  when repayment.status = FAILED and repayment.reason_class = INSUFFICIENT_FUNDS
  tier moderate if days >= 2 hard
  tier mild hard
  keep 7 days
  reason "failed on {days} days" / "{days}天扣款失败"
end

rule payee
  name "Payee changed" / "收款人变更"
  signal F15
  family diversion
  lane credit
  when settlement.account_change = PAYEE_CHANGED
  tier severe hard
  keep 3 days
  reason "payee changed" / "收款人变更"
end

rule odd_sale
  name "Odd sale" / "异常销售"
  signal P08
  family authenticity
  lane credit
  when pos_clearing.txn_type = SALE and pos_clearing.amount_gross > ¥500
  tier moderate soft
  keep 1 day
  reason "odd" / "异常"
end

rule outage
  name "Terminal late" / "终端延迟"
  signal P23
  family sales
  lane ops
  when pos_clearing.txn_type = SALE
  tier severe hard
  keep 1 day
  reason "late" / "延迟"
end

rule on_trial
  name "On trial" / "试行"
  signal P09
  family sales
  lane credit
  mode shadow
  when pos_clearing.txn_type = SALE
  tier severe hard
  keep 1 day
  reason "trial" / "试行"
end
"""

ODD_FEN = 60_000


def live(trial):
    return trial.Log().rules(RULES).go_live().tick(0)


def changes(trial, outputs):
    """What the tier changes say, shortly."""
    return [
        (c["from"], c["to"], c["cause"], c["at"][:10]) for c in trial.told(outputs, "tier-changes")
    ]


def test_a_warning_raises_the_tier_with_its_proof(trial):
    outputs = trial.run(live(trial).failed_debit(1).failed_debit(2.5).payee_changed(3).records)

    *_, change = trial.told(outputs, "tier-changes")

    assert change["change_id"] == "brw_1/default/3"
    assert (change["from"], change["to"], change["cause"]) == ("moderate", "severe", "signal")
    assert change["hard"] is True
    assert change["keys"] == [{"kind": "hard_fact", "name": "payee"}]
    assert change["score"]["total"] == 0.89
    assert [family["family"] for family in change["score"]["families"]] == [
        "diversion",
        "repayment",
    ]
    assert change["contributing_alert_ids"] == ["brw_1/nsf/1/2", "brw_1/payee/1/1"]
    assert change["evidence_event_ids"] == ["e3", "e4", "e5"]
    assert change["warnings"][0]["measures"][0]["name"] == "days"
    assert change["admission"] == {"to": "person", "reason": "severe"}
    assert change["reason"]["en"] == "severe: Failed debit; Payee changed"
    assert change["clears_when"]["en"].startswith("moderate when: Payee changed clears when")
    assert (change["ruleset"], change["ruleset_version"]) == ("trial", 1)
    assert change["data_freshness"].keys() == {"repayment", "settlement"}
    assert change["simulated"] is True


def test_every_change_is_a_decision_with_the_same_record(trial):
    outputs = trial.run(live(trial).failed_debit(1).payee_changed(3).tick(90).tick(200).records)

    decided = [d["tier_change"] for d in trial.told(outputs, "decisions") if "tier_change" in d]

    assert decided == trial.told(outputs, "tier-changes")
    assert [change["sequence_no"] for change in decided] == list(range(1, len(decided) + 1))


def test_the_present_tier_is_kept_per_borrower_and_legal_entity(trial):
    log = live(trial).failed_debit(1).payee_changed(2, "brw_2").tick(30)

    outputs = trial.run(log.records)

    latest = {o.key: msgspec.json.decode(o.value) for o in outputs if o.topic == "tiers"}
    assert {key: tier["tier"] for key, tier in latest.items()} == {
        b"brw_1/default": "none",
        b"brw_2/default": "severe",
    }


def test_it_comes_down_by_timers_stamped_with_their_deadlines(trial):
    log = live(trial).failed_debit(1).tick(300)

    assert changes(trial, trial.run(log.records)) == [
        ("none", "mild", "signal", trial.told_day(1)),
        ("mild", "none", "decay", trial.told_day(1 + 7 + 3)),
    ]


@pytest.mark.parametrize(
    ("sales", "steps"),
    [
        pytest.param([1], [], id="one odd sale: its warning ends as the day is over"),
        pytest.param([1, 1.5], [("none", "moderate")], id="two: the warning lasts"),
    ],
)
def test_what_ends_at_an_instant_is_not_held_past_it(trial, sales, steps):
    log = live(trial)
    for days in sales:
        log.sale(days, fen=ODD_FEN)
    log.tick(3)

    assert [step[:2] for step in changes(trial, trial.run(log.records))] == steps


def test_refusals_are_decisions_with_their_reason(trial):
    outputs = trial.run(live(trial).sale(1, fen=ODD_FEN).tick(3).records)

    refused = [d for d in trial.told(outputs, "decisions") if d["kind"] == "tier"]

    assert [(d["about"], d["detail"]) for d in refused] == [
        (
            "default/not_held",
            "not moderate: a soft signal has not been held long enough, until "
            f"{trial.told_day(2)}T00:00:00.000Z",
        )
    ]
    assert trial.told(outputs, "tiers") == []


def test_other_lanes_and_rules_on_trial_leave_no_sign(trial):
    outputs = trial.run(live(trial).sale(1).tick(60).records)

    assert {d["kind"] for d in trial.told(outputs, "decisions")} == {
        "control_applied",
        "episode",
        "day_closed",
    }
    assert trial.told(outputs, "tiers") == []


def test_a_lane_without_a_vote_does_not_even_renew_the_present_tier(trial):
    before = live(trial).failed_debit(1)
    without = trial.run(before.records)
    with_it = trial.run([*before.records, *trial.Log([], 9).sale(2).records])

    assert len(trial.told(with_it, "tiers")) == len(trial.told(without, "tiers"))


def test_bootstrap_only_decides_and_go_live_tells_the_present_rung_once(trial):
    log = trial.Log().rules(RULES).failed_debit(1).failed_debit(2.5).tick(3)
    before = trial.run(log.records)
    log.go_live().tick(3.5)
    after = trial.run(log.records)

    decided = [d for d in trial.told(before, "decisions") if d["kind"] == "tier"]
    assert [(d["phase"], d["tier_change"]["to"]) for d in decided] == [
        ("bootstrap", "mild"),
        ("bootstrap", "moderate"),
    ]
    assert trial.told(before, "tier-changes") == trial.told(before, "tiers") == []
    (change,) = trial.told(after, "tier-changes")
    assert (change["from"], change["to"], change["cause"]) == ("moderate", "moderate", "go_live")
    assert (change["sequence_no"], change["phase"]) == (3, "live")
    assert change["contributing_alert_ids"] == ["brw_1/nsf/1/3"]
    assert [tier["tier"] for tier in trial.told(after, "tiers")] == ["moderate"]


def test_go_live_tells_a_tier_whose_warnings_have_ended(trial):
    log = trial.Log().rules(RULES).payee_changed(1).tick(10).go_live()

    (change,) = trial.told(trial.run(log.records), "tier-changes")

    assert (change["from"], change["to"], change["cause"]) == ("severe", "severe", "go_live")


def test_go_live_says_nothing_of_those_that_are_well(trial):
    log = trial.Log().rules(RULES).failed_debit(1).tick(30).go_live()

    assert trial.told(trial.run(log.records), "tier-changes") == []


def test_who_looks_is_told_when_that_changes_without_the_tier(trial):
    log = live(trial)
    for half_days in range(2, 20):
        log.sale(half_days / 2, fen=ODD_FEN)
    outputs = trial.run(log.records)

    answers = [tier["admission"] for tier in trial.told(outputs, "tiers")]
    details = [d.get("detail") for d in trial.told(outputs, "decisions") if d["kind"] == "tier"]

    assert [answer["to"] for answer in answers] == ["machine", "person"]
    assert details[-1] == "person: lasts"


# --- with facts of the ledger, which the step does not have yet


class Desk:
    """A borrower, and what the stage says of it."""

    def __init__(self):
        self.borrower, self.outbox = Borrower("brw_1"), Outbox(Phase.LIVE)

    def assess(self, at_ms, **entities):
        facts = entities or {DEFAULT_ENTITY: Facts()}
        self.outbox.outputs.clear()
        assess(self.borrower, facts, Setting(at_ms, ("trial", 1), self.outbox))
        return [(topic, msgspec.json.decode(value)) for topic, _, value, _ in self.outbox.outputs]


def test_a_borrower_is_looked_at_when_the_facts_differ_and_not_otherwise(kit):
    desk = Desk()

    assert desk.assess(kit.at(0)) == []
    raised = desk.assess(kit.at(1), default=Facts(floor=2, dpd=4))
    assert [topic for topic, _ in raised] == ["decisions", "tier-changes", "tiers"]
    assert raised[1][1]["reason"]["en"] == "moderate: 4 days past due"
    assert raised[1][1]["floor"] == {"tier": "moderate", "dpd": 4}
    assert desk.assess(kit.at(2), default=Facts(floor=2, dpd=4)) == []
    assert [topic for topic, _ in desk.assess(kit.at(3), default=Facts(floor=2, dpd=5))] == [
        "tiers"
    ]


def test_tiers_are_apart_by_legal_entity_and_their_changes_counted_together(kit):
    desk = Desk()
    told = desk.assess(kit.at(1), bank=Facts(floor=3, dpd=30), leasing=Facts(floor=1, dpd=1))

    changes = [record for topic, record in told if topic == "tier-changes"]

    assert [(c["change_id"], c["to"]) for c in changes] == [
        ("brw_1/bank/1", "severe"),
        ("brw_1/leasing/2", "mild"),
    ]
    assert desk.borrower.header.tier == 3
    assert [o.key for o in desk.outbox.outputs if o.topic == "tiers"] == [
        b"brw_1/bank",
        b"brw_1/leasing",
    ]


def test_an_entity_that_is_not_named_any_more_has_no_facts(kit):
    desk = Desk()
    desk.assess(kit.at(1), bank=Facts(floor=1, dpd=1))
    desk.assess(kit.at(2))

    assert desk.borrower.tier.entities["bank"].facts == Facts()


def test_a_tier_that_flaps_is_reported_to_the_owners_of_the_rules(kit):
    desk = Desk()
    for days, dpd in ((0, 1), (0.1, 0), (3.2, 1), (3.3, 0)):
        facts = Facts(floor=dpd, dpd=dpd, left_ms=(kit.at(days), -1, -1))
        desk.assess(kit.at(days), default=facts)
        while (due := desk.borrower.tier.deadline_ms) is not None and due <= kit.at(days + 3):
            told = desk.assess(due, default=facts)

    (health,) = [record for topic, record in told if topic == "health"]

    assert health["kind"] == "tier_flaps"
    assert health["message"] == "the tier towards default is locked at mild: #floor"


def alert(rule, transition, cause):
    """An alert of which only these three matter here."""
    text = Text(en="", zh="")
    blank = dict.fromkeys(
        ("alert_id", "subject_id", "borrower_id", "signal", "family", "lane",
         "tier", "previous_tier", "effective_from", "detected_at"), ""
    )  # fmt: skip
    version = {"name": rule, "fingerprint": "", "ruleset": "", "ruleset_version": 1}
    return Alert(
        **blank,
        subject_kind="BORROWER",
        hard=False,
        transition=transition,
        cause=cause,
        phase=Phase.LIVE,
        episode=1,
        ordinal=1,
        title=text,
        reason=text,
        clears_when=text,
        rule=msgspec.convert(version, type=Alert.__annotations__["rule"]),
    )


@pytest.mark.parametrize(
    ("told", "cause", "taken_back"),
    [
        pytest.param([], None, (), id="nothing told"),
        pytest.param([("a", "opened", "signal")], None, (), id="opened"),
        pytest.param([("a", "cleared", "decay")], None, (), id="ended"),
        pytest.param([("a", "opened", "late_data")], Cause.LATE_DATA, (), id="opened by late data"),
        pytest.param([("a", "withdrawn", "correction")], Cause.CORRECTION, ("a",), id="withdrawn"),
        pytest.param([("a", "cleared", "loan_closed")], Cause.LOAN_CLOSED, ("a",), id="the loan ended"),
        pytest.param([("a", "withdrawn", "late_data"), ("b", "opened", "signal")], None, ("a",),
                     id="two causes: the change has its own"),
        pytest.param([("a", "cleared", "rule_changed")], Cause.RULE_CHANGED, (), id="its rule is gone"),
    ],
)  # fmt: skip
def test_what_alerts_mean_to_the_tier(told, cause, taken_back):
    alerts = [alert(rule, Transition(how), Cause(why)) for rule, how, why in told]

    occasion = occasion_of(alerts)

    assert occasion.cause is cause
    assert occasion.taken_back == dict.fromkeys(taken_back, 0)


def test_a_warning_that_is_withdrawn_takes_its_tier_with_it(trial, kit):
    """As the step will do it: the episode closes, and its alert says that it is withdrawn."""
    book = trial.Book(trial.TRUST, speaks=True)
    trial.run(live(trial).payee_changed(1).records, book)
    borrower = book._shelf.take("brw_1")
    episode = borrower.episodes["payee"]
    episode.tier, episode.alert = 0, b""
    borrower.told.append(
        msgspec.structs.replace(
            alert("payee", Transition.WITHDRAWN, Cause.CORRECTION), lane="credit", signal="F15"
        )
    )
    outbox = Outbox(Phase.LIVE)

    assess(borrower, {DEFAULT_ENTITY: Facts()}, Setting(trial.at(2), ("trial", 1), outbox))

    (change,) = trial.told(outbox.outputs, "tier-changes")
    assert (change["from"], change["to"], change["cause"]) == ("severe", "none", "correction")
    assert change["reason"]["en"] == "none: what had raised it was corrected"
    assert change["contributing_alert_ids"] == ["brw_1/payee/1/1"]


# --- any history


kinds = st.sampled_from(["failed_debit", "payee_changed", "odd", "tick"])
steps = st.lists(
    st.tuples(kinds, st.floats(0, 9), st.sampled_from(["brw_1", "brw_2", "brw_3"])), max_size=20
)


def history(trial, drawn, *, bootstrap=0):
    log, days = trial.Log().rules(RULES), 0.0
    for number, (what, gap, borrower) in enumerate(drawn):
        days += gap
        if number == bootstrap:
            log.go_live()
        if what == "tick":
            log.tick(days)
        elif what == "odd":
            log.sale(days, borrower, fen=ODD_FEN)
        else:
            getattr(log, what)(days, borrower)
    return log.tick(days + 90).tick(days + 400)


@given(drawn=steps, bootstrap=st.integers(0, 9))
def test_going_on_from_a_snapshot_at_every_place_leaves_no_trace(trial_tools, drawn, bootstrap):
    records = history(trial_tools, drawn, bootstrap=bootstrap).records
    straight = trial_tools.run(records)

    outputs, stored = [], {}
    for key, value in records:
        book = trial_tools.Book(trial_tools.TRUST, speaks=True)
        for state_key, state in stored.items():
            book.restore(state_key, state)
        outputs += book.fold(key, value)
        stored |= dict(book.changes())

    assert outputs == straight


@given(drawn=steps, partitions=st.sampled_from([4, 8]))
def test_a_split_journal_gives_the_same_tiers(trial_tools, drawn, partitions):
    records = history(trial_tools, drawn).records
    books = [trial_tools.Book(trial_tools.TRUST, speaks=n == 0) for n in range(partitions)]
    split = []
    for key, value in records:
        broadcast = key in (journal.TICK_KEY, journal.CONTROL_KEY)
        for number, book in enumerate(books):
            if broadcast or number == sum(key) % partitions:
                split += book.fold(key, value)

    assert of_tiers(split) == of_tiers(trial_tools.run(records))


def of_tiers(outputs):
    """The messages of the tier topics, by topic and key."""
    found = {}
    for output in outputs:
        if output.topic in ("tiers", "tier-changes"):
            found.setdefault((output.topic, output.key), []).append(output.value)
    return found


@given(drawn=steps)
def test_everybody_is_well_again_in_the_end(trial_tools, drawn):
    outputs = trial_tools.run(history(trial_tools, drawn).records)

    latest = {o.key: msgspec.json.decode(o.value)["tier"] for o in outputs if o.topic == "tiers"}

    assert set(latest.values()) <= {"none"}
