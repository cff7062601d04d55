"""A street of borrowers: whole journals with loans, payments, permits, told to a whole book.

Times are local to Shanghai, `2026-03-10T10:00`; the journal goes by the wall clock.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from schemas import journal
from schemas.control import (
    ActionPayload,
    CalendarBody,
    Clock,
    ConductBody,
    GoLiveBody,
    HoldOutBody,
    KillSwitchBody,
    RuleSetBody,
)
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, from_ms, to_ms
from schemas.money import Money
from schemas.permit import CollectionOutcome, Permit
from schemas.reference import (
    BorrowerProfile,
    Consent,
    ContactState,
    Instalment,
    LoanContract,
    LoanPosition,
    RepaymentSchedule,
)
from schemas.repayment import Repayment
from schemas.settlement import Settlement
from schemas.signing import Signed, sign
from schemas.trigger_progress import PROGRESS_KEY
from stream.decide import Book
from tests.decide.conftest import KEYS, RULES, TRUST, signed

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHANNELS = ("MESSAGE", "CALL", "LETTER")
LMS = "lms"
HALF_HOUR_MS = 30 * MINUTE_MS
INSTALMENT = 100_000
"""1,000.00, of every loan's every instalment."""


def ms(text, zone=SHANGHAI):
    """Epoch milliseconds of a local time."""
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=zone))


def yuan(fen):
    return Money(amount_minor=fen, currency="CNY")


