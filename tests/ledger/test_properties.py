"""What must hold of every history: order, repetition, correction, restarts, money that adds up."""

from datetime import date, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.loan_release import InDoubt, Release
from stream.ledger import Ledger, Outcome, Passed, Times
from tests.ledger import records
from tests.ledger.histories import BEGIN, history, paid_early

LATE_MS = records.utc_ms(date(2030, 1, 1))
LATE = Times(LATE_MS, {"lms": Passed(at_ms=LATE_MS), "bank": Passed(at_ms=LATE_MS)})

seeds = st.integers(0, 1 << 32)
histories = seeds.map(history) | seeds.map(paid_early)


def opening(told):
    return [records.contract(told, BEGIN), *records.schedules(told, BEGIN)]


def movements(told):
    return [records.event(told.loan, each) for each in told.events]


def ledger_of(all_records, times=LATE):
    ledger = Ledger()
    for record in all_records:
        ledger.apply(record, times)
    return ledger


def views(ledger, told):
    return [ledger.view(told.loan, LATE, on=day) for day in told.checked]


@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(told, rng):
    first = [*opening(told), *movements(told)]
    second = rng.sample(first, len(first))

    assert views(ledger_of(first), told) == views(ledger_of(second), told)


@given(histories, st.randoms(use_true_random=False))
def test_repetition_and_re_delivery_under_new_ids_change_nothing(told, rng):
    once = [*opening(told), *movements(told)]
    again = [
        msgspec.structs.replace(each, event_id=f"n{number}", wall_arrival_at_ms=LATE_MS)
        if isinstance(each, journal.RepaymentEvent)
        else each
        for number, each in enumerate(rng.choices(once, k=len(once)))
    ]
    ledger = ledger_of(once)
    before, stored = views(ledger, told), ledger.encode(told.loan)

    outcomes = {ledger.apply(each, LATE).outcome for each in again}

    assert outcomes <= {Outcome.DUPLICATE, Outcome.STALE, Outcome.IGNORED}
    assert (views(ledger, told), ledger.encode(told.loan)) == (before, stored)


@given(histories, st.integers(0, 1 << 16), st.booleans(), st.randoms(use_true_random=False))
def test_the_correction_of_one_record_by_another_is_the_other_alone(told, minor, under_key, rng):
    """Whether it has the key of what it corrects, or only names it; in either order."""
    payments = [e for e in told.events if e.kind == "PAYMENT" and e.version == 1]
    if not payments:
        return
    wrong = rng.choice(payments)
    others = [e for e in told.events if e.key != wrong.key]
    right_key = wrong.key if under_key else f"{wrong.key}-other"
    right = type(wrong)(**wrong.__dict__ | {
        "event_id": "right", "amount": minor + 1, "key": right_key, "version": 9,
    })  # fmt: skip
    correction = records.event(told.loan, right)
    correction = msgspec.structs.replace(
        correction, data=msgspec.structs.replace(correction.data, original_event_id=wrong.event_id)
    )
    rest = [*opening(told), *(records.event(told.loan, e) for e in others)]
    both = [records.event(told.loan, wrong), correction]
    rng.shuffle(both)

    assert views(ledger_of([*rest, *both]), told) == views(ledger_of([*rest, correction]), told)


@settings(max_examples=30)
@given(histories)
def test_resuming_from_a_snapshot_at_any_record_leaves_no_trace(told):
    """This is what a rebalance does: another worker goes on from the stored records."""
    everything = [*opening(told), *movements(told)]
    straight, resumed = Ledger(), Ledger()
    parts = {}
    for record in everything:
        times = Times(record.wall_arrival_at_ms + 86_400_000)
        straight.apply(record, times)
        straight.roll(times)
        resumed.apply(record, times)
        resumed.roll(times)
        parts |= dict(resumed.store())
        resumed = Ledger.load(parts)

        assert resumed.view(told.loan, times) == straight.view(told.loan, times)
        assert resumed.wakes(times) == straight.wakes(times)

    assert parts[told.loan] == straight.encode(told.loan)


@settings(max_examples=30)
@given(histories)
def test_what_is_added_as_it_comes_is_what_is_worked_out_from_the_start(told):
    """The fast path, in order, against a new reckoning at every step."""
    in_order = sorted(movements(told), key=lambda each: each.event_at_ms)
    ledger = ledger_of(opening(told))
    seen = []
    for record in in_order:
        times = Times(record.event_at_ms + 60_000, {"lms": Passed(at_ms=record.event_at_ms)})
        ledger.apply(record, times)
        seen.append(record)
        afresh = ledger_of([*opening(told), *seen], times)

        assert ledger.view(told.loan, times) == afresh.view(told.loan, times)


@given(histories)
def test_money_that_came_in_is_paid_ahead_kept_aside_or_used(told):
    ledger = ledger_of([*opening(told), *movements(told)])
    loan = ledger._loans[told.loan]
    left = dict(loan.payments())
    for day, view in zip(told.checked, views(ledger, told), strict=True):
        calendar = loan.reckoning().calendar
        came = sum(
            amount for fact, amount in left.items()
            if calendar.day_of(fact.at_ms) <= day.toordinal()
        )  # fmt: skip

        assert view.paid + view.ahead + view.advance + view.applied + view.held == came
        assert min(view.owed, view.paid, view.overdue, view.ahead, view.advance) >= 0
        assert view.overdue <= view.owed - view.paid


@given(histories, st.sampled_from(InDoubt), st.randoms(use_true_random=False))
def test_money_in_doubt_makes_no_floor(told, turns_out, rng):
    """Whatever it turns out to be: a floor stays where it was before it, or is what it will be."""
    payments = [each for each in told.events if each.kind == "PAYMENT"]
    again = [
        type(each)(**each.__dict__ | {
            "event_id": f"{each.event_id}-n", "key": f"{each.key}-n", "ref": f"{each.ref}-n",
        })
        for each in rng.sample(payments, len(payments) // 2)
    ]  # fmt: skip
    everything = [*opening(told), *movements(told), *(records.event(told.loan, e) for e in again)]
    ledger, settled = ledger_of(everything), ledger_of(everything)
    days_before = [date.fromordinal(each.day - 1) for each in ledger.doubts(told.loan, LATE)]
    settled.release(Release(loan_id=told.loan, in_doubt=turns_out), LATE)
    for held in views(ledger, told):
        since = [held.on, *(day for day in days_before if day < held.on)]
        known = [settled.view(told.loan, LATE, on=day) for day in since]

        assert held.tier_floor <= max(each.tier_floor for each in known)


@given(histories, st.integers(1, 40))
def test_what_is_waiting_for_sources_is_never_later_than_it_is(told, lag):
    """A roll that waits shows fewer days past due than the sources will confirm, never more."""
    ledger = ledger_of([*opening(told), *movements(told)])
    for day in told.checked:
        now_ms = records.utc_ms(day) + 3_600_000
        behind = Times(now_ms, {"lms": Passed(at_ms=now_ms - lag * 86_400_000)})
        known = ledger.view(told.loan, LATE, on=ledger.view(told.loan, behind).on)
        waiting = ledger.view(told.loan, behind)

        assert waiting.raw_dpd <= known.raw_dpd
        assert waiting.tier_floor <= known.tier_floor
        assert waiting.counted_on >= waiting.on - timedelta(days=3)
