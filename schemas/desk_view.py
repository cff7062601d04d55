"""What the desk's API answers: views of the read model (docs/desk-api.md).

Made by `desk` from what `stream.roles.desk_feed` keeps in Redis (`schemas.desk_keys`); what stands
here is the wire between the API and the page. What is not known is absent, never made up. Whoever
may not see the restricted lane gets the same answers as if it were empty.
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from schemas.alert import Alert, Text
from schemas.case import Case, CaseEntry
from schemas.collection_trigger import CollectionTrigger
from schemas.money import Money
from schemas.operators import May, OperatorClass
from schemas.tier import BorrowerTier, TierChange


class View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that the API answers; what is absent is not known, or is its default."""


class Session(View, frozen=True, kw_only=True):
    """Who is signed in. `csrf` goes into the header `X-CSRF-Token` of each POST."""

    operator: str
    classes: tuple[OperatorClass, ...]
    rights: tuple[May, ...]
    csrf: str
    language: str = "en"
    expires_at: str = ""


class SignInWays(View, frozen=True, kw_only=True):
    """How one signs in here: with a local user, or at a provider (`GET /auth/login`)."""

    local: bool = False
    oidc: bool = False


class FeedState(StrEnum):
    """How a source's feed is; each but the first is to be seen before any borrower."""

    ALIVE = "alive"
    SILENT = "silent"
    LATE = "late"
    BROKEN = "broken"
    SKEWED = "skewed"


class SourceView(View, frozen=True, kw_only=True):
    """One source on one stream: `watermark` is how far it has come, `age_ms` how long ago."""

    source: str
    stream: str
    state: FeedState
    watermark: str | None = None
    age_ms: int | None = None
    closed: str | None = None
    message: str | None = None
    since: str | None = None


class TieOutView(View, frozen=True, kw_only=True):
    """The last morning's comparison with the core system: how many loans by verdict."""

    day: str
    at: str
    ties: dict[str, int]
    causes: dict[str, int]
    sentence: str = ""


class ConfigChange(View, frozen=True, kw_only=True):
    """A control record that was applied within the last 24 hours."""

    record_id: str
    subject: str
    author: str
    approver: str
    at: str


class KillSwitch(View, frozen=True, kw_only=True):
    """Whether nobody may be contacted; `since` when the last record about it was written."""

    on: bool = False
    reason: str = ""
    since: str | None = None


class Finding(View, frozen=True, kw_only=True):
    """Trouble of the watch itself that goes on."""

    kind: str
    subject: str
    message: str
    at: str


class Trust(View, frozen=True, kw_only=True):
    """Can I trust what I see?

    `red` says whether something here outranks every borrower. `lag_ms` is how far behind what the
    page shows is: since the feed to the read model last said that it had read to the end.
    `data_at` is the latest instant that a decision names. `clock` is what time `at` goes by, and
    every countdown of the desk: `wall`, or `input` in a demo. `simulated`: this is no real book.
    """

    at: str
    red: bool
    rebuilding: bool = False
    rebuilt_records: int = 0
    lag_ms: int | None = None
    data_at: str | None = None
    clock: str | None = None
    phase: str | None = None
    kill_switch: KillSwitch | None = None
    sources: tuple[SourceView, ...] = ()
    tie_out: TieOutView | None = None
    changes: tuple[ConfigChange, ...] = ()
    findings: tuple[Finding, ...] = ()
    simulated: bool = False


class Incident(View, frozen=True, kw_only=True):
    """One thing that is wrong with many: a segment, a channel, a source.

    `count` are the open cases that it explains or that stand in its segment, `exposure` what they
    owe in all, where one currency; `slope_per_h` how many of them opened within the last hour.
    """

    incident_id: str
    kind: str
    subject: str
    signal: str
    tier: str
    since: str
    at: str
    title: Text
    reason: Text
    clears_when: Text | None = None
    alert: Alert | None = None
    count: int | None = None
    exposure: Money | None = None
    slope_per_h: int | None = None


class Incidents(View, frozen=True, kw_only=True):
    """Is it one problem or many?"""

    incidents: tuple[Incident, ...] = ()


class Rank(StrEnum):
    """Why a row stands where it stands."""

    DEADLINE_PASSED = "deadline_passed"
    HARD_SEVERE = "hard_severe"
    URGENT = "urgent"
    EXPOSURE = "exposure"


class Advice(StrEnum):
    """What to do next about a case: follows from its state alone."""

    ACKNOWLEDGE = "acknowledge"
    TRIAGE = "triage"
    MEASURE = "measure"
    OUTCOME = "outcome"
    CLOSE = "close"
    SECOND_APPROVER = "second_approver"
    WAIT = "wait"


