"""Timers that need watermarks: each once, in order, and never before it may be concluded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.control import FeedKind, FeedSpec
from stream.decide.borrower import Borrower
from stream.decide.feeds.declared import Declared
from stream.decide.feeds.state import FeedsState
from stream.decide.feeds.wait import Wait
from stream.decide.feeds.waits import Due, Waits
from stream.decide.feeds.watermarks import Watermarks

POS = "pos_clearing"
HASTY = {"watermark_delay_min": 0}


def marks(now_ms, kinds=(), **read_ms):
    specs = [
        FeedSpec(source=source, stream=POS, kind=dict(kinds).get(source, FeedKind.STREAM), **HASTY)
        for source in ("acq", "bank")
    ]
    state = FeedsState(read_ms={f"{source}/{POS}": at for source, at in read_ms.items()})
    return Watermarks(Declared(specs), state, now_ms)


def borrower(borrower_id):
    """Fed by the acquirers that its name names."""
    found = Borrower(borrower_id)
    found.feeds[POS] = [source for source in ("acq", "bank") if source in borrower_id]
    return found


def wait(at_ms, past_ms=None, by_ms=None, streams=(POS,)):
    return Wait(at_ms, streams, at_ms if past_ms is None else past_ms, by_ms)


def due(waits, watermarks):
    return list(waits.due(watermarks, borrower))


@pytest.mark.parametrize(
    ("what", "watermarks", "is_due"),
    [
        pytest.param(wait(10), marks(9, acq=9), False, id="before its deadline"),
        pytest.param(wait(10), marks(20), False, id="the feed is unknown"),
        pytest.param(wait(10), marks(20, acq=9), False, id="the feed is behind"),
        pytest.param(wait(10), marks(20, acq=10), True, id="the feed has passed"),
        pytest.param(wait(10, past_ms=15), marks(20, acq=10), False, id="it must pass more"),
        pytest.param(wait(10, streams=()), marks(10), True, id="it needs no feed"),
        pytest.param(wait(10, streams=("repayment",)), marks(20), False, id="nothing feeds it"),
    ],
)
def test_a_wait_is_due_when_time_and_feeds_have_passed(what, watermarks, is_due):
    waits = Waits()
    waits.put("brw_acq", "p02", what)

    assert due(waits, watermarks) == ([Due(10, "brw_acq", "p02")] if is_due else [])
    assert len(waits) == 1 - is_due


def test_it_is_waited_for_no_longer_than_said():
    waits = Waits()
    waits.put("brw_acq", "roll", wait(10, by_ms=30))

    assert due(waits, marks(29, acq=5)) == []
    assert due(waits, marks(30, acq=5)) == [Due(30, "brw_acq", "roll", is_unverified=True)]
    assert due(waits, marks(90, acq=50)) == []


def test_every_feed_of_the_borrower_must_have_passed():
    waits = Waits()
    waits.put("brw_acqbank", "p02", wait(10))

    assert due(waits, marks(20, acq=15, bank=5)) == []
    assert due(waits, marks(21, acq=15, bank=12)) == [Due(10, "brw_acqbank", "p02")]


def test_what_one_feed_held_back_comes_in_the_order_of_its_deadlines_when_it_moves():
    waits = Waits()
    for at_ms, name in ((12, "b"), (11, "c"), (12, "a")):
        waits.put("brw_acq", name, wait(at_ms))
    waits.put("brw_bank", "a", wait(11))
    assert due(waits, marks(20, bank=15)) == [Due(11, "brw_bank", "a")]

    waits.put("brw_bank", "z", wait(11))
    assert [each[:3] for each in due(waits, marks(30, acq=25, bank=15))] == [
        (11, "brw_acq", "c"),
        (11, "brw_bank", "z"),
        (12, "brw_acq", "a"),
        (12, "brw_acq", "b"),
    ]


def test_a_feed_that_is_retired_holds_nothing_back():
    waits = Waits()
    waits.put("brw_acqbank", "p02", wait(10))
    assert due(waits, marks(20, acq=15)) == []

    assert due(waits, marks(21, kinds=[("bank", FeedKind.RETIRED)], acq=15)) != []


def test_one_that_nothing_feeds_is_looked_at_again_when_it_is_put_again():
    waits = Waits()
    fed = Borrower("brw_1")
    waits.put("brw_1", "p02", wait(10))
    assert list(waits.due(marks(20, acq=15), lambda _: fed)) == []

    fed.feeds[POS] = ["acq"]
    waits.put("brw_1", "p02", wait(10))
    assert list(waits.due(marks(21, acq=15), lambda _: fed)) == [Due(10, "brw_1", "p02")]


def test_what_is_dropped_or_replaced_is_not_due():
    waits = Waits()
    waits.put("brw_acq", "a", wait(10))
    waits.put("brw_acq", "b", wait(10))
    waits.drop("brw_acq", "a")
    waits.put("brw_acq", "b", wait(50))

    assert due(waits, marks(20, acq=20)) == []


names = st.sampled_from(["brw_acq", "brw_bank", "brw_acqbank"])
many = st.dictionaries(
    st.tuples(names, st.sampled_from("abc")),
    st.builds(
        lambda at, more, by: wait(at, at + more, None if by is None else at + by),
        st.integers(0, 30),
        st.integers(-5, 5),
        st.none() | st.integers(0, 20),
    ),
)
time_goes_on = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=12
)


@given(many, time_goes_on)
def test_each_is_due_once_in_order_as_soon_as_it_may_be_and_not_before(asked, steps):
    """From the first tick on: before it no feed is believed, however far it has come."""
    waits, told, now, acq, bank = Waits(), {}, 1, 0, 0
    for (borrower_id, name), each in asked.items():
        waits.put(borrower_id, name, each)
    for more_now, more_acq, more_bank in steps:
        now, acq, bank = now + more_now, acq + more_acq, bank + more_bank
        found = due(waits, marks(now, acq=acq, bank=bank))
        assert [each[:3] for each in found] == sorted(each[:3] for each in found)
        for each in found:
            assert told.setdefault((each.borrower_id, each.name), each) is each
        for (borrower_id, name), what in asked.items():
            least = min([acq] * ("acq" in borrower_id) + [bank] * ("bank" in borrower_id))
            may = now >= what.at_ms and min(now, least) >= what.past_ms
            over = what.by_ms is not None and now >= what.by_ms
            assert ((borrower_id, name) in told) >= (may or over)
            if (borrower_id, name) in {(each.borrower_id, each.name) for each in found}:
                assert may or over
