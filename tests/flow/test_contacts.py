"""Golden scenarios with collection triggers by replay, and that each of their checks can fail."""

import pytest

from schemas.alert import Cause, Phase, Text, Tier
from schemas.collection_trigger import (
    Answer,
    Channel,
    CollectionAction,
    CollectionTrigger,
    Guard,
    GuardResult,
    Op,
    ProfileVersion,
)
from schemas.instants import HOUR_MS, parse, wire
from schemas.money import Money
from stream.sources.simulator.book import Planted
from tests.flow.contacts import Refused
from tests.flow.expected import Told, failures
from tests.flow.golden import SPRING, WORLDS
from tests.flow.scenes import SHOPS, book_of, folded, lines_of

AT, UNTIL = "2026-03-09T04:00:00.000Z", "2026-03-09T06:00:00.000Z"
BEFORE, WITHIN = "2026-03-09T03:59:59.999Z", "2026-03-09T05:00:00.000Z"
WHO, OTHER = "brw_1", "brw_2"
WORDS = Text(en="-", zh="-")
CONTACTED = ("debits", "feed_silent", "festival", "closure")
"""`high_street` is played through Kafka, and compared with its fold there."""
BY_PEOPLE = {"severe_at_night", "hardship", "lowered_alone"}


@pytest.mark.parametrize("name", CONTACTED)
def test_what_was_planted_is_told_and_nobody_is_contacted_who_must_not_be(name):
    world = WORLDS[name]
    book = world.book()
    told, report = folded(lines_of(book, world.heard_every), book.controls, planted=book.planted)

    assert {row.case for row in book.planted} == set(world.scenarios)
    assert failures(book.planted, told) == []
    assert (report.unresolved, report.dead_letters) == (0, {})


def test_where_nobody_signs_or_reports_anything_those_scenarios_fail_that_need_people():
    """The contrast: so what holds in the test above is due to what people did."""
    world = WORLDS["debits"]
    book = world.book()
    told, _ = folded(lines_of(book, world.heard_every), book.controls)

    assert {each.split()[0] for each in failures(book.planted, told)} == BY_PEOPLE


def trigger(op, *, guard=None, at=WITHIN, who=WHO, action="REMIND", alerts=()):
    """One record of a trigger; the guard named is the first of two that do not allow."""
    refusing = [
        GuardResult(guard=each, answer=Answer.SUPPRESS, detail="-", legal_basis="-")
        for each in ((Guard(guard), Guard.APPROVAL) if guard else ())
    ]
    allowing = GuardResult(
        guard=Guard.KILL_SWITCH, answer=Answer.ALLOW, detail="off", legal_basis="-"
    )
    return parse(at), CollectionTrigger(
        trigger_id=f"{who}/ln_1/dpd-3/2026-03-05",
        ordinal=1,
        op=Op(op),
        action=CollectionAction(action),
        channel=Channel.MESSAGE,
        borrower_id=who,
        loan_id="ln_1",
        legal_entity="default",
        tier="moderate",
        cause=Cause.SIGNAL,
        phase=Phase.LIVE,
        at=at,
        amount_due=Money(amount_minor=1, currency="CNY"),
        reason=WORDS,
        profile=ProfileVersion(name="CN", version=1, draft=True),
        guards=(allowing, *refusing),
        alert_ids=alerts,
    )


def row(expect, rule="", borrower_id=WHO):
    return Planted("case", borrower_id, rule, 0, AT, expect, UNTIL)


