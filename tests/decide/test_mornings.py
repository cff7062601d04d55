"""The morning's record: over all partitions, once, and of the day before."""

from stream.replay.crossed import Crossed
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
loan id=ln_2 principal=1000
schedule 1 loan=ln_2
  1  2026-02-10  1000
pay 2026-02-10 10:00 1000 loan=ln_2
position 2026-02-11 dpd=1 overdue=1000
position 2026-02-11 dpd=1 overdue=1000 loan=ln_2
day 2026-02-12
day 2026-02-13
"""


def mornings(trial, text, *, live=True):
    """What is decided of the whole book, by `about`, with crossing's answers in place."""
    player = Telling(trial)
    for line in parse("== a book\n" + text).lines:
        player.play(line)
    log = trial.Log().rules(RULES)
    begin = (log.go_live() if live else log).records
    told = []
    crossed = Crossed(trial.Book(trial.TRUST, speaks=True), told.extend)
    for key, value in [*begin, *player.records]:
        crossed.fold(key, value)
    decisions = trial.told(told, "decisions")
    return [(each["about"], each["detail"]) for each in decisions if each["kind"] == "morning"]


def test_each_morning_says_once_how_many_loans_tie_out(trial):
    assert mornings(trial, BOOK)[-2:] == [
        ("2026-02-11", "2026-02-11: 1 of 2 equal, 1 differs: MISSING_PAYMENT 1 (ln_2)"),
        ("2026-02-12", "2026-02-12: 0 of 1 equal, 1 without a position"),
    ]


def test_of_history_there_is_no_morning(trial):
    assert mornings(trial, BOOK, live=False) == []
