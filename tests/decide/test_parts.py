"""The records of a borrower: written when they change, and no trace of how they were cut."""

import msgspec

from detectors import Score
from rules import load as load_rules
from schemas import journal
from stream.decide.borrower import Borrower, load

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule p01
  name "Sales below expectation" / "销售低于预期"
  signal P01 family sales lane credit
  when sales_ratio(14 days) <= 50%
  tier mild soft
  reason "{sales_ratio(14 days) | percent}"
end
"""


def test_days_of_the_past_are_written_once_a_day_and_read_back_as_they_were(trial):
    program = load_rules({"t.ewl": RULES})
    log, borrower, stored, written = trial.Log(), Borrower("brw_1"), {}, []
    for day in range(60):
        for sale in range(3):
            log.sale(day + sale / 10)
    for _, value in log.records:
        event = journal.decode(value)
        program.apply(borrower.windows, event, event.event_at_ms)
        borrower.changed.add("windows")
        records = {key.decode().partition("/")[2]: value for key, value in borrower.store()}
        written.append("history" in records)
        stored |= records

    again = load("brw_1", stored)
    assert again.windows == borrower.windows
    assert 40 < sum(written) < 61
    assert len(stored["windows"]) < 600


def test_a_score_is_kept_as_a_list_of_its_numbers():
    """With the events that may be judged again; what was stored before must be read."""
    score = Score(0.01, -2.5, 40, 7.6, 0.4, 6.6, ready=True)

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(score)) == [
        0.01, -2.5, 40, 7.6, 0.4, 6.6, True,
    ]  # fmt: skip