class Street:
    """Writes a journal and folds it; keeps what was written and what came out."""

    def __init__(self, start="2026-03-01T00:00", *, rules=RULES, live=True, clock=Clock.WALL):
        self.book = Book(TRUST, speaks=True)
        self.records, self.outputs, self.now_ms = [], [], ms(start)
        self.controls, self.in_force, self.actions, self.numbers = 0, {}, {}, 0
        self.silent, self.lag_ms = False, -HALF_HOUR_MS
        self.tick(start)
        self.control(RuleSetBody(files={"trial.ewl": rules}))
        if live:
            self.control(GoLiveBody(clock=clock))
            self.tick(start)

    # --- the journal

    def add(self, key, record):
        value = journal.encode(record)
        self.records.append((key, value))
        told = self.book.fold(key, value)
        self.outputs += told
        return told

    def number(self):
        self.numbers += 1
        return self.numbers

    def tick(self, when):
        self.now_ms = when if isinstance(when, int) else ms(when)
        marks = {} if self.silent else {f"{LMS}/repayment": self.now_ms - self.lag_ms}
        tick = journal.Tick(input_at_ms=self.now_ms, wall_at_ms=self.now_ms, watermarks=marks)
        return self.add(journal.TICK_KEY, tick)

    def control(self, body, *, by="ab", **how):
        subject = how.get("subject") or body.__struct_config__.tag
        record_id = f"c{self.controls}"
        supersedes = self.in_force.get(subject)
        record = signed(body, record_id, by=by, supersedes=supersedes, **how)
        told = self.add(
            journal.CONTROL_KEY,
            journal.Control(seq=self.controls, prev_seq=self.controls - 1, signed=record),
        )
        self.controls += 1
        if not any(each.topic == "health" for each in told):
            self.in_force[subject] = record_id
        return told

    def kill_switch(self, *, on, by=None):
        return self.control(KillSwitchBody(on=on), by=by or ("a" if on else "ab"))

    def conduct(self, **how):
        return self.control(ConductBody(**how))

    def hold_out(self, permille):
        return self.control(HoldOutBody(permille=permille))

    def calendar(self, **regions):
        return self.control(CalendarBody(version=1, regions=regions))

    def reference(self, make, data, borrower="brw_1", at_ms=None):
        at_ms = self.now_ms if at_ms is None else at_ms
        record = make(
            borrower_id=borrower,
            record_id=f"r{self.number()}",
            effective_at_ms=at_ms,
            wall_arrival_at_ms=max(at_ms, self.now_ms),
            data=data,
        )
        return self.add(borrower.encode(), record)

    def loan(self, *due, borrower="brw_1", loan="ln_1", profile=None, amount=INSTALMENT, **how):
        """A loan with an instalment on each of these dates."""
        contract = LoanContract(
            loan_id=loan,
            borrower_id=borrower,
            product_kind="INSTALMENT",
            principal=yuan(amount * len(due)),
            disbursed_at=from_ms(self.now_ms),
            ledger_tz="Asia/Shanghai",
            payment_sources=(LMS,),
            conduct_profile=profile,
            classification_profile="CN",
            **how,
        )
        rows = tuple(
            Instalment(instalment_no=no, due_date=date.fromisoformat(day), amount=yuan(amount))
            for no, day in enumerate(due, start=1)
        )
        schedule = RepaymentSchedule(
            loan_id=loan, schedule_version=1, reason="ORIGINAL", instalments=rows
        )
        self.reference(journal.LoanContractRecord, contract, borrower)
        return self.reference(journal.RepaymentScheduleRecord, schedule, borrower)

    def contact(self, borrower="brw_1", *, at_ms=None, **how):
        """How it may be contacted: by everything, in Shanghai, unless said otherwise."""
        how.setdefault("zones", ("Asia/Shanghai",))
        how.setdefault("consents", tuple(Consent(channel=each) for each in CHANNELS))
        how.setdefault("verified", CHANNELS)
        state = msgspec.convert(
            msgspec.to_builtins(ContactState(borrower_id=borrower, **how)), ContactState
        )
        return self.reference(journal.ContactStateRecord, state, borrower, at_ms)

    def profile(self, borrower="brw_1", **how):
        data = BorrowerProfile(borrower_id=borrower, **how)
        return self.reference(journal.BorrowerProfileRecord, data, borrower)

    def position(self, as_of, *, overdue=0, dpd=0, borrower="brw_1", loan="ln_1"):
        data = LoanPosition(
            loan_id=loan,
            as_of=date.fromisoformat(as_of),
            dpd=dpd,
            overdue=yuan(overdue),
            status="ACTIVE",
        )
        return self.reference(journal.LoanPositionRecord, data, borrower)

    def repayment(self, event_type, status, *, borrower="brw_1", loan="ln_1", at_ms=None, **how):
        number, at_ms = self.number(), self.now_ms if at_ms is None else at_ms
        if fen := how.pop("fen", None):
            how["amount_paid"] = yuan(fen)
        how.setdefault("payment_ref", f"p{number}")
        how_key = how.pop("key", None)
        data = Repayment(event_type=event_type, status=status, loan_id=loan, **how)
        record = journal.RepaymentEvent(
            event_id=f"e{number}",
            source=LMS,
            borrower_id=borrower,
            business_key=how_key or f"k{number}",
            event_at_ms=at_ms,
            wall_arrival_at_ms=self.now_ms,
            data=data,
        )
        return self.add(borrower.encode(), record)

    def payee_changed(self, borrower="brw_1", *, source="bank"):
        """What the trial's rules take for diversion: severe, and nothing to dun for."""
        number = self.number()
        record = journal.SettlementEvent(
            event_id=f"e{number}",
            source=source,
            borrower_id=borrower,
            business_key=f"k{number}",
            event_at_ms=self.now_ms,
            wall_arrival_at_ms=self.now_ms,
            data=Settlement(
                event_type="ACCOUNT_EVENT",
                account_token="acc_" + borrower[4:],
                account_change="PAYEE_CHANGED",
                counterparty_token="cp_1",
            ),
        )
        return self.add(borrower.encode(), record)

    def pay(self, fen=INSTALMENT, **how):
        return self.repayment("PAYMENT", "SUCCEEDED", fen=fen, **how)

    def permit(self, trigger, *, permit_id=None, minutes=10, **how):
        """Leave for a trigger, by its record."""
        name = permit_id or f"permit-{self.number()}"
        granted_ms = how.get("granted_ms", self.now_ms)
        data = Permit(
            permit_id=name,
            trigger_id=trigger["trigger_id"],
            borrower_id=trigger["borrower_id"],
            request_key=name,
            channel=how.get("channel", trigger["channel"]),
            granted_at=from_ms(granted_ms),
            valid_until=from_ms(granted_ms + minutes * MINUTE_MS),
        )
        record = journal.Permit(
            borrower_id=data.borrower_id,
            wall_arrival_at_ms=self.now_ms,
            data=msgspec.convert(msgspec.to_builtins(data), Permit),
        )
        return name, self.add(data.borrower_id.encode(), record)

    def outcome(self, kind, *, permit=None, trigger=None, borrower="brw_1", channel="MESSAGE"):
        data = CollectionOutcome(
            outcome_id=f"o{self.number()}",
            borrower_id=borrower,
            channel=channel,
            outcome=kind,
            at=from_ms(self.now_ms),
            trigger_id=trigger,
            permit_id=permit,
        )
        data = msgspec.convert(msgspec.to_builtins(data), CollectionOutcome)
        record = journal.Outcome(borrower_id=borrower, wall_arrival_at_ms=self.now_ms, data=data)
        return self.add(borrower.encode(), record)

    def action(self, body, *, by="d", borrower="brw_1"):
        record_id = f"a{self.number()}"
        payload = ActionPayload(
            record_id=record_id,
            subject=borrower,
            supersedes=self.actions.get(borrower),
            operator="op_1",
            issued_at=from_ms(self.now_ms),
            body=body,
        )
        text = msgspec.json.encode(payload).decode()
        signatures = tuple(sign(text, key_id=name, key=KEYS[name]) for name in by)
        record = journal.Action(
            borrower_id=borrower,
            wall_arrival_at_ms=self.now_ms,
            signed=Signed(payload=text, signatures=signatures),
        )
        told = self.add(borrower.encode(), record)
        if not any(each.topic == "health" for each in told):
            self.actions[borrower] = record_id
        return told

    # --- time

    def until(self, when, *, every_ms=HOUR_MS):
        """Let the time go on by hours."""
        told, end_ms = [], when if isinstance(when, int) else ms(when)
        while self.now_ms < end_ms:
            told += self.tick(min(self.now_ms + every_ms, end_ms))
        return told

    def days_with_positions(self, when, *, borrower="brw_1", loan="ln_1", owed=lambda _day: (0, 0)):
        """Let the time go on; the core says every morning at six how the loan stood.

        `owed` says what is overdue at the end of a day, and for how many days.
        """
        end_ms, told = ms(when), []
        while self.now_ms < end_ms:
            day = from_ms(self.now_ms).astimezone(SHANGHAI).date()
            six_ms = ms(f"{day}T06:00")
            if self.now_ms >= six_ms:
                six_ms += DAY_MS
                day += timedelta(days=1)
            told += self.until(min(six_ms, end_ms))
            if self.now_ms == six_ms:
                as_of = day - timedelta(days=1)
                overdue, dpd = owed(as_of)
                told += self.position(
                    as_of.isoformat(), overdue=overdue, dpd=dpd, borrower=borrower, loan=loan
                )
        return told


def triggers(outputs):
    """The trigger records among outputs, without how far they have come."""
    found = [each for each in outputs if each.topic == "collection-triggers"]
    return [msgspec.json.decode(each.value) for each in found if each.key != PROGRESS_KEY]


def short(outputs):
    """Op, what brought it about, and the guard that decided, of each trigger record."""
    return [
        (each["op"], each["trigger_id"].split("/", 2)[2], decided(each))
        for each in triggers(outputs)
    ]


def decided(trigger):
    """The first guard that does not allow."""
    return next((g["guard"] for g in trigger.get("guards", ()) if g["answer"] != "ALLOW"), None)


def topic(outputs, name):
    return [msgspec.json.decode(each.value) for each in outputs if each.topic == name]


def late_since(due):
    """What the core says of one instalment that is not paid: overdue, days past due."""
    due = date.fromisoformat(due)

    def owed(day):
        dpd = max(0, (day - due).days)
        return (INSTALMENT, dpd) if dpd else (0, 0)

    return owed
