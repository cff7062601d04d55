"""Looks, counts and answers as books fold them: split, restarted, with a feed that is dead."""

from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.counts import packed, unpacked
from detectors.evidence import evidence
from schemas import journal
from schemas.crossing import ModelsTold, decode
from stream.decide.feeds.wait import Wait
from stream.decide.models import notes
from tests.decide.feeds.world import Cluster, at
from tests.decide.models.world import (
    folded,
    make_easy,
    models,
    rows,
    snapshots,
    street,
)
from tests.decide.segments.test_in_book import told

DAYS = 45


def silence(cluster, borrower="brw_0", days=DAYS):
    return evidence(rows(cluster, borrower)["evidence"], at(days))["silence"]


def test_who_sells_nothing_any_more_is_silent_and_its_neighbour_is_not():
    cluster = folded(street(days=DAYS, stops={0: 30}))

    assert silence(cluster, "brw_0") > 2.5
    assert silence(cluster, "brw_1") < 1.0


def test_a_dead_feed_is_no_silence():
    """The acquirer is not heard of for two weeks: nobody is any more silent than before."""
    dead, before = street(days=DAYS, dead_from=31), street(days=31)

    dead, before = folded(dead), folded(before)
    for n in range(4):
        borrower = f"brw_{n}"
        assert silence(dead, borrower) == pytest.approx(silence(before, borrower), rel=1e-6)
        heard = [notes.read(rows(each, borrower)).heard_ms for each in (dead, before)]
        assert heard[0] == heard[1]


def test_each_is_looked_at_once_a_day_and_counted():
    cluster = folded(street(days=20))
    default = next(each for each in snapshots(cluster) if each.segment_id == "default")

    looks = sum(unpacked(default.counts["leaves"]).values()) // 25
    assert looks == 4 * 20


@pytest.mark.parametrize("partitions", [4, 8])
@pytest.mark.parametrize("in_force", [False, True])
def test_a_split_journal_gives_the_same(partitions, in_force, monkeypatch):
    make_easy(monkeypatch)
    world = street(shops=6, stops={0: 18, 3: 22}, in_force=in_force)
    whole, split = folded(world), folded(world, partitions)

    assert told(split) == told(whole)
    assert snapshots(split) == snapshots(whole)
    for n in range(6):
        assert rows(split, f"brw_{n}") == rows(whole, f"brw_{n}")
    for n in range(partitions):
        known = models(split, n).beliefs._known
        assert known == models(whole).beliefs._known


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 25)), max_size=4), st.integers(0, 9))
@settings(max_examples=6, deadline=None)
def test_however_shops_stop_a_split_journal_gives_the_same(stops, seed):
    world = street(shops=6, days=26, stops=dict(stops), seed=seed, in_force=True)

    with pytest.MonkeyPatch.context() as patched:
        make_easy(patched)
        whole, split = folded(world), folded(world, 4)
        assert told(split) == told(whole)
        assert snapshots(split) == snapshots(whole)


def test_a_restart_at_any_place_changes_nothing(monkeypatch):
    """At each record one of two partitions dies, in turn, and goes on from what it had stored."""
    make_easy(monkeypatch)
    world = street(shops=3, days=25, stops={0: 14}, in_force=True)
    whole = folded(world, 2)

    restarted = Cluster(2)
    stored = [{} for _ in restarted.books]
    for number, (key, value) in enumerate(world.records):
        restarted.fold([(key, value)])
        n = number % 2
        stored[n] |= dict(restarted.books[n].changes())
        fresh = Cluster(2).books[n]
        for each, kept in stored[n].items():
            fresh.restore(each, kept)
        restarted.books[n] = fresh

    assert told(restarted) == told(whole)
    assert snapshots(restarted) == snapshots(whole)
    for n in range(3):
        assert rows(restarted, f"brw_{n}") == rows(whole, f"brw_{n}")


