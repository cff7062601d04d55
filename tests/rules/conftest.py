"""Makers of events for the tests of rules, and random histories of one borrower."""

import random
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from rules import Context
from rules.scene import Contact, Feed, Loan, Payee, Scene
from schemas.instants import DAY_MS, HOUR_MS, from_ms
from schemas.journal import PosClearingEvent, RepaymentEvent, SettlementEvent
from schemas.money import Money
from schemas.pos_clearing import PosClearing
from schemas.reference import BorrowerProfile
from schemas.repayment import Repayment
from schemas.settlement import Settlement

START_MS = 1_773_878_400_000  # 2026-03-19T00:00Z, ten days before summer time begins in Berlin


def cny(minor):
    return None if minor is None else Money(amount_minor=minor, currency="CNY")


def _event(kind, data, number, at_ms, arrival_ms):
    return kind(
        event_id=f"e-{number}",
        source="test",
        borrower_id="brw_1",
        business_key=f"k-{number}",
        event_at_ms=at_ms,
        wall_arrival_at_ms=at_ms if arrival_ms is None else arrival_ms,
        data=data,
    )


def repayment(number, at_ms, arrival_ms=None, **data):
    data = {"event_type": "COLLECTION_ATTEMPT", "loan_id": "ln_1", "status": "FAILED"} | data
    return _event(RepaymentEvent, Repayment(**data), number, at_ms, arrival_ms)


def settlement(number, at_ms, arrival_ms=None, **data):
    data = {"event_type": "TRANSFER", "account_token": "acc_1"} | data
    return _event(SettlementEvent, Settlement(**data), number, at_ms, arrival_ms)


def pos_clearing(number, at_ms, arrival_ms=None, **data):
    data = {"txn_type": "SALE", "merchant_id": "mer_1", "amount_gross": cny(1000)} | data
    return _event(PosClearingEvent, PosClearing(**data), number, at_ms, arrival_ms)


class Score(SimpleNamespace):
    """What a detector says, made up."""


def context(now_ms, segment="default", lists=None, scores=None):
    return Context(now_ms, segment, lists or {}, scores or {})


class History:
    """Random events of one borrower over some weeks, in the order of their arrival.

    A third comes late, by up to ten days; times fall on a coarse grid, so that many are equal;
    fields are missing at times, and some amounts are in another currency.
    """

    def __init__(self, seed, length, *, days=20):
        self._random = random.Random(seed)
        self._days = days
        events = [self._one(number) for number in range(length)]
        self.events = sorted(events, key=lambda event: event.wall_arrival_at_ms)

    def _one(self, number):
        pick = self._random
        at_ms = START_MS + pick.randrange(self._days * 24) * HOUR_MS
        late_ms = pick.randrange(10 * DAY_MS) if pick.random() < 1 / 3 else 0
        make = pick.choice([self._repayment, self._settlement, self._pos_clearing])
        return make(number, at_ms, at_ms + late_ms)

    def _money(self):
        pick = self._random
        if pick.random() < 0.1:
            return None
        currency = "USD" if pick.random() < 0.1 else "CNY"
        return Money(amount_minor=pick.randrange(11) * 1000, currency=currency)

    def _maybe(self, *choices):
        return self._random.choice([*choices, None])

    def _repayment(self, number, at_ms, arrival_ms):
        pick = self._random
        return repayment(
            number,
            at_ms,
            arrival_ms,
            loan_id=pick.choice(["ln_1", "ln_2"]),
            status=pick.choice(["FAILED", "FAILED", "SUCCEEDED", "PENDING", "RETURNED"]),
            instalment_no=self._maybe(1, 2, 3),
            amount_requested=self._money(),
            amount_paid=self._money(),
            reason_class=self._maybe("INSUFFICIENT_FUNDS", "TECHNICAL"),
            due_date=self._maybe(date(2026, 3, 25), date(2026, 3, 31), date(2026, 4, 2)),
            observed_at=self._maybe(from_ms(at_ms), from_ms(at_ms + HOUR_MS)),
        )

    def _settlement(self, number, at_ms, arrival_ms):
        pick = self._random
        return settlement(
            number,
            at_ms,
            arrival_ms,
            account_token=pick.choice(["acc_1", "acc_2"]),
            direction=self._maybe("CREDIT", "CREDIT", "DEBIT"),
            amount=self._money(),
            counterparty_token=self._maybe("cp_1", "cp_2", "cp_3"),
            counterparty_class=self._maybe("SELF", "OWNER", "UNKNOWN", "SUPPLIER"),
            counterparty_class_conf=self._maybe(0.5, 0.8, 0.9),
        )

    def _pos_clearing(self, number, at_ms, arrival_ms):
        return pos_clearing(
            number,
            at_ms,
            arrival_ms,
            txn_type=self._random.choice(["SALE", "SALE", "REFUND"]),
            amount_gross=self._money() or cny(0),
            payer_token=self._maybe("pyr_1", "pyr_2"),
        )

    def contexts(self):
        """Yield each event with a context: now never goes back, all else is random."""
        pick, now_ms = self._random, 0
        for event in self.events:
            now_ms = max(now_ms, event.wall_arrival_at_ms)
            score = Score(
                p_value=pick.choice([0.001, 0.004, 0.015, 0.5]),
                z=pick.choice([1.0, 3.0, 5.5]),
                n=pick.choice([3, 30]),
                expected=6.0,
                ready=pick.random() < 0.8,
            )
            yield (
                event,
                context(
                    now_ms,
                    pick.choice(["default", "micro", "a.b"]),
                    {"@watched": frozenset({"acc_2"}), "@payees": frozenset({"cp_1", "cp_2"})},
                    {"amount": score} if pick.random() < 0.8 else {},
                ),
            )


