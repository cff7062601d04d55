"""The check for look-ahead finds what looks ahead, and finds nothing in the step."""

from itertools import count

import msgspec
import pytest

from schemas import journal
from schemas.instants import wire
from stream.decide import Book, Output
from stream.evaluate.look_ahead import Before, ClocklessError, cuts
from tests.evaluate.lender import day_ms, failed

WALL_MS = day_ms(1_000)
EVENTS = [failed(f"b{index}", day) for index in range(3) for day in (3 + index, 9 + index, 20, 27)]


def test_the_step_does_not_look_ahead(file, pack):
    found = list(cuts(file(*EVENTS), pack, wall_now_ms=WALL_MS))

    assert [each.looks_ahead for each in found] == [False] * 3
    assert len({each.of_part for each in found}) == 3, "something was decided in each part"


def test_a_decision_that_is_dated_back_is_found(file, pack, monkeypatch):
    """A step that makes an alert three weeks too old, as a careless one might."""
    fold = Book.fold

    def backdating(book, key, value):
        outputs = fold(book, key, value)
        for index, output in enumerate(outputs):
            if output.topic == "decisions":
                decision = msgspec.json.decode(output.value) | {"at": "2026-03-02T00:00:00.000Z"}
                outputs[index] = output._replace(value=msgspec.json.encode(decision))
        return outputs

    monkeypatch.setattr(Book, "fold", backdating)
    found = list(cuts(file(*EVENTS), pack, wall_now_ms=WALL_MS))

    assert all(each.looks_ahead for each in found)


def digest(*said):
    """What is digested of decisions, each with the day it is said on; all are of day 9."""
    before = Before(day_ms(10))
    for day, decision in said:
        tick = journal.encode(journal.Tick(wall_at_ms=WALL_MS, input_at_ms=day_ms(day)))
        value = msgspec.json.encode({"at": wire(day_ms(9))} | decision)
        before.take(tick, [Output("decisions", b"brw_1", value)])
    return before.late, before.hexdigest()


@pytest.mark.parametrize(
    ("day", "other", "is_same"),
    [
        pytest.param(11, {"ordinal": 8, "rule": "p02"}, True, id="late, with another number"),
        pytest.param(
            11, {"ordinal": 7, "rule": "p03"}, False, id="late, and other in what it says"
        ),
        pytest.param(9, {"ordinal": 8, "rule": "p02"}, False, id="in time, with another number"),
        pytest.param(9, {"ordinal": 7, "rule": "p02"}, True, id="in time, the same"),
    ],
)
def test_of_what_is_said_after_the_cut_only_the_numbers_may_differ(day, other, is_same):
    late, whole = digest((day, {"ordinal": 7, "rule": "p02"}))

    assert late == (day > 10)
    assert (digest((day, other))[1] == whole) is is_same


def test_a_decision_that_depends_on_the_run_is_found(file, pack, monkeypatch):
    """Chance, a clock or a set's order would make two runs differ in what was decided."""
    fold, calls = Book.fold, count()

    def random(book, key, value):
        return [
            output._replace(value=output.value[:-1] + b',"chance":%d}' % next(calls))
            for output in fold(book, key, value)
        ]

    monkeypatch.setattr(Book, "fold", random)

    assert any(each.looks_ahead for each in cuts(file(*EVENTS), pack, wall_now_ms=WALL_MS))


def test_a_file_without_clock_records_is_refused(tmp_path, pack):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"{}\n")

    with pytest.raises(ClocklessError, match="expected clock records"):
        list(cuts(path, pack, wall_now_ms=WALL_MS))
