"""The journal: one log of everything that can change a decision, partitioned by borrower.

A record is a JSON object whose `kind` says which of the structs below it is. Its Kafka key is
the borrower's id, or one of `TICK_KEY` and `CONTROL_KEY` for what is copied into every
partition. Ingest writes records, `step` folds them, and nothing else decides anything
(architecture.md 2).

Invariants: a record names no partition and no offset, so that a journal can be split; both
times stand in it (`observed_at_ms` of the source, `wall_arrival_at_ms` of ingest), and `step`
chooses by its phase.
"""

from datetime import date
from typing import Annotated

import msgspec

from schemas import permit
from schemas.feed import Count, StreamName, Totals
from schemas.fitness import FitnessCounts, Shares
from schemas.pos_clearing import PosClearing
from schemas.reference import (
    BorrowerProfile,
    ContactState,
    LoanContract,
    LoanPosition,
    PartyLink,
    RepaymentSchedule,
    TokenAlias,
)
from schemas.repayment import Repayment
from schemas.settlement import Settlement
from schemas.signing import Signed
from schemas.tokens import BorrowerId, Code, CounterpartyToken, Reference

TICK_KEY = b"#tick"
CONTROL_KEY = b"#control"
FEED_KEY = b"#feed"
"""Of what concerns the feed of one source: a closed date, and whether it is verified."""
SEGMENT_KEY = b"#segment"
"""Of what crossing answers about all borrowers, or those of one segment."""

EpochMs = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""Epoch milliseconds up to the year 9999."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    event_id: Reference
    source: Reference
    borrower_id: BorrowerId
    business_key: str
    event_at_ms: EpochMs
    wall_arrival_at_ms: EpochMs
    observed_at_ms: EpochMs | None = None
    copy: Annotated[int, msgspec.Meta(ge=0)] = 0
    """An event of several borrowers has a copy for each; totals count the one that is 0."""


class RepaymentEvent(_Event, frozen=True, kw_only=True, tag="repayment"):
    """An event of one of the borrower's loans."""

    data: Repayment


class SettlementEvent(_Event, frozen=True, kw_only=True, tag="settlement"):
    """An event of an account linked to the borrower."""

    data: Settlement


class PosClearingEvent(_Event, frozen=True, kw_only=True, tag="pos_clearing"):
    """A cleared transaction of a merchant linked to the borrower."""

    data: PosClearing


Event = RepaymentEvent | SettlementEvent | PosClearingEvent


class _Reference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    borrower_id: BorrowerId
    record_id: Reference
    effective_at_ms: EpochMs
    wall_arrival_at_ms: EpochMs


class LoanContractRecord(_Reference, frozen=True, kw_only=True, tag="loan_contract"):
    """A loan of the borrower."""

    data: LoanContract


class RepaymentScheduleRecord(_Reference, frozen=True, kw_only=True, tag="repayment_schedule"):
    """A schedule version of one of the borrower's loans."""

    data: RepaymentSchedule


class LoanPositionRecord(_Reference, frozen=True, kw_only=True, tag="loan_position"):
    """How one of the borrower's loans stood in the core system on one day."""

    data: LoanPosition


class BorrowerProfileRecord(_Reference, frozen=True, kw_only=True, tag="borrower_profile"):
    """The borrower's profile."""

    data: BorrowerProfile


class PartyLinkRecord(_Reference, frozen=True, kw_only=True, tag="party_link"):
    """A token of the borrower."""

    data: PartyLink


class TokenAliasRecord(_Reference, frozen=True, kw_only=True, tag="token_alias"):
    """A token of the borrower under a newer key."""

    data: TokenAlias


class ContactStateRecord(_Reference, frozen=True, kw_only=True, tag="contact_state"):
    """Whether and how the borrower may be contacted."""

    data: ContactState


ReferenceRecord = (
    LoanContractRecord
    | RepaymentScheduleRecord
    | LoanPositionRecord
    | BorrowerProfileRecord
    | PartyLinkRecord
    | TokenAliasRecord
    | ContactStateRecord
)


