"""Recall, lead, lift, hold-out and re-alerts, against tables that were worked out by hand."""

from __future__ import annotations

import pytest

from desk.effect import difference, hold_out, lift
from desk.figures import Known, figures
from desk.foresight import Past, episodes_of, firsts_of, lead, re_alerts, recall, stretches_of
from schemas.desk_figures import Share
from schemas.desk_keys import Assigned, Warned
from schemas.instants import DAY_MS

NOW = 400


def day(number):
    return number * DAY_MS


def past(*, firsts=None, warned=None, assigned=None, loans=0):
    """Return what is known, of days: `{"a": {"dpd_1": 380}}`, `{"a": [(370, 375)]}`."""
    fields = {
        f"{borrower} {what}": day(at)
        for borrower, of in (firsts or {}).items()
        for what, at in of.items()
    }
    stretches = {
        borrower: [(day(a), None if b is None else day(b)) for a, b in of]
        for borrower, of in (warned or {}).items()
    }
    held = {
        borrower: Assigned(is_held_out=is_held_out, at_ms=day(at))
        for borrower, (is_held_out, at) in (assigned or {}).items()
    }
    return Past(firsts=firsts_of(fields), stretches=stretches, assigned=held, loans=loans)


@pytest.mark.parametrize(
    ("overdue", "warned", "of_dpd_1", "of_dpd_30", "early"),
    [
        pytest.param({"dpd_1": 380}, [(370, None)], 1, 0, 0, id="warned, and still"),
        pytest.param({"dpd_1": 380}, [], 0, 0, 0, id="never warned"),
        pytest.param({"dpd_1": 380}, [(381, None)], 0, 0, 0, id="warned a day too late"),
        pytest.param({"dpd_1": 380}, [(380, None)], 0, 0, 0, id="at the same instant is too late"),
        pytest.param({"dpd_1": 380}, [(330, 350)], 1, 0, 0, id="over for 30 days: remembered"),
        pytest.param({"dpd_1": 380}, [(330, 349)], 0, 0, 0, id="over for 31 days: forgotten"),
        pytest.param(
            {"dpd_1": 360, "dpd_30": 390}, [(365, None)], 0, 1, 0, id="between the first and 30"
        ),
        pytest.param(
            {"dpd_1": 360, "dpd_30": 390}, [(350, None)], 0, 1, 1, id="before the first, too"
        ),
        pytest.param({"dpd_30": 390}, [(385, None)], 0, 1, 1, id="nobody saw the first day"),
    ],
)
def test_who_came_to_be_overdue_had_been_warned(overdue, warned, of_dpd_1, of_dpd_30, early):
    known = past(firsts={"a": overdue}, warned={"a": warned})
    period = day(370), day(NOW)

    assert recall(known, "dpd_1", "dpd_1", *period).hits == of_dpd_1
    assert recall(known, "dpd_30", "dpd_30", *period).hits == of_dpd_30
    assert recall(known, "dpd_30", "dpd_1", *period).hits == early


def test_recall_counts_those_of_the_period_alone():
    known = past(
        firsts={"a": {"dpd_1": 369}, "b": {"dpd_1": 370}, "c": {"dpd_1": 400}, "d": {"dpd_1": 401}},
        warned={"b": [(360, None)]},
    )

    assert recall(known, "dpd_1", "dpd_1", day(370), day(NOW)) == Share(n=2, hits=1, share=0.5)
    assert recall(Past(), "dpd_1", "dpd_1", day(370), day(NOW)) == Share(n=0, hits=0)


def test_lead_is_from_the_warning_that_held():
    known = past(
        firsts={"a": {"dpd_1": 380}, "b": {"dpd_1": 390}, "c": {"dpd_1": 390}},
        warned={"a": [(300, 310), (368, None)], "b": [(370, 380)], "c": [(391, None)]},
    )

    found = lead(known, "dpd_1", day(370), day(NOW))

    assert (found.n, found.p50_ms, found.p95_ms) == (2, 12 * DAY_MS, 20 * DAY_MS)
    assert lead(Past(), "dpd_1", day(370), day(NOW)) is None


def test_stretches_are_made_of_changes_in_their_own_order_by_legal_entity():
    changes = {
        "a/default/10": Warned(is_warned=False, at_ms=50),
        "a/default/9": Warned(is_warned=True, at_ms=40),
        "a/default/2": Warned(is_warned=True, at_ms=20),
        "a/default/1": Warned(is_warned=True, at_ms=10),
        "a/default/3": Warned(is_warned=False, at_ms=30),
        "a/other/1": Warned(is_warned=True, at_ms=15),
        "b/default/1": Warned(is_warned=False, at_ms=15),
    }

    assert stretches_of(changes) == {"a": [(10, 30), (40, 50), (15, None)], "b": []}


