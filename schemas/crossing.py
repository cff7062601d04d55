"""What the partitions tell crossing: their part of what is a total over all of them.

Records of the topic `crossings`. Each is all that a partition has towards one total in one round,
never what has changed since: so a round that is lost loses nothing, and one that is told again
changes nothing. Rounds follow from ticks, which all partitions have.

    day_closed, claimed    one business date of one feed            key: feed/date
    sales_told             members' sales over expected, one day     key: segments/lane
    members_told           members, and who came to be worried about key: segments/lane
    attempts_told          collection attempts by channel            key: attempts
    ties_told              the tie-out of one day                    key: ties/date
    lateness_told          how late events came, by feed             key: lateness
    models_told            what detectors said of members, counted   key: segments/lane
    ews_told               examples of D8 that have matured          key: ews
    fitness_told           what the detectors said, 28 days          key: fitness
    payees_told            borrowers by the payee they turned to     key: payees

Segments are told in lanes: a partition tells all lanes in each round, the empty ones too, since
it does not know which segments the others have.
"""

from datetime import date
from typing import Annotated, Final
from zlib import crc32

import msgspec

from schemas.feed import StreamName, Totals
from schemas.fitness import FitnessCounts, Shares
from schemas.journal import EpochMs
from schemas.tokens import CounterpartyToken, Reference

LANES: Final = 4
"""So many records share what a partition tells of its segments: none gets too large [D]."""

LATENESS_BANDS_MS: Final = tuple(round(1_000 * 2 ** (step / 4)) for step in range(4 * 22 + 1))
"""The upper ends of the bands of lateness: a second, then four to the doubling, up to 48 days. A
percentile is known to a fifth of itself."""

EWS_LANES: Final = 4
"""As `LANES`, of what D8 learns from."""

EWS_KEY_LENGTH: Final = 16

Partition = Annotated[int, msgspec.Meta(ge=0)]
Lane = Annotated[int, msgspec.Meta(ge=0, lt=LANES)]


class DayClosed(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="day_closed"):
    """One partition has applied all that it has of the date: so much, duplicates left out.

    `at_ms` is the time of the tick at which that was so.
    """

    source: Reference
    stream: StreamName
    business_date: date
    partition: Partition
    at_ms: EpochMs
    totals: Totals


class Claimed(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="claimed"):
    """What the source itself says, once for the cluster; its highest `version` counts."""

    source: Reference
    stream: StreamName
    business_date: date
    version: Annotated[int, msgspec.Meta(ge=1, le=999)]
    totals: Totals


