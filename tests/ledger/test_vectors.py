"""The ledger says what was worked out by hand from the page, never by the code it tests."""

import pytest

from tests.ledger.reading import cases
from tests.ledger.story import Player

CASES = cases()


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{c.file}: {c.title}") for c in CASES])
def test_the_ledger_says_what_was_worked_out_by_hand(case):
    player = Player()

    for line in case.lines:
        player.play(line)


def test_there_are_at_least_sixty_cases_each_with_a_date_that_is_checked():
    checked = [c for c in CASES if any(line.text.startswith("on ") for line in c.lines)]

    assert len(checked) >= 60
    assert len({c.title for c in CASES}) == len(CASES)
