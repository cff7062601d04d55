"""What stands behind each line of the table of endpoints.

    ask.py      the request, read
    cases.py    the queue, a case, its story, what the machine did
    work.py     orders, and whose a token is
    watch.py    trust, incidents, hand-over, figures, the audit, who is signed in
    rows.py     rows of the queue

Each function gets the desk's parts and the request, which has a session and the right that its line
names, and returns a struct of the type that its line names.
"""

from typing import Any, Final

from desk.answers import cases, watch, work

ANSWERS: Final[dict[str, Any]] = {
    "session": watch.session,
    "trust": watch.trust,
    "incidents": watch.incidents,
    "queue": cases.queue_,
    "case": cases.case,
    "case_file": cases.case_file,
    "machine": cases.machine,
    "order": work.order,
    "order_status": work.order_status,
    "handover": watch.handover,
    "bulk_preview": work.bulk_preview,
    "bulk": work.bulk,
    "resolve": work.resolve,
    "kpi": watch.kpi,
    "capacity": watch.capacity,
    "audit": watch.audit,
}
"""By the name in the table of endpoints."""
