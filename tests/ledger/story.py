"""Reads and plays vectors: loans worked out by hand, in a format that finance people can read.

    == on time by a minute             a case; what follows happens in this order
    # ...                              how the figures were worked out
    loan currency=CNY zone=Asia/Shanghai profile=CN principal=1000 disbursed=2026-01-10
    schedule 1                         a version: rows of number, due date, amount
      1  2026-02-10  1000.00  cut=17:00 grace=3
    pay 2026-02-10 16:59  1000.00  ref=p1
    on 2026-02-10 | 1000 | 1000 | 0 | 0 | 0 | NORMAL | 0 | 0 | CURRENT

The columns are owed, paid, overdue, raw days past due, tier floor, class floor, advance, suspense
and state; after them, any other field of the view as `name=value`. Amounts are in major units;
times are the loan's, unless they end in `Z` or a `zone` is named. `=> conflict SCALE` after an
event says what came of it; `=> refused SCHEMA` that it never reached the ledger. Events go the way
of the real ones: envelope, intake, journal record.
"""

import calendar
import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from schemas import journal
from schemas.dead_letter import Origin
from schemas.envelope import decode
from schemas.instants import to_ms, wire
from schemas.loan_release import InDoubt, Release
from schemas.money import exponent
from stream.intake.admit import admit
from stream.intake.links import Links
from stream.intake.outcomes import Admitted
from stream.ledger import Ledger, Passed, Times

FOLDER = Path(__file__).with_name("vectors")
COLUMNS = (
    "owed", "paid", "overdue", "raw_dpd", "tier_floor", "class_floor", "advance", "suspense",
    "state",
)  # fmt: skip
MONEY = {
    "owed", "paid", "overdue", "advance", "suspense", "ahead", "applied", "incoming", "held",
    "recovered", "compensated",
}  # fmt: skip
EVENTS = {
    "pay": ("PAYMENT", "SUCCEEDED"),
    "prepay": ("PREPAYMENT", "SUCCEEDED"),
    "debit": ("COLLECTION_ATTEMPT", "SUCCEEDED"),
    "recover": ("RECOVERY", "SUCCEEDED"),
    "return": ("RETURN", "SUCCEEDED"),
    "reverse": ("REVERSAL", "SUCCEEDED"),
    "waive": ("WAIVER", "SUCCEEDED"),
    "fee": ("FEE", "SUCCEEDED"),
    "promise": ("PROMISE_TO_PAY", "SUCCEEDED"),
    "writeoff": ("WRITE_OFF", "SUCCEEDED"),
    "status": ("STATUS", "SUCCEEDED"),
}
PARTS = ("principal", "interest", "fee", "penalty")


@dataclass
class Line:
    """One line: its words, its `name=value` options, what is expected of it, and where it stands."""

    number: int
    text: str
    words: list[str]
    options: dict[str, str]
    expected: str = ""
    rows: list["Line"] = field(default_factory=list)


@dataclass
class Case:
    title: str
    file: str
    lines: list[Line] = field(default_factory=list)


def cases():
    """Yield every case of every file."""
    for path in sorted(FOLDER.glob("*.txt")):
        yield from _read(path)


def _read(path):
    case = None
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if text.startswith("== "):
            if case:
                yield case
            case = Case(text[3:].strip(), path.stem)
        elif text.strip() and not text.lstrip().startswith("#"):
            line = _line(number, text)
            (case.lines[-1].rows if text.startswith(" ") else case.lines).append(line)
    yield case


def _line(number, text):
    body, _, expected = text.partition("=>")
    words = [] if "|" in body else body.split()
    options = dict(word.split("=", 1) for word in words if "=" in word)
    return Line(
        number, text, [w for w in words if "=" not in w] or [text], options, expected.strip()
    )


