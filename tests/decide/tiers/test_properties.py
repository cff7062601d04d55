"""What holds for every history of warnings and facts."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.decide.tiers.facts import Facts, Occasion
from stream.decide.tiers.machine import look
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.state import Standing

RULES = ("rp02", "p03", "f02", "d01", "x12", "m01")
DAYS = st.sampled_from([0, 0, 0.01, 0.5, 1, 2, 3, 7, 15, 30, 61])

warnings = st.tuples(
    st.just("warn"),
    DAYS,
    st.sampled_from(RULES),
    st.integers(0, 3),
    st.sampled_from(["hard", "soft"]),
    st.booleans(),
)
repairs = st.tuples(st.just("take_back"), DAYS, st.sampled_from(RULES))
floors = st.tuples(
    st.just("know"),
    DAYS,
    st.sampled_from(
        [
            {"dpd": 0},
            {"dpd": 1},
            {"dpd": 5},
            {"dpd": 45},
            {"floor": 1},
            {"floor": 0},
            {"blind": True},
            {"blind": False},
            {"paid": True},
            {"disbursed": True},
        ]
    ),
)
histories = st.lists(st.one_of(warnings, warnings, repairs, floors), max_size=30)
unrepaired = st.lists(st.one_of(warnings, warnings, floors), max_size=30)


AN_ARREAR_OVER_AND_A_NEW_ONE = [
    ("know", 0, {"dpd": 45}),
    ("warn", 0, "rp02", 3, "hard", False),
    ("know", 0, {"dpd": 0}),
    ("know", 61, {"dpd": 1}),
    ("know", 0, {"blind": True}),
    ("take_back", 0, "rp02"),
    ("know", 0, {"dpd": 0}),
    ("know", 0, {"blind": False}),
]
A_FACT_THAT_BECAME_SOFT_AND_IS_EXPLAINED_AWAY = [
    ("know", 0, {"dpd": 1}),
    ("warn", 0, "p03", 1, "hard", False),
    ("know", 0, {"dpd": 0}),
    ("know", 0, {"disbursed": True}),
    ("warn", 3, "p03", 1, "soft", False),
]


def without_new_loans(history):
    """The same without loans that are paid out."""
    return [step for step in history if step[0] != "know" or "disbursed" not in step[2]]


def play(kit, history, watch=None, days=0.0):
    """Play a drawn history; yield the watch after each of its steps."""
    watch = watch or kit.Watch()
    for kind, gap, *what in history:
        days += gap
        if kind == "warn":
            _warn(kit, watch, days, *what)
        elif kind == "take_back":
            watch.take_back(days, *what)
        else:
            _know(kit, watch, days, *what)
        yield days, watch


def played(kit, history):
    """The watch at the end of a drawn history."""
    watch = kit.Watch()
    for _ in play(kit, history, watch):
        pass
    return watch


def days_of(history):
    """When a drawn history ends."""
    return sum(gap for _, gap, *_ in history)


def _warn(kit, watch, days, rule, tier, *how):
    kind, damped = how
    if not tier and rule in watch.signals:
        watch.end(days, rule)
    elif tier:
        family = "model" if rule == "m01" else kit.signal(rule, tier).family
        watch.open(days, rule, tier, kind, damped=damped, family=family)
    else:
        watch.know(days)


def _know(kit, watch, days, facts):
    if facts.get("paid"):
        before = watch.facts.loans[0].on_time_due_ms if watch.facts.loans else ()
        due = (kit.at(days), *before)[:3]
        facts = {"loans": (kit.Payments(on_time_due_ms=due, last_due_ms=due[0]),)}
    if facts.get("disbursed"):
        facts = {"disbursed_ms": kit.at(days)}
    watch.know(days, **facts)


@given(history=histories)
def test_every_tier_comes_down_when_its_causes_end(kit, history):
    days, watch = days_of(history), played(kit, history)

    watch.end(days, *list(watch.signals))
    watch.know(days, dpd=0, blind=False)
    watch.until(days + 14 + 60 + 60 + 60 + 3)

    assert watch.tier == 0
    assert watch.state.deadline_ms is None
    assert watch.state.traces == {}


@given(history=histories)
def test_but_for_what_is_taken_back_a_tier_falls_one_step_at_a_time(kit, history):
    for _, watch in play(kit, history):
        for _, change in watch.changes:
            if change.cause.value == "decay":
                assert change.before - change.after == 1
            elif change.after < change.before:
                assert change.cause.value == "correction"


@given(history=unrepaired)
def test_no_tier_falls_by_time_before_it_was_clear_long_enough(kit, history):
    """Told by the open warnings alone, without the machine's own memory of them."""
    last_held = {}
    for days, watch in play(kit, history):
        for day, change in watch.changes:
            if change.cause.value == "decay":
                clear_days = (3, 7, 30)[change.before - 1]
                assert day - last_held.get(change.before, -99) >= clear_days - 1e-6
        watch.changes.clear()
        for tier in range(1, watch.found.found.held.tier + 1):
            last_held[tier] = days


@given(history=histories)
def test_severe_never_without_two_keys_or_a_hard_fact(kit, history):
    watch = played(kit, history)

    for (_, change), earned in zip(watch.changes, watch.earned, strict=True):
        if change.after == 3:
            assert earned.tier == 3
            assert earned.keys


@given(history=histories)
def test_the_tier_is_never_below_what_is_earned_nor_below_the_floor(kit, history):
    for _, watch in play(kit, history):
        found = watch.found.found
        assert watch.tier >= found.earned.tier
        assert watch.tier >= watch.facts.floor


