"""What is told when the last day of a month has been closed: rolls, and what partners brought."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from schemas.book_day import BookCell
from schemas.compliance import RecordKind
from stream.compliance.log import Draft
from stream.compliance.state import DayPart

MONTH: Final = len("2026-05")
NON_PERFORMING: Final = "91-"
"""The bucket of days past due beyond 90 (domain.md 4.6)."""
PERMILLE: Final = 1_000


def ends_month(day: date) -> bool:
    """Whether a day is the last of its month.

    Examples:
        >>> ends_month(date(2028, 2, 29)), ends_month(date(2026, 5, 30))
        (True, False)
    """
    return (day + timedelta(days=1)).day == 1


def monthly(parts: list[DayPart]) -> Iterable[Draft]:
    """Yield what is told of a month, by legal entity; nothing on any other day."""
    if ends_month(parts[0].closed.day):
        yield from _rolls(parts)
        yield from _partners(parts)


def _rolls(parts: list[DayPart]) -> Iterable[Draft]:
    added: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for part in parts:
        for entity, counts in part.closed.rolls.items():
            added[entity].update(counts)
    for entity, counts in sorted(added.items()):
        matrix: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for move, number in sorted(counts.items()):
            came, _, went = move.partition(">")
            matrix[came][went] = number
        yield _draft(
            RecordKind.ROLL_RATE, entity, {"loans": counts.total(), "matrix": dict(matrix)}
        )


def _partners(parts: list[DayPart]) -> Iterable[Draft]:
    by_entity: defaultdict[str, list[BookCell]] = defaultdict(list)
    for cell in (cell for part in parts for cell in part.closed.cells):
        by_entity[cell.legal_entity].append(cell)
    for entity, cells in sorted(by_entity.items()):
        rows = list(_by_partner(cells))
        if rows:
            yield _draft(RecordKind.PARTNER_METRICS, entity, {"partners": rows})


def _by_partner(cells: list[BookCell]) -> Iterable[dict[str, Any]]:
    """Yield one row for each partner and currency; exposures in minor units, shares in permille."""
    own: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    for cell in cells:
        total[cell.currency] += cell.exposure_minor
        if cell.partner:
            bad = cell.exposure_minor if cell.dpd == NON_PERFORMING else 0
            sums = {"loans": cell.loans, "exposure_minor": cell.exposure_minor}
            own[cell.partner, cell.currency].update(sums | {"non_performing_minor": bad})
    for (partner, currency), sums in sorted(own.items()):
        exposure = sums["exposure_minor"]
        yield {
            "partner": partner,
            "currency": currency,
            **sums,
            "share_permille": _permille(exposure, total[currency]),
            "non_performing_permille": _permille(sums["non_performing_minor"], exposure),
        }


def _permille(part: int, whole: int) -> int | None:
    return part * PERMILLE // whole if whole else None


def _draft(kind: RecordKind, entity: str, payload: dict[str, Any]) -> Draft:
    return Draft(kind=kind, origin="", legal_entity=entity, as_of="", payload=payload)
