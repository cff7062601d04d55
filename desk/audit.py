"""Who looked at what and did what: one record each, on a topic of the restricted zone.

Recorded before it is shown: whoever asks for a case waits until the record is handed over, and
while the cluster has taken none for half a minute no case is shown at all.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from desk import clock
from desk.outlet import NotSentError
from desk.problems import busy
from schemas.desk_audit import AuditPage, DeskAudit
from schemas.desk_keys import Name
from schemas.instants import wire

if TYPE_CHECKING:
    from desk.model import Found, Model
    from desk.operator import Operator
    from desk.outlet import Outlet

log = structlog.get_logger()

TOPIC: Final = "desk-audit"
ID_BYTES: Final = 12
CURSOR_MOST: Final = 40


class Audit:
    """Writes the record.

    Args:
        outlet: Where to.
    """

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def note(
        self,
        who: Operator,
        what: str,
        found: Found | None = None,
        *,
        case_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Record that somebody looked or did something.

        Args:
            who: Who.
            what: A word, see `DeskAudit`.
            found: The case, if it is about one.
            case_id: The case's id, if there is none of it to be seen.
            detail: More, without personal data.

        Raises:
            RefusedError: If it cannot be recorded now.
        """
        if self._outlet.is_broken:
            raise busy("AUDIT", "nothing is shown while it cannot be recorded who looked", 10)
        record = DeskAudit(
            audit_id=secrets.token_hex(ID_BYTES),
            at=wire(clock.now_ms()),
            operator=who.name,
            classes=tuple(each.value for each in who.classes),
            what=what,
            case_id=found.case.case_id if found else case_id,
            borrower_id=found.case.borrower_id if found else None,
            detail=detail,
            restricted=found.restricted if found else False,
        )
        try:
            self._outlet.put(TOPIC, who.name, msgspec.json.encode(record))
        except NotSentError as error:
            log.error("not recorded", what=what, error=str(error))  # noqa: TRY400 - said enough
            raise busy("AUDIT", "it cannot be recorded who looked", 10) from error


async def page_of(model: Model, cursor: str, limit: int) -> AuditPage:
    """Return a page of who looked at what and did what, latest first.

    Args:
        model: Of somebody who may see the restricted lane, since it stands there.
        cursor: `next` of the page before; empty for the first.
        limit: How many lines at most.

    Raises:
        ValueError: If the cursor is none.
    """
    at_ms, _, seen = cursor.partition("-") if cursor else ("+inf", "-", "0")
    if cursor and not (at_ms.isdigit() and seen.isdigit() and len(cursor) < CURSOR_MOST):
        raise ValueError("expected one that an answer gave")
    place = model.key(Name.AUDIT, restricted=True)
    found: Any = await model.client.zrevrangebyscore(
        place, at_ms, "-inf", start=int(seen), num=limit + 1, withscores=True
    )
    shown = found[:limit]
    lines = tuple(msgspec.json.decode(raw, type=DeskAudit) for raw, _ in shown)
    if len(found) <= limit:
        return AuditPage(lines=lines)
    last_ms = int(shown[-1][1])
    of_last = sum(int(score) == last_ms for _, score in shown)
    before = int(seen) if str(last_ms) == at_ms else 0
    return AuditPage(lines=lines, next=f"{last_ms}-{before + of_last}")