class Tick(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="tick"
):
    """What time it is, on both clocks; `step` takes the one of its phase.

    `input_at_ms` is the least clock that every partition of every stream has reached, `None`
    while one of them has said nothing. The others are by feed (`schemas.feed.feed_name`), and
    what is not known of a feed is not there:

    `watermarks`: the latest heartbeat that every partition of the feed's topic has had.
    `held`: the earliest event of the feed that waits for its party: it is not read yet.
    `closed`: the last business date that every partition has closed, and all of it is read.
    """

    wall_at_ms: EpochMs
    input_at_ms: EpochMs | None = None
    watermarks: dict[str, EpochMs] = {}
    held: dict[str, EpochMs] = {}
    closed: dict[str, date] = {}


class Control(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="control"
):
    """A copy of one record of the `control` topic; `signed` is `None` where it was unreadable.

    `seq` and `prev_seq` are its own and the previous record's number, -1 before the first: a
    copy whose `prev_seq` is not the last one applied tells of a gap.
    """

    seq: Annotated[int, msgspec.Meta(ge=0)]
    prev_seq: Annotated[int, msgspec.Meta(ge=-1)]
    signed: Signed | None = None
    void_reason: str | None = None


class DateClosed(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="business_date_closed"
):
    """What a source says of one of its business dates, copied into every partition.

    That the date is closed follows from a tick; said again with other totals, the latest counts.
    """

    source: Reference
    stream: StreamName
    business_date: date
    totals: Totals
    wall_arrival_at_ms: EpochMs


class DateVerified(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="date_verified"
):
    """Crossing's verdict on a business date, over all partitions, copied into each of them.

    A higher `version` of the same date replaces a lower one.
    """

    source: Reference
    stream: StreamName
    business_date: date
    version: Annotated[int, msgspec.Meta(ge=1)]
    ok: bool
    expected: Totals
    applied: Totals


class Action(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="action"):
    """What an operator did about a borrower, as signed by the desk."""

    borrower_id: BorrowerId
    wall_arrival_at_ms: EpochMs
    signed: Signed


class Permit(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="permit"):
    """Dispatch allowed one contact at the moment of sending."""

    borrower_id: BorrowerId
    wall_arrival_at_ms: EpochMs
    data: permit.Permit


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="outcome"):
    """What an executor reports of a contact."""

    borrower_id: BorrowerId
    wall_arrival_at_ms: EpochMs
    data: permit.CollectionOutcome


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """How late the 95th of a hundred events of a feed comes, of `n` of the day, and usually."""

    p95_ms: EpochMs
    usual_ms: EpochMs
    n: Count


class LatenessSnapshot(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="lateness_snapshot"
):
    """The feeds whose events come far later than they use to, over all partitions."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    day: date
    at_ms: EpochMs
    late: dict[str, Late]


class FitnessSnapshot(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="fitness_snapshot"
):
    """What the detectors said in the 28 days that end with `day`, over all partitions, by model.

    `since` is from which day on those are compared anew that people have said something about;
    `shares` what people have said of closed cases by trait, of a longer time (`SHARE_BLOCKS`).
    """

    version: Annotated[int, msgspec.Meta(ge=1)]
    day: date
    at_ms: EpochMs
    models: dict[str, FitnessCounts]
    since: dict[str, date]
    shares: dict[str, Shares] = {}


class SegmentSnapshot(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="segment_snapshot"
):
    """The sales of a segment's members over all partitions, up to the end of `day`.

    Each member's ratio is its sales over its expected sales, in millionths, by window in days.

    Attributes:
        version: A higher one replaces a lower one; as in the two records below.
        at_ms: When the partitions told of it.
        members: How many have a ratio of the shortest window.
        ratios: The median over members.
        tenths: What nine of ten members are not below.
        asked: How many are known to have sold, or not, since the festival.
        reopened: The share of those that have, in millionths; `None` where nobody was asked.
    """

    segment_id: Code
    version: Annotated[int, msgspec.Meta(ge=1)]
    day: date
    at_ms: EpochMs
    members: Count
    ratios: dict[int, int]
    tenths: dict[int, int]
    asked: Count = 0
    reopened: int | None = None


class SegmentTiers(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="segment_tiers"
):
    """How many of a segment's members came to moderate or more from below, over all partitions.

    Attributes:
        members: Borrowers of the segment.
        raised: Those that came there within the seven days that end with `day`.
        before: Those within the eight weeks before these.
    """

    segment_id: Code
    version: Annotated[int, msgspec.Meta(ge=1)]
    day: date
    at_ms: EpochMs
    members: Count
    raised: int
    before: int


class CollectionSnapshot(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="collection_snapshot"
):
    """The collection attempts of `day` so far, over all partitions, against its weekday before.

    Attributes:
        attempts: Attempts of the day that came to an end.
        failed: Those of them that failed.
        usual_attempts: Of the weekdays that it is compared with, added up.
        usual_failed: Those of them that failed.
        bound: No more than so many failures are chance; `None` while too few days are known.
        channels: Where more than the policy's share of the excess is: `psp-1`, or `#TECHNICAL`
            for what failed by that reason; the share in millionths.
    """

    version: Annotated[int, msgspec.Meta(ge=1)]
    day: date
    at_ms: EpochMs
    attempts: Count
    failed: Count
    usual_attempts: Count
    usual_failed: Count
    bound: int | None = None
    channels: dict[str, int] = {}


class MorningRecord(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="morning_record"
):
    """The tie-out of `day` over all partitions: how many loans by verdict and by cause."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    day: date
    at_ms: EpochMs
    ties: dict[str, int]
    causes: dict[str, int]
    differing: tuple[str, ...] = ()


