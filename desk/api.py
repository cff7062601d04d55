"""The table of what can be asked: one line each, with the right that it takes.

    GET /api/queue -> `queue`, takes `see_cases`, answers `Queue`

The routes, the rights and the OpenAPI document are all made of it. What is behind a line is in
`answers.py`; sessions, CSRF and the like have been looked at before (`gate.py`).
"""

from typing import Any, Final, NamedTuple

from desk.bulk import BulkAsked, PreviewAsked
from desk.queue import LARGEST_PAGE, PAGE, VIEWS
from desk.resolver import ResolveAsked
from schemas.case_file import CaseFile
from schemas.desk_audit import AuditPage
from schemas.desk_door import Resolved, Session
from schemas.desk_figures import Capacity, CapacityAsked, Kpi
from schemas.desk_trust import Incidents, Trust
from schemas.desk_view import (
    BulkAccepted,
    BulkPreview,
    CaseDetail,
    HandOver,
    Machine,
    OrderAccepted,
    OrderAsked,
    OrderStatus,
    Queue,
)
from schemas.operators import May


class Param(NamedTuple):
    """A parameter of the query."""

    name: str
    schema: dict[str, Any]
    sentence: str


class Endpoint(NamedTuple):
    """One line.

    Attributes:
        method: GET or POST.
        path: With `{case_id}` and the like; those may hold slashes.
        name: Of the function in `answers.py`.
        needs: What the asker must be allowed; `None` for whoever is signed in.
        answer: The type of the answer.
        asked: The type of the body.
        status: Of the answer.
        params: Of the query.
        sentence: What it is for.
    """

    method: str
    path: str
    name: str
    needs: May | None
    answer: Any
    sentence: str
    asked: Any = None
    status: int = 200
    params: tuple[Param, ...] = ()


_TEXT: Final = {"type": "string", "maxLength": 400}
_INSTANT: Final = {"type": "string", "format": "date-time"}
_CURSOR: Final = Param("cursor", _TEXT, "`next` of the page before.")
_LIMIT: Final = Param(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE},
    "How many at most.",
)
_SINCE: Final = Param("since", _INSTANT, "From when on, RFC 3339 with a zone.")

ENDPOINTS: Final = (
    Endpoint("GET", "/api/session", "session", None, Session, "Who is signed in."),
    Endpoint("GET", "/api/trust", "trust", None, Trust, "Can I trust what I see?"),
    Endpoint(
        "GET", "/api/incidents", "incidents", May.SEE_HEALTH, Incidents, "One problem or many?"
    ),
    Endpoint(
        "GET",
        "/api/queue",
        "queue",
        May.SEE_CASES,
        Queue,
        "What now?",
        params=(
            Param("lane", _TEXT, "Only this lane."),
            Param("view", {"enum": list(VIEWS)}, "`now` by default."),
            _CURSOR,
            _LIMIT,
        ),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case_id}/file",
        "case_file",
        May.SEE_EVIDENCE,
        CaseFile,
        "The story of the last weeks.",
    ),
    Endpoint(
        "GET",
        "/api/cases/{case_id}/machine",
        "machine",
        May.SEE_TRIGGERS,
        Machine,
        "What did the machine do?",
    ),
    Endpoint(
        "POST",
        "/api/cases/{case_id}/orders",
        "order",
        May.SEE_CASES,
        OrderAccepted,
        "Sign and send an order.",
        asked=OrderAsked,
        status=202,
    ),
    Endpoint(
        "GET",
        "/api/cases/{case_id}",
        "case",
        May.SEE_CASES,
        CaseDetail,
        "Why, and what may be done?",
    ),
    Endpoint(
        "GET",
        "/api/orders/{record_id}",
        "order_status",
        May.SEE_CASES,
        OrderStatus,
        "What became of an order.",
    ),
    Endpoint(
        "GET",
        "/api/handover",
        "handover",
        May.SEE_CASES,
        HandOver,
        "The page for the next shift.",
        params=(_SINCE,),
    ),
    Endpoint(
        "POST",
        "/api/bulk/preview",
        "bulk_preview",
        May.WORK_CASES,
        BulkPreview,
        "What would be done about many cases.",
        asked=PreviewAsked,
    ),
    Endpoint(
        "POST",
        "/api/bulk",
        "bulk",
        May.WORK_CASES,
        BulkAccepted,
        "Do what was previewed, or confirm it.",
        asked=BulkAsked,
        status=202,
    ),
    Endpoint(
        "POST",
        "/api/resolve",
        "resolve",
        May.RESOLVE,
        Resolved,
        "Whose a token is, masked.",
        asked=ResolveAsked,
    ),
    Endpoint(
        "GET",
        "/api/kpi",
        "kpi",
        May.SEE_FIGURES,
        Kpi,
        "The desk's own figures.",
        params=(_SINCE,),
    ),
    Endpoint(
        "POST",
        "/api/capacity",
        "capacity",
        May.SEE_FIGURES,
        Capacity,
        "Can the people who are there look at it all?",
        asked=CapacityAsked,
    ),
    Endpoint(
        "GET",
        "/api/audit",
        "audit",
        May.SEE_AUDIT,
        AuditPage,
        "Who looked at what and did what.",
        params=(_CURSOR, _LIMIT),
    ),
)
"""In the order in which paths are tried: those with a tail before the case itself."""
