"""Who looked at what at the desk and did what: the topic `desk-audit`, and its pages."""

import msgspec

from schemas.desk_view import View


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


class AuditPage(View, frozen=True, kw_only=True):
    """Who looked at what and did what, latest first."""

    lines: tuple[DeskAudit, ...] = ()
    next: str | None = None