def test_lift_is_the_warned_against_all_in_the_same_time():
    # From day 340 to 370 four were warned; one of them had been overdue before, one comes to be
    # overdue within 30 days. From day 340 to 400 there are 3 first arrears of 100 loans in 60 days:
    # 1.5 % in 30. So 33.3 % against 1.5 %.
    known = past(
        firsts={
            "a": {"dpd_4": 375},
            "b": {"dpd_4": 390},
            "c": {"dpd_4": 100},
            "x": {"dpd_4": 360},
        },
        warned={
            "a": [(350, None)],
            "b": [(355, None)],
            "c": [(350, None)],
            "d": [(350, 352)],
            "e": [(371, None)],
        },
        loans=100,
    )

    found = lift(known, day(370), day(NOW))

    assert found.warned == Share(n=3, hits=1, share=0.3333)
    assert (found.base_share, found.lift) == (0.015, 22.22)
    assert lift(Past(), day(370), day(NOW)).lift is None


def test_lift_without_the_book_says_what_it_knows():
    known = past(firsts={"a": {"dpd_4": 375}}, warned={"a": [(350, None)]})

    found = lift(known, day(370), day(NOW))

    assert (found.warned.share, found.base_share, found.lift) == (1.0, None, None)


def test_the_effect_of_the_hold_out():
    # Held out from day 345 on: h1 and h2 (one comes to be overdue); contacted since: c1, c2, c3.
    # Left out: c0, from before there was a hold-out; c4, who was overdue before; h3 and c5, of whom
    # not a whole horizon has been seen.
    known = past(
        firsts={"h1": {"dpd_4": 360}, "c1": {"dpd_4": 390}, "c4": {"dpd_4": 340}},
        assigned={
            "h1": (True, 345), "h2": (True, 350), "h3": (True, 371),
            "c0": (False, 344), "c1": (False, 346), "c2": (False, 347), "c3": (False, 370),
            "c4": (False, 350), "c5": (False, 371),
        },
    )  # fmt: skip

    found = hold_out(known, day(370), day(NOW))

    assert (found.held_out.n, found.held_out.hits) == (2, 1)
    assert (found.contacted.n, found.contacted.hits) == (3, 0)
    assert found.effect == 0.5
    assert found.low < 0 < found.high
    assert hold_out(Past(), day(370), day(NOW)) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Newcombe 1998, table II, method 10
        pytest.param((56, 70), (48, 80), (0.2, 0.0524, 0.3339), id="a"),
        pytest.param((9, 10), (3, 10), (0.6, 0.1705, 0.8090), id="b"),
        pytest.param((10, 10), (0, 20), (1.0, 0.6791, 1.0), id="g"),
        pytest.param((5, 56), (0, 29), (0.0893, -0.0381, 0.1926), id="d"),
    ],
)
def test_the_interval_is_newcombes(one, other, expected):
    shares = [Share(n=n, hits=hits) for hits, n in (one, other)]

    assert difference(*shares) == pytest.approx(expected, abs=0.0001)


def test_re_alerts_are_of_those_that_ended_long_enough_ago():
    fields = {
        "a/rp02/1 opened": 300, "a/rp02/1 cleared": 370,
        "a/rp02/2 opened": 384, "a/rp02/2 cleared": 390,  # 14 days later: again; its end: too new
        "b/rp02/1 opened": 300, "b/rp02/1 cleared": 370,
        "b/rp02/2 opened": 385,  # 15 days later: another story
        "c/p01/1 cleared": 386,  # ended 14 days ago, never seen again
        "c/p01/2 opened": 100,  # before that: a clock that went wrong
        "ln/x/p01/7 cleared": 380, "ln/x/p01/8 opened": 381,
    }  # fmt: skip
    known = Past(episodes=episodes_of({name: str(day(at)) for name, at in fields.items()}))

    assert re_alerts(known, day(370), day(NOW)) == {
        "p01": Share(n=2, hits=1, share=0.5),
        "rp02": Share(n=2, hits=1, share=0.5),
    }


def test_of_nothing_nothing_is_said():
    found = figures(Known({}, {}, Past(), []), day(370), day(NOW))

    assert (found.recall_dpd_1.share, found.lift.lift, found.hold_out) == (None, None, None)
    assert (found.re_alerts.n, found.live_loans, found.false_alarms_per_1000_loans) == (
        0,
        None,
        None,
    )
