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
from schemas.desk_event import OrderState
from schemas.money import Money
from schemas.tier import BorrowerTier, TierChange


class View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that the API answers; what is absent is not known, or is its default."""


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
    `no_tier`, `pending` (kind), `linked`.
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


class OrderAsked(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the page asks for it: its kind and its own fields, as in `schemas`.

    `version` is that of the case which the operator saw: an order on an older one is refused.
    """

    order: dict[str, Any]
    version: Annotated[int, msgspec.Meta(ge=1)] | None = None
