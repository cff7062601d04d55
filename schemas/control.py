"""Control records: what governs every borrower alike, signed and applied in one order.

The body of a record is one of the structs below; around it stand an id that may be used once,
the subject that it is about, and the record that it supersedes: so an old record sent again
does nothing (architecture.md 2, Broadcast).
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from schemas.conduct import ConductProfile
from schemas.feed import StreamName
from schemas.instants import Instant
from schemas.operators import OperatorClass
from schemas.tokens import Code, Reference


class Clock(StrEnum):
    """What time goes by: the input's own clock, or the wall's."""

    INPUT = "input"
    WALL = "wall"


class RuleSetBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="ruleset"):
    """The analysts' rule files, whole: path to text."""

    files: dict[str, str]


class ParametersBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="parameters"):
    """Segment priors of one detector: segment to values, `default` among them."""

    detector: Code
    segments: dict[str, dict[str, Any]]


class ListBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="list"):
    """The members of one list that rules name with `@`."""

    name: Annotated[str, msgspec.Meta(pattern=r"^@[A-Za-z_][A-Za-z0-9_]*$(?!\n)")]
    members: tuple[str, ...]


class GoLiveBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="go_live"):
    """The end of bootstrap, once; names the clock to go on with."""

    clock: Clock


class FeedKind(StrEnum):
    """How one learns that all of a feed's events up to some time are there.

    `stream`: from its heartbeats, after a while. `file`: from a business date that it has closed
    and whose totals are what we have. `retired`: it feeds nobody any more.
    """

    STREAM = "stream"
    FILE = "file"
    RETIRED = "retired"


class FileDays(StrEnum):
    """Which business dates a source of files closes.

    `SOME_DAYS`: a date that it never closes is taken for one without business.
    """

    EVERY_DAY = "every_day"
    SOME_DAYS = "some_days"


class FeedSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is expected of one source on one stream; `None` is the stream's own default.

    `watermark_delay_min`: how long after a heartbeat absence is believed. `repair_horizon_days`:
    how late an event still repairs windows. `silent_after_min`: how long it may stand still
    before somebody is told. `tz` and `cut_over` say when its business dates end: at 23:00 with
    `"23:00"`, at midnight with `"24:00"`. Of a file, dates before `verify_from` are taken for
    granted: for a feed that is declared while it runs, or a date that nobody will repair. `closes`
    says whether a date without a closing record is a date that is missing.
    """

    source: Reference
    stream: StreamName
    kind: FeedKind = FeedKind.STREAM
    watermark_delay_min: Annotated[int, msgspec.Meta(ge=0, le=14 * 1440)] | None = None
    repair_horizon_days: Annotated[int, msgspec.Meta(ge=1, le=400)] | None = None
    silent_after_min: Annotated[int, msgspec.Meta(ge=1, le=60 * 1440)] | None = None
    tz: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_+/-]{1,64}$")] = "UTC"
    cut_over: Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")] = (
        "24:00"
    )
    verify_from: date | None = None
    closes: FileDays = FileDays.EVERY_DAY


class SourcesBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sources"):
    """The feeds that are to be missed when they fall silent, all of them."""

    feeds: tuple[FeedSpec, ...]


class RegionDays(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The special days of a region, complete from `first` to `last`.

    A day's words: `HOLIDAY` (no business although it is no weekend), `WORKDAY` (business although
    it is one), and phases such as `PRE_CNY`, `CNY_CORE`, `NATIONAL_DAY` (domain.md 3.1).
    """

    first: date
    last: date
    days: dict[date, tuple[Code, ...]] = {}


class CalendarBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="calendar"):
    """The calendars of all regions; `version` is its author's, for people."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    regions: dict[Code, RegionDays]


class KillSwitchBody(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="kill_switch"
):
    """While it is on, nobody is contacted; on takes one signature, off takes two people's."""

    on: bool
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ConductBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="conduct"):
    """Conduct profiles in place of those that are shipped, by name.

    `accept_draft_profile` names the drafts under which contacts may be proposed all the same.
    """

    profiles: dict[Code, ConductProfile] = {}
    accept_draft_profile: tuple[Code, ...] = ()


class HoldOutBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="hold_out"):
    """The share of mild borrowers, of a thousand, whom no machine contacts.

    So that the effect of contacting can be measured; never of moderate or severe ones.
    """

    permille: Annotated[int, msgspec.Meta(ge=0, le=200)]


class Standing(StrEnum):
    """Whether a detector is heard. In `shadow` it learns, and rules are told nothing of it."""

    IN_FORCE = "in_force"
    SHADOW = "shadow"


class CalibrationRow(msgspec.Struct, frozen=True, kw_only=True):
    """How a detector's p-values are to be read in one segment; `default` is for all others.

    `aged` says whether it is of borrowers of whom the detector has learned much. `row` is that of
    `detectors.calibration`, base64.
    """

    segment: Code
    aged: bool
    row: Annotated[str, msgspec.Meta(max_length=4_000, pattern="^[A-Za-z0-9+/]+={0,2}$(?!\n)")]


class DetectorBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="detector"):
    """The standing of one detector of one version: another version of it starts in shadow.

    `row` is the model of D8 (`ews`), base64: what is in force is what was signed. The others have a
    row for each borrower and none here.
    """

    detector: Code
    version: Annotated[int, msgspec.Meta(ge=1)]
    standing: Standing
    calibration: tuple[CalibrationRow, ...] = ()
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""
    row: (
        Annotated[str, msgspec.Meta(max_length=8_000, pattern="^[A-Za-z0-9+/]+={0,2}$(?!\n)")]
        | None
    ) = None


ControlBody = (
    RuleSetBody
    | ParametersBody
    | ListBody
    | GoLiveBody
    | SourcesBody
    | CalendarBody
    | KillSwitchBody
    | ConductBody
    | HoldOutBody
    | DetectorBody
)


class ControlPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the signatures of a control record cover.

    `subject` is what the record is about (`ruleset`, `go_live`, `parameters:amount`,
    `detector:cusum`, `list:@watch`); `supersedes` is the id of the record in force for that
    subject, if any.
    """

    record_id: Reference
    subject: Reference
    supersedes: Reference | None
    author: Code
    approver: Code
    issued_at: Instant
    body: ControlBody


def subject_of(body: ControlBody) -> str:
    """Return the subject that a record with this body must name.

    Examples:
        >>> subject_of(GoLiveBody(clock=Clock.INPUT))
        'go_live'
    """
    match body:
        case ParametersBody(detector=detector):
            return f"parameters:{detector}"
        case DetectorBody(detector=detector):
            return f"detector:{detector}"
        case ListBody(name=name):
            return f"list:{name.removeprefix('@')}"
        case _:
            return str(type(body).__struct_config__.tag)


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """That an order is one of `orders` given at once, and who of the desk has confirmed them."""

    orders: Annotated[int, msgspec.Meta(ge=1)]
    confirmed_by: Code | None = None
    confirmer_class: OperatorClass | None = None


class ActionPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the signature of an operator's action covers.

    With an `operator_class` it is signed by the desk's key, for the operator and of the class that
    it names; without one by the operators' own keys. `together`: it is one of many.
    """

    record_id: Reference
    subject: Reference
    supersedes: Reference | None
    operator: Code
    issued_at: Instant
    body: dict[str, Any]
    operator_class: OperatorClass | None = None
    together: Together | None = None
