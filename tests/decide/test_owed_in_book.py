"""What is owed, all the way to the tier: the ledger's hand-worked vectors, told to a whole book."""

import pytest

from tests.decide.telling import Telling
from tests.ledger.reading import cases

BY_FEED = [case for case in cases() if not any(line.words[0] == "closed" for line in case.lines)]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.title) for c in BY_FEED])
def test_the_tier_is_never_below_the_floor_and_never_above_what_was_owed(case, trial):
    player = Telling(trial)

    for line in case.lines:
        player.play(line)

    player._note()
    owed = sum(player.worst >= least for least in (1, 4, 30))
    assert player.highest <= max(owed, *player.floors)
