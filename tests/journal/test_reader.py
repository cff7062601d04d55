"""What the journal's reader refuses, and what it leaves to the step."""

from types import SimpleNamespace

import pytest

from schemas.journal import CONTROL_KEY, TICK_KEY, Control, Tick, encode
from stream.journal.errors import JournalGapError
from stream.journal.reader import FUTURE_MS, admits

BROKER_MS = 1_800_000_000_000


def record(key, value):
    return SimpleNamespace(
        topic="journal", partition=2, offset=99, key=key, value=value, timestamp=BROKER_MS
    )


def control(seq, prev_seq):
    return record(CONTROL_KEY, encode(Control(seq=seq, prev_seq=prev_seq)))


@pytest.mark.parametrize(
    ("applied", "seq", "prev_seq"),
    [
        pytest.param(-1, 0, -1, id="the first of all"),
        pytest.param(4, 5, 4, id="the next"),
        pytest.param(4, 9, 4, id="the next, though numbers were left out"),
        pytest.param(4, 4, 3, id="the same again"),
        pytest.param(4, 2, 1, id="an old one: the step ignores it"),
    ],
)
def test_a_control_record_that_misses_none_is_folded(applied, seq, prev_seq):
    assert admits(control(seq, prev_seq), applied)


def test_a_gap_names_what_was_expected_what_was_found_and_where():
    with pytest.raises(JournalGapError) as caught:
        admits(control(7, 6), 4)

    assert str(caught.value) == (
        "expected control record 5 or one that follows 4, found 7, which follows 6,"
        " at offset 99 of journal-2"
    )


@pytest.mark.parametrize(
    ("wall_at_ms", "folded"),
    [
        pytest.param(BROKER_MS - 10**9, True, id="long ago"),
        pytest.param(BROKER_MS + FUTURE_MS, True, id="a minute ahead"),
        pytest.param(BROKER_MS + FUTURE_MS + 1, False, id="a millisecond more"),
    ],
)
def test_a_tick_is_folded_unless_its_clock_is_ahead_of_the_brokers(wall_at_ms, folded):
    assert admits(record(TICK_KEY, encode(Tick(wall_at_ms=wall_at_ms))), -1) is folded


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="nothing"),
        pytest.param(b"\xff", id="no JSON"),
        pytest.param(b'{"kind":"tick"}', id="no tick"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
def test_what_cannot_be_read_is_left_to_the_step(value):
    assert admits(record(TICK_KEY, value), -1)
