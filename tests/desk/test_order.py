"""The queue that is kept in its order is the queue that one would sort anew each time."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from desk.order import BACK_MS, OF_VIEW, Order, page_of
from desk.queue import is_away, is_queued, place_of
from schemas.desk_keys import QueueEntry

LANES = ("credit", "fraud")
BASE_MS, LATEST_MS = 1_000_000, 5_000
TIMES = st.one_of(st.just(0), st.integers(BASE_MS, BASE_MS + LATEST_MS))
ENTRIES = st.builds(
    QueueEntry,
    lane=st.sampled_from(LANES),
    tier=st.sampled_from(["severe", "moderate", "mild", "none"]),
    hard=st.booleans(),
    state=st.just("NEW"),
    opened_ms=st.just(0),
    exposure_minor=st.integers(0, 3),
    ack_due_ms=TIMES,
    outcome_due_ms=TIMES,
    urgent_ms=TIMES,
    away_until_ms=TIMES,
    holder=st.sampled_from(["", "ann"]),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 8), ENTRIES),
        st.tuples(st.just("drop"), st.integers(0, 8), st.none()),
        st.tuples(st.just("later"), st.integers(0, 800), st.none()),
        st.tuples(st.just("back"), st.integers(BACK_MS + 1, LATEST_MS), st.none()),
        st.tuples(st.just("load"), st.just(0), st.lists(ENTRIES, max_size=6)),
    ),
    max_size=30,
)


def sorted_anew(entries, *, lane, view, now_ms):
    """Return the ids of a view in order, how many of each tier, and how many wait: the oracle."""
    mine = {name: each for name, each in entries.items() if not lane or each.lane == lane}
    queued = {name: each for name, each in mine.items() if is_queued(each)}
    away = {name for name, each in queued.items() if is_away(each, now_ms)}
    shown = {"now": queued.keys() - away, "waiting": away, "all": mine.keys()}[view]
    ids = sorted(shown, key=lambda name: place_of(name, mine[name], now_ms))
    return ids, dict(Counter(mine[name].tier for name in ids)), len(away)


def paged(orders, *, lane, view, now_ms):
    """Return the same, page by page as a browser asks for it."""
    ids, cursor = [], None
    while True:
        page = page_of(orders, lane=lane, view=view, cursor=cursor, limit=3, now_ms=now_ms)
        ids += [one.case_id for one in page.cases]
        assert page.total == sum(page.by_tier.values())
        if page.next is None:
            return ids, page.by_tier, page.waiting
        last = page.cases[-1]
        cursor = place_of(last.case_id, last.entry, now_ms)


@given(steps=STEPS, lane=st.sampled_from(["", *LANES]), view=st.sampled_from(list(OF_VIEW)))
def test_it_is_what_sorting_anew_gives_whatever_came_in_between(steps, lane, view):
    order, entries, now_ms = Order(), {}, BASE_MS + LATEST_MS // 4
    for kind, number, value in steps:
        match kind:
            case "put":
                order.put(f"case {number}", value)
                entries[f"case {number}"] = value
            case "drop":
                order.drop(f"case {number}")
                entries.pop(f"case {number}", None)
            case "later":
                now_ms += number
            case "back":
                now_ms -= number
            case _:
                entries = {f"case {place}": each for place, each in enumerate(value)}
                order.load(entries)
        found = paged([(order, False)], lane=lane, view=view, now_ms=now_ms)
        assert found == sorted_anew(entries, lane=lane, view=view, now_ms=now_ms)


@given(open_=st.lists(ENTRIES, max_size=6), apart=st.lists(ENTRIES, max_size=6))
def test_who_sees_both_lanes_sees_one_queue(open_, apart):
    orders, entries = [], {}
    for name, some in (("open", open_), ("apart", apart)):
        of = {f"{name} {place}": each for place, each in enumerate(some)}
        orders.append((Order(), name == "apart"))
        orders[-1][0].load(of)
        entries |= of

    found = paged(orders, lane="", view="now", now_ms=BASE_MS)

    assert found == sorted_anew(entries, lane="", view="now", now_ms=BASE_MS)


def test_a_case_that_changes_for_a_day_leaves_no_heap_of_turns_behind():
    order = Order()
    entry = QueueEntry(lane="credit", tier="severe", hard=True, state="NEW", opened_ms=0,
                       ack_due_ms=900_000, outcome_due_ms=86_400_000)  # fmt: skip
    for number in range(1_000):
        order.advance(number)
        order.put("case", msgspec.structs.replace(entry, exposure_minor=number))

    assert len(order._turns) == 1
