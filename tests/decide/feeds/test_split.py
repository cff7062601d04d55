"""Feeds in a journal that is split, and in one whose worker dies at any place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decide.feeds.world import Cluster, Restarting, World, spec, told

SOURCES = ("acq", "bank")
BORROWERS = ("brw_1", "brw_2", "brw_3")

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("sold"),
            st.integers(0, 4),
            st.integers(1, 3),
            st.sampled_from(BORROWERS),
            st.sampled_from("abcdefgh"),
            st.sampled_from(SOURCES),
        ),
        st.tuples(
            st.just("claimed"),
            st.integers(0, 4),
            st.integers(0, 3),
            st.integers(0, 9),
            st.sampled_from(SOURCES),
        ),
        st.tuples(st.just("now"), st.floats(0, 9), st.integers(0, 5), st.sampled_from(SOURCES)),
    ),
    max_size=25,
)


def written(drawn):
    world = World().declare(spec(), spec("bank", silent_after_min=1440)).go_live()
    versions = {}
    for what, *of in drawn:
        if what == "sold":
            number, fen, borrower, key, source = of
            key = f"{source}-{borrower}-{key}"
            versions[key] = versions.get(key, 0) + 1
            sale = {"key": key, "source": source, "record_version": versions[key]}
            world.sold(number, fen, borrower, **sale)
        elif what == "claimed":
            number, count, fen, source = of
            world.claimed(number, count, fen, source)
        else:
            days, through, source = of
            world.now(days, alive={source: days}, closed={source: through})
    return world.now(20)


def verdicts(cluster):
    """Crossing's last words."""
    return cluster.dates.verdicts


def state(cluster):
    watermarks = cluster.watermarks()
    return {
        (borrower, what): getattr(watermarks, what)("pos_clearing", cluster.borrower(borrower))
        for borrower in BORROWERS
        for what in ("watermark_ms", "closed_through")
    }


@pytest.mark.parametrize("partitions", [4, 8])
@given(steps)
@settings(max_examples=40)
def test_a_split_journal_with_crossings_answers_in_place_gives_the_same(partitions, drawn):
    records = written(drawn).records
    whole, split = Cluster(1).fold(records), Cluster(partitions).fold(records)

    assert told(split) == told(whole)
    assert verdicts(split) == verdicts(whole)
    assert state(split) == state(whole)


@given(steps, st.integers(1, 6))
@settings(max_examples=60)
def test_restoring_at_any_place_leaves_no_trace(drawn, every):
    records = written(drawn).records
    straight, restarted = Cluster(2).fold(records), Restarting(2, every).fold(records)

    assert [tuple(each) for each in restarted.outputs] == [tuple(each) for each in straight.outputs]
    assert state(restarted) == state(straight)
