"""A file with heartbeats and closed dates, folded without Kafka as it would be with it."""

import pytest

from schemas import journal
from schemas.dead_letter import Origin
from schemas.instants import DAY_MS, HOUR_MS
from stream.replay.files import FileJournal
from stream.replay.tally import Tally
from tests.intake.sample import MONEY, POS_CLEARING, record

T0 = 20_400 * DAY_MS
CLOSED = {"stream": "pos_clearing", "business_date": "2025-11-08", "count": 1, "sums": [MONEY]}


def link(at_ms=T0):
    data = {"token": "mer_1", "borrower_id": "brw_1", "relation": "MERCHANT"}
    return record("party_link.v1", data, at_ms=at_ms)


def sale(at_ms):
    return record("pos_clearing.v1", POS_CLEARING, at_ms=at_ms, source="acq")


def said(record_type, at_ms, data=None):
    return record(record_type, data or {}, at_ms=at_ms, source="acq")


def made(*lines):
    """The journal records of a file, and the tally."""
    records, tally = [], Tally()
    written = FileJournal(lambda key, value: records.append((key, value)), tally, wall_now_ms=T0)
    for number, raw in enumerate(lines):
        written.line(raw, Origin(topic="file", partition=0, offset=number))
    written.end()
    return [(key, journal.decode(value)) for key, value in records], tally


def last_tick(*lines):
    return [each for _, each in made(*lines)[0] if isinstance(each, journal.Tick)][-1]


def test_a_heartbeat_lets_the_clock_go_on_and_vouches_for_its_feed_alone():
    tick = last_tick(said("heartbeat.v1", T0, {"stream": "pos_clearing"}))

    assert (tick.input_at_ms, tick.watermarks) == (T0, {"acq/pos_clearing": T0})


def test_a_clock_and_a_heartbeat_without_a_stream_vouch_for_all_of_the_sources_feeds():
    for record_type in ("clock.v1", "heartbeat.v1"):
        assert last_tick(said(record_type, T0)).watermarks == {
            "acq/pos_clearing": T0,
            "acq/repayment": T0,
            "acq/settlement": T0,
        }


def test_a_closed_date_is_a_claim_and_a_tick_behind_it():
    records, tally = made(link(), sale(T0), said("business_date_closed.v1", T0 + DAY_MS, CLOSED))

    (key, claim), (_, tick) = records[-2:]
    assert (key, claim.totals.count) == (journal.FEED_KEY, 1)
    assert tick.closed == {"acq/pos_clearing": claim.business_date}
    assert not tally.dead_letters


def test_what_waits_for_its_party_holds_its_feed():
    lines = [sale(T0), said("heartbeat.v1", T0 + HOUR_MS)]

    assert last_tick(*lines).held == {"acq/pos_clearing": T0}
    assert last_tick(*lines, link(), said("heartbeat.v1", T0 + 2 * HOUR_MS)).held == {}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(said("heartbeat.v1", T0, {"stream": "weather"}), id="no stream"),
        pytest.param(said("business_date_closed.v1", T0), id="no date"),
    ],
)
def test_a_promise_that_cannot_be_read_is_a_dead_letter(raw):
    records, tally = made(raw)

    assert (records, sum(tally.dead_letters.values())) == ([], 1)