class SegmentModel(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="segment_model"
):
    """What detectors have said of a segment's members, over all partitions, up to `day`.

    `counts` has by name a vector of counts, as text (`detectors.counts`).
    """

    segment_id: Code
    version: Annotated[int, msgspec.Meta(ge=1)]
    day: date
    at_ms: EpochMs
    counts: dict[str, str]


class EwsExamples(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="ews_examples"):
    """What D8 learns in one round, over all partitions, in the order in which it learns.

    Attributes:
        version: The day of the round, as a number: a round is learned once.
        day: The day of the round.
        at_ms: When the partitions told of it.
        part: Which record of the round this is, from 0.
        parts: How many there are.
        rounds: As in `schemas.crossing.EwsTold`, put in order.
    """

    version: Annotated[int, msgspec.Meta(ge=1)]
    day: date
    at_ms: EpochMs
    part: Count
    parts: Annotated[int, msgspec.Meta(ge=1)]
    rounds: dict[date, tuple[str, ...]]


class PayeeSnapshot(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="payee_snapshot"
):
    """How many borrowers have turned to which payee, over all partitions; without those of one.

    Attributes:
        version: The round, which grows.
        at_ms: When the partitions told of it.
        shared: By payee.
    """

    version: Annotated[int, msgspec.Meta(ge=0)]
    at_ms: EpochMs
    shared: dict[CounterpartyToken, Annotated[int, msgspec.Meta(ge=2)]]


Answered = SegmentSnapshot | SegmentTiers | CollectionSnapshot | MorningRecord
"""What crossing answers into every partition, beside its verdicts on business dates."""

JournalRecord = (
    Event
    | ReferenceRecord
    | Tick
    | Control
    | DateClosed
    | DateVerified
    | LatenessSnapshot
    | SegmentModel
    | FitnessSnapshot
    | Action
    | Permit
    | Outcome
    | Answered
    | EwsExamples
    | PayeeSnapshot
)


def stream_of(event: Event) -> str:
    """Return the stream of an event: `repayment`, `settlement` or `pos_clearing`."""
    return str(type(event).__struct_config__.tag)


def key_of(record: JournalRecord) -> bytes:
    """Return the key under which a record stands: that of its borrower, or of what concerns all."""
    match record:
        case Tick():
            return TICK_KEY
        case Control():
            return CONTROL_KEY
        case DateClosed() | DateVerified() | LatenessSnapshot():
            return FEED_KEY
        case (
            SegmentSnapshot()
            | SegmentTiers()
            | SegmentModel()
            | CollectionSnapshot()
            | MorningRecord()
            | EwsExamples()
            | FitnessSnapshot()
            | PayeeSnapshot()
        ):
            return SEGMENT_KEY
        case _:
            return record.borrower_id.encode()


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[JournalRecord] = msgspec.json.Decoder(JournalRecord)


def encode(record: JournalRecord) -> bytes:
    """Return the record as it stands in the journal."""
    return _encoder.encode(record)


def decode(value: bytes) -> JournalRecord:
    """Read one journal record.

    Raises:
        msgspec.DecodeError: If the value is no JSON, or (`msgspec.ValidationError`) no record;
            the message ends in the path of the field.
    """
    return _decoder.decode(value)
