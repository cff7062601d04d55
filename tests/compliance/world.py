"""Decisions as the monitor would publish them, and a feed to fold them into."""

import base64
import itertools
from datetime import date
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.alert import Alert, Cause, MeasureValue, Phase, RuleVersion, Text, Transition
from schemas.book_day import OF_PARTITION, BookCell, DayClosed, FloorDiff
from schemas.collection_trigger import (
    Answer,
    Channel,
    CollectionAction,
    CollectionTrigger,
    Guard,
    GuardResult,
    Op,
    ProfileVersion,
)
from schemas.compliance import CompliancePayload
from schemas.decision import ControlNote, Decision, DecisionKind, TieOut
from schemas.instants import DAY_MS, HOUR_MS, from_ms, parse, wire
from schemas.model import Check, Demotion, Verdict
from schemas.money import Money
from schemas.signing import Right, Signed, Trust, TrustedKey, sign
from schemas.tier import (
    Admission,
    AdmissionReason,
    Admitted,
    CountedWarning,
    FloorFacts,
    PolicyVersion,
    TierChange,
    TierScore,
    change_id,
)
from stream.compliance.fold import ACTIONS, DECISIONS, Feed
from stream.compliance.log import House
from stream.record.heads import HeadSigner

START_MS = 20_600 * DAY_MS
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
PEOPLE = {name: Ed25519PrivateKey.from_private_bytes(name.encode() * 32) for name in "co"}
RIGHTS = {"c": Right.COMPLIANCE, "o": Right.CONTROL}
TRUST = Trust(
    keys=tuple(
        TrustedKey(
            key_id=name,
            signer=name,
            public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
            rights=(RIGHTS[name],),
        )
        for name, key in PEOPLE.items()
    )
)
POLICY = PolicyVersion(name="default", version=1, fingerprint="ab" * 8)
WORDS = Text(en="failed on 2 days, loan ln_7", zh="2天扣款失败,贷款 ln_7")
SCORE = MeasureValue(name="score", value=0.4375, unit="score", threshold=">= 0.3")


def at(hours):
    return wire(START_MS + round(hours * HOUR_MS))


def decision(subject_id, ordinal, kind, hours, *, phase=Phase.LIVE, subject_kind="BORROWER", **how):
    return Decision(
        decision_id=f"{subject_id}/{ordinal}",
        subject_kind=subject_kind,
        subject_id=subject_id,
        ordinal=ordinal,
        kind=kind,
        at=at(hours),
        phase=phase,
        **how,
    )


def tier(borrower, ordinal, hours, *move, cause=Cause.SIGNAL, entity="le1", **how):
    before, after = move
    warning = CountedWarning(
        alert_id=f"{borrower}/rp02_failed_debit/1/1",
        rule="rp02_failed_debit",
        signal="RP02",
        family="repayment",
        tier=2,
        hard=True,
        measures=(MeasureValue(name="days", value=2, unit="days", window="30 days", n=2),),
    )
    change = TierChange(
        change_id=change_id(borrower, entity, ordinal),
        borrower_id=borrower,
        legal_entity=entity,
        sequence_no=ordinal,
        from_=before,
        to=after,
        cause=cause,
        phase=Phase.LIVE,
        at=at(hours),
        hard=True,
        score=TierScore(total=0.4375, families=()),
        floor=FloorFacts(tier="mild", dpd=2),
        admission=Admission(to=Admitted.PERSON, reason=AdmissionReason.HARD_FACT),
        reason=WORDS,
        clears_when=WORDS,
        policy=POLICY,
        ruleset="postloan",
        ruleset_version=7,
        measures=(SCORE,),
        warnings=(warning,),
        contributing_alert_ids=(warning.alert_id,),
        evidence_event_ids=("core-4711",),
    )
    return decision(borrower, ordinal, DecisionKind.TIER, hours, tier_change=change, **how)


def trigger(borrower, ordinal, hours, op=Op.PROPOSE, **guards):
    told = CollectionTrigger(
        trigger_id=f"{borrower}/ln_7/d3",
        ordinal=1,
        op=op,
        action=CollectionAction.REMIND,
        channel=Channel.MESSAGE,
        borrower_id=borrower,
        loan_id="ln_7",
        legal_entity="le1",
        tier="mild",
        cause=Cause.SIGNAL,
        phase=Phase.LIVE,
        at=at(hours),
        amount_due=Money(amount_minor=12_300, currency="CNY"),
        reason=WORDS,
        profile=ProfileVersion(name="DEFAULT", version=1, draft=False),
        guards=tuple(
            GuardResult(
                guard=guard,
                answer=Answer(guards.get(guard.value, "ALLOW")),
                detail="",
                legal_basis="house rule",
            )
            for guard in Guard
        ),
    )
    return decision(borrower, ordinal, DecisionKind.TRIGGER, hours, trigger=told)


def warning(subject, ordinal, hours, signal, *, segment=False, transition=Transition.OPENED):
    alert = Alert(
        alert_id=f"{subject}/{signal.lower()}/1/1",
        subject_kind="SEGMENT" if segment else "BORROWER",
        subject_id=subject,
        borrower_id="" if segment else subject,
        signal=signal,
        family="diversion",
        lane="credit",
        tier="moderate",
        previous_tier="none",
        hard=False,
        transition=transition,
        cause=Cause.SIGNAL,
        phase=Phase.LIVE,
        episode=1,
        ordinal=1,
        effective_from=at(hours - 1),
        detected_at=at(hours),
        title=WORDS,
        reason=WORDS,
        clears_when=WORDS,
        rule=RuleVersion(name=signal.lower(), fingerprint="cd", ruleset="x", ruleset_version=1),
        measures=(SCORE,),
    )
    kind = "SEGMENT" if segment else "BORROWER"
    return decision(subject, ordinal, DecisionKind.EPISODE, hours, subject_kind=kind, alert=alert)


