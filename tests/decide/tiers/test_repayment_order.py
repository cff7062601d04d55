"""Repayments in any order of arrival, told twice and again: the same ledger, the same tier."""

from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.decide.tiers.machine import look
from stream.decide.tiers.owed import facts_of
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.state import TierState
from stream.ledger import Ledger, Passed, Times
from tests.ledger import records
from tests.ledger.histories import BEGIN, Event, History, Row

DAY_MS = 86_400_000
HORIZON_DAYS = 7
INSTALMENTS = 4
NO_RECORD = -1
FAR_MS = 1 << 60

lateness = st.sampled_from([0, 0, 0, 0, 1, 2, 3, 5, 9, 33, NO_RECORD])
steps = st.sampled_from([7, 30])
delays = st.integers(0, HORIZON_DAYS * 24)
payments = st.lists(st.tuples(lateness, delays, st.booleans()), min_size=2, max_size=INSTALMENTS)


def due(step, no):
    return BEGIN + timedelta(days=step * no)


def loan_of(step):
    rows = [Row(1, no, due(step, no), 10_000) for no in range(1, INSTALMENTS + 3)]
    return History(
        loan="ln_1",
        zone="UTC",
        profile="DEFAULT",
        residue=0,
        pays_next=False,
        cut_off=None,
        grace=0,
        rows=rows,
    )


def told(step, drawn):
    """Yield each payment, paid at noon some days after its due day, with its delay in hours."""
    for no, (late, delay, again) in enumerate(drawn, start=1):
        if late == NO_RECORD:
            continue
        at_ms = records.utc_ms(due(step, no) + timedelta(days=late)) + DAY_MS // 2 + no
        said = Event(f"e{no}", f"k{no}", 1, "PAYMENT", at_ms, 10_000, f"r{no}")
        record = records.event("ln_1", said)
        yield at_ms, delay, record
        if again:
            yield at_ms, delay + 30, msgspec.structs.replace(record, event_id=f"again-{no}")


class Watched:
    """A ledger and the tier that follows it, looked at when a record comes or one of them asks."""

    def __init__(self, step):
        self.ledger, self.state, self.now_ms = Ledger(), TierState(), records.utc_ms(BEGIN)
        self.locked = False
        loan = loan_of(step)
        for record in (records.contract(loan, BEGIN), *records.schedules(loan, BEGIN)):
            self.ledger.apply(record, self.times)

    @property
    def times(self):
        return Times(self.now_ms, {"lms": Passed(at_ms=self.now_ms)})

    def play(self, arrivals, until_ms):
        for at_ms, record in sorted(arrivals, key=lambda each: each[0]):
            self.until(at_ms)
            self.ledger.apply(record, self.times)
            self._look()
        return self.until(until_ms)

    def until(self, at_ms):
        while (due_ms := self._due_ms()) < at_ms:
            self._at(due_ms)
        self._at(at_ms)
        return self

    def _due_ms(self):
        """When the ledger or the tier asks to be looked at next."""
        asked = (self.ledger.next_deadline_ms(self.times), self.state.deadline_ms, FAR_MS)
        return min(each for each in asked if each is not None and each > self.now_ms)

    def _at(self, at_ms):
        self.now_ms = at_ms
        self.ledger.roll(self.times)
        self._look()

    def _look(self):
        """Look, and again while there is something to do at once."""
        (facts,) = facts_of(self.ledger, self.times).values()
        for _ in range(4):
            found = look(self.state, signals=[], facts=facts, now_ms=self.now_ms, policy=DEFAULT)
            self.state = found.state
            self.locked |= found.locks
            if self.state.deadline_ms is None or self.state.deadline_ms > self.now_ms:
                break


def both(step, drawn, until_days):
    """The same payments as they happen, and as they arrive; after all of them have."""
    arrivals = [(at_ms + delay * 3_600_000, record) for at_ms, delay, record in told(step, drawn)]
    last_ms = max([records.utc_ms(BEGIN), *(at_ms for at_ms, _ in arrivals)])
    until_ms = last_ms + round(until_days * DAY_MS)
    happened = [(at_ms, record) for at_ms, _, record in told(step, drawn)]
    return Watched(step).play(happened, until_ms), Watched(step).play(arrivals, until_ms)


@settings(max_examples=40, deadline=None)
@given(step=steps, drawn=payments, days=st.sampled_from([0.01, 1, 3, 8, 20]))
def test_the_order_of_arrival_changes_neither_the_ledger_nor_the_tier(step, drawn, days):
    punctual, late = both(step, drawn, days)

    assert facts_of(late.ledger, late.times) == facts_of(punctual.ledger, punctual.times)
    if not (late.locked or punctual.locked):
        assert late.state.tier == punctual.state.tier


@settings(max_examples=20, deadline=None)
@given(step=steps, drawn=payments)
def test_after_every_lock_has_ended_the_tiers_are_the_same(step, drawn):
    punctual, late = both(step, drawn, 60 + 60 + 60 + 14)

    assert late.state.tier == punctual.state.tier


@settings(max_examples=20, deadline=None)
@given(step=steps, drawn=payments)
def test_who_has_paid_on_time_is_well_as_soon_as_that_is_known(step, drawn):
    on_time = [(0, delay, again) for _, delay, again in drawn]
    paid = [(at_ms + delay * 3_600_000, each) for at_ms, delay, each in told(step, on_time)]
    soon_ms = records.utc_ms(due(step, len(drawn) + 1))

    watched = Watched(step).play([each for each in paid if each[0] < soon_ms], soon_ms)

    late = any(at_ms >= soon_ms for at_ms, _ in paid)
    assert late or watched.locked or watched.state.tier == 0
