"""How far the feeds of a borrower have come: unknown is not zero, and nothing goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import journal
from schemas.instants import from_ms
from schemas.money import Money
from schemas.reference import LoanContract
from tests.decide.conftest import at
from tests.decide.feeds.world import DELAY, World, day, folded, pos, spec

STREAM = {"kind": "stream"}


@pytest.mark.parametrize(
    ("ticks", "watermark"),
    [
        pytest.param([], None, id="nothing said"),
        pytest.param([(9, {"bank": 8}, {})], None, id="of another feed"),
        pytest.param([(9, {"acq": 8}, {})], 8 - DELAY, id="the heartbeat less the delay"),
        pytest.param([(9, {"acq": 20}, {})], 9 - DELAY, id="never ahead of the time"),
        pytest.param([(9, {"acq": 8}, {"acq": 5})], 5 - DELAY, id="not beyond what waits"),
        pytest.param(
            [(9, {"acq": 8}, {}), (10, {"acq": 8.5}, {"acq": 2})], 8 - DELAY, id="not back to it"
        ),
        pytest.param([(9, {"acq": 8}, {}), (10, {"acq": 7}, {})], 8 - DELAY, id="never back"),
        pytest.param([(9, {"acq": 8}, {}), (8, {"acq": 8.5}, {})], 8.5 - DELAY, id="an old tick"),
        pytest.param([(9, {"acq": 8}, {}), (10, {}, {})], 8 - DELAY, id="not said again"),
    ],
)
def test_the_watermark_of_a_stream(ticks, watermark):
    world = World().sold(1)
    for days, alive, held in ticks:
        world.now(days, alive=alive, held=held)

    assert folded(world).watermark() == watermark


def test_event_times_move_no_watermark():
    world = World().sold(1).now(9, alive={"acq": 3}).sold(8)

    assert folded(world).watermark() == 3 - DELAY


@pytest.mark.parametrize("kind", ["stream", "file", "retired"])
def test_nothing_is_known_of_a_feed_while_nobody_knows_what_time_it_is(kind):
    tick = journal.Tick(
        wall_at_ms=at(9), watermarks={pos(): at(8)}, closed={pos(): day(7)}, held={}
    )
    world = World().declare(spec(kind=kind)).sold(1)
    cluster = folded(world.add(journal.TICK_KEY, tick))

    assert cluster.watermark() is None
    assert cluster.watermarks().feed_ms(pos()) is None


def test_a_borrower_whom_nothing_feeds_has_no_watermark():
    cluster = folded(World().sold(1).now(9, alive={"acq": 8}))

    assert cluster.watermark("brw_2") is None
    assert cluster.through("brw_2") is None


def test_a_contract_names_sources_before_the_first_payment_comes():
    contract = journal.LoanContractRecord(
        borrower_id="brw_1",
        record_id="c1",
        effective_at_ms=at(0),
        wall_arrival_at_ms=at(0),
        data=LoanContract(
            loan_id="ln_1",
            borrower_id="brw_1",
            product_kind="INSTALMENT",
            principal=Money(amount_minor=1, currency="CNY"),
            disbursed_at=from_ms(at(0)),
            payment_sources=("core",),
        ),
    )
    world = World().add(b"brw_1", contract)
    assert folded(world).borrower().feeds == {"repayment": ["core"]}


def test_the_slowest_of_its_feeds_counts_and_an_unknown_one_makes_it_unknown():
    world = World().sold(1, source="fast").sold(1, source="slow")
    world.now(9, alive={"fast": 8})
    assert folded(world).watermark() is None

    world.now(9.1, alive={"slow": 4})
    assert folded(world).watermark() == 4 - DELAY


def test_a_retired_feed_is_not_waited_for():
    world = World().sold(1, source="gone").sold(1).now(9, alive={"acq": 8})
    assert folded(world).watermark() is None

    world.declare(spec("gone", kind="retired"))
    assert folded(world).watermark() == 8 - DELAY


def test_a_declaration_has_its_own_delay():
    world = World().declare(spec(kind="stream", watermark_delay_min=60)).sold(1)
    world.now(9, alive={"acq": 8})

    assert folded(world).watermark() == 8 - 1 / 24


@pytest.mark.parametrize(
    ("how", "through"),
    [
        pytest.param({}, 4, id="dates end at midnight"),
        pytest.param({"cut_over": "11:00"}, 5, id="they end in the morning"),
        pytest.param({"tz": "Asia/Shanghai", "cut_over": "20:00"}, 5, id="noon is 20:00 there"),
        pytest.param({"tz": "Asia/Shanghai", "cut_over": "20:01"}, 4, id="and not 20:01"),
    ],
)
def test_a_stream_has_passed_the_dates_that_ended_before_its_watermark(how, through):
    world = World().declare(spec(kind="stream", watermark_delay_min=0, **how)).sold(1)
    world.now(9, alive={"acq": 5.5})

    assert folded(world).through() == through


def test_heartbeats_of_a_file_say_nothing_of_its_content():
    world = World().declare(spec()).sold(1).now(9, alive={"acq": 8}, closed={"acq": 5})

    cluster = folded(world)
    assert (cluster.watermark(), cluster.through()) == (None, None)


def test_a_file_has_passed_when_its_last_verified_date_ends():
    world = World().declare(spec(tz="Asia/Shanghai", cut_over="23:00"))
    world.sold(1, 70).sold(1, 30).claimed(1, 2, 100).now(2.5, closed={"acq": 1})

    cluster = folded(world)
    assert (cluster.watermark(), cluster.through()) == (1 + 15 / 24, 1)


@pytest.mark.parametrize(
    ("moved", "is_blind"),
    [
        pytest.param(9.0, False, id="it was heard"),
        pytest.param(8.5, True, id="it stands still"),
    ],
)
def test_a_borrower_is_blind_while_a_declared_feed_of_it_is_silent(moved, is_blind):
    world = World().declare(spec(kind="stream", silent_after_min=600)).sold(1)
    world.now(moved, alive={"acq": moved}).now(9.4)
    cluster = folded(world)

    assert cluster.watermarks().is_blind(cluster.borrower()) is is_blind
    assert not cluster.watermarks().is_blind(cluster.borrower(), ["repayment"])
    assert not cluster.watermarks().is_blind(cluster.borrower("brw_2"))


def test_how_far_each_source_of_a_stream_has_come():
    world = World().declare(spec("files"), spec("new"), spec("gone", kind="retired"))
    world.sold(1, source="files").claimed(1, 1, 100, source="files")
    world.now(9, alive={"acq": 8, "gone": 8}, closed={"files": 1})

    assert folded(world).watermarks().passed("pos_clearing") == {
        "acq": (at(8 - DELAY), None),
        "files": (None, day(1)),
        "gone": (at(9), None),
        "new": (None, None),
    }


moves = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.dictionaries(st.sampled_from(["acq", "bank"]), st.floats(0, 60)),
        st.dictionaries(st.sampled_from(["acq", "bank"]), st.floats(0, 60)),
        st.dictionaries(st.sampled_from(["acq", "bank"]), st.integers(0, 40)),
    ),
    max_size=12,
)


@given(moves)
def test_no_watermark_ever_goes_back_and_what_is_unknown_stays_so_until_it_is_said(drawn):
    world = World().declare(spec(**STREAM), spec("bank")).sold(1).sold(1, source="bank")
    before, heard = {}, set()
    for days, alive, held, closed in drawn:
        world.now(days, alive=alive, held=held, closed=closed)
        heard |= alive.keys()
        watermarks = folded(world).watermarks()
        for feed in ("acq/pos_clearing", "bank/pos_clearing"):
            at_ms = watermarks.feed_ms(feed)
            assert at_ms is not None or feed not in before
            assert at_ms is None or at_ms >= before.get(feed, 0)
            if at_ms is not None:
                before[feed] = at_ms
        assert ("acq/pos_clearing" in before) <= ("acq" in heard)
        assert "bank/pos_clearing" not in before