def control(ordinal, hours, **how):
    note = ControlNote(
        record_id=f"rules-{ordinal}",
        subject="ruleset",
        author="a",
        approver="b",
        issued_at=at(hours),
        digest="ef" * 32,
    )
    return decision(
        "#control",
        ordinal,
        DecisionKind.CONTROL_APPLIED,
        hours,
        subject_kind="CONTROL",
        control=note,
        **how,
    )


def demotion(ordinal, hours, **how):
    """The machine no longer hears a detector."""
    found = Check(signal="H06", verdict=Verdict.ACT, value=0.31, critical=0.01, n=5_000)
    told = Demotion(detector="amount", version=1, day=date(2026, 5, 31), rounds=2, checks=(found,))
    return decision(
        "detector:amount",
        ordinal,
        DecisionKind.MODEL_DEMOTED,
        hours,
        subject_kind="MODEL",
        demotion=told,
        **how,
    )


def morning(ordinal, hours, day, **ties):
    return decision(
        "#book",
        ordinal,
        DecisionKind.MORNING,
        hours,
        subject_kind="SEGMENT",
        about=day,
        detail="1 of 2 equal (ln_7)",
        tie_out=TieOut(ties=ties, causes={}),
    )


def closed(partition, day, hours, *cells, **how):
    """A partition's closed day; a cell is (tier, dpd, loans, exposure)."""
    book = tuple(
        BookCell(
            legal_entity="le1",
            tier=word,
            dpd=dpd,
            class_floor="NORMAL",
            currency="CNY",
            loans=loans,
            exposure_minor=exposure,
        )
        for word, dpd, loans, exposure in cells
    )
    told = DayClosed(day=date.fromisoformat(day), partition=partition, cells=book, **how)
    name = f"{OF_PARTITION}{partition}"
    kind = DecisionKind.DAY_CLOSED
    return decision(name, int(hours), kind, hours, subject_kind="PARTITION", day=told)


def floor(borrower, loan):
    return FloorDiff(
        borrower_id=borrower,
        loan_id=loan,
        legal_entity="le1",
        booked_class="NORMAL",
        class_floor="SUBSTANDARD",
        dpd=95,
    )


_ids = itertools.count()


def action(body, *, by="c", author=None, record_id=None, hours=1):
    """A signed compliance action, as bytes."""
    payload = CompliancePayload(
        record_id=record_id or f"act-{next(_ids)}",
        author=author or by,
        issued_at=from_ms(START_MS + hours * HOUR_MS),
        body=body,
    )
    text = msgspec.json.encode(payload).decode()
    signature = sign(text, key_id=by, key=PEOPLE[by])
    return msgspec.json.encode(Signed(payload=text, signatures=(signature,)))


class Keys:
    """Makes keys in an order that a test knows."""

    def __init__(self):
        self._count = itertools.count()

    def __call__(self):
        return sha256(b"%d" % next(self._count)).digest()


class World:
    """A feed, what was given to it, and what it wrote."""

    def __init__(self, partitions=2):
        self.keys = Keys()
        self.partitions = partitions
        self.feed = self.fresh()
        self.written = []
        self.stored = {}
        self.changes = []
        self.given = []
        self._offsets = {}

    def fresh(self):
        signer = HeadSigner(LOG_KEY, "lender")
        house = House(tenant="lender", jurisdiction="CN", signer=signer, new_key=self.keys)
        return Feed(house, TRUST, partitions=self.partitions)

    def decide(self, decided, partition=0, now_hours=None):
        """Take a decision; by default at its own time."""
        value = msgspec.json.encode(decided)
        now_ms = parse(decided.at) if now_hours is None else START_MS + now_hours * HOUR_MS
        return self.give(DECISIONS, partition, value, now_ms)

    def act(self, body, hours=1, **how):
        return self.give(ACTIONS, 0, action(body, hours=hours, **how), START_MS + hours * HOUR_MS)

    def give(self, topic, partition, value, now_ms):
        offset = self._offsets.get((topic, partition), -1) + 1
        self._offsets[topic, partition] = offset
        self.given.append((topic, partition, offset, value, int(now_ms)))
        self.feed.take(*self.given[-1])
        self.save()
        return self

    def save(self):
        self.written += self.feed.messages()
        changes = self.feed.changes()
        self.changes += changes
        self.stored |= dict(changes)

    def restart(self):
        """Die, and go on from what was stored, read from a log that nobody has compacted."""
        self.feed = self.fresh()
        for key, value in self.changes:
            self.feed.restore(key, value)
        return self

    def of(self, topic):
        return [msgspec.json.decode(each.value) for each in self.written if each.topic == topic]

    @property
    def records(self):
        return [each["record"] for each in self.of("compliance-feed")]

    @property
    def heads(self):
        return self.of("compliance-heads")

    def kinds(self):
        return [each["kind"] for each in self.records]
