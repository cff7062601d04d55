"""What is kept of warnings, triggers and days, to tell how well the watch foresees."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from schemas.alert import Phase, Transition
from schemas.book_day import BookCell, DayClosed
from schemas.collection_trigger import Answer, Guard, GuardResult, Op
from schemas.decision import DecisionKind
from schemas.desk_keys import Assigned, Name, Warned
from schemas.tier import FloorFacts
from stream.desk_feed.project import project
from tests.desk import made
from tests.desk.made import AT_MS, later


def puts(topic, record, name):
    found = project(topic, b"k", made.raw(record))
    return [each for each in found if getattr(each, "name", None) is name]


def floor(tier, dpd):
    return FloorFacts(tier=tier, dpd=dpd)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(made.tier_change("moderate"), True, id="warned"),
        pytest.param(made.tier_change("severe"), True, id="warned of the worst"),
        pytest.param(made.tier_change("mild"), False, id="mild is no warning"),
        pytest.param(made.tier_change("none"), False, id="over"),
        pytest.param(
            made.tier_change("severe", floor=floor("mild", 2)), True, id="worse than the floor"
        ),
        pytest.param(
            made.tier_change("moderate", floor=floor("moderate", 5)), None, id="the floor alone"
        ),
        pytest.param(
            made.tier_change("severe", floor=floor("moderate", 5)), None, id="the floor asks too"
        ),
        pytest.param(
            made.tier_change("severe", phase=Phase.BOOTSTRAP), None, id="handed to nobody"
        ),
    ],
)
def test_who_is_warned(change, expected):
    found = puts("tier-changes", change, Name.WARNED)

    said = [(each.field, msgspec.json.decode(each.value, type=Warned)) for each in found]
    warned = [] if expected is None else [Warned(is_warned=expected, at_ms=AT_MS)]
    assert said == [("brw_1/default/1", each) for each in warned]


def guards(answer):
    return (GuardResult(guard=Guard.CONSENT, answer=answer, detail="-", legal_basis="-"),)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param({"op": Op.PROPOSE}, False, id="contacted"),
        pytest.param({"op": Op.SUPPRESS}, True, id="held out: nobody objects"),
        pytest.param(
            {"op": Op.SUPPRESS, "guards": guards(Answer.SUPPRESS)}, None, id="a guard objects"
        ),
        pytest.param({"op": Op.DEFER, "guards": guards(Answer.DEFER)}, None, id="not yet"),
        pytest.param({"op": Op.PROPOSE, "tier": "moderate"}, None, id="not mild"),
        pytest.param({"op": Op.RETRACT, "guards": ()}, None, id="taken back"),
        pytest.param({"op": Op.PROPOSE, "phase": Phase.BOOTSTRAP}, None, id="never sent"),
    ],
)
def test_who_is_held_out(of, expected):
    trigger = made.trigger(**{"tier": "mild", "guards": guards(Answer.ALLOW), "at": made.AT} | of)

    found = puts("collection-triggers", trigger, Name.ASSIGNED)

    said = [msgspec.json.decode(each.value, type=Assigned) for each in found]
    assert said == ([] if expected is None else [Assigned(is_held_out=expected, at_ms=AT_MS)])


def test_the_first_assignment_stays():
    def put(op, at):
        trigger = made.trigger(op=op, tier="mild", guards=guards(Answer.ALLOW), at=at)
        (found,) = puts("collection-triggers", trigger, Name.ASSIGNED)
        return found.version

    assert put(Op.SUPPRESS, later(0)) > put(Op.PROPOSE, later(1))
    assert put(Op.SUPPRESS, later(0)) != put(Op.PROPOSE, later(0))


@pytest.mark.parametrize(
    ("topic", "alert", "fields"),
    [
        pytest.param("alerts", made.alert(), ["opened"], id="opened"),
        pytest.param(
            "alerts", made.alert(transition=Transition.CLEARED), ["cleared"], id="cleared"
        ),
        pytest.param("alerts", made.alert(transition=Transition.WITHDRAWN), [], id="never was"),
        pytest.param("alerts", made.alert(phase=Phase.BOOTSTRAP), [], id="handed to nobody"),
        pytest.param("alerts", made.incident(), [], id="of a segment"),
        pytest.param("alerts-restricted", made.alert(), [], id="of the restricted lane"),
    ],
)
def test_when_an_episode_began_and_ended(topic, alert, fields):
    found = puts(topic, alert, Name.EPISODES)

    of = [f"brw_1/rp02_failed_debit/1 {each}" for each in fields]
    assert [(each.field, int(each.value)) for each in found] == [(each, AT_MS) for each in of]


def test_how_many_loans_are_open():
    cell = {"legal_entity": "default", "tier": "none", "class_floor": "1", "currency": "CNY"}
    day = DayClosed(
        day=date(2026, 11, 19),
        partition=3,
        cells=(BookCell(dpd="0", loans=90, **cell), BookCell(dpd="1-30", loans=7, **cell)),
    )

    (put,) = puts("decisions", made.decision(DecisionKind.DAY_CLOSED, "#day-3", day=day), Name.BOOK)

    assert (put.field, put.value) == ("#day-3", b"97")
