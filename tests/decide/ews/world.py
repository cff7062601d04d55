"""A small lender over many months: instalments paid sooner, later or not at all."""

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas import crossing, journal
from schemas.instants import to_ms
from schemas.money import Money
from schemas.reference import Instalment, LoanContract, RepaymentSchedule
from schemas.repayment import Repayment
from tests.decide.conftest import Log
from tests.decide.feeds.world import Cluster

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 1, 5)
SOURCE = "lms"
INSTALMENT = 10_000
RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end
"""


def ms(day, hour=0, minute=0):
    """An instant: days of the trial, from 0, and the hour in Shanghai."""
    on = FIRST + timedelta(days=day)
    return to_ms(datetime(on.year, on.month, on.day, hour, minute, tzinfo=ZONE))


def ordinal(day):
    return (FIRST + timedelta(days=day)).toordinal()


def due(first, no, every=30):
    """The day on which an instalment is due; they are `every` days apart."""
    return first + every * no


class Lender(Log):
    """Writes a journal; what happens is put in order of arrival before it is folded."""

    def __init__(self, every=30):
        super().__init__()
        self.lines, self.every = [], every

    def at(self, day, hour, key, record):
        self.lines.append((ms(day, hour), len(self.lines), key, record))
        return self

    def loan(self, borrower, first=0, count=12, loan=None):
        """A loan paid back by so many instalments, the first due `every` days later."""
        loan_id = loan or f"ln_{borrower[4:]}"
        contract = LoanContract(
            loan_id=loan_id,
            borrower_id=borrower,
            product_kind="INSTALMENT",
            principal=Money(amount_minor=count * INSTALMENT, currency="CNY"),
            disbursed_at=datetime.fromtimestamp(ms(first, 8) / 1000, ZONE),
            ledger_tz="Asia/Shanghai",
            payment_sources=(SOURCE,),
        )
        self._refer(borrower, first, journal.LoanContractRecord, contract)
        return self.schedule(borrower, first, range(1, count + 1), first=first, loan=loan_id)

    def schedule(self, borrower, day, numbers, *, first, loan=None, version=1, **how):
        """A version of the schedule, sent on `day`."""
        rows = tuple(
            Instalment(
                instalment_no=no,
                due_date=FIRST + timedelta(days=due(first, no, self.every)),
                amount=Money(amount_minor=INSTALMENT, currency="CNY"),
            )
            for no in numbers
        )
        data = RepaymentSchedule(
            **{
                "loan_id": loan or f"ln_{borrower[4:]}",
                "schedule_version": version,
                "reason": "ORIGINAL",
                "instalments": rows,
            }
            | how
        )
        return self._refer(borrower, day, journal.RepaymentScheduleRecord, data)

    def _refer(self, borrower, day, make, data):
        record = make(
            borrower_id=borrower,
            record_id=f"r{len(self.lines)}",
            effective_at_ms=ms(day, 8),
            wall_arrival_at_ms=ms(day, 8),
            data=data,
        )
        return self.at(day, 8, borrower.encode(), record)

    def paid(self, borrower, day, *, told=None, amount=INSTALMENT, **how):
        """A payment at noon of `day`, of which one hears on day `told`."""
        number = len(self.lines)
        fields = {
            "event_type": "PAYMENT",
            "status": "SUCCEEDED",
            "loan_id": f"ln_{borrower[4:]}",
            "payment_ref": f"p{number}",
            "amount_paid": Money(amount_minor=amount, currency="CNY"),
        }
        return self.event(borrower, day, day if told is None else told, fields | how)

    def ended(self, borrower, day, status, told=None):
        """What the core says of the loan's end."""
        fields = {
            "event_type": "STATUS",
            "status": "SUCCEEDED",
            "loan_id": f"ln_{borrower[4:]}",
            "loan_status": status,
        }
        return self.event(borrower, day, day if told is None else told, fields)

    def event(self, borrower, day, told, fields):
        number = len(self.lines)
        record = journal.RepaymentEvent(
            event_id=f"e{number}",
            source=SOURCE,
            borrower_id=borrower,
            business_key=f"k{number}",
            event_at_ms=ms(day, 12),
            wall_arrival_at_ms=ms(told, 12),
            observed_at_ms=ms(told, 12),
            data=Repayment(**fields),
        )
        return self.at(told, 12, borrower.encode(), journal.decode(journal.encode(record)))

    def pays(self, borrower, delays, first=0):
        """Pay each instalment so many days after it was due, `None` not at all."""
        for no, delay in enumerate(delays, 1):
            if delay is not None:
                self.paid(borrower, due(first, no, self.every) + delay)
        return self

    def days(self, count, *, out=()):
        """Ticks of so many days, at half past ten; the feed stands still in `out`."""
        for day in range(count):
            passed = next(each for each in range(day, -1, -1) if each not in out or not each)
            marks, at_ms = {f"{SOURCE}/repayment": ms(passed, 10)}, ms(day, 10, 30)
            tick = journal.Tick(input_at_ms=at_ms, wall_at_ms=at_ms, watermarks=marks)
            self.lines.append((at_ms, len(self.lines), journal.TICK_KEY, tick))
        return self

    def written(self, until_ms=None):
        """The journal, rule set first; what comes at `until_ms` or later is left out."""
        log = Log().rules(RULES)
        for at_ms, _, key, record in sorted(self.lines, key=lambda each: each[:2]):
            if until_ms is None or at_ms < until_ms:
                log.add(key, record)
        return log.records


def portfolio(borrowers=30, days=260, seed=1):
    """Many loans: most are paid within days, some come to be very late and are made good or not."""
    rng, lender = random.Random(seed), Lender()
    for number in range(borrowers):
        borrower, first = f"brw_{number:03}", rng.randrange(20)
        lender.loan(borrower, first, count=9)
        usual, turns = rng.choice([-2, 0, 1, 3]), rng.randrange(2, 14)
        delays = [
            max(usual + rng.randrange(3), -20) if no < turns else rng.choice([25, 45, 60, None])
            for no in range(1, 10)
        ]
        lender.pays(borrower, delays, first)
    return lender.days(days)


def folded(records, partitions=1):
    return Cluster(partitions).fold(records)


def models(cluster):
    """What each partition knows of D8."""
    return [each._broadcast.ews for each in cluster.books]


def judged(cluster, borrowers):
    """What waits to have matured, by borrower."""
    return {each: list(cluster.borrower(each).judged) for each in borrowers}


def examples(cluster):
    """What was told to crossing: the day of the round, and the example; in order."""
    told = [crossing.decode(each.value) for each in cluster.outputs if each.topic == "crossings"]
    found = {}
    for each in told:
        if isinstance(each, crossing.EwsTold):
            for day, of in each.rounds.items():
                found.setdefault(day, set()).update(of)
    return [(day, text) for day in sorted(found) for text in sorted(found[day])]