class SegmentSales(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The members of one segment that have closed one day.

    Attributes:
        ratios: By window in days: how many members have which ratio of sales over expected
            sales, in thousandths, rounded down.
        asked: Members of whom it is known whether they have sold since the festival.
        reopened: Those of them that have.
    """

    ratios: dict[int, dict[int, int]] = {}
    asked: int = 0
    reopened: int = 0


class SalesTold(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sales_told"):
    """One partition's members' sales up to the end of `day`, told once for each day."""

    lane: Lane
    partition: Partition
    day: date
    at_ms: EpochMs
    segments: dict[str, SegmentSales]


class SegmentMembers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who belongs to one segment, and how many came to moderate or more from below, by day."""

    members: int = 0
    raised: dict[date, int] = {}


class MembersTold(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="members_told"):
    """One partition's members at the beginning of an hour; `day` is the one that it ends."""

    lane: Lane
    partition: Partition
    day: date
    at_ms: EpochMs
    segments: dict[str, SegmentMembers]


class Attempts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Collection attempts over one channel: how many, and those that failed, by reason class."""

    attempts: int = 0
    failed: dict[str, int] = {}


class AttemptsTold(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="attempts_told"
):
    """One partition's attempts by day and channel: of `day`, and of its weekday before."""

    partition: Partition
    day: date
    at_ms: EpochMs
    days: dict[date, dict[str, Attempts]]


class TiesTold(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="ties_told"):
    """What the tie-out of `day` says of one partition's loans (`stream/ledger/morning.py`).

    How many loans by verdict and by cause, and the ids of the first that differ.
    """

    partition: Partition
    day: date
    at_ms: EpochMs
    ties: dict[str, int]
    causes: dict[str, int]
    differing: tuple[str, ...] = ()


Bands = dict[int, int]
"""How many events came how late, by the number of the band in `LATENESS_BANDS_MS`."""


class LatenessTold(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="lateness_told"
):
    """How late the events of one partition came, by feed and day: on `day`, and on those before."""

    partition: Partition
    day: date
    at_ms: EpochMs
    feeds: dict[str, dict[date, Bands]]


class ModelsTold(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="models_told"):
    """What one partition's detectors have said of the members of each segment, told once a day.

    `segments` has by segment and name a vector of counts, as text (`detectors.counts`); `default`
    is the sum of all.
    """

    lane: Lane
    partition: Partition
    day: date
    at_ms: EpochMs
    segments: dict[str, dict[str, str]]


class EwsTold(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="ews_told"):
    """One partition's examples of D8 that have matured, in one lane, in the round of `day`.

    `rounds`: by the day of the round in which they came to have matured, of this one and of those
    before it. Each example is `EWS_KEY_LENGTH` hexadecimal digits, by which it is put in order and
    which name nobody, and its row (`detectors.judgement`), base64.
    """

    lane: Annotated[int, msgspec.Meta(ge=0, lt=EWS_LANES)]
    partition: Partition
    day: date
    at_ms: EpochMs
    rounds: dict[date, tuple[str, ...]]


class FitnessTold(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="fitness_told"):
    """What one partition counts of the detectors in the days that end with `day`.

    `since` is from which day on those are compared anew that people have said something about;
    `shares` what people have said of closed cases by trait, of a longer time (`SHARE_BLOCKS`).
    """

    partition: Partition
    day: date
    at_ms: EpochMs
    models: dict[str, FitnessCounts]
    since: dict[str, date]
    shares: dict[str, Shares] = {}


class PayeesTold(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="payees_told"):
    """How many borrowers of one partition have turned to which payee, told once an hour.

    A borrower is of one partition alone, so these add up.
    """

    partition: Partition
    at_ms: EpochMs
    payees: dict[CounterpartyToken, Annotated[int, msgspec.Meta(ge=1)]]


Crossing = (
    DayClosed
    | Claimed
    | SalesTold
    | MembersTold
    | AttemptsTold
    | TiesTold
    | LatenessTold
    | ModelsTold
    | EwsTold
    | FitnessTold
    | PayeesTold
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Crossing] = msgspec.json.Decoder(Crossing)


def encode(record: Crossing) -> bytes:
    """Return the record as it stands on the topic."""
    return _encoder.encode(record)


def decode(value: bytes) -> Crossing:
    """Read one record.

    Raises:
        msgspec.DecodeError: If it is none.
    """
    return _decoder.decode(value)


def key_of(record: Crossing) -> bytes:  # noqa: PLR0911 - a table
    """Return the Kafka key: all that is added up together meets in one partition."""
    match record:
        case DayClosed() | Claimed():
            return f"{record.source}/{record.stream}/{record.business_date}".encode()
        case SalesTold() | MembersTold() | ModelsTold():
            return f"segments/{record.lane}".encode()
        case AttemptsTold():
            return b"attempts"
        case TiesTold():
            return f"ties/{record.day}".encode()
        case LatenessTold():
            return b"lateness"
        case EwsTold():
            return b"ews"
        case FitnessTold():
            return b"fitness"
        case PayeesTold():
            return b"payees"


def lane_of(segment_id: str) -> int:
    """Return the lane in which a segment is told.

    Examples:
        >>> lane_of("food"), lane_of("hotel")
        (3, 1)
    """
    return crc32(segment_id.encode()) % LANES


def ews_lane_of(example: str) -> int:
    """Return the lane in which an example of D8 is told.

    Examples:
        >>> ews_lane_of("00000000000000a6")
        2
    """
    return int(example[:EWS_KEY_LENGTH], 16) % EWS_LANES
