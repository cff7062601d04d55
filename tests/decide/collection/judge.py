"""The judge: whether a contact was allowed at the moment of sending, from raw records alone.

Written apart from the guards, on purpose in another way: it keeps every journal record of a
borrower as JSON, and works everything out anew for each contact, from tables and from the data
file of the profiles. It imports nothing of `stream.decide`.

What came into the journal within the last `grace_s` seconds is forgiven: a contact is wrong if it
is wrong by what was known then and by what is known at the moment of sending. Of the kill switch
nothing is forgiven.
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[3]
PROFILES = json.loads((ROOT / "stream/decide/collection/profiles.json").read_text("utf-8"))
HOUR, DAY = 3_600_000, 86_400_000
FOREVER = 1 << 60

TALKED = {
    "CONTACTED", "PROMISED", "REFUSED", "DISPUTED", "HARDSHIP_CLAIMED", "COMPLAINT", "WRONG_PARTY",
}  # fmt: skip
MONEY_IN = {"PAYMENT", "PREPAYMENT", "RECOVERY", "COLLECTION_ATTEMPT"}
BY_OUTCOME = {
    "DISPUTED": ("DISPUTE", "dispute_days"),
    "HARDSHIP_CLAIMED": ("HARDSHIP", "hardship_days"),
    "COMPLAINT": ("COMPLAINT", None),
}
BY_REASON = {"DECEASED": ("DECEASED", None), "CUSTOMER_DISPUTE": ("DISPUTE", "dispute_days")}


def epoch_ms(text):
    return round(datetime.fromisoformat(text).timestamp() * 1000)


class Kept(NamedTuple):
    """One journal record of a borrower, and when it came."""

    at_ms: int
    record: dict


class Hold(NamedTuple):
    kind: str
    since_ms: int
    until_ms: int
    loan_id: str
    by_us: bool


class Judge:
    """Sees the journal go by; asked about a contact, says what is wrong with it."""

    def __init__(self, grace_s=5):
        self.grace_ms = grace_s * 1000
        self.kept, self.controls = {}, []

    def see(self, at_ms, value):
        record = json.loads(value)
        if record["kind"] == "control" and record.get("signed"):
            self.controls.append(Kept(at_ms, record["signed"]))
        elif "borrower_id" in record:
            self.kept.setdefault(record["borrower_id"], []).append(Kept(at_ms, record))

    def wrongs(self, trigger, at_ms):
        """What is wrong with sending this trigger now."""
        found = {"kill_switch"} if self._is_switched_off() else set()
        return found | (
            self._by(trigger, at_ms, at_ms) & self._by(trigger, at_ms, at_ms - self.grace_ms)
        )

    def _by(self, trigger, at_ms, known_ms):
        kept = self.kept.get(trigger["borrower_id"], [])
        facts = Facts(kept, [k for k in kept if k.at_ms <= known_ms], self, trigger, at_ms)
        facts.known_ms = known_ms
        return {name for name, is_wrong in CHECKS.items() if is_wrong(facts)}

    # --- control records

    def bodies(
        self, kind, *, enough=lambda _body, by, said: {said["author"], said["approver"]} <= by
    ):
        for kept in self.controls:
            said = json.loads(kept.record["payload"])
            by = {each["key_id"] for each in kept.record["signatures"]}
            if said["body"]["kind"] == kind and enough(said["body"], by, said):
                yield said["body"]

    def _is_switched_off(self):
        def enough(body, by, said):
            return said["author"] in by and (body["on"] or said["approver"] in by)

        return any(body["on"] for body in list(self.bodies("kill_switch", enough=enough))[-1:])

    def profile(self, name):
        profiles, accepted = dict(PROFILES), ()
        for body in self.bodies("conduct"):
            profiles = PROFILES | body.get("profiles", {})
            accepted = body.get("accept_draft_profile", ())
        name = name if name in profiles else "DEFAULT"
        edition = profiles[name]["editions"][-1]
        return edition, not profiles[name]["draft"] or name in accepted

    def holidays(self, region):
        regions = {}
        for body in self.bodies("calendar"):
            regions = body["regions"]
        return regions.get(region)


class Facts:
    """What was known of one contact: `kept` by then, `all` by now (what was sent is sent)."""

    def __init__(self, everything, kept, judge, trigger, at_ms):
        self.everything, self.kept, self.judge = everything, kept, judge
        self.trigger, self.at_ms = trigger, at_ms
        self.loan_id, self.channel = trigger["loan_id"], trigger["channel"]
        contracts = self.data("loan_contract", loan_id=self.loan_id)
        self.name = contracts[-1].get("conduct_profile") if contracts else None
        self.zone = ZoneInfo(contracts[-1]["ledger_tz"]) if contracts else UTC
        self.edition, self.accepted = judge.profile(self.name)
        states = sorted(self.of("contact_state"), key=lambda k: k.record["effective_at_ms"])
        self.state_ms = states[-1].record["effective_at_ms"] if states else -1
        self.state = states[-1].record["data"] if states else {}

    def of(self, kind):
        return [kept for kept in self.kept if kept.record["kind"] == kind]

    def data(self, kind, **wanted):
        found = [kept.record["data"] for kept in self.of(kind)]
        return [d for d in found if all(d.get(k) == v for k, v in wanted.items())]

    def signed(self):
        for kept in self.of("action"):
            signed = kept.record["signed"]
            body = json.loads(signed["payload"])["body"]
            yield kept.at_ms, {each["key_id"] for each in signed["signatures"]}, body

    # --- money

    def repayments(self):
        return [(k.record["event_at_ms"], k.record["data"]) for k in self.of("repayment")]

    def paid(self):
        """What has come in for the loan and stayed."""
        total = 0
        for _, data in self.repayments():
            if data.get("loan_id") != self.loan_id or "amount_paid" not in data:
                continue
            fen = data["amount_paid"]["amount_minor"]
            if data["event_type"] in MONEY_IN and data["status"] == "SUCCEEDED":
                total += fen
            elif data["event_type"] == "RETURN":
                total -= fen
        return total

    def due(self, before):
        """What is to be paid of what falls due before a day."""
        rows = [s["instalments"] for s in self.data("repayment_schedule", loan_id=self.loan_id)][-1]
        owed = sum(
            row["amount"]["amount_minor"]
            for row in rows
            if date.fromisoformat(row["due_date"]) < before
        )
        return max(0, owed - self.paid())

    def today(self):
        return datetime.fromtimestamp(self.at_ms / 1000, self.zone).date()

    # --- holds

    def holds(self):
        for each in self.state.get("holds", ()):
            since_ms = epoch_ms(each["since"]) if "since" in each else 0
            until_ms = epoch_ms(each["until"]) if "until" in each else FOREVER
            yield Hold(each["kind"], since_ms, until_ms, each.get("loan_id", ""), by_us=False)
        for kept in self.of("outcome"):
            kind, days = BY_OUTCOME.get(kept.record["data"]["outcome"], (None, None))
            if kind:
                yield self._until(kind, kept.at_ms, days, "")
        for kept in self.of("repayment"):
            data = kept.record["data"]
            kind, days = BY_REASON.get(data.get("reason_class"), (None, None))
            if kind:
                loan_id = data.get("loan_id", "") if days else ""
                yield self._until(kind, kept.at_ms, days, loan_id)
        for at_ms, _, body in self.signed():
            if body["kind"] == "hold":
                until_ms = epoch_ms(body["until"]) if body.get("until") else FOREVER
                yield Hold(body["hold"], at_ms, until_ms, body.get("loan_id") or "", by_us=True)

    def _until(self, kind, at_ms, days, loan_id):
        until_ms = at_ms + self.edition[days]["value"] * DAY if days else FOREVER
        return Hold(kind, at_ms, until_ms, loan_id, by_us=True)

    def is_lifted(self, hold):
        return hold.by_us and any(
            len(by) > 1
            and body["kind"] == "lift_hold"
            and body["hold"] == hold.kind
            and (body.get("loan_id") or "") == hold.loan_id
            and at_ms >= hold.since_ms
            for at_ms, by, body in self.signed()
        )

    # --- contacts

    def sent(self):
        """Every contact so far: channel, when, and whether somebody was spoken to."""
        permits = {k.record["data"]["permit_id"]: k for k in self.of("permit")}
        talks = {}
        strangers = []
        for kept in self.of("outcome"):
            data = kept.record["data"]
            talked = data["channel"] == "CALL" and data["outcome"] in TALKED
            if data.get("permit_id") in permits:
                talks[data["permit_id"]] = talks.get(data["permit_id"], False) or talked
            else:
                strangers.append((data["channel"], kept.at_ms, talked))
        for name, kept in permits.items():
            yield kept.record["data"]["channel"], kept.at_ms, talks.get(name, False)
        yield from strangers

    def is_at_night(self):
        said = [c for c in self.state.get("consents", ()) if c["channel"] == self.channel]
        lifts = self.edition["hours"]["night_by_consent"]
        return lifts and bool(said) and all(c.get("given", True) and c.get("night") for c in said)

    def local_times(self):
        zones = self.state.get("zones", ())
        return [datetime.fromtimestamp(self.at_ms / 1000, ZoneInfo(zone)) for zone in zones]


# --- the checks, by name: each returns whether the contact is wrong


def outside_hours(f):
    if f.is_at_night():
        return False
    hours, times = f.edition["hours"], f.local_times()
    return not times or any(
        not hours["opens"] <= t.strftime("%H:%M") < hours["closes"]
        or t.isoweekday() not in hours["weekdays"]
        for t in times
    )


def on_a_holiday(f):
    if f.edition["hours"]["holidays"] or f.is_at_night():
        return False
    known = f.judge.holidays(f.state.get("region"))
    for t in f.local_times():
        day = t.date().isoformat()
        if known is None or not known["first"] <= day <= known["last"]:
            if t.isoweekday() > 5:
                return True
        elif "HOLIDAY" in known.get("days", {}).get(day, ()):
            return True
    return False


def over_a_cap(f):
    for cap in f.edition["caps"]:
        if cap["channel"] != f.channel:
            continue
        since_ms = f.at_ms - cap["within_hours"] * HOUR
        count = sum(
            channel == f.channel and at_ms > since_ms and (talked or not cap.get("talks"))
            for channel, at_ms, talked in f.sent()
        )
        if count + 1 > cap["at_most"]:
            return True
    return False


def above_what_is_due(f):
    asked, today = f.trigger["amount_due"]["amount_minor"], f.today()
    return asked > (f.due(today) or f.due(today + timedelta(days=2)))


def nothing_is_due(f):
    is_dunning = f.trigger["action"] != "STRENGTHEN_MONITORING"
    return is_dunning and not f.due(f.today() + timedelta(days=2))


def on_a_hold(f):
    return any(
        hold.since_ms <= f.at_ms < hold.until_ms
        and hold.loan_id in ("", f.loan_id)
        and not f.is_lifted(hold)
        for hold in f.holds()
    )


def a_payment_is_on_its_way(f):
    begun = {}
    for at_ms, data in f.repayments():
        if data["event_type"] in MONEY_IN and data.get("loan_id") == f.loan_id:
            if data["status"] in ("PENDING", "INITIATED"):
                begun[data["payment_ref"]] = at_ms
            else:
                begun.pop(data["payment_ref"], None)
    within_ms = f.edition["pending_hours"]["value"] * HOUR
    return any(f.at_ms < at_ms + within_ms for at_ms in begun.values())


def paid_a_moment_ago(f):
    within_ms = f.edition["settle_hours"]["value"] * HOUR
    return any(
        at_ms <= f.at_ms < at_ms + within_ms
        for at_ms, data in f.repayments()
        if data["event_type"] in MONEY_IN
        and data["status"] == "SUCCEEDED"
        and data.get("loan_id") == f.loan_id
    )


def without_consent(f):
    said = [c for c in f.state.get("consents", ()) if c["channel"] == f.channel]
    if any(not c.get("given", True) for c in said):
        return True
    return not said and f.channel in f.edition["consent"]["channels"]


def to_a_stranger(f):
    wrong_ms = [
        kept.at_ms
        for kept in f.of("outcome")
        if kept.record["data"]["outcome"] == "WRONG_PARTY"
        and kept.record["data"]["channel"] == f.channel
    ]
    return f.channel not in f.state.get("verified", ()) or any(
        at_ms >= f.state_ms for at_ms in wrong_ms
    )


def by_a_draft(f):
    return not f.accepted


def without_release(f):
    """A call that only the tier asked for: two people must have released it."""
    if "/tier/" not in f.trigger["trigger_id"] or f.trigger["action"] != "EARLY_COLLECTION":
        return False
    people = set()
    for _, by, body in f.signed():
        if body["kind"] == "approve_trigger" and body["trigger_id"] == f.trigger["trigger_id"]:
            people |= by
    return len(people) < 2


def without_a_position(f):
    """The core has not said for more than two days how the loan stands."""
    said = [date.fromisoformat(d["as_of"]) for d in f.data("loan_position", loan_id=f.loan_id)]
    said += [
        datetime.fromisoformat(d["disbursed_at"]).astimezone(f.zone).date()
        for d in f.data("loan_contract", loan_id=f.loan_id)
    ]
    known = datetime.fromtimestamp(f.known_ms / 1000, f.zone).date()  # midnight needs its seconds
    return (known - max(said)).days > 2


CHECKS = {
    check.__name__: check
    for check in (
        outside_hours,
        on_a_holiday,
        over_a_cap,
        above_what_is_due,
        nothing_is_due,
        on_a_hold,
        a_payment_is_on_its_way,
        paid_a_moment_ago,
        without_consent,
        to_a_stranger,
        by_a_draft,
        without_release,
        without_a_position,
    )
}
