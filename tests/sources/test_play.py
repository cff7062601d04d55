"""The player: what is sent where and when, with a sink that only listens."""

import json
import threading
from hashlib import sha256

import pytest

from schemas.envelope import encode
from schemas.instants import HOUR_MS, MINUTE_MS, parse
from stream.sources.pace import Pace
from stream.sources.play import Player

T0 = parse("2026-01-05T00:30:00Z")
TOPICS = ("repayments", "settlements", "pos-clearing")
EVERYWHERE = "everywhere"


class Listener:
    """A sink that notes what it is told; time passes only when somebody waits."""

    def __init__(self):
        self.heard = []
        self.now_s = 0.0
        self.at_s = []

    def send(self, topic, value, *, key, record_id):
        self.heard.append((topic, key, record_id, value))
        self.at_s.append(self.now_s)

    def send_everywhere(self, topic, value):
        self.heard.append((topic, EVERYWHERE, json.loads(value)["time"], value))
        self.at_s.append(self.now_s)

    def wait(self, timeout_s):
        self.now_s += timeout_s

    def flush(self):
        self.heard.append("flushed")


def sale(record_id, at_ms, source="acq", **more):
    data = {
        "txn_type": "SALE",
        "merchant_id": "mer_1",
        "rrn": "1",
        "amount_gross": {"amount_minor": 100, "currency": "CNY"},
    }
    return line("pos_clearing.v1", record_id, at_ms, data | more, source)


def link(token, at_ms=0):
    data = {"token": token, "borrower_id": "brw_1", "relation": "ACCOUNT"}
    return line("party_link.v1", f"l-{token}", at_ms, data)


def clock(at_ms, source="acq"):
    return line("clock.v1", f"c{at_ms}", at_ms, {}, source)


def line(record_type, record_id, at_ms, data, source="core"):
    text = encode(
        record_id=record_id, source=source, record_type=record_type, at_ms=at_ms, data=data
    )
    return text + b"\n"


def play(*lines, speed=None, clocks=True, stop=None):
    listener = Listener()
    pace = Pace(speed, lambda: listener.now_s)
    player = Player(listener, pace, clocks=clocks, stop=stop or threading.Event())
    return listener, player.play(lines)


def clock_times(listener):
    """The times of the clock records, each once if all three topics have it."""
    told = [heard[:3] for heard in listener.heard if EVERYWHERE in heard]
    times = list(dict.fromkeys(time for _, _, time in told))
    assert told == [(topic, EVERYWHERE, time) for time in times for topic in TOPICS]
    return times


def test_each_type_goes_to_its_topic_under_its_key():
    debit = {
        "event_type": "COLLECTION_ATTEMPT",
        "loan_id": "ln_1",
        "status": "FAILED",
        "attempt_id": "a1",
    }
    transfer = {"event_type": "TRANSFER", "account_token": "acc_1", "bank_txn_ref": "b1"}
    listener, played = play(
        link("acc_1"),
        line("repayment.v1", "r1", T0, debit),
        line("settlement.v1", "s1", T0, transfer),
        sale("p1", T0),
        clocks=False,
    )

    assert [heard[:3] for heard in listener.heard if heard != "flushed"] == [
        ("references", "party_link:acc_1:brw_1", "l-acc_1"),
        ("repayments", "ln_1", "r1"),
        ("settlements", "acc_1", "s1"),
        ("pos-clearing", "mer_1", "p1"),
    ]
    assert played.sent == dict.fromkeys(("references", *TOPICS), 1)


def test_the_bytes_of_the_file_are_sent_unchanged():
    odd = b'{ "data": {"txn_type":"SALE","merchant_id":"mer_1","rrn":"1","new_field":1,\
"amount_gross":{"amount_minor":100,"currency":"CNY"}},"time":"2026-01-05T08:30:00+08:00",\
"id":"p1","source":"acq","type":"pos_clearing.v1" }'
    listener, _ = play(odd + b"\r\n", clocks=False)

    assert listener.heard[0] == ("pos-clearing", "mer_1", "p1", odd)


def test_references_are_acknowledged_before_the_event_that_follows():
    listener, _ = play(link("acc_1"), link("acc_2"), sale("p1", T0), link("acc_3"), clocks=False)

    order = [heard if heard == "flushed" else heard[2] for heard in listener.heard]
    assert order == ["l-acc_1", "l-acc_2", "flushed", "p1", "l-acc_3", "flushed"]


def test_old_references_do_not_start_the_clock():
    listener, played = play(link("acc_1", at_ms=0), sale("p1", T0), speed=1.0)

    assert listener.at_s[:2] == [0.0, 0.0]
    assert (played.first_ms, played.last_ms) == (T0, T0)


def test_events_wait_for_the_input_clock_and_late_ones_do_not():
    listener, _ = play(
        sale("p1", T0),
        sale("p2", T0 + 30_000),
        sale("late", T0 - HOUR_MS),
        sale("p3", T0 + 40_000),
        speed=10.0,
        clocks=False,
    )

    assert listener.at_s == pytest.approx([0.0, 3.0, 3.0, 4.0])