class QueueRow(View, frozen=True, kw_only=True):
    """One case in the queue. `due_in_ms` counts down to `due_at`, below zero when it has passed.

    `due` says which deadline `due_at` is: `ack` or `outcome`. `contact_at` is when the next
    contact is allowed, by the guards of the latest trigger; `contact_by` the guard that waits.
    """

    case_id: str
    borrower_id: str
    legal_entity: str
    version: int
    rank: Rank
    tier: str
    hard: bool
    state: str
    reason: Text
    advice: Advice
    opened_at: str
    at: str
    age_ms: int
    restricted: bool = False
    lane: str = ""
    dpd: int = 0
    exposure: Money | None = None
    overdue: Money | None = None
    holder: str | None = None
    due: str | None = None
    due_at: str | None = None
    due_in_ms: int | None = None
    urgent_at: str | None = None
    snoozed_until: str | None = None
    wait_until: str | None = None
    contact_at: str | None = None
    contact_by: str | None = None
    pending: tuple[CaseEntry, ...] = ()
    segment: str = ""
    damped: bool = False
    ended: bool = False
    simulated: bool = False


class Queue(View, frozen=True, kw_only=True):
    """A page of the queue; `next` asks for the following one. `total` are those of this view."""

    rows: tuple[QueueRow, ...] = ()
    total: int = 0
    by_tier: dict[str, int] = {}
    waiting: int = 0
    next: str | None = None
    rebuilding: bool = False


class Why(View, frozen=True, kw_only=True):
    """Why something is not to be done now: `code` and `params` for the page's own sentence.

    Codes: `right` (right), `held_by` (holder), `not_held`, `held_already`, `state` (state),
    `closed`, `no_outcome`, `own_action` (record_id), `no_pending`, `no_trigger`, `no_hold`,
    `no_tier`, `pending` (kind).
    """

    code: str
    params: dict[str, str] = {}


class PossibleAction(View, frozen=True, kw_only=True):
    """One order that the desk knows, and whether this operator may give it now.

    `possible_at` is the instant from which it will be allowed, if only time is missing. `about` is
    the trigger, the hold or the pending action that it is about. `people` is how many must sign.
    """

    kind: str
    allowed: bool
    why: Why | None = None
    possible_at: str | None = None
    about: str | None = None
    people: int = 1


class CaseDetail(View, frozen=True, kw_only=True):
    """One case, why, and what may be done about it.

    `alerts` are the open warnings behind it with measures, thresholds, baselines and what would
    clear each; `past` those that are over. `earlier` are the borrower's other cases.
    """

    case: Case
    restricted: bool = False
    tier: BorrowerTier | None = None
    tier_changes: tuple[TierChange, ...] = ()
    alerts: tuple[Alert, ...] = ()
    past: tuple[Alert, ...] = ()
    earlier: tuple[Case, ...] = ()
    actions: tuple[PossibleAction, ...] = ()
    advice: Advice | None = None
    contact_at: str | None = None
    contact_by: str | None = None
    age_ms: int = 0


class Machine(View, frozen=True, kw_only=True):
    """What the machine did: each trigger as it stands, latest first; `op` says which.

    Each holds every guard's answer. `history` are the earlier records of the same triggers.
    """

    triggers: tuple[CollectionTrigger, ...] = ()
    history: tuple[CollectionTrigger, ...] = ()


class OrderAccepted(View, frozen=True, kw_only=True):
    """It was signed and sent; the fold decides. Ask `GET /api/orders/{record_id}`."""

    record_id: str
    case_id: str
    kind: str


class OrderState(StrEnum):
    """What became of an order. `waiting` needs a second person, `sent` has not been decided."""

    SENT = "sent"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class OrderStatus(View, frozen=True, kw_only=True):
    """What became of an order."""

    record_id: str
    state: OrderState
    case_id: str | None = None
    kind: str | None = None
    detail: str | None = None
    at: str | None = None


class HandOver(View, frozen=True, kw_only=True):
    """The page for the next shift. `snoozed` and `waiting` are those that come back soon."""

    since: str
    at: str
    until: str
    opened: int = 0
    closed: int = 0
    outcomes: dict[str, int] = {}
    unacknowledged: tuple[QueueRow, ...] = ()
    overdue: tuple[QueueRow, ...] = ()
    waiting: tuple[QueueRow, ...] = ()
    snoozed: tuple[QueueRow, ...] = ()
    pending: tuple[QueueRow, ...] = ()
    log: tuple["ShiftLine", ...] = ()


class ShiftLine(View, frozen=True, kw_only=True):
    """One line of what people did in the shift, latest first."""

    case_id: str
    borrower_id: str
    entry: CaseEntry


class Share(View, frozen=True, kw_only=True):
    """`hits` of `n`; `share` in [0, 1], absent where `n` is 0."""

    n: int
    hits: int
    share: float | None = None


class Percentiles(View, frozen=True, kw_only=True):
    """Milliseconds of `n` cases."""

    n: int
    p50_ms: int | None = None
    p95_ms: int | None = None


