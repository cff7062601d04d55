"""A worker that dies anywhere in a loan's life: what is published is what it would have been."""

import pytest

from tests.decide.telling import Telling
from tests.ledger.reading import cases

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule overdue
  name "Overdue" / "逾期"
  signal RP06
  family repayment
  lane credit
  let failed = count(repayment where status = FAILED) over 10 days
  when loan.tier_dpd >= 1 or failed >= 2 lasting 1 day
  tier severe if loan.tier_dpd >= 30 hard
  tier moderate if loan.tier_dpd >= 4 lasting 2 days hard
  tier mild hard
  clear when loan.overdue = ¥0 lasting 3 days
  step down after 5 days
  cooldown 2 days
  reason "{loan.tier_dpd} days past due" / "逾期{loan.tier_dpd}天"
end
"""
BY_FEED = [case for case in cases() if not any(line.words[0] == "closed" for line in case.lines)]
SOME = BY_FEED[::10]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.title) for c in SOME])
def test_a_restart_at_any_place_changes_nothing_that_is_published(case, trial):
    player = Telling(trial, RULES)
    for line in case.lines:
        player.play(line)

    whole = trial.run(player.records)
    instants = [each["at"] for each in trial.told(whole, "decisions")]
    assert instants == sorted(instants), "a borrower's time goes back"

    for cut in range(1, len(player.records)):
        before = trial.Book(trial.TRUST, speaks=True)
        first = trial.run(player.records[:cut], before)
        after = trial.Book(trial.TRUST, speaks=True)
        for key, value in before.changes():
            after.restore(key, value)
        assert first + trial.run(player.records[cut:], after) == whole, f"restarted at {cut}"
