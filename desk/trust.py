"""Can I trust what I see, and is it one problem or many (domain.md 6.1)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from desk import clock
from desk.model import now_of
from schemas.alert import Alert, Text, Transition
from schemas.desk_keys import Name, QueueEntry
from schemas.desk_trust import (
    ConfigChange,
    FeedState,
    Finding,
    Incident,
    Incidents,
    KillSwitch,
    SourceView,
    TieOutView,
    Trust,
)
from schemas.feed import split_feed
from schemas.health import Health, HealthKind
from schemas.instants import DAY_MS, HOUR_MS, parse, wire
from schemas.money import Money
from schemas.operators import May

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from desk.model import Model, Models
    from desk.operator import Operator

T = TypeVar("T")

LAG_RED_MS: Final = 30_000
"""What the page shows is older than that: it must not be taken for the present [D]."""
STATE_OF: Final = {
    HealthKind.SOURCE_SILENT: FeedState.SILENT,
    HealthKind.LATENESS: FeedState.LATE,
    HealthKind.BROKEN_TOTALS: FeedState.BROKEN,
    HealthKind.CLOCK_SKEW: FeedState.SKEWED,
}
OF_MODELS: Final = (
    HealthKind.MODEL_DRIFT,
    HealthKind.MODEL_MISSING,
    HealthKind.MODEL_PRECISION,
    HealthKind.MODEL_CALIBRATION,
    HealthKind.MODEL_DEMOTED,
)
LASTING: Final = (*STATE_OF, *OF_MODELS, HealthKind.FEED_GAP, HealthKind.CALENDAR_UNKNOWN)
"""What goes on until it is said to have ended; the others are told once and shown for a day."""
RED: Final = (
    HealthKind.SOURCE_SILENT,
    HealthKind.BROKEN_TOTALS,
    HealthKind.FEED_GAP,
    HealthKind.CONDUCT_BREACH,
    HealthKind.STATE_REBUILT,
)
WORST: Final = (FeedState.SILENT, FeedState.BROKEN, FeedState.SKEWED, FeedState.LATE)
HELD: Final = "unresolved"
OVER: Final = (Transition.CLEARED, Transition.WITHDRAWN)


class Heard(NamedTuple):
    """How far one feed has come in all its partitions, as far as each has said."""

    alive_ms: list[int]
    clock_ms: list[int]
    closed: list[date]


async def trust_for(models: Models, who: Operator) -> Trust:
    """Return whether what the page shows is to be trusted, complete or not."""
    generation, built, caught = (
        await models.generation(),
        await models.built(),
        await models.caught(),
    )
    if generation is None:
        return Trust(
            at=wire(clock.now_ms()),
            red=True,
            rebuilding=True,
            rebuilt_records=built.records if built else 0,
        )
    model = await models.open(who)
    facts = await model.texts(Name.TRUST)
    now_ms = now_of(facts)
    lag_ms = None if caught is None else max(0, clock.now_ms() - caught.at_ms)
    sees = who.may(May.SEE_HEALTH)
    found = open_findings(await model.every(Name.HEALTH, Health), now_ms)
    # What has been read to the end, and has no record of the switch: nobody ever switched it on.
    never = None if caught is None else KillSwitch()
    switch = _decoded(facts.get("kill_switch"), KillSwitch) or never
    partitions = caught.partitions if caught else 0
    is_red = any(each.kind in RED for each in found) or bool(switch and switch.on)
    return Trust(
        at=wire(now_ms),
        red=is_red or lag_ms is None or lag_ms > LAG_RED_MS,
        rebuilding=built is not None,
        rebuilt_records=built.records if built else 0,
        lag_ms=lag_ms,
        data_at=wire(int(facts["decided_ms"])) if "decided_ms" in facts else None,
        clock=facts.get("clock"),
        phase=facts.get("phase"),
        kill_switch=switch,
        sources=sources_of(await model.texts(Name.PROGRESS), found, partitions, now_ms)
        if sees
        else (),
        tie_out=_decoded(facts.get("tie_out"), TieOutView),
        changes=await _changes(model, now_ms) if sees else (),
        findings=tuple(_finding(each) for each in found) if sees else (),
        simulated="simulated" in facts,
    )


def open_findings(health: Mapping[str, Health], now_ms: int) -> list[Health]:
    """Return what is wrong now, the latest first."""
    found = [
        each
        for each in health.values()
        if not each.ended and (each.kind in LASTING or parse(each.at) > now_ms - DAY_MS)
    ]
    return sorted(found, key=lambda each: (each.at, each.health_id), reverse=True)


def sources_of(
    progress: Mapping[str, str], found: Iterable[Health], partitions: int, now_ms: int
) -> tuple[SourceView, ...]:
    """Return how far each feed has come; unknown until every partition of it has spoken.

    Args:
        progress: What `source-progress` holds, by its key.
        found: What is wrong now.
        partitions: How many a stream's topic has.
        now_ms: The desk's time.
    """
    findings = list(found)
    return tuple(
        _source(name, heard, findings, partitions, now_ms)
        for name, heard in sorted(_heard(progress).items())
    )


def _heard(progress: Mapping[str, str]) -> dict[tuple[str, str], Heard]:
    feeds: dict[tuple[str, str], Heard] = defaultdict(lambda: Heard([], [], []))
    for place, value in progress.items():
        if place.startswith(f"{HELD}:"):
            continue
        source, stream, _topic, _partition, what = place.rsplit(":", 4)
        heard = feeds[source, stream]
        match what:
            case "alive":
                heard.alive_ms.append(int(value))
            case "closed":
                heard.closed.append(date.fromisoformat(value))
            case _:
                heard.clock_ms.append(int(value))
    return feeds


def _source(
    name: tuple[str, str], heard: Heard, found: list[Health], partitions: int, now_ms: int
) -> SourceView:
    source, stream = name
    mine = [each for each in found if each.kind in STATE_OF and _is_of(each.subject, name)]
    mine.sort(key=lambda each: WORST.index(STATE_OF[each.kind]))
    worst = mine[0] if mine else None
    times = heard.alive_ms or heard.clock_ms
    known = times if len(times) >= partitions else []
    mark_ms = min(known) if known else None
    closed = min(heard.closed) if heard.closed and len(heard.closed) >= partitions else None
    return SourceView(
        source=source,
        stream=stream,
        state=STATE_OF[worst.kind] if worst else FeedState.ALIVE,
        watermark=None if mark_ms is None else wire(mark_ms),
        age_ms=None if mark_ms is None else max(0, now_ms - mark_ms),
        closed=None if closed is None else closed.isoformat(),
        message=worst.message if worst else None,
        since=worst.at if worst else None,
    )


def _is_of(subject: str, name: tuple[str, str]) -> bool:
    """Whether a finding is about a feed: its subject is a source, a feed, or a feed's date."""
    source, stream = name
    feed = f"{source}/{stream}"
    return subject in (source, feed) or subject.startswith(f"{feed}/")


