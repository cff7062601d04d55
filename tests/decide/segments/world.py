"""Partitions that know of segments, with crossing between them; no rules, no tiers."""

from zlib import crc32

import msgspec

from rules import load as load_rules
from schemas import crossing
from schemas.alert import Phase
from schemas.instants import from_ms
from schemas.journal import RepaymentEvent, Tick
from schemas.reference import BorrowerProfile
from schemas.repayment import Repayment
from stream.crossing.answers import Answers
from stream.decide.borrower import Borrower, load, split_key
from stream.decide.broadcast import Broadcast
from stream.decide.outbox import Outbox
from stream.decide.segments import members, questions, stage
from tests.decide.conftest import RULES, at

PROGRAM = load_rules({"trial.ewl": RULES})
NSF, TECHNICAL = "INSUFFICIENT_FUNDS", "TECHNICAL"
ZONE_HOURS = 8
SEGMENT = "food"
WINDOWS = (7, 14, 28)


def day(number):
    """The date of a day of the trial, in the zone of the rules."""
    return from_ms(at(number) + ZONE_HOURS * 3_600_000).date()


class Cluster:
    """Borrowers spread over partitions, folded by hand."""

    def __init__(self, partitions=1, phase=Phase.LIVE):
        self.phase = phase
        self.places = [Broadcast(n, partitions) for n in range(partitions)]
        for place in self.places:
            place.program = PROGRAM
        self.borrowers = {}
        self.answers = Answers(partitions)
        self.outputs = []
        self.given = []
        self.again = set()
        self.stored = [{} for _ in self.places]
        self.parts = {}

    def place(self, borrower_id):
        return self.places[crc32(borrower_id.encode()) % len(self.places)]

    def borrower(self, borrower_id):
        return self.borrowers.setdefault(borrower_id, Borrower(borrower_id))

    def join(self, borrower_id, *segments):
        """A profile that names these segments."""
        borrower = self.borrower(borrower_id)
        borrower.references.profile = BorrowerProfile(borrower_id=borrower_id, segment_ids=segments)
        members.on_profile(borrower, self.place(borrower_id))

    def members(self, count, segment=SEGMENT):
        for n in range(count):
            self.join(f"brw_{n}", segment)
        return [f"brw_{n}" for n in range(count)]

    def close(self, borrower_id, number, ratio, *, reopened=None):
        """The borrower closes a day: `ratio` in millionths, or by window."""
        ratios = ratio if isinstance(ratio, dict) else dict.fromkeys(WINDOWS, ratio)
        place = self.place(borrower_id)
        members.on_day_closed(
            self.borrower(borrower_id), day(number), ratios, place, reopened=reopened
        )

    def attempt(self, borrower_id, days, status, *, key, reason=None, source="lms", **data):
        """A collection attempt, new unless it names a version."""
        event = attempted(borrower_id, days, status, key=key, reason=reason, source=source, **data)
        is_new = data.get("record_version", 1) == 1
        members.on_event(self.borrower(borrower_id), event, self.place(borrower_id), is_new=is_new)
        return event

    def tier(self, borrower_id, days, after, *, taken_back=False):
        borrower = self.borrower(borrower_id)
        before, borrower.header.tier = borrower.header.tier, after
        borrower.changed.add("header")
        members.on_tier(borrower, before, at(days), self.place(borrower_id), taken_back=taken_back)

    def tick(self, days, **alive):
        """A tick in every partition, and crossing's answers; sources heard as `acq=3.5`."""
        heard = {"acq": days} | alive
        marks = {f"{source}/pos_clearing": at(when) for source, when in heard.items()}
        tick = Tick(wall_at_ms=at(days), input_at_ms=at(days), watermarks=marks)
        told = []
        for place in self.places:
            place.tick(tick)
            outbox = Outbox(self.phase)
            stage.on_tick(place, outbox)
            told += [crossing.decode(each.value) for each in outbox.outputs]
        for each in told:
            for answer in self.answers.take(each):
                self.answer(answer)
        return told

    def answer(self, record):
        """Every partition takes an answer."""
        self.given.append(record)
        for place in self.places:
            outbox = Outbox(self.phase)
            again = stage.on_answer(record, place, outbox)
            self.again |= {again.segment} - {""}
            self.outputs += outbox.outputs

    def carry(self):
        for place in self.places:
            outbox = Outbox(Phase.LIVE)
            stage.carry(place, outbox)
            self.outputs += outbox.outputs

    def alerts(self):
        """Id, tier and transition of what was handed out, in order."""
        return [(a["alert_id"], a["tier"], a["transition"]) for a in self.told("alerts")]

    def told(self, topic):
        return [msgspec.json.decode(o.value) for o in self.outputs if o.topic == topic]

    def peers(self, borrower_id):
        return questions.peers_of(self.borrower(borrower_id), self.place(borrower_id))

    def is_damped(self, borrower_id):
        return questions.is_damped(self.borrower(borrower_id), self.place(borrower_id))

    def restart(self):
        """Every partition dies and goes on from what it had stored."""
        for n, place in enumerate(self.places):
            self.stored[n] |= dict(place.segments.store())
            fresh = Broadcast(n, len(self.places))
            fresh.program, fresh.position = PROGRAM, place.position
            for key, value in self.stored[n].items():
                assert fresh.segments.restore(key, value)
            self.places[n] = fresh
        for borrower_id, borrower in self.borrowers.items():
            parts = self.parts.setdefault(borrower_id, {})
            parts |= {split_key(key)[1]: value for key, value in borrower.store()}
            self.borrowers[borrower_id] = load(borrower_id, parts)


def attempted(borrower_id, days, status, *, key, reason=None, source="lms", **data):
    """A collection attempt as it comes out of the journal."""
    said = {"event_type": "COLLECTION_ATTEMPT", "loan_id": "ln_1", "reason_class": reason}
    return RepaymentEvent(
        event_id="e",
        source=source,
        borrower_id=borrower_id,
        business_key=key,
        event_at_ms=at(days),
        wall_arrival_at_ms=at(days),
        data=msgspec.convert(said | {"status": status} | data, Repayment),
    )
