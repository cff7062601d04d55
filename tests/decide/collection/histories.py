"""Random streets: loans, payments, returns, holds, moves, kill switches, and leave at any time.

One street is a book of several borrowers, each with a history of its own; seeded. A gate of a few
lines stands for dispatch: it knows the triggers as they were up to two seconds ago, and the kill
switch as it is. Every contact that it lets through is put before the judge.
"""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from schemas.conduct import ConductProfile
from schemas.control import RegionDays
from schemas.instants import DAY_MS, HOUR_MS, from_ms, to_ms
from tests.decide.collection.judge import PROFILES, Judge
from tests.decide.collection.world import (
    CHANNELS,
    INSTALMENT,
    RULES,
    SHANGHAI,
    Street,
    triggers,
)

DAYS = 16
BORROWERS = 20
START = "2026-03-01T00:00"
ZONES = ("Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
OUTCOMES = (
    "DELIVERED", "DELIVERED", "DELIVERED", "CONTACTED", "UNREACHABLE", "PROMISED", "REFUSED",
    "DISPUTED", "HARDSHIP_CLAIMED", "COMPLAINT", "WRONG_PARTY",
)  # fmt: skip
HOLDS = ("LEGAL", "DISPUTE", "COMPLAINT", "HARDSHIP", "MORATORIUM", "VULNERABLE", "COMPLIANCE")
LIFTED = ("DISPUTE", "COMPLAINT", "HARDSHIP", "LEGAL")
FEW_PER_HOUR = 1
GATE_LAG_MS = 2000

SEIZED = """
rule seized
  name "Account seized" / "账户被查封"
  signal RP04
  family repayment
  lane credit
  when repayment.status = FAILED and repayment.reason_class = ACCOUNT_LEGAL
  tier severe hard
  keep 5 days
  reason "seized" / "查封"
end
"""


class Result(NamedTuple):
    """What came of a street: histories, contacts let through, asked for, and what was wrong."""

    histories: int
    permits: int
    asked: int
    proposed: int
    wrongs: Counter


def instant(text):
    return to_ms(datetime.fromisoformat(text))


class Loan:
    """What the core knows of a loan: the generator's own arithmetic."""

    def __init__(self, loan_id, borrower, due):
        self.id, self.borrower, self.due, self.paid = loan_id, borrower, due, 0
        self.returnable = []

    def stands(self, day):
        """What is overdue at the end of a day, and for how many days."""
        fallen = [each for each in self.due if each < day]
        overdue = max(0, len(fallen) * INSTALMENT - self.paid)
        if not overdue:
            return 0, 0
        return overdue, (day - fallen[self.paid // INSTALMENT]).days


class Walk:
    """One street, walked from its first to its last day."""

    def __init__(self, seed, *, borrowers=BORROWERS, days=DAYS, judge=None):
        self.random, self.judge = random.Random(seed), judge or Judge()
        self.street, self.days = Street(START, rules=RULES + SEIZED), days
        self.seen, self.shown, self.granted = 0, [], set()
        self.result, self.switched_off_ms, self.few = Counter(), None, False
        self.wrongs, self.per_hour = Counter(), Counter()
        self._govern()
        self.loans = [loan for n in range(1, borrowers + 1) for loan in self._settle(f"brw_{n}")]
        self.borrowers = [f"brw_{n}" for n in range(1, borrowers + 1)]
        self._watch()

    def _govern(self):
        chance = self.random.random
        few = {}
        if chance() < 0.15:
            self.few = True
            few = {"DEFAULT": PROFILES["DEFAULT"] | {"editions": [
                PROFILES["DEFAULT"]["editions"][0]
                | {"per_hour": {"value": FEW_PER_HOUR, "source": "test"}}
            ]}}  # fmt: skip
        if chance() < 0.8 or few:
            profiles = msgspec.convert(few, dict[str, ConductProfile])
            accepted = ("CN",) if chance() < 0.8 else ()
            self.street.conduct(profiles=profiles, accept_draft_profile=accepted)
        if chance() < 0.6:
            first = date(2026, 3, 1)
            free = {first + timedelta(days=self.random.randrange(20)): ("HOLIDAY",) for _ in "xy"}
            days = RegionDays(first=first, last=date(2026, 12, 31), days=free)
            self.street.calendar(CN=days)

    def _settle(self, borrower):
        draw = self.random
        self._contact(borrower, kindly=draw.random() < 0.85)
        for number in range(draw.choice((1, 1, 1, 2))):
            first = date(2026, 3, 1) + timedelta(days=draw.randrange(1, 8))
            due = [first + timedelta(days=7 * k) for k in range(6)]
            loan = Loan(f"ln_{borrower[4:]}x{number}", borrower, due)
            profile = draw.choice(("DEFAULT", "DEFAULT", "CN", "CN", "XX", None))
            self.street.loan(
                *(each.isoformat() for each in due),
                borrower=borrower,
                loan=loan.id,
                profile=profile,
            )
            yield loan

    def _contact(self, borrower, *, kindly=True):
        draw = self.random
        zones = ["Asia/Shanghai"] if draw.random() < 0.7 else draw.sample(ZONES, draw.randint(1, 3))
        channels = CHANNELS if kindly else draw.sample(CHANNELS, draw.randint(0, 3))
        consents = tuple(
            {"channel": c, "given": kindly or draw.random() < 0.8, "night": draw.random() < 0.15}
            for c in channels
        )
        holds = () if draw.random() < 0.85 else (self._hold(),)
        verified = CHANNELS if kindly else tuple(draw.sample(CHANNELS, draw.randint(0, 3)))
        self.street.contact(
            borrower,
            zones=tuple(zones),
            region="CN",
            consents=consents,
            verified=verified,
            holds=holds,
        )

    def _hold(self):
        draw, now_ms = self.random, self.street.now_ms
        hold = {"kind": draw.choice(HOLDS)}
        if draw.random() < 0.5:
            hold["since"] = from_ms(now_ms + draw.randrange(-DAY_MS, 2 * DAY_MS))
        if draw.random() < 0.8:
            hold["until"] = from_ms(now_ms + draw.randrange(HOUR_MS, 4 * DAY_MS))
        return hold

    # --- walking

    def walk(self):
        """Walk to the end; return what came of it."""
        street, start_ms = self.street, self.street.now_ms
        moments = sorted(self._moments(start_ms), key=lambda each: each[0])
        for at_ms, what in moments:
            if at_ms > street.now_ms:
                street.tick(at_ms)
                self._watch()
            what()
            self._watch()
        if self.few and max(self.per_hour.values(), default=0) > FEW_PER_HOUR:
            self.wrongs["over_the_rate"] += 1
        asked = self.result["asked"]
        return Result(
            len(self.borrowers), self.result["permits"], asked, self.result["proposed"], self.wrongs
        )

    def _moments(self, start_ms):
        draw = self.random
        for hour in range(self.days * 24):
            yield (start_ms + hour * HOUR_MS, self._ask_for_leave)
            for _ in range(2):
                at_ms = start_ms + hour * HOUR_MS + draw.randrange(HOUR_MS)
                yield (at_ms, self._ask_for_leave)
        for day in range(1, self.days):
            at_ms = start_ms + day * DAY_MS + 6 * HOUR_MS
            yield (at_ms, self._positions)
        for _ in range(len(self.borrowers) * self.days // 2):
            yield (start_ms + draw.randrange(self.days * DAY_MS), self._something)
        for _ in range(draw.choice((0, 0, 1, 2))):
            at_ms = start_ms + draw.randrange(self.days * DAY_MS)
            yield (at_ms, self._switch_off)
            yield (at_ms + draw.randrange(30 * HOUR_MS), self._switch_on)

    def _watch(self):
        """Let the judge and the gate see what is new."""
        street = self.street
        for _, value in street.records[self.seen :]:
            self.judge.see(street.now_ms, value)
        self.seen = len(street.records)
        new = triggers(street.outputs)
        street.outputs.clear()
        for trigger in new:
            self.shown.append((street.now_ms, trigger))
            if trigger["op"] == "PROPOSE":
                self.result["proposed"] += 1
                self.per_hour[trigger["at"][:13]] += trigger["profile"]["name"] == "DEFAULT"
            if trigger["op"] == "NEED_APPROVAL" and self.random.random() < 0.7:
                self._approve(trigger)

    def _approve(self, trigger):
        borrower = trigger["borrower_id"]
        body = {"kind": "approve_trigger", "trigger_id": trigger["trigger_id"]}
        for by in self.random.choice((("de",), ("d", "e"), ("d",))):
            self.street.action(body, by=by, borrower=borrower)

    def _gate(self):
        """What may be sent, as far as the gate knows."""
        lag_ms, now_ms = self.random.randrange(GATE_LAG_MS + 1), self.street.now_ms
        latest = {}
        for at_ms, trigger in self.shown:
            if at_ms <= now_ms - lag_ms:
                latest[trigger["trigger_id"]] = trigger
        self.shown = [each for each in self.shown if each[0] > now_ms - 3 * DAY_MS]
        return [
            each
            for each in latest.values()
            if each["op"] == "PROPOSE"
            and instant(each["earliest_at"]) <= now_ms < instant(each["latest_at"])
            and each["trigger_id"] not in self.granted
        ]

    def _ask_for_leave(self):
        for trigger in self._gate():
            if self.random.random() > 0.2:
                continue
            self.result["asked"] += 1
            if self.switched_off_ms is not None:
                if self.street.now_ms > self.switched_off_ms + GATE_LAG_MS:
                    self.wrongs["still_proposed_after_the_switch"] += 1
                continue
            self._send(trigger)

    def _send(self, trigger):
        street = self.street
        for wrong in self.judge.wrongs(trigger, street.now_ms):
            self.wrongs[wrong] += 1
        self.granted.add(trigger["trigger_id"])
        self.result["permits"] += 1
        permit, _ = street.permit(trigger)
        self._watch()
        if self.random.random() < 0.8:
            kind, channel = self.random.choice(OUTCOMES), trigger["channel"]
            borrower = trigger["borrower_id"]
            street.outcome(kind, permit=permit, borrower=borrower, channel=channel)

    def _positions(self):
        yesterday = from_ms(self.street.now_ms).astimezone(SHANGHAI).date() - timedelta(days=1)
        for loan in self.loans:
            if self.random.random() < 0.97:
                overdue, dpd = loan.stands(yesterday)
                self.street.position(
                    yesterday.isoformat(),
                    overdue=overdue,
                    dpd=dpd,
                    borrower=loan.borrower,
                    loan=loan.id,
                )

    # --- what happens

    def _something(self):
        loan = self.random.choice(self.loans)
        what = self.random.choices(
            (self._pay, self._pend, self._return, self._fail, self._move, self._stranger,
             self._operator, self._payee),
            (30, 12, 6, 25, 12, 4, 8, 3),
        )[0]  # fmt: skip
        what(loan)
        if self.random.random() < 0.3:
            self._ask_within_seconds()

    def _ask_within_seconds(self):
        """Ask for leave while what has just happened may not be known at the gate."""
        for _ in range(2):
            self._watch()
            self.street.tick(self.street.now_ms + self.random.randrange(1, 8000))
            self._watch()
            self._ask_for_leave()

    def _pay(self, loan):
        fen = self.random.choice((INSTALMENT, INSTALMENT, INSTALMENT // 2))
        number = self.street.numbers + 1
        self.street.pay(fen, borrower=loan.borrower, loan=loan.id)
        loan.paid += fen
        loan.returnable.append((f"p{number}", f"e{number}", fen))

    def _pend(self, loan):
        ref = f"wire{self.street.number()}"
        known = {"borrower": loan.borrower, "loan": loan.id, "payment_ref": ref}
        self.street.repayment("PAYMENT", "PENDING", fen=INSTALMENT, **known)
        ends = self.random.choice(("SUCCEEDED", "FAILED", None))
        if ends is None:
            return
        later_ms = self.street.now_ms + self.random.randrange(30_000, HOUR_MS // 2)
        self._watch()
        self.street.tick(later_ms)
        if ends == "SUCCEEDED":
            self.street.repayment("PAYMENT", ends, fen=INSTALMENT, **known)
            loan.paid += INSTALMENT
        else:
            self.street.repayment("PAYMENT", ends, **known)

    def _return(self, loan):
        if not loan.returnable:
            return
        ref, event_id, fen = loan.returnable.pop()
        reason = self.random.choice((None, None, "INSUFFICIENT_FUNDS", "CUSTOMER_DISPUTE"))
        self.street.repayment(
            "RETURN",
            "SUCCEEDED",
            borrower=loan.borrower,
            loan=loan.id,
            fen=fen,
            payment_ref=ref,
            original_event_id=event_id,
            reason_class=reason,
        )
        loan.paid -= fen

    def _fail(self, loan):
        reason = self.random.choice(
            ("INSUFFICIENT_FUNDS",) * 7 + ("TECHNICAL", "DECEASED", "ACCOUNT_LEGAL")
        )
        self.street.repayment(
            "COLLECTION_ATTEMPT",
            "FAILED",
            borrower=loan.borrower,
            loan=loan.id,
            attempt_id=f"att{self.street.number()}",
            reason_class=reason,
        )

    def _move(self, loan):
        self._contact(loan.borrower, kindly=self.random.random() < 0.8)

    def _stranger(self, loan):
        """A contact for which nobody gave leave."""
        channel = self.random.choice(("MESSAGE", "CALL"))
        self.street.outcome("DELIVERED", borrower=loan.borrower, channel=channel)

    def _operator(self, loan):
        hold = self.random.choice(LIFTED)
        body = {"hold": hold, "reason": "as seen"}
        if self.random.random() < 0.5:
            self.street.action(body | {"kind": "hold"}, borrower=loan.borrower)
        else:
            by = self.random.choice(("d", "de", "de"))
            self.street.action(body | {"kind": "lift_hold"}, by=by, borrower=loan.borrower)

    def _payee(self, loan):
        """A suspicion of fraud, which must not become a call."""
        self.street.payee_changed(loan.borrower)

    def _switch_off(self):
        self.street.kill_switch(on=True)
        self.switched_off_ms = self.street.now_ms
        self._ask_within_seconds()

    def _switch_on(self):
        if self.random.random() < 0.3:
            self.street.kill_switch(on=False, by="a")
        self.street.kill_switch(on=False)
        self.switched_off_ms = None