def test_all_lanes_are_told_each_day_and_default_is_the_sum():
    cluster = folded(street(days=10))
    found = [decode(o.value) for o in cluster.outputs if o.topic == "crossings"]
    rounds = [each for each in found if isinstance(each, ModelsTold)]
    assert {(each.lane, each.day) for each in rounds} == {
        (lane, each.day) for lane in range(4) for each in rounds
    }

    of = {each.segment_id: each.counts for each in snapshots(cluster)}
    assert set(of) == {"default", "food", "tea"}
    for name, vector in of["default"].items():
        parts = [unpacked(of[segment].get(name, "")) for segment in ("food", "tea")]
        assert sum(unpacked(vector).values()) == sum(sum(part.values()) for part in parts)


def test_a_snapshot_of_a_segment_is_a_few_kilobytes():
    cluster = folded(street(shops=8, days=60))

    sizes = [len(msgspec.json.encode(each)) for each in snapshots(cluster)]
    assert max(sizes) < 8_000


def answer(segment="default", version=1_000_000, counts=None, day=None):
    counts = {"control/apart": "AAU="} if counts is None else counts
    day = day or date(2026, 1, 1)
    return journal.SegmentModel(
        segment_id=segment, version=version, day=day, at_ms=0, counts=counts
    )


@pytest.mark.parametrize(
    ("key", "record"),
    [
        pytest.param(journal.SEGMENT_KEY, answer(counts={"leaves": "gA=="}), id="cannot be read"),
        pytest.param(b"brw_1", answer(), id="of a borrower"),
        *(
            pytest.param(
                journal.SEGMENT_KEY, answer(counts={name: packed({number: 1})}), id=f"beyond {name}"
            )
            for name, number in (
                ("amount/aged", 95),
                ("lane/apart", 2**60),
                ("leaves", 6_400),
                ("peers/settlement", 40_001),
                ("control/apart", 2),
            )
        ),
    ],
)
def test_an_answer_that_cannot_be_taken_is_put_aside(key, record):
    world = street(days=3)
    cluster = folded(world.add(key, record))

    assert [o.topic for o in cluster.outputs if o.topic == "dead-letters"] == ["dead-letters"]
    assert (
        models(cluster).beliefs._known.keys()
        == models(folded(street(days=3))).beliefs._known.keys()
    )


def test_an_answer_that_is_older_changes_nothing():
    cluster = folded(street(days=3))
    before = dict(models(cluster).beliefs._known)
    cluster.fold(street(days=0).add(journal.SEGMENT_KEY, answer(version=1)).records[-1:])

    assert models(cluster).beliefs._known == before


@pytest.mark.parametrize("p_value", [float("nan"), 0.0, -1.0, float("inf"), 1.5])
def test_what_is_no_p_value_is_neither_counted_nor_believed(p_value):
    at_rest = models(folded(street(days=3)))
    before = dict(at_rest.tallies.store())
    found = at_rest.believed("food", [("amount", 5, p_value), ("cadence", 5, 0.5)])

    assert [voice for voice, _ in found] == ["cadence"]
    assert {key for key, _ in at_rest.tallies.store()} == {b"#counts/food/cadence/young"}
    assert before


def test_of_two_periods_the_older_is_dropped():
    def looks(cluster):
        default = next(each for each in snapshots(cluster) if each.segment_id == "default")
        counts = {name: unpacked(vector) for name, vector in default.counts.items()}
        return sum(counts["leaves"].values()) // 25

    for days in (70, 100):
        assert 2 * 28 <= looks(folded(street(shops=2, days=days))) <= 2 * 56


def test_who_was_silent_before_anybody_looked_is_looked_at_all_the_same():
    """State of an engine that looked at nobody: the next timer of any kind sets the first look."""
    world = street(days=30)
    cluster = Cluster(1).fold(world.records)
    borrower, shelf = cluster.borrower("brw_0"), cluster.books[0]._shelf
    borrower.wait({"look": Wait(at(30.1))}, of="models")
    shelf.arm(borrower)
    assert "models" not in borrower.header.waits

    cluster.fold(street(days=0).now(30.5, alive={"acq": 30.5}).records[-1:])

    assert "models" in borrower.header.waits