STREAMS = ("repayment", "settlement", "pos_clearing")


class Workdays:
    """A calendar without holidays."""

    def words(self, _):
        return frozenset()

    def is_business_day(self, day):
        return day.weekday() < 5


WORKDAYS = Workdays()


def scene(now_ms, segment="default", lists=None, loans=(), **parts):
    """A scene of which all that is not given is empty."""
    parts = {"feeds": {}, "profile": None, "peers": None, "opened_ms": {}} | parts
    loans = {loan.loan_id: loan for loan in loans}
    return Scene(now_ms, segment, lists or {}, loans=loans, days=WORKDAYS, **parts)


class Scenes:
    """Random scenes of one borrower, whose loans and feeds change from one to the next."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def at(self, now_ms):
        pick = self._random
        loans = [self._loan(name) for name in ("ln_1", "ln_2") if pick.random() < 0.8]
        profile = BorrowerProfile(
            borrower_id="brw_1",
            region=pick.choice(["north", "south", None]),
            industry=pick.choice(["F52", None]),
            size_band=pick.choice(["S", "M"]),
        )
        opened = {"measures": now_ms - 3 * DAY_MS, "loan_measures@ln_1": now_ms - DAY_MS}
        return scene(
            now_ms,
            pick.choice(["default", "micro"]),
            loans=loans,
            profile=profile if pick.random() < 0.8 else None,
            feeds={stream: self._feed(now_ms) for stream in STREAMS if pick.random() < 0.9},
            opened_ms=opened if pick.random() < 0.5 else {},
            contact=Contact(unreachable=pick.randrange(4), unreachable_days=pick.randrange(4)),
            payee=Payee(token=pick.choice([None, "cp_1", "cp_2"]), shared_by=pick.randrange(4)),
        )

    def _feed(self, now_ms):
        pick = self._random
        today = from_ms(now_ms).date()
        return Feed(
            passed_ms=pick.choice([None, now_ms, now_ms - HOUR_MS, now_ms - 3 * DAY_MS]),
            closed=pick.choice([None, *(today - timedelta(days=late) for late in (1, 1, 3, 20))]),
            since_ms=pick.choice([None, START_MS, START_MS + 5 * DAY_MS]),
        )

    def _loan(self, name):
        pick = self._random
        start = from_ms(START_MS).date()
        return Loan(
            loan_id=name,
            currency=pick.choice(["CNY", "CNY", "USD"]),
            tier_dpd=pick.choice([0, 1, 5, 30]),
            uncured_dpd=pick.choice([0, 1, 5]),
            overdue=pick.choice([0, 4_000, 9_000]),
            oldest_unpaid_no=pick.choice([None, 1, 2]),
            last_due_no=pick.choice([None, 2, 3]),
            due_28d=pick.choice([0, 5_000]),
            next_due=pick.choice([None, start]),
            disbursed=pick.choice([None, start, start - timedelta(days=5)]),
            is_unverified=pick.random() < 0.5,
            is_forborne=pick.random() < 0.3,
        )


@pytest.fixture(scope="session")
def make():
    """Makers of events, contexts and histories."""
    return SimpleNamespace(
        START_MS=START_MS,
        cny=cny,
        repayment=repayment,
        settlement=settlement,
        pos_clearing=pos_clearing,
        context=context,
        score=Score,
        history=History,
        scene=scene,
        scenes=Scenes,
    )