async def _changes(model: Model, now_ms: int) -> tuple[ConfigChange, ...]:
    changes = await model.every(Name.CHANGES, ConfigChange)
    recent = [each for each in changes.values() if parse(each.at) > now_ms - DAY_MS]
    return tuple(sorted(recent, key=lambda each: (each.at, each.record_id), reverse=True))


def _finding(health: Health) -> Finding:
    return Finding(
        kind=health.kind.value, subject=health.subject, message=health.message, at=health.at
    )


async def incidents_for(model: Model) -> Incidents:
    """Return what is wrong with many at once, the gravest first."""
    now_ms = await model.now_ms()
    entries = [entry for _, entry, _ in await model.queued()]
    alerts = await model.every(Name.SEGMENTS, Alert)
    of_segments = [
        _of_segment(field, alert, entries, now_ms)
        for field, alert in alerts.items()
        if alert.transition not in OVER
    ]
    findings = open_findings(await model.every(Name.HEALTH, Health), now_ms)
    of_health = [_of_health(each) for each in findings if each.kind in LASTING]
    return Incidents(incidents=tuple(sorted([*of_segments, *of_health], key=_gravity)))


def _gravity(incident: Incident) -> tuple[int, str, str]:
    words = ("severe", "moderate", "mild")
    rank = words.index(incident.tier) if incident.tier in words else len(words)
    return rank, incident.since, incident.incident_id


def _of_segment(field: str, alert: Alert, entries: list[QueueEntry], now_ms: int) -> Incident:
    mine = [each for each in entries if each.segment == alert.subject_id]
    is_segment = "/" not in alert.subject_id
    return Incident(
        incident_id=field,
        kind="segment" if is_segment else "book",
        subject=alert.subject_id,
        signal=alert.signal,
        tier=alert.tier,
        since=alert.effective_from,
        at=alert.detected_at,
        title=alert.title,
        reason=alert.reason,
        clears_when=alert.clears_when,
        alert=alert,
        count=len(mine) if is_segment else None,
        exposure=_exposure(mine) if is_segment else None,
        slope_per_h=sum(each.opened_ms > now_ms - HOUR_MS for each in mine) if is_segment else None,
    )


def _exposure(entries: list[QueueEntry]) -> Money | None:
    currencies = {each.currency for each in entries if each.currency}
    if len(currencies) != 1:
        return None
    total = sum(each.exposure_minor for each in entries)
    return Money(amount_minor=total, currency=currencies.pop())


_TITLES: Final = {
    HealthKind.SOURCE_SILENT: Text(en="A source is silent", zh="数据源无数据"),
    HealthKind.LATENESS: Text(en="A feed is late", zh="数据延迟"),
    HealthKind.BROKEN_TOTALS: Text(en="A feed does not add up", zh="数据总数不符"),
    HealthKind.CLOCK_SKEW: Text(en="A source's clock is ahead", zh="数据源时钟超前"),
    HealthKind.FEED_GAP: Text(en="The compliance feed has a gap", zh="合规数据有缺口"),
    HealthKind.CALENDAR_UNKNOWN: Text(en="The calendar ends", zh="日历已到期"),
    HealthKind.MODEL_DRIFT: Text(en="A detector drifts", zh="检测器分布漂移"),
    HealthKind.MODEL_MISSING: Text(en="A detector lacks its input", zh="检测器输入缺失"),
    HealthKind.MODEL_PRECISION: Text(en="A detector is seldom right", zh="检测器准确率过低"),
    HealthKind.MODEL_CALIBRATION: Text(en="A model's chances do not fit", zh="模型概率失准"),
    HealthKind.MODEL_DEMOTED: Text(en="A detector is no longer heard", zh="检测器已停用"),
}


def _of_health(health: Health) -> Incident:
    source, _ = split_feed(health.subject)
    return Incident(
        incident_id=f"{health.kind.value} {health.subject}",
        kind="source" if health.kind in STATE_OF else "watch",
        subject=source or health.subject,
        signal=health.kind.value,
        tier="severe" if health.kind in RED else "moderate",
        since=health.at,
        at=health.at,
        title=_TITLES[health.kind],
        reason=Text(en=health.message, zh=health.message),
    )


def _decoded(text: str | None, of: type[T]) -> T | None:
    return None if text is None else msgspec.json.decode(text, type=of)