class Kpi(View, frozen=True, kw_only=True):
    """Figures of the desk's own work since `since`; what is not known is absent.

    An operator-hour is an hour of the clock in which an operator did something. A hit is a case
    whose outcome is distress, fraud or misuse; `UNKNOWN`, `DUPLICATE` and `DISPUTE` do not count
    in precision. Lead times are from a borrower's first tier of moderate to its first overdue day.
    """

    since: str
    at: str
    cases: int = 0
    open: int = 0
    operator_hours: int = 0
    cases_per_operator_hour: float | None = None
    time_to_ack: dict[str, Percentiles] = {}
    time_to_outcome: dict[str, Percentiles] = {}
    acknowledged_in_time: dict[str, Share] = {}
    precision_by_tier: dict[str, Share] = {}
    precision_by_rule: dict[str, Share] = {}
    outcomes: dict[str, int] = {}
    tier_mix: dict[str, int] = {}
    lead_to_dpd_1: Percentiles | None = None
    lead_to_dpd_30: Percentiles | None = None
    false_alarms_per_1000_borrowers: float | None = None
    opened_by_day: dict[str, int] = {}
    simulated: bool = False


Permille = Annotated[float, msgspec.Meta(ge=0, le=1_000)]


class CapacityAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the calculator is asked: rates are of a thousand loans and day (domain.md 6.3)."""

    live_loans: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
    hard_severe_permille: Permille
    severe_permille: Permille = 0.0
    moderate_permille: Permille
    operators: Annotated[float, msgspec.Meta(ge=0, le=10_000)]
    hours_per_day: Annotated[float, msgspec.Meta(ge=0.25, le=24)] = 24.0
    investigations_per_hour: Annotated[float, msgspec.Meta(ge=0.01, le=60)] = 2.0
    contacted_by_machine_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


class Capacity(View, frozen=True, kw_only=True):
    """Cases and investigations a day. `days_until_full` is absent while the desk keeps up.

    `load` is arriving over possible, absent where nobody works; above 1.2 a rule set is not to be
    published without sign-off.
    """

    capacity_per_day: float
    arriving_per_day: float
    by_class: dict[str, float]
    backlog_per_day: float
    needs_sign_off: bool
    load: float | None = None
    operators_needed: float | None = None


class AuditPage(View, frozen=True, kw_only=True):
    """Who looked at what and did what, latest first."""

    lines: tuple["DeskAudit", ...] = ()
    next: str | None = None


class DeskAudit(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="desk_audit.v1",
):
    """One view or action of somebody at the desk, on the topic `desk-audit`.

    `what` is a word: `view_case`, `view_file`, `view_machine`, `order`, `bulk`, `resolve`,
    `sign_in`, `sign_in_refused`, `sign_out`, `refused`, `view_audit`, `hand_over`.
    """

    audit_id: str
    at: str
    operator: str
    classes: tuple[str, ...]
    what: str
    case_id: str | None = None
    borrower_id: str | None = None
    detail: str | None = None
    restricted: bool = False


class Resolved(View, frozen=True, kw_only=True):
    """Whose a token is, masked unless the resolver may show more."""

    token: str
    masked: dict[str, str]


class BulkPreview(View, frozen=True, kw_only=True):
    """What a bulk order would do. `preview_id` is needed to give it; it lasts ten minutes.

    `exposure` is by currency. `needs_second` above 50 cases: somebody else has to confirm.
    """

    preview_id: str
    kind: str
    count: int
    exposure: tuple[Money, ...] = ()
    excluded: dict[str, int] = {}
    needs_second: bool = False
    expires_at: str = ""


class BulkAccepted(View, frozen=True, kw_only=True):
    """Orders that were sent; with `waiting` none is until somebody else confirms the preview."""

    preview_id: str
    waiting: bool = False
    orders: tuple[OrderAccepted, ...] = ()
    failed: dict[str, str] = {}


class EventKind(StrEnum):
    """What an event of `GET /api/events` is about."""

    CASE = "case"
    TRUST = "trust"
    INCIDENT = "incident"
    ORDER = "order"
    RESET = "reset"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused: RFC 9457. `reason` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    reason: str
    detail: str
    why: Why | None = None
    retry_after_s: int | None = None


class DeskEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The data of one event: what has changed, to be asked for if it is of interest."""

    kind: EventKind
    case_id: str | None = None
    version: int | None = None
    tier: str | None = None
    hard: bool | None = None
    state: str | None = None
    holder: str | None = None
    is_new: bool | None = None
    incident_id: str | None = None
    record_id: str | None = None
    order: OrderState | None = None
    detail: str | None = None


class SignInAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants to sign in."""

    user: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class OrderAsked(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the page asks for it: its kind and its own fields, as in `schemas`.

    `version` is that of the case which the operator saw: an order on an older one is refused.
    """

    order: dict[str, Any]
    version: Annotated[int, msgspec.Meta(ge=1)] | None = None
