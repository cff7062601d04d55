"""The file of a borrower: the story behind its cases, made of what is remembered anyway.

Written when a case opens, when its tier changes, and at the first look of a day and after a day of
sales was closed, while a case is open. Everything in it is derived: a restart makes the same.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from rules import Program
from rules.scene import Scene
from rules.story import StoryDay
from schemas.case_file import (
    AHEAD_DAYS,
    DAYS,
    ROWS,
    CaseFile,
    Day,
    FileInstalment,
    FileLoan,
    FilePayment,
)
from schemas.feed import feed_name
from schemas.instants import DAY_MS, wire
from schemas.money import Money, exponent
from stream.decide.borrower import Borrower
from stream.decide.calendar import HOLIDAY
from stream.decide.collection.plan import views_of
from stream.decide.scenes import scene_of
from stream.decide.segments.telling import SALES_STREAM, local_date
from stream.decide.turn import Turn, rules_failed
from stream.ledger import LoanView

FAILED: Final = "failed_debit"


def file_if_due(borrower: Borrower, turn: Turn, *, changed: bool) -> None:
    """Write the file of a borrower with a case, if a tier has changed or a day has passed."""
    cases = borrower.cases
    if not cases.open:
        return
    filed = _filed(borrower, turn)
    if not changed and filed == cases.filed:
        return
    cases.filed = filed
    borrower.changed.add("cases")
    turn.outbox.case_file(file_of(borrower, turn))


def _filed(borrower: Borrower, turn: Turn) -> tuple[int, int]:
    """Return the day, and the last closed day of sales; neither goes back."""
    day, closed = borrower.cases.filed
    today = local_date(turn.now_ms, turn.broadcast.zone).toordinal()
    passed_ms = turn.broadcast.watermarks.watermark_ms(SALES_STREAM, borrower)
    if passed_ms is not None:
        last = local_date(min(passed_ms, turn.now_ms), turn.broadcast.zone).toordinal() - 1
        closed = max(closed, last)
    return max(day, today), closed


def file_of(borrower: Borrower, turn: Turn) -> CaseFile:
    """Return the file of a borrower, as it is known now."""
    program = turn.broadcast.program
    days = _days(borrower, program, turn) if program is not None else ()
    since_ms = turn.now_ms - DAYS * DAY_MS
    currency = program.currency if program is not None and days else None
    return CaseFile(
        borrower_id=borrower.borrower_id,
        at=wire(turn.now_ms),
        zone=turn.broadcast.zone.key,
        currency=currency,
        exponent=exponent(currency) if currency else 2,
        days=days,
        instalments=tuple(_instalments(borrower, turn))[-ROWS:],
        payments=tuple(_payments(borrower, since_ms, turn))[-ROWS:],
        loans=tuple(_loan(view) for view in views_of(borrower, turn).values()),
        sources=_sources(borrower, turn),
        simulated=any(case.simulated for case in borrower.cases.open.values()),
    )


def _days(borrower: Borrower, program: Program, turn: Turn) -> tuple[Day, ...]:
    """Return the days as far as rules have them kept; a bug of theirs costs the days alone."""
    try:
        scene = scene_of(borrower, program, turn)
        story = program.story(borrower.windows, scene, DAYS)
    except Exception as error:  # noqa: BLE001 - a rule's bug must not stop the partition
        rules_failed(program, error, turn)
        return ()
    peers = _peers(borrower, turn)
    return tuple(_day(each, scene, peers.get(each.day)) for each in story)


def _day(each: StoryDay, scene: Scene, peers: float | None) -> Day:
    low, usual, high = each.band or (None, None, None)
    return Day(
        day=each.day,
        sales_minor=each.sales_minor,
        sales=each.sales,
        inflow_minor=each.inflow_minor,
        outflow_minor=each.outflow_minor,
        low_minor=low,
        expected_minor=usual,
        high_minor=high,
        special=_special(scene.days.words(each.day) or frozenset()),
        peers=peers,
    )


def _special(words: Iterable[str]) -> str | None:
    """Return what is special about a day: the festival before that it is a holiday."""
    ordered = sorted(words, key=lambda word: (word == HOLIDAY, word))
    return ordered[0] if ordered else None


def _peers(borrower: Borrower, turn: Turn) -> dict[date, float]:
    """Return what the segment's members sold, as a share of the usual: the latest that is known."""
    told = turn.broadcast.segments.knowledge.get(borrower.member.segment).sales
    if told is None or not told.ratios:
        return {}
    return {told.day: told.ratios[min(told.ratios)] / 1_000_000}


def _instalments(borrower: Borrower, turn: Turn) -> list[FileInstalment]:
    rows = []
    for view in views_of(borrower, turn).values():
        first, last = view.on - timedelta(DAYS), view.on + timedelta(AHEAD_DAYS)
        rows += [
            FileInstalment(
                loan_id=view.loan_id,
                number=row.number,
                due=row.due,
                amount=Money(amount_minor=row.amount, currency=view.currency),
                paid_minor=row.paid,
                overdue=row.is_overdue,
            )
            for row in borrower.ledger.story(view.loan_id, turn.times).dues
            if row.is_overdue or first <= row.due <= last
        ]
    return sorted(rows, key=lambda row: (row.due, row.loan_id, row.number))


def _payments(borrower: Borrower, since_ms: int, turn: Turn) -> list[FilePayment]:
    rows = [*_moved(borrower, since_ms, turn), *_failed(borrower, since_ms)]
    return sorted(rows, key=lambda row: (row.at, row.loan_id, row.kind, row.digest or ""))


def _moved(borrower: Borrower, since_ms: int, turn: Turn) -> Iterator[FilePayment]:
    for loan_id in borrower.ledger.loans:
        for row in borrower.ledger.story(loan_id, turn.times).moneys:
            if row.at_ms >= since_ms:
                has_amount = row.amount is not None and row.currency
                yield FilePayment(
                    at=wire(row.at_ms),
                    loan_id=loan_id,
                    kind=row.kind,
                    amount=Money(amount_minor=row.amount or 0, currency=row.currency)
                    if has_amount
                    else None,
                    digest=row.digest,
                )


def _failed(borrower: Borrower, since_ms: int) -> Iterator[FilePayment]:
    """Yield the debits that failed, as far as the guards remember them."""
    for loan_id, attempts in sorted(borrower.collection.attempts.items()):
        for each in attempts:
            if each.at_ms >= since_ms:
                at = wire(each.at_ms)
                yield FilePayment(at=at, loan_id=loan_id, kind=FAILED, failure=each.reason)


def _loan(view: LoanView) -> FileLoan:
    return FileLoan(
        loan_id=view.loan_id,
        outstanding=Money(amount_minor=view.left, currency=view.currency),
        overdue=Money(amount_minor=view.overdue, currency=view.currency),
        dpd=max(view.tier_dpd, view.uncured_dpd),
        next_due=view.next_due,
        quarantined=bool(view.quarantine),
    )


def _sources(borrower: Borrower, turn: Turn) -> dict[str, str]:
    marks = turn.broadcast.watermarks
    feeds = {feed for stream in borrower.feeds for feed in marks.feeding(stream, borrower)}
    feeds |= {feed_name(source, stream) for stream, of in borrower.feeds.items() for source in of}
    known = {feed: marks.feed_ms(feed) for feed in sorted(feeds)}
    return {feed: "" if at_ms is None else wire(at_ms) for feed, at_ms in known.items()}
