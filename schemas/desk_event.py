"""What the desk tells browsers as it changes; the read model holds it as a stream."""

from enum import StrEnum

import msgspec


class OrderState(StrEnum):
    """What became of an order. `waiting` needs a second person, `sent` has not been decided."""

    SENT = "sent"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class EventKind(StrEnum):
    """What an event of `GET /api/events` is about."""

    CASE = "case"
    TRUST = "trust"
    INCIDENT = "incident"
    ORDER = "order"
    RESET = "reset"


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
