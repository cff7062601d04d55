"""Writes what the lines of vectors say as `data` of envelopes."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from schemas.instants import to_ms
from schemas.money import exponent
from tests.ledger.reading import due_dates

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
SAID_AS_IT_IS = {
    "of": "original_event_id", "booked": "booking_date", "payer": "payer_relation",
    "method": "method", "loan_status": "loan_status", "key": "idempotency_key", "due": "due_date",
    "token": "payer_token",
}  # fmt: skip


def at_ms(day, clock, zone):
    """Return an instant; a clock that ends in `Z` is UTC."""
    if clock.endswith("Z"):
        zone, clock = ZoneInfo("UTC"), clock[:-1]
    clock = clock if clock.count(":") == 2 else f"{clock}:00"
    return to_ms(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone))


def minor(text, currency):
    return int(Decimal(text).scaleb(exponent(currency)))


def major(amount_minor, currency):
    return f"{(Decimal(amount_minor) / 10 ** exponent(currency)).normalize():f}"


def money(text, currency):
    return {"amount_minor": minor(text, currency), "currency": currency}


def parts(text, currency, *, whole=False):
    named = dict(pair.split(":") for pair in text.split(","))
    return {part: money(named.get(part, "0"), currency) for part in PARTS if whole or part in named}


def contract(loan, o):
    """The contract of a `loan` line."""
    data = {
        "loan_id": loan.id,
        "borrower_id": "brw_1",
        "product_kind": o.get("kind", "INSTALMENT"),
        "principal": money(o.get("principal", "1000"), loan.currency),
        "disbursed_at": f"{loan.disbursed}T04:00:00Z",
        "ledger_tz": loan.zone.key,
        "classification_profile": o.get("profile", "CN"),
    }
    if "sources" in o:
        data["payment_sources"] = o["sources"].split(",")
    if "maturity" in o:
        data["maturity"] = o["maturity"]
    if "residue" in o:
        data["residue_minor"] = minor(o["residue"], loan.currency)
    if "pays_next" in o:
        data["advance_pays_next"] = o["pays_next"] == "yes"
    if "max_wait" in o:
        data["max_wait_days"] = int(o["max_wait"])
    if "waterfall" in o:
        data["waterfall"] = {"components": o["waterfall"].split(",")}
    if "by" in o:
        data["waterfall"] = {"by": o["by"]}
    return data


def schedule(loan, line):
    """The schedule of a `schedule` line and its rows."""
    o = line.options
    data = {
        "loan_id": loan.id,
        "schedule_version": int(line.words[1]),
        "reason": o.get("reason", "ORIGINAL"),
        "instalments": [
            _instalment(loan, row, no, due) for row in line.rows for no, due in due_dates(row)
        ],
    }
    if "from" in o:
        data["effective_from"] = o["from"]
    if "arrears" in o:
        data["arrears"] = o["arrears"]
    if "used" in o:
        data["advance_applied"] = money(o["used"], loan.currency)
    return data


def _instalment(loan, row, no, due):
    o, amount = row.options, row.words[-1]
    data = {"instalment_no": no, "due_date": str(due), "amount": money(amount, loan.currency)}
    if "cut" in o:
        data["cut_off_local"] = o["cut"]
    if "grace" in o:
        data["grace_days"] = int(o["grace"])
    if "unadjusted" in o:
        data["due_date_unadjusted"] = o["unadjusted"]
    if "parts" in o:
        data["components"] = parts(o["parts"], loan.currency)
    return data


def position(loan, as_of, o):
    """The position of a `position` line."""
    data = {
        "loan_id": loan.id,
        "as_of": as_of,
        "dpd": int(o["dpd"]),
        "overdue": money(o["overdue"], loan.currency),
        "status": o.get("status", "ACTIVE"),
    }
    return data | ({"outstanding": money(o["left"], loan.currency)} if "left" in o else {})


def event(loan, line, number):
    """The repayment of a line whose first word is one of `EVENTS`."""
    verb, _, _, *amount = line.words
    o = line.options
    event_type, status = EVENTS[verb]
    data = {
        "event_type": event_type,
        "status": o.get("status", status),
        "borrower_id": "brw_1",
        "payment_ref": o.get("ref", f"r{number}"),
        "record_version": int(o.get("v", "1")),
        "record_kind": o.get("kind", "ORIGINAL"),
    }
    if o.get("loan") != "-":
        data["loan_id"] = loan.id
    elif "loans" in o:
        data["loan_ids"] = o["loans"].split(",")
    currency = o.get("currency", loan.currency)
    if amount:
        data["amount_due" if verb == "fee" else "amount_paid"] = money(amount[0], currency)
    data |= {key: o[name] for name, key in SAID_AS_IT_IS.items() if name in o}
    if "instalment" in o:
        data["instalment_no"] = int(o["instalment"])
    if "asked" in o:
        data["amount_requested"] = money(o["asked"], currency)
    if "split" in o:
        data["allocation"] = parts(o["split"], currency, whole=True)
    return data
