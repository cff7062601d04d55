"""Which rings are due: of severe cases that nobody has acknowledged, each level once.

A ring that an output has not taken stays due. Of levels that are due at once, as after a night in
which the pager was down, the last one rings alone: it says all that the others would.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from schemas import page
from schemas.alert import Phase, Tier
from schemas.case import Case
from schemas.instants import MINUTE_MS, parse
from stream.pager.config import Level, Pager

SEVERE: Final = Tier.SEVERE.word


class Ring(NamedTuple):
    """One output that is to be rung about one case.

    Attributes:
        page_id: The same whenever it is found.
        case: What it is about.
        output: The name of the output.
        minutes_left: To acknowledge it, at `now_ms`; below zero when that is past.
    """

    page_id: str
    case: Case
    output: str
    minutes_left: int


class Rings:
    """The cases that may ring, and what has rung.

    Args:
        pager: The file.
    """

    def __init__(self, pager: Pager) -> None:
        self._pager = pager
        self._rung: set[str] = set()
        self._cases: dict[str, Case] = {}

    @property
    def open(self) -> int:
        """How many severe cases wait for somebody to say that he has seen them."""
        return len(self._cases)

    def follow(self, case: Case) -> None:
        """Take a case as it stands now."""
        known = self._cases.get(case.case_id)
        if known is not None and known.version >= case.version:
            return
        if self._may_ring(case):
            self._cases[case.case_id] = case
        elif known is not None:
            del self._cases[case.case_id]

    def forget(self, case_id: str) -> None:
        """Forget a case that is gone."""
        self._cases.pop(case_id, None)

    def took(self, page_id: str) -> None:
        """Note that the output took a ring."""
        self._rung.add(page_id)

    def due(self, now_ms: int) -> Iterator[Ring]:
        """Yield what is due at `now_ms`, the most urgent case first."""
        for case in sorted(self._cases.values(), key=_urgency):
            due_ms = parse(case.ack_due_at or "")
            left = (due_ms - now_ms) // MINUTE_MS
            reached = [each for each in self._pager.levels if _is_reached(each, case, left)]
            latest = {name: level.minutes_left for level in _falling(reached) for name in level.to}
            for name, minutes in latest.items():
                ring_id = page.page_id(case.case_id, case.ack_due_at or "", minutes, name)
                if ring_id not in self._rung:
                    yield Ring(ring_id, case, name, left)

    def _may_ring(self, case: Case) -> bool:
        return (
            case.tier == SEVERE
            and case.ack_due_at is not None
            and case.closed_at is None
            and case.phase is Phase.LIVE
            and (self._pager.simulated or not case.simulated)
        )


def _is_reached(level: Level, case: Case, left: int) -> bool:
    return left <= level.minutes_left and (case.hard or not level.hard_only)


def _falling(levels: Iterable[Level]) -> list[Level]:
    return sorted(levels, key=lambda level: -level.minutes_left)


def _urgency(case: Case) -> tuple[str, str]:
    return case.ack_due_at or "", case.case_id