@pytest.mark.parametrize(
    ("expect", "rule", "wanted", "wrong"),
    [
        pytest.param(
            "proposes",
            "REMIND",
            trigger("PROPOSE"),
            [
                trigger("PROPOSE", at=BEFORE),
                trigger("PROPOSE", at=UNTIL),
                trigger("PROPOSE", who=OTHER),
                trigger("PROPOSE", action="EARLY_COLLECTION"),
                trigger("DEFER", guard="QUIET_HOURS"),
            ],
            id="proposes",
        ),
        pytest.param(
            "retracts",
            "REMIND",
            trigger("RETRACT"),
            [trigger("RETRACT", at=BEFORE), trigger("RETRACT", who=OTHER), trigger("PROPOSE")],
            id="retracts",
        ),
        pytest.param(
            "defers",
            "QUIET_HOURS",
            trigger("DEFER", guard="QUIET_HOURS"),
            [
                trigger("DEFER", guard="FREQUENCY_CAP"),
                trigger("DEFER", guard="QUIET_HOURS", at=BEFORE),
                trigger("SUPPRESS", guard="QUIET_HOURS"),
            ],
            id="defers",
        ),
        pytest.param(
            "suppresses",
            "HARDSHIP",
            trigger("SUPPRESS", guard="HARDSHIP"),
            [
                trigger("SUPPRESS", guard="DISPUTE"),
                trigger("SUPPRESS", guard="HARDSHIP", who=OTHER),
                trigger("DEFER", guard="HARDSHIP"),
            ],
            id="suppresses",
        ),
    ],
)
def test_what_is_to_be_told_fails_by_what_is_only_like_it(expect, rule, wanted, wrong):
    assert failed(row(expect, rule), [wanted]) == 0
    assert failed(row(expect, rule), []) == 1
    for each in wrong:
        assert failed(row(expect, rule), [each]) == 1


@pytest.mark.parametrize(
    ("rule", "borrower_id", "allowed", "refused"),
    [
        pytest.param(
            "",
            WHO,
            [
                trigger("PROPOSE", at=BEFORE),
                trigger("PROPOSE", at=UNTIL),
                trigger("PROPOSE", who=OTHER),
                trigger("SUPPRESS", guard="DISPUTE"),
            ],
            trigger("PROPOSE"),
            id="to the borrower",
        ),
        pytest.param(
            "", "", [trigger("PROPOSE", at=UNTIL)], trigger("PROPOSE", who=OTHER), id="any"
        ),
        pytest.param(
            "EARLY_COLLECTION",
            WHO,
            [trigger("PROPOSE")],
            trigger("PROPOSE", action="EARLY_COLLECTION"),
            id="of an action",
        ),
    ],
)
def test_one_proposal_too_many_fails(rule, borrower_id, allowed, refused):
    assert failed(row("no_trigger", rule, borrower_id), allowed) == 0
    assert failed(row("no_trigger", rule, borrower_id), [*allowed, refused]) == 1


def test_a_refusal_counts_for_its_borrower_its_reason_and_its_time_alone():
    wanted = Refused(WHO, WITHIN, "default/release_people")
    wrong = [
        Refused(OTHER, WITHIN, "default/release_people"),
        Refused(WHO, BEFORE, "default/release_people"),
        Refused(WHO, WITHIN, "default/release_held"),
    ]
    planted = row("refuses", "release_people")

    assert failed(planted, [], refused=[wanted]) == 0
    for each in wrong:
        assert failed(planted, [], refused=[each]) == 1


@pytest.mark.parametrize(
    ("at", "problems"),
    [
        pytest.param([WITHIN] * 3, 1, id="three on one day"),
        pytest.param([WITHIN, BEFORE, BEFORE], 0, id="two before"),
        pytest.param([WITHIN] * 2, 0, id="two on one day"),
    ],
)
def test_on_no_day_one_in_five_is_exceeded(at, problems):
    members = [row("no_trigger", "EARLY_COLLECTION", f"brw_{n}") for n in range(10)]
    told = Told()
    told.triggers = [trigger("PROPOSE", at=when, who=f"brw_{n}") for n, when in enumerate(at)]

    planted = [*members, row("few_contacted", borrower_id="")]
    assert len(failures(planted, told)) == problems


def failed(planted, triggers, refused=()):
    told = Told()
    told.triggers, told.refused = list(triggers), list(refused)
    told.tiers[WHO].append((parse(AT) - HOUR_MS, Tier.SEVERE))
    return len(failures([planted], told))


def test_a_proposal_that_names_a_warning_of_fraud_fails():
    book = book_of("payee_changed", start=SPRING, days=85, borrowers=3, sizes=SHOPS)
    told, _ = folded(lines_of(book, 4), book.controls)
    changed = next(alert for _, alert in told.alerts if alert.signal == "F15")
    planted = [each for each in book.planted if each.expect == "no_trigger" and each.rule == "F15"]
    later = wire(parse(planted[0].at) + 30 * 24 * HOUR_MS)
    assert failures(planted, told) == []

    made = trigger("PROPOSE", at=later, who=changed.borrower_id, alerts=(changed.alert_id,))
    told.triggers.append(made)
    assert len(failures(planted, told)) == 1
