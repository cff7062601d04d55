"""The desk's own figures (domain.md 6.2), from what is known of cases and what people did: pure.

What is not known is not there: no precision before there are outcomes, no lead time of borrowers
who never were overdue.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from desk.effect import hold_out, lift
from desk.foresight import Past, lead, re_alerts, recall
from desk.shares import DIGITS, percentiles, share
from schemas.case import FALSE, HITS, CaseState
from schemas.desk_figures import Kpi, Percentiles, Share
from schemas.desk_keys import CaseFacts
from schemas.desk_view import ShiftLine
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS, parse, wire

ACK_WITHIN_MS: Final = {"severe": 15 * MINUTE_MS, "moderate": 4 * HOUR_MS}
MONTH_MS: Final = 30 * DAY_MS
HARD: Final = "hard_severe"


class Known(NamedTuple):
    """What the figures are made of.

    Attributes:
        facts: By case id.
        peaks: The highest tier of each case.
        past: What was said of borrowers, and what came of it.
        lines: What people did.
    """

    facts: Mapping[str, CaseFacts]
    peaks: Mapping[str, str]
    past: Past
    lines: Iterable[ShiftLine]


def figures(known: Known, since_ms: int, now_ms: int) -> Kpi:
    """Return the figures of the cases that were opened since then."""
    cases = {
        case_id: each
        for case_id, each in known.facts.items()
        if since_ms <= each.opened_ms <= now_ms
    }
    hours = _operator_hours(known.lines)
    said = {case_id: each for case_id, each in cases.items() if each.outcome}
    return Kpi(
        since=wire(since_ms),
        at=wire(now_ms),
        cases=len(cases),
        open=sum(each.state != CaseState.CLOSED for each in known.facts.values()),
        operator_hours=hours,
        cases_per_operator_hour=round(len(cases) / hours, DIGITS) if hours else None,
        time_to_ack=_times(cases, known.peaks, lambda each: each.acked_ms),
        time_to_outcome=_times(cases, known.peaks, lambda each: each.outcome_ms),
        acknowledged_in_time=_in_time(cases, known.peaks, now_ms),
        precision_by_tier=_precision(
            (known.peaks.get(i, each.tier), each) for i, each in said.items()
        ),
        precision_by_rule=_precision(
            (rule, each) for each in said.values() for rule in each.signals
        ),
        outcomes=dict(sorted(Counter(each.outcome for each in said.values()).items())),
        tier_mix=_mix(cases, known.peaks),
        false_alarms_per_1000_loans=_false_alarms(said, known.past.loans, now_ms - since_ms),
        opened_by_day=_by_day(cases),
        simulated=any(each.simulated for each in cases.values()),
        **_foresight(known.past, since_ms, now_ms),
    )


def _foresight(past: Past, since_ms: int, now_ms: int) -> dict[str, Any]:
    again = re_alerts(past, since_ms, now_ms)
    period = since_ms, now_ms
    return {
        "live_loans": past.loans or None,
        "lead_to_dpd_1": lead(past, "dpd_1", *period),
        "lead_to_dpd_30": lead(past, "dpd_30", *period),
        "recall_dpd_1": recall(past, "dpd_1", "dpd_1", *period),
        "recall_dpd_30": recall(past, "dpd_30", "dpd_30", *period),
        "recall_dpd_30_before_dpd_1": recall(past, "dpd_30", "dpd_1", *period),
        "lift": lift(past, *period),
        "hold_out": hold_out(past, *period),
        "re_alerts": share(sum(e.n for e in again.values()), sum(e.hits for e in again.values())),
        "re_alerts_by_rule": again,
    }


def _operator_hours(lines: Iterable[ShiftLine]) -> int:
    worked = {
        (line.entry.operator, parse(line.entry.at) // HOUR_MS)
        for line in lines
        if line.entry.operator is not None
    }
    return len(worked)


def _times(
    cases: Mapping[str, CaseFacts], peaks: Mapping[str, str], until: Callable[[CaseFacts], int]
) -> dict[str, Percentiles]:
    by_tier: dict[str, list[int]] = defaultdict(list)
    for case_id, each in cases.items():
        if until_ms := until(each):
            by_tier[peaks.get(case_id, each.tier)].append(max(0, until_ms - each.opened_ms))
    return {tier: percentiles(times) for tier, times in sorted(by_tier.items())}


def _in_time(
    cases: Mapping[str, CaseFacts], peaks: Mapping[str, str], now_ms: int
) -> dict[str, Share]:
    """Return how many were acknowledged in time, of those whose time is over or who were."""
    counts: dict[str, list[bool]] = defaultdict(list)
    for case_id, each in cases.items():
        within_ms = ACK_WITHIN_MS.get(tier := peaks.get(case_id, each.tier))
        if within_ms is None:
            continue
        took_ms = (each.acked_ms or now_ms) - each.opened_ms
        if each.acked_ms or (took_ms > within_ms and not each.closed_ms):
            counts[tier].append(bool(each.acked_ms) and took_ms <= within_ms)
    return {tier: share(len(said), sum(said)) for tier, said in sorted(counts.items())}


def _precision(said: Iterable[tuple[str, CaseFacts]]) -> dict[str, Share]:
    counts: dict[str, list[bool]] = defaultdict(list)
    for name, each in said:
        if each.outcome in HITS or each.outcome in FALSE:
            counts[name].append(each.outcome in HITS)
    return {name: share(len(hits), sum(hits)) for name, hits in sorted(counts.items())}


def _mix(cases: Mapping[str, CaseFacts], peaks: Mapping[str, str]) -> dict[str, int]:
    mix = Counter(
        HARD if each.hard and peaks.get(case_id) == "severe" else peaks.get(case_id, each.tier)
        for case_id, each in cases.items()
    )
    return dict(sorted(mix.items()))


def _false_alarms(said: Mapping[str, CaseFacts], loans: int, lasted_ms: int) -> float | None:
    if not loans or lasted_ms <= 0:
        return None
    troubled = sum(each.contacted and each.outcome in FALSE for each in said.values())
    return round(troubled / loans * 1_000 * MONTH_MS / lasted_ms, DIGITS)


def _by_day(cases: Mapping[str, CaseFacts]) -> dict[str, int]:
    days = Counter(wire(each.opened_ms)[:10] for each in cases.values())
    return dict(sorted(days.items()))