class Player:
    """Plays the lines of one case into a ledger and checks what it says."""

    def __init__(self):
        self.ledger = Ledger()
        self.links = Links()
        self.records = []
        self.passed = None
        self.zones = {}
        self.currencies = {}
        self.disbursed = {}
        self.ids = itertools.count(1)
        self.now_ms = 0

    # --- lines

    def play(self, line):
        verb = line.words[0].split()[0]
        handler = getattr(self, f"_{verb}", None) or self._event
        handler(line)

    def _loan(self, line):
        o = line.options
        loan = o.get("id", "ln_1")
        self.zones[loan] = ZoneInfo(o.get("zone", "Asia/Shanghai"))
        self.currencies[loan] = o.get("currency", "CNY")
        self.disbursed[loan] = o.get("disbursed", "2026-01-01")
        data = {
            "loan_id": loan,
            "borrower_id": "brw_1",
            "product_kind": o.get("kind", "INSTALMENT"),
            "principal": self._money(loan, o.get("principal", "1000")),
            "disbursed_at": wire(self._ms(loan, self.disbursed[loan], "12:00")),
            "ledger_tz": o.get("zone", "Asia/Shanghai"),
            "classification_profile": o.get("profile", "CN"),
            "payment_sources": tuple(o["sources"].split(",")) if "sources" in o else (),
        }
        if "maturity" in o:
            data["maturity"] = o["maturity"]
        if "residue" in o:
            data["residue_minor"] = self._minor(loan, o["residue"])
        if "pays_next" in o:
            data["advance_pays_next"] = o["pays_next"] == "yes"
        if "max_wait" in o:
            data["max_wait_days"] = int(o["max_wait"])
        if "entity" in o:
            data["legal_entity"] = o["entity"]
        if "waterfall" in o or "by" in o:
            data["waterfall"] = {"by": o.get("by", "INSTALMENT")}
            if "waterfall" in o:
                data["waterfall"]["components"] = o["waterfall"].split(",")
        self._send("loan_contract.v1", self._at(loan, o, self.disbursed[loan]), data, line)

    def _schedule(self, line):
        o = line.options
        loan = o.get("loan", "ln_1")
        data = {
            "loan_id": loan,
            "schedule_version": int(line.words[1]),
            "reason": o.get("reason", "ORIGINAL"),
            "instalments": [row for each in line.rows for row in self._rows(loan, each)],
        }
        for name, key in (("from", "effective_from"), ("arrears", "arrears")):
            if name in o:
                data[key] = o[name]
        if "used" in o:
            data["advance_applied"] = self._money(loan, o["used"])
        at_ms = self._at(loan, o, self.disbursed[loan])
        self._send("repayment_schedule.v1", at_ms, data, line)

    def _rows(self, loan, line):
        numbers, due, *step, amount = line.words
        first, _, last = numbers.partition("..")
        for index, no in enumerate(range(int(first), int(last or first) + 1)):
            row = {
                "instalment_no": no,
                "due_date": _step(date.fromisoformat(due), step, index).isoformat(),
                "amount": self._money(loan, amount),
            }
            o = line.options
            if "cut" in o:
                row["cut_off_local"] = o["cut"]
            if "grace" in o:
                row["grace_days"] = int(o["grace"])
            if "unadjusted" in o:
                row["due_date_unadjusted"] = o["unadjusted"]
            if "parts" in o:
                row["components"] = self._parts(loan, o["parts"])
            yield row

    def _position(self, line):
        o = line.options
        loan, as_of = o.get("loan", "ln_1"), line.words[1]
        data = {
            "loan_id": loan,
            "as_of": as_of,
            "dpd": int(o["dpd"]),
            "overdue": self._money(loan, o["overdue"]),
            "status": o.get("status", "ACTIVE"),
        }
        if "left" in o:
            data["outstanding"] = self._money(loan, o["left"])
        next_day = date.fromisoformat(as_of) + timedelta(days=1)
        self._send("loan_position.v1", self._ms(loan, next_day.isoformat(), "06:00"), data, line)

    def _closed(self, line):
        source, until = line.words[1:3] if len(line.words) > 2 else ("all", "")
        if source == "all":
            self.passed = None
        else:
            through = date.fromisoformat(until).toordinal()
            self.passed = {**(self.passed or {}), source: Passed(through=through)}

    def _release(self, line):
        release = Release(loan_id=line.words[1], in_doubt=InDoubt(line.words[2]))
        self.records.append((self.now_ms, release))
        self.ledger.release(release, self.times())

    def _event(self, line):
        verb, day, clock, *rest = line.words
        o = dict(line.options)
        kind, status = EVENTS[verb]
        loan = o.get("loan", "ln_1")
        number = next(self.ids)
        data = {
            "event_type": o.get("type", kind),
            "status": o.get("status", status),
            "borrower_id": "brw_1",
            "payment_ref": o.get("ref", f"r{number}"),
            "record_version": int(o.get("v", "1")),
            "record_kind": o.get("kind", "ORIGINAL"),
        }
        if loan == "-":  # money that names no loan, or several
            loan = "ln_1"
            data |= {"loan_ids": o["loans"].split(",")} if "loans" in o else {}
        else:
            data["loan_id"] = loan
        if rest:
            name = {"waive": "amount_paid", "fee": "amount_due"}.get(verb, "amount_paid")
            data[name] = self._money(loan, rest[0], o.get("currency"))
        for name, key in (
            ("of", "original_event_id"), ("booked", "booking_date"), ("payer", "payer_relation"),
            ("method", "method"), ("loan_status", "loan_status"), ("key", "idempotency_key"),
            ("due", "due_date"),
        ):  # fmt: skip
            if name in o:
                data[key] = o[name]
        if "instalment" in o:
            data["instalment_no"] = int(o["instalment"])
        if "asked" in o:
            data["amount_requested"] = self._money(loan, o["asked"])
        if "split" in o:
            data["allocation"] = self._parts(loan, o["split"], full=True)
        if "token" in o:
            data["payer_token"] = o["token"]
        zone = ZoneInfo(o["zone"]) if "zone" in o else None
        at = self._ms(loan, day, clock, zone) if not clock.endswith("?") else clock
        arrives = o.get("arrives")
        arrived_ms = self._ms(loan, *arrives.split("T")) if arrives else None
        self._send(
            "repayment.v1", at, data, line, event_id=o.get("id", f"e{number}"),
            source=o.get("source", "lms"), arrived_ms=arrived_ms, naive=f"{day}T{clock[:-1]}:00",
        )  # fmt: skip

    def _on(self, line):
        head, *cells = [cell.strip() for cell in line.text.split("|")]
        day, loan = (*head.split()[1:], "ln_1")[:2]
        view = self.view(loan, day)
        expected = dict(zip(COLUMNS, cells, strict=False))
        for extra in cells[len(COLUMNS) :]:
            expected |= dict(pair.split("=", 1) for pair in extra.split(", "))
        quarantine = [str(c) for c in view.quarantine if c != "NO_POSITION"]
        if expected.get("quarantine", "").find("NO_POSITION") >= 0:
            quarantine = [str(c) for c in view.quarantine]
        told = {"quarantine": "+".join(quarantine)}
        wanted = {"quarantine": ""} | expected
        for name in wanted:
            if name not in told:
                told[name] = self._told(loan, view, name)
        assert told == wanted, f"line {line.number}: {line.text.strip()}"

    def _allow(self, line):
        day, told = line.words[1], line.words[2]
        self.view("ln_1", day)
        since = date.fromisoformat(line.options["since"])
        tier = int(line.options["tier"])
        allowed = self.ledger.payments_allow("ln_1", self.times(), tier=tier, since=since)
        assert told == ("yes" if allowed else "no"), f"line {line.number}: {line.text}"

    def view(self, loan, day):
        """Return the view of a loan as it is at the end of a local day."""
        zone = self.zones[loan]
        self.now_ms = self._ms(loan, day, "23:59", zone)
        times = self.times()
        self.ledger.roll(times)
        return self.ledger.view(loan, times)

    def times(self):
        passed = self.passed
        if passed is None:
            passed = {"lms": Passed(at_ms=self.now_ms), "bank": Passed(at_ms=self.now_ms)}
        return Times(self.now_ms, passed)

    def _told(self, loan, view, name):
        value = getattr(view, name)
        if name in MONEY:
            value = Decimal(value) / 10 ** exponent(self.currencies[loan])
            return f"{value.normalize():f}"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return "+".join(str(each) for each in value)
        return "-" if value is None else str(value)

    # --- records

    def _send(
        self, kind, at, data, line, event_id=None, source="lms", arrived_ms=None, naive=""
    ):  # fmt: skip
        is_instant = isinstance(at, int)
        event_id = event_id or f"c{next(self.ids)}"
        arrived_ms = arrived_ms or ((at if is_instant else self.now_ms) + 60_000)
        envelope = {
            "specversion": "1.0", "type": kind, "source": source, "id": event_id,
            "time": wire(at) if is_instant else naive, "data": data,
        }  # fmt: skip
        raw = msgspec.json.encode(envelope)
        topic = "repayments" if kind == "repayment.v1" else "references"
        if kind == "loan_contract.v1":
            self.links.apply(decode(raw).data)
        origin = Origin(topic=topic, partition=0, offset=0)
        outcome = admit(raw, topic=topic, origin=origin, links=self.links, wall_now_ms=arrived_ms)
        if line.expected.startswith("refused"):
            assert f"refused {outcome.reason.name}" == line.expected, line.text
            return
        assert isinstance(outcome, Admitted), f"line {line.number}: {line.text}: {outcome}"
        for _, value in outcome.records:
            self._apply(journal.decode(value), line)

    def _apply(self, record, line):
        self.now_ms = max(self.now_ms, record.wall_arrival_at_ms)
        self.records.append((self.now_ms, record))
        change = self.ledger.apply(record, self.times())
        came = " ".join([str(change.outcome), *(str(c.kind) for c in change.conflicts)])
        assert came == (line.expected or "applied"), f"line {line.number}: {line.text}"

    # --- values

    def _at(self, loan, options, default):
        day, _, clock = options.get("at", default).partition("T")
        return self._ms(loan, day, clock or "00:00")

    def _ms(self, loan, day, clock, zone=None):
        zone = zone or self.zones[loan]
        if clock.endswith("Z"):
            zone, clock = ZoneInfo("UTC"), clock[:-1]
        clock = clock if clock.count(":") == 2 else f"{clock}:00"
        return to_ms(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone))

    def _minor(self, loan, text, currency=None):
        return int(Decimal(text).scaleb(exponent(currency or self.currencies[loan])))

    def _money(self, loan, text, currency=None):
        currency = currency or self.currencies[loan]
        return {"amount_minor": self._minor(loan, text, currency), "currency": currency}

    def _parts(self, loan, text, *, full=False):
        named = dict(pair.split(":") for pair in text.split(","))
        return {
            part: self._money(loan, named.get(part, "0")) for part in PARTS if full or part in named
        }


def _step(first, step, index):
    if not step:
        return first
    count, unit = int(step[0][1:-1]) * index, step[0][-1]
    if unit == "d":
        return first + timedelta(days=count)
    month = first.month - 1 + count
    year, month = first.year + month // 12, month % 12 + 1
    return date(year, month, min(first.day, calendar.monthrange(year, month)[1]))
