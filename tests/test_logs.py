"""Logs: every line is one JSON object, whoever wrote it; libraries are held back."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from stream import logs


@pytest.fixture
def lines():
    """Configure logging; call the result for the lines written so far."""
    to = io.StringIO()
    logs.configure("INFO", to=to, role="monitor")
    return lambda: [json.loads(line) for line in to.getvalue().splitlines()]


def test_our_line_has_the_process_fields_and_its_own(lines):
    structlog.get_logger().info("took over", partition=3)

    [line] = lines()
    assert line.pop("at").endswith("Z")
    assert line == {"level": "info", "event": "took over", "role": "monitor", "partition": 3}


def test_a_library_s_line_is_json_and_names_it(lines):
    logging.getLogger("confluent_kafka").warning("no answer from %s", "broker")

    [line] = lines()
    assert line["event"] == "no answer from broker"
    assert line["library"] == "confluent_kafka"


def test_an_exception_stays_on_one_line(lines):
    try:
        int("two\nlines")
    except ValueError:
        structlog.get_logger().exception("failed")

    [line] = lines()
    assert line["event"] == "failed"
    assert line["exception"].startswith("Traceback")
    assert "\n" in line["exception"]


def test_what_is_below_the_level_is_not_written(lines):
    structlog.get_logger().debug("fine detail")

    assert lines() == []


def test_a_library_s_small_talk_is_written_at_debug_alone(lines):
    logging.getLogger("aiokafka").info("joined group")

    assert lines() == []
    assert not logs.HoldBack().filter(record(level=logging.INFO))
    assert logs.HoldBack(least=logging.DEBUG).filter(record(level=logging.INFO))


def record(text="unable to reach %s", name="aiokafka.conn", level=logging.ERROR):
    return logging.LogRecord(name, level, __file__, 1, text, ("broker",), None)


def test_the_same_line_of_a_library_passes_a_few_times_and_then_with_the_number_left_out():
    now_s = 0.0
    limit = logs.HoldBack(clock=lambda: now_s)

    passed = sum(limit.filter(record()) for _ in range(35))
    now_s = logs.PERIOD_S
    late = record()

    assert passed == logs.BURST
    assert limit.filter(late)
    assert late.left_out == 35 - logs.BURST


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(record(text="another text"), id="another text"),
        pytest.param(record(name="aiokafka.group"), id="another logger"),
        pytest.param(record(text={"event": "took over"}, name="aiokafka.conn"), id="ours"),
    ],
)
def test_other_lines_pass_while_one_is_held_back(other):
    limit = logs.HoldBack(clock=lambda: 0.0)
    for _ in range(35):
        limit.filter(record())

    assert limit.filter(other)


def test_the_number_left_out_is_on_the_line(lines):
    late = record()
    late.left_out = 32
    logging.getLogger().handle(late)

    assert lines()[0]["left_out"] == 32


def test_the_memory_of_lines_seen_is_bounded():
    limit = logs.HoldBack(clock=lambda: 0.0)
    for number in range(2 * logs.MOST_LINES):
        limit.filter(record(text=f"message {number}"))

    assert len(limit._seen) <= logs.MOST_LINES
