"""The suite over made borrowers: who stops is noticed, and nobody is looked at beyond `until`."""

import random

import pytest

from detectors.combination import ALERTS_A_MONTH
from detectors.control import Strain
from schemas import journal
from schemas.instants import DAY_MS, HOUR_MS, parse
from schemas.money import Money
from schemas.repayment import Repayment, RepaymentStatus, RepaymentType
from schemas.settlement import Direction, Settlement, SettlementType
from stream.evaluate.panel import SUITE, Panel
from stream.evaluate.portfolio import LEARNED_FIRST, Portfolio
from stream.evaluate.watch import Kind, Voice, Watch
from stream.evaluate.window import Window
from stream.sources.labels import Label

START_MS = parse("2026-01-01T08:00:00Z")
DAYS, STOPS = 150, 110


def settled(borrower, at_ms, minor):
    data = Settlement(
        event_type=SettlementType.TRANSFER,
        account_token=f"acc_{borrower}",
        direction=Direction.CREDIT,
        amount=Money(amount_minor=minor, currency="CNY"),
    )
    return journal.SettlementEvent(
        event_id=f"{borrower}-{at_ms}",
        source="test/1",
        borrower_id=borrower,
        business_key=f"{borrower}-{at_ms}",
        event_at_ms=at_ms,
        wall_arrival_at_ms=at_ms,
        data=data,
    )


def tick(day):
    return journal.Tick(wall_at_ms=0, input_at_ms=START_MS + day * DAY_MS)


def year(names, *, seed=1, stops=()):
    """A settlement a day of each borrower; some stop."""
    rng = random.Random(seed)
    for day in range(DAYS):
        yield tick(day)
        for name in names:
            if name not in stops or day < STOPS:
                at_ms = START_MS + day * DAY_MS + rng.randrange(6) * HOUR_MS
                yield settled(name, at_ms, round(100_000 * rng.lognormvariate(0, 0.4)))
    yield tick(DAYS)


def heard(records, labels, voice):
    windows = {each.borrower_id: Window(warm_up_days=30, until_ms=each.until_ms) for each in labels}
    watch = Watch(windows)
    panel = Panel(labels, watch)
    for record in records:
        if isinstance(record, journal.SettlementEvent):
            windows[record.borrower_id].event(record.event_at_ms)
        panel.record(record)
    return watch.heard.get(voice, {}), panel


NAMES = [f"brw_{i}" for i in range(60)]


@pytest.mark.parametrize("voice", [SUITE, *(Voice(Kind.EVIDENCE, v) for v in ("silence", "flow"))])
def test_who_stops_ranks_above_all_others(voice):
    labels = [Label(name, 0) for name in NAMES]
    found, _ = heard(year(NAMES, stops=NAMES[:2]), labels, voice)
    ranked = sorted(found, key=lambda each: -found[each].score)

    assert set(ranked[:2]) == set(NAMES[:2])
    assert all(found[name].first_ms >= START_MS + STOPS * DAY_MS for name in NAMES[:2])


def test_a_steady_book_costs_the_desk_its_budget_and_no_stress():
    labels = [Label(name, 0) for name in NAMES]
    found, panel = heard(year(NAMES), labels, SUITE)
    a_month = sum(each.alarms for each in found.values()) / 60 * 100 / ((DAYS - 30) / 30.4)

    assert a_month < 2 * ALERTS_A_MONTH
    assert Strain.STRESS not in panel.strained


def test_nothing_from_until_on_is_looked_at():
    """What comes after a borrower's end changes nothing that was said or frozen of it."""
    end_ms = START_MS + 100 * DAY_MS
    labels = [Label(name, 0, until_ms=end_ms) for name in NAMES[:5]]
    whole = list(year(NAMES[:5], stops=NAMES[:2]))
    past = [each for each in whole if isinstance(each, journal.Tick) or each.event_at_ms < end_ms]
    (one, first), (other, second) = (heard(each, labels, SUITE) for each in (whole, past))

    assert one == other
    assert first.frozen(end_ms) == second.frozen(end_ms)


def test_where_a_set_judges_once_the_last_look_alone_counts():
    until_ms = START_MS + 140 * DAY_MS
    labels = [Label(name, 0, until_ms=until_ms, lead_days=30) for name in NAMES[:20]]
    found, panel = heard(year(NAMES[:20], stops=NAMES[:1]), labels, SUITE)

    assert max(found, key=lambda each: found[each].score) == NAMES[0]
    assert all(each.first_ms in (None, until_ms - 1) for each in found.values())
    assert all(each.earlier == () for each in panel.frozen(until_ms))


def test_it_is_the_same_again():
    labels = [Label(name, 0) for name in NAMES[:8]]
    (one, _), (other, _) = (heard(year(NAMES[:8]), labels, SUITE) for _ in range(2))

    assert one == other


def status(day, dpd):
    return journal.RepaymentEvent(
        event_id=f"s{day}",
        source="test/1",
        borrower_id="brw_a",
        business_key=f"s{day}",
        event_at_ms=START_MS + day * DAY_MS,
        wall_arrival_at_ms=0,
        data=Repayment(
            event_type=RepaymentType.STATUS,
            status=RepaymentStatus.OTHER,
            loan_id="ln_a",
            dpd_source=dpd,
        ),
    )


def test_the_first_day_past_due_is_the_first():
    portfolio = Portfolio()
    for day, dpd in ((10, 0), (40, 30), (70, 60)):
        portfolio.record(status(day, dpd))

    assert portfolio.holdings["brw_a"].late_ms == START_MS + 40 * DAY_MS


def test_calibrated_p_values_are_as_rare_as_they_claim():
    portfolio = Portfolio()
    for record in year(NAMES, seed=4):
        if not isinstance(record, journal.Tick):
            portfolio.record(record)
    amount = portfolio.realised["amount"]

    assert amount.scores > 8_000 - LEARNED_FIRST
    # a book whose rows all grow old at once (docs/models/calibration.md)
    assert 0.5 <= amount.below[0] / amount.scores / 1e-2 <= 2.2