def test_an_event_arrives_when_it_was_observed():
    listener, played = play(
        sale("p1", T0),
        sale("p2", T0 + 1_000, observed_at="2026-01-05T00:31:00Z"),
        speed=1.0,
        clocks=False,
    )

    assert listener.at_s == pytest.approx([0.0, 60.0])
    assert played.last_ms == T0 + MINUTE_MS


def test_the_clock_tells_every_full_hour_once_what_came_before_it_is_sent():
    listener, played = play(sale("p1", T0), sale("p2", T0 + HOUR_MS), sale("p3", T0 + 3 * HOUR_MS))

    assert clock_times(listener) == [
        "2026-01-05T01:00:00.000Z",
        "2026-01-05T03:00:00.000Z",  # 02:00 says nothing more: no event lies between
        "2026-01-05T04:00:00.000Z",  # after the last event
    ]
    assert played.clocks == 3


def test_at_a_speed_the_clock_goes_on_while_nothing_happens():
    listener, _ = play(sale("p1", T0), sale("p2", T0 + 3 * MINUTE_MS), speed=1.0)

    assert clock_times(listener) == [f"2026-01-05T00:3{m}:00.000Z" for m in (0, 1, 2, 4)]
    assert listener.at_s[1:10:3] == pytest.approx([0.0, 60.0, 120.0])


def test_an_event_on_the_full_hour_is_sent_before_the_clock_tells_that_hour():
    on_the_hour = T0 + HOUR_MS // 2
    listener, _ = play(sale("p1", on_the_hour), sale("p2", on_the_hour), sale("p3", T0 + HOUR_MS))

    assert [heard[2] for heard in listener.heard if heard != "flushed"][:3] == [
        "p1",
        "p2",
        "2026-01-05T01:00:00.000Z",
    ]


def test_clock_records_of_the_file_are_copied_and_not_told_twice():
    listener, played = play(
        sale("p1", T0), clock(T0 + HOUR_MS // 2), sale("p2", T0 + HOUR_MS), clock(T0 + HOUR_MS // 2)
    )

    assert clock_times(listener) == ["2026-01-05T01:00:00.000Z", "2026-01-05T02:00:00.000Z"]
    assert played.clocks == 2


def test_the_clock_is_told_for_each_source():
    listener, _ = play(sale("p1", T0, source="acq-1"), sale("p2", T0 + 1, source="acq-2"))

    sources = [json.loads(heard[3])["source"] for heard in listener.heard if EVERYWHERE in heard]
    assert sources == ["acq-1"] * 3 + ["acq-2"] * 3


def test_without_clock_not_even_the_files_are_sent():
    listener, played = play(sale("p1", T0), clock(T0 + HOUR_MS), clocks=False)

    assert clock_times(listener) == []
    assert played.clocks == 0


@pytest.mark.parametrize(
    ("raw", "topic", "record_id", "problem"),
    [
        pytest.param(
            b"pardon?",
            "repayments",
            f"sha256:{sha256(b'pardon?').hexdigest()}",
            "line 2, $: expected JSON",
            id="not JSON",
        ),
        pytest.param(
            b'{"type":"settlement.v1","id":"s1"}',
            "settlements",
            "s1",
            "line 2, $.source: Object missing required field",
            id="a type and an id, and no more",
        ),
    ],
)
def test_a_line_that_is_no_envelope_is_sent_for_ingest_to_judge(raw, topic, record_id, problem):
    listener, played = play(b"\n", raw + b"\n", sale("p1", T0), clocks=False)

    assert listener.heard[0] == (topic, None, record_id, raw)
    assert played.sent == {topic: 1, "pos-clearing": 1}
    assert played.unreadable == 1
    assert played.first_problem.startswith(problem)


def test_an_empty_file_sends_nothing_and_tells_no_time():
    listener, played = play()

    assert listener.heard == ["flushed"]
    assert played.first_ms is None


def test_a_stop_ends_the_wait_and_tells_no_time_that_has_not_come():
    stop = threading.Event()
    listener = Listener()

    def wait(timeout_s):
        listener.now_s += timeout_s
        if listener.now_s > 5:
            stop.set()

    listener.wait = wait
    player = Player(listener, Pace(1.0, lambda: listener.now_s), clocks=True, stop=stop)
    played = player.play([sale("p1", T0), sale("p2", T0 + HOUR_MS), sale("p3", T0 + HOUR_MS)])

    assert played.sent == {"pos-clearing": 1}
    assert clock_times(listener) == ["2026-01-05T00:30:00.000Z"]
    assert listener.heard[-1] == "flushed"
    assert listener.now_s < 6


def test_no_record_drives_the_clock_into_the_far_future():
    listener, stop = Listener(), threading.Event()
    player = Player(
        listener, Pace(None, lambda: 0.0), clocks=True, stop=stop, latest_ms=T0 + HOUR_MS
    )

    played = player.play([sale("p1", T0), sale("p2", T0 + 2 * HOUR_MS), sale("p3", T0 + 1)])

    assert played.sent == {"pos-clearing": 3}
    assert played.unreadable == 1
    assert max(clock_times(listener)) < "2026-01-05T02:00:00.000Z"