@given(history=histories, at=st.integers(0, 30))
def test_a_stored_state_goes_on_without_a_trace(kit, history, at):
    """At every prefix: through the codec, and on with what came out."""
    straight, stored = played(kit, history), kit.Watch()
    for number, _ in enumerate(play(kit, history, stored)):
        if number == at:
            standing = Standing(entities={"default": stored.state})
            text = msgspec.msgpack.encode(standing)
            stored.state = msgspec.msgpack.decode(text, type=Standing).entities["default"]

    assert stored.state == straight.state
    assert stored.changes == straight.changes
    assert stored.refusals == straight.refusals


def standing(state):
    """A state without what is remembered of tiers above its rungs, which nothing stands on."""
    height = len(state.rungs)
    rungs = tuple(
        replace(rung, by={who: (min(tier, height), hard) for who, (tier, hard) in rung.by.items()})
        for rung in state.rungs
    )
    traces = {
        who: replace(
            trace,
            since_ms=(*trace.since_ms[:height], *(-1,) * (3 - height)),
            left_ms=(*trace.left_ms[:height], *(-1,) * (3 - height)),
        )
        for who, trace in state.traces.items()
    }
    return replace(state, rungs=rungs, traces=traces)


@given(history=histories)
@example(history=AN_ARREAR_OVER_AND_A_NEW_ONE)
def test_a_second_look_at_the_same_instant_finds_nothing_new(kit, history):
    """But for the next step that a repair has made due."""
    for _, watch in play(kit, history):
        state = watch.state
        if state.deadline_ms is not None and state.deadline_ms <= state.at_ms:
            continue
        again = look(
            state,
            signals=list(watch.signals.values()),
            facts=watch.facts,
            now_ms=state.at_ms,
            policy=DEFAULT,
        )
        assert standing(again.state) == standing(state)
        assert (again.change, again.refused, again.readmitted, again.locks) == (
            None,
            (),
            False,
            False,
        )


openings = st.lists(
    st.tuples(
        st.just("warn"),
        st.just(0),
        st.sampled_from(["c1", "c2", "p9", "rp9"]),
        st.integers(1, 3),
        st.sampled_from(["hard", "soft"]),
        st.booleans(),
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda each: each[2],
)


@given(history=histories, cast=openings, chance=st.randoms(use_true_random=False))
def test_the_order_of_signals_at_one_instant_does_not_matter(kit, history, cast, chance):
    """One after the other in any order: the same state."""
    shuffled = list(cast)
    chance.shuffle(shuffled)
    one, other = played(kit, [*history, *cast]), played(kit, [*history, *shuffled])

    assert comparable(one.state) == comparable(other.state)


def comparable(state):
    """A state without what was only told on the way."""
    return replace(state, refused={})


@given(history=histories, chance=st.randoms(use_true_random=False))
def test_the_order_in_which_signals_are_listed_does_not_matter(kit, history, chance):
    for _, watch in play(kit, history):
        listed = list(watch.signals.values())
        chance.shuffle(listed)
        facts, now_ms = watch.facts, watch.state.at_ms + 1
        kwargs = {"facts": facts, "now_ms": now_ms, "policy": DEFAULT}

        assert look(watch.state, signals=listed, **kwargs) == look(
            watch.state, signals=list(watch.signals.values()), **kwargs
        )


def with_and_without(kit, before, tier, between):
    """One watch that saw a warning that never was come and go, and one that did not."""
    never = ("warn", 0, "never", tier, "hard", False)
    with_it = played(kit, [*before, never, *between, ("take_back", 0, "never")])
    without = played(kit, [*before, ("know", 0, {}), *between, ("know", 0, {})])
    return with_it, without


@given(before=histories, tier=st.integers(1, 3), hours=st.sampled_from([0, 1, 12]))
@example(before=A_FACT_THAT_BECAME_SOFT_AND_IS_EXPLAINED_AWAY, tier=1, hours=0)
def test_what_is_taken_back_at_once_leaves_the_tier_that_would_be_without_it(
    kit, before, tier, hours
):
    wait = [("know", hours / 24, {})]
    with_it, without = with_and_without(kit, before, tier, wait)

    if not (with_it.locks or without.locks):
        with_it.until(days_of(before) + hours / 24)
        assert with_it.tier == without.tier


@given(before=histories, tier=st.integers(1, 3), between=histories.map(without_new_loans))
def test_what_is_taken_back_late_leaves_no_less_and_in_the_end_the_same(kit, before, tier, between):
    """Falls that it had kept from happening happen now, one step at a time.

    But for a loan that is paid out in between: from then on soft warnings count no more, and what
    is looked at anew does not stand on them, while what stood on them before stays.
    """
    with_it, without = with_and_without(kit, before, tier, between)
    end = days_of(before) + days_of(between)
    locked = with_it.locks or without.locks

    assert locked or with_it.tier >= without.tier
    for watch in (with_it, without):
        watch.know(end, blind=False).until(end + 300)
    assert with_it.tier == without.tier


@pytest.mark.parametrize("tier", [1, 2, 3])
def test_a_look_changes_nothing_of_what_it_was_given(kit, tier):
    watch = kit.Watch().open(0, "d01", tier, "hard")
    before = msgspec.msgpack.encode(watch.state)

    look(watch.state, signals=[], facts=Facts(floor=2, dpd=9), now_ms=kit.at(9), policy=DEFAULT,
         occasion=Occasion(taken_back={"d01": 0}))  # fmt: skip

    assert msgspec.msgpack.encode(watch.state) == before
