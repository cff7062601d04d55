"""The end of each day: once for a day, of the whole partition, and after all of its decisions."""

import msgspec
import pytest

from schemas import journal
from schemas.book_day import DayClosed
from schemas.instants import parse as instant
from tests.decide.telling import Telling
from tests.ledger.reading import parse

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end
"""
BOOK = """
loan principal=1000
schedule 1
  1  2026-02-10  1000
loan id=ln_2 principal=500
schedule 1 loan=ln_2
  1  2026-02-10  500
pay 2026-02-10 10:00 500 loan=ln_2
position 2026-02-11 dpd=1 overdue=1000
day 2026-02-12
day 2026-02-13
"""


def days(trial, text, *, live=True, restart=False):
    """What the partition tells at the end of each day."""
    player = Telling(trial)
    for line in parse("== a book\n" + text).lines:
        player.play(line)
    log = trial.Log().rules(RULES)
    book, stored, told = trial.Book(trial.TRUST, speaks=True), {}, []
    for key, value in [*(log.go_live() if live else log).records, *player.records]:
        told += trial.told(book.fold(key, value), "decisions")
        if restart:
            stored |= dict(book.changes())
            book = trial.Book(trial.TRUST, speaks=True)
            for each, part in stored.items():
                book.restore(each, part)
    return [each for each in told if each["kind"] == "day_closed"]


def test_each_day_is_closed_once_and_in_order(trial):
    told = days(trial, BOOK)

    closed = [each["about"] for each in told]
    assert closed == sorted(set(closed))
    assert closed[-1] >= "2026-02-12"
    assert [each["ordinal"] for each in told] == list(range(1, len(told) + 1))
    assert {each["subject_id"] for each in told} == {"#day-0"}


def test_a_closed_day_says_what_the_loans_are_like(trial):
    told = {each["about"]: each["day"] for each in days(trial, BOOK)}
    (cell,) = told["2026-02-12"]["cells"]  # the other loan is paid off

    assert (cell["loans"], cell["unknown"], cell.get("exposure_minor", 0)) == (1, 1, 0)
    assert cell["dpd"] == "1-30"
    assert cell["tier"] in {"none", "mild", "moderate"}
    assert cell["currency"] == "CNY"
    assert msgspec.convert(told["2026-02-12"], DayClosed).partition == 0


@pytest.mark.parametrize("live", [True, False])
def test_of_history_no_day_is_told(trial, live):
    assert bool(days(trial, BOOK, live=live)) == live


def test_a_restart_at_any_place_tells_the_same(trial):
    assert days(trial, BOOK, restart=True) == days(trial, BOOK)


def test_nothing_of_a_day_is_decided_after_it_is_closed(trial):
    for each in days(trial, BOOK):
        assert each["at"] > f"{each['about']}T15:59"  # midnight in Shanghai is 16:00 UTC
        assert instant(each["at"]) % 60_000 < 60_000


MONTH = """
loan principal=1000
schedule 1
  1  2026-02-10  1000
loan id=ln_2 principal=500
schedule 1 loan=ln_2
  1  2026-02-10  500
pay 2026-02-10 10:00 500 loan=ln_2
day 2026-02-28
day 2026-03-01
day 2026-03-02
"""


def test_the_last_day_of_a_month_says_where_each_loan_went(trial):
    told = {each["about"]: each["day"] for each in days(trial, MONTH)}

    assert [day for day, of in told.items() if "rolls" in of] == ["2026-02-28"]
    ((entity, rolls),) = told["2026-02-28"]["rolls"].items()
    assert entity == "default"
    assert sum(rolls.values()) == 2
    assert {move.partition(">")[2] for move in rolls} == {"1-30", "PAID_OFF"}


def test_the_days_of_a_split_journal_add_up_to_those_of_the_whole(trial):
    """What compliance adds up: each loan is told of by one partition, whatever their number."""
    player = Telling(trial)
    for line in parse("== a book\n" + MONTH).lines:
        player.play(line)
    records = [*trial.Log().rules(RULES).go_live().records, *player.records]

    def totals(partitions):
        books = [
            trial.Book(trial.TRUST, speaks=n == 0, partition=n, partitions=partitions)
            for n in range(partitions)
        ]
        told = []
        for key, value in records:
            place = None if key.startswith(b"#") else sum(key) % partitions
            for n, book in enumerate(books):
                if place in (None, n):
                    told += trial.told(book.fold(key, value), "decisions")
        days = [each["day"] for each in told if each["kind"] == "day_closed"]
        added = {}
        for day in days:
            loans, parts = added.get(day["day"], (0, 0))
            mine = sum(cell["loans"] for cell in day["cells"]) if "cells" in day else 0
            added[day["day"]] = loans + mine, parts + 1
        return added

    whole, split = totals(1), totals(4)
    assert {day: loans for day, (loans, _) in split.items()} == {
        day: loans for day, (loans, _) in whole.items()
    }
    assert {parts for _, parts in split.values()} == {4}


def test_a_closed_day_says_how_far_each_feed_had_come(trial):
    heard_ms, now_ms = instant("2026-02-12T10:00:00Z"), instant("2026-02-12T17:00:00Z")
    tick = journal.Tick(
        wall_at_ms=now_ms, input_at_ms=now_ms, watermarks={"acq/pos_clearing": heard_ms}
    )
    records = [
        *trial.Log().rules(RULES).go_live().records,
        (journal.TICK_KEY, journal.encode(tick)),
    ]
    (day,) = [each["day"] for each in trial.told(trial.run(records), "decisions") if "day" in each]

    heard_less_36_h = "2026-02-10T22:00:00.000Z"
    assert day["feeds"] == {"acq/pos_clearing": heard_less_36_h}
