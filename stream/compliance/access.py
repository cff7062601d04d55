"""Who looked at what at the desk, and whose token was resolved: a report a month (domain.md 5.1).

Made of `desk-audit`. A month is told an hour after it has ended by the clock of the sequencer, so
that a desk that was slow to write is in it; a line that comes later is in a report of its own,
which says the same month. What is of the restricted lane is not in it.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from schemas.compliance import RecordKind
from schemas.desk_audit import DeskAudit
from schemas.instants import HOUR_MS, wire
from stream.compliance.log import ALL, Draft, Log
from stream.compliance.months import MONTH
from stream.compliance.state import Access, Resolution, State

LATE_MS: Final = HOUR_MS
RESOLVE: Final = "resolve"

_decode: Final = msgspec.json.Decoder(DeskAudit).decode


def note(value: bytes, state: State, log: Log) -> None:
    """Count a line of the desk's audit.

    Raises:
        msgspec.DecodeError: If it is none.
    """
    line = _decode(value)
    if line.restricted:
        return
    month = line.at[:MONTH]
    known = state.access.get(month) or Access()
    of_operator = known.counts.get(line.operator, {})
    more = {**of_operator, line.what: of_operator.get(line.what, 0) + 1}
    known = replace(known, counts={**known.counts, line.operator: more})
    if line.what == RESOLVE and line.borrower_id:
        whose = log.pseudonym(line.borrower_id, of=line.borrower_id)
        resolution = Resolution(
            at=line.at, operator=line.operator, subject=whose, reason=line.detail or ""
        )
        known = replace(known, resolutions=(*known.resolutions, resolution))
    state.access.put(month, known)


def report(state: State, log: Log) -> None:
    """Tell of the months that are over."""
    now = wire(max(0, state.core.clock_ms - LATE_MS))
    for month, access in list(state.access.items()):
        if month >= now[:MONTH]:
            continue
        state.access.drop(month)
        payload = {
            "operators": {who: dict(sorted(of.items())) for who, of in access.counts.items()},
            "resolved": [msgspec.to_builtins(each) for each in access.resolutions],
        }
        log.append(
            Draft(
                kind=RecordKind.ACCESS_REPORT,
                origin=f"{month}/{state.core.size}",
                legal_entity=ALL,
                as_of=wire(state.core.clock_ms),
                period=month,
                payload=payload,
            )
        )
