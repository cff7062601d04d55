"""The end of each day: what this partition's loans are like; and that the day is decided.

One decision a day of each partition, at the first round after midnight in the rule set's zone,
which all partitions have. It is the only decision that is of a partition: whoever adds up over all
partitions (compliance) needs to know which has closed the day, and reads what it decided on that
day before this. Nothing is told of history: a bootstrap has no days.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Final

import msgspec

from schemas.alert import Phase, Tier
from schemas.book_day import OF_PARTITION, BookCell, DayClosed, FloorDiff
from schemas.decision import DecisionKind
from schemas.instants import wire
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.outbox import Outbox
from stream.decide.shelf import Shelf
from stream.decide.tiers.owed import DEFAULT_ENTITY
from stream.decide.turn import Turn
from stream.ledger import Booked, LoanView, State

PARTITION: Final = "PARTITION"
BUCKETS: Final = ((0, "0"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
"""Days past due up to which a loan is in a bucket (domain.md 4.6)."""
BEYOND: Final = "91-"
NEW: Final = "NEW"


def close_day(shelf: Shelf, at: Broadcast, outbox: Outbox) -> None:
    """Tell of the day before, once."""
    day = _due(at)
    if day is None:
        return
    position, partition = at.position, at.segments.partition
    position.closed, position.days = day, position.days + 1
    outbox.decide(
        subject_kind=PARTITION,
        subject_id=f"{OF_PARTITION}{partition}",
        ordinal=position.days,
        kind=DecisionKind.DAY_CLOSED,
        at_ms=position.now_ms,
        about=day.isoformat(),
        day=_closed(shelf, at, outbox, day),
    )


def _due(at: Broadcast) -> date | None:
    """Return the day that is to be closed now, if one is."""
    position, program = at.position, at.program
    if program is None or at.phase is not Phase.LIVE:
        return None
    day = program.zone.date_at(position.now_ms) - timedelta(days=1)
    is_closed = position.closed is not None and position.closed >= day
    return None if is_closed else day


def _closed(shelf: Shelf, at: Broadcast, outbox: Outbox, day: date) -> DayClosed:
    totals, before = _Totals(day), _month_before(day)
    for borrower in shelf.readers():
        times = Turn(at, at.position.now_ms, outbox).times
        for loan_id in borrower.ledger.loans:
            view = borrower.ledger.view(loan_id, times, day)
            said = borrower.ledger.booked(loan_id)
            if view is None or said is None:
                continue
            if view.is_open:
                totals.count(borrower, view, said)
            if before is not None:
                totals.roll(borrower.ledger.view(loan_id, times, before), view)
    return totals.told(at.segments.partition, _feeds(at))


def _feeds(at: Broadcast) -> dict[str, str]:
    """Return by feed up to when all of it is there."""
    passed = {feed: at.watermarks.feed_ms(feed) for feed in at.watermarks.known}
    return {feed: "" if at_ms is None else wire(at_ms) for feed, at_ms in passed.items()}


def _month_before(day: date) -> date | None:
    """Return the last day of the month before, `None` if `day` is not the last of its own."""
    is_last = (day + timedelta(days=1)).day == 1
    return day.replace(day=1) - timedelta(days=1) if is_last else None


class _Totals:
    """Adds up the loans of one day."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._cells: dict[BookCell, list[int]] = {}
        self._compared: Counter[str] = Counter()
        self._differing: list[FloorDiff] = []
        self._rolls: dict[str, Counter[str]] = {}

    def count(self, borrower: Borrower, view: LoanView, said: Booked) -> None:
        """Count one loan."""
        entity = view.legal_entity or DEFAULT_ENTITY
        sums = self._cells.setdefault(_cell(borrower, view, said, entity), [0, 0, 0])
        sums[0] += 1
        sums[1] += said.outstanding or 0
        sums[2] += said.outstanding is None
        is_below = said.is_below(view.class_floor or "", self._day.toordinal())
        if is_below is not None:
            self._compared[entity] += 1
        if is_below:
            self._differing.append(_differing(borrower, view, said, entity))

    def roll(self, before: LoanView | None, now: LoanView) -> None:
        """Count where a loan went within the month, unless it was over before."""
        if now.state is State.PENDING or (before is not None and before.is_over):
            return
        is_new = before is None or not before.is_open
        came = NEW if is_new or before is None else _bucket(before.raw_dpd)
        went = _bucket(now.raw_dpd) if now.is_open else now.state.value
        entity = now.legal_entity or DEFAULT_ENTITY
        self._rolls.setdefault(entity, Counter())[f"{came}>{went}"] += 1

    def told(self, partition: int, feeds: dict[str, str]) -> DayClosed:
        """Return what to tell, in an order that does not depend on who was read first."""
        cells = [
            msgspec.structs.replace(cell, loans=loans, exposure_minor=exposure, unknown=unknown)
            for cell, (loans, exposure, unknown) in self._cells.items()
        ]
        return DayClosed(
            day=self._day,
            partition=partition,
            cells=tuple(sorted(cells, key=msgspec.json.encode)),
            compared=dict(sorted(self._compared.items())),
            differing=tuple(sorted(self._differing, key=lambda each: each.loan_id)),
            rolls={of: dict(sorted(n.items())) for of, n in sorted(self._rolls.items())},
            feeds=feeds,
        )


def _cell(borrower: Borrower, view: LoanView, said: Booked, entity: str) -> BookCell:
    profile, standing = borrower.references.profile, borrower.tier.entities.get(entity)
    return BookCell(
        legal_entity=entity,
        tier=Tier(standing.tier if standing else 0).word,
        dpd=_bucket(view.raw_dpd),
        class_floor=view.class_floor or "",
        currency=view.currency,
        segment=borrower.segment,
        region=(profile.region if profile else None) or "",
        partner=said.partner,
    )


def _bucket(dpd: int) -> str:
    return next((name for most, name in BUCKETS if dpd <= most), BEYOND)


def _differing(borrower: Borrower, view: LoanView, said: Booked, entity: str) -> FloorDiff:
    return FloorDiff(
        borrower_id=borrower.borrower_id,
        loan_id=view.loan_id,
        legal_entity=entity,
        booked_class=said.booked_class,
        class_floor=view.class_floor or "",
        dpd=view.raw_dpd,
    )
