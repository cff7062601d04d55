"""A borrower is looked at once a day: what speaks when nothing happens, and what M makes of it.

    silence (D1), flow (D3, beside its peers), instalments so far (D5)
        -> as they are to be believed in the segment -> evidence
        -> novelty of the evidence (D7) -> evidence
        -> M: three lanes, each with a budget

Looks begin at midnight of the rule set's zone and are spread over six hours by the borrower's id.
What a stream has to say is as of the instant up to which all of it is here, or of the borrower's
latest event if that was later. Where the feed has not come further since the last look, or is
silent or broken, nothing is said: an outage is no silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from math import exp, log
from typing import Final, NamedTuple
from zlib import crc32

from detectors import CADENCE, FLOW, SHORTFALL, RecordError, Score
from detectors.combination import MUTED_DAYS, Lane, Look
from detectors.evidence import Combined, combined, evidence, instant, remember, trusted
from detectors.forest import leaves_of
from detectors.novelty import FOREST, seen, surprise
from detectors.protocol import STREAMS
from rules.zone import Zone
from schemas.instants import DAY_MS, HOUR_MS
from stream.decide.borrower import Borrower
from stream.decide.broadcast import Broadcast
from stream.decide.models import notes
from stream.decide.models.beliefs import as_number
from stream.decide.models.tallies import ALERTS, CONTROL, LANE, LEAVES, LOOKS, PEERS

LOOK_HOURS: Final = 6


class Seen(NamedTuple):
    """What M makes of one look.

    Attributes:
        v: By lane, -ln of how rare it is in the segment.
        lanes: In which lanes it is beyond the threshold.
        combined: The evidence that it was made of.
        is_muted: Whether it was noticed lately, and would not be told of again.
    """

    v: dict[Lane, float]
    lanes: tuple[Lane, ...]
    is_muted: bool
    combined: Combined


def next_look_ms(borrower_id: str, zone: Zone, now_ms: int) -> int:
    """Return when a borrower is to be looked at, later than now.

    Examples:
        >>> from schemas.instants import wire
        >>> [wire(next_look_ms(each, Zone("UTC"), 5 * DAY_MS)) for each in ("brw_1", "brw_2")]
        ['1970-01-06T00:26:27.000Z', '1970-01-06T03:59:37.000Z']
    """
    spread_ms = crc32(borrower_id.encode()) % (LOOK_HOURS * HOUR_MS // 1_000) * 1_000
    today = zone.day_at(now_ms)
    for day in (today, today + 1):
        at_ms = zone.instant(date.fromordinal(day), 0, 0) + spread_ms
        if at_ms > now_ms:
            return at_ms
    return at_ms + DAY_MS


def look(borrower: Borrower, at: Broadcast) -> Seen:
    """Look at a borrower as it stands at the last tick; its rows and the counts follow."""
    rows, now_ms = borrower.models, at.position.now_ms
    before = notes.read(rows)
    heard = dict(_heard(borrower, before.heard_ms, at))
    said = _tick(borrower, heard, at)
    if said:
        remember(rows, now_ms, said)
    new = _novelty(borrower, at)
    if new is not None:
        said["novelty"] = new
        remember(rows, now_ms, {"novelty": new})
    now = before.and_said(said)
    seen = _combine(borrower, now, at)
    is_noticed = bool(seen.lanes) and not seen.is_muted
    notes.write(
        rows,
        notes.Notes(
            heard_ms=tuple(
                heard[stream].passed_ms if stream in heard else before.heard_ms[place]
                for place, stream in enumerate(STREAMS)
            ),
            noticed_ms=now_ms if is_noticed else before.noticed_ms,
            v=tuple(seen.v[lane] for lane in Lane),
        ),
    )
    borrower.changed.add("models")
    return seen


class _Heard(NamedTuple):
    """How far the feed of a stream has come, and up to when the borrower's events are known."""

    passed_ms: int
    known_ms: int


def _heard(
    borrower: Borrower, before_ms: Sequence[float], at: Broadcast
) -> Iterator[tuple[str, _Heard]]:
    """Yield the streams whose feeds have come further since the last look."""
    latest_ms, now_ms = borrower.header.last_event_ms, at.position.now_ms
    for place, stream in enumerate(STREAMS):
        if stream not in latest_ms or at.is_blind(borrower, (stream,)):
            continue
        passed_ms = at.watermarks.watermark_ms(stream, borrower)
        if passed_ms is not None and passed_ms > before_ms[place]:
            known_ms = max(min(passed_ms, now_ms), latest_ms[stream])
            yield stream, _Heard(passed_ms, known_ms)


def _tick(borrower: Borrower, heard: Mapping[str, _Heard], at: Broadcast) -> dict[str, float]:
    """Return what the voices say that speak when nothing happens, as it is to be believed.

    A row that cannot be trusted says nothing here; the next event makes it anew, and tells of it.
    """
    found: dict[str, list[Score | None]] = {"silence": [], "flow": [], "shortfall": []}
    for stream, (_, known_ms) in heard.items():
        found["silence"].append(_silence(borrower, stream, known_ms))
        found["flow"].append(_flow(borrower, stream, known_ms, at))
    found["shortfall"].append(_standing(borrower))
    said = [
        (voice, each.n, each.p_value)
        for voice, scores in found.items()
        for each in scores
        if each is not None and each.ready
    ]
    believed: dict[str, list[float]] = {}
    for voice, p_value in at.models.believed(borrower.segment, said):
        believed.setdefault(voice, []).append(p_value)
    return {voice: instant(p_values) for voice, p_values in believed.items()}


def _silence(borrower: Borrower, stream: str, at_ms: int) -> Score | None:
    row = borrower.models.get(CADENCE.name)
    with suppress(RecordError):
        return None if row is None else CADENCE.tick(row, stream, at_ms)
    return None


def _flow(borrower: Borrower, stream: str, at_ms: int, at: Broadcast) -> Score | None:
    """Return what D3 says beside its peers of the day before; count it among those of today."""
    row, segment = borrower.models.get(FLOW.name), borrower.segment
    with suppress(RecordError):
        statistic = None if row is None else FLOW.statistic(row, stream, at_ms)
        if row is None or statistic is None:
            return None
        at.models.tallies.count(segment, PEERS + stream, (as_number(statistic),))
        peers = at.models.beliefs.peers(segment, stream)
        return None if peers is None else FLOW.tick(row, stream, at_ms, peers)
    return None


def _standing(borrower: Borrower) -> Score | None:
    row = borrower.models.get(SHORTFALL.name)
    with suppress(RecordError):
        return None if row is None else SHORTFALL.standing(row)
    return None


def _novelty(borrower: Borrower, at: Broadcast) -> float | None:
    """Return how new the evidence is, as it is to be believed; `None` while nobody knows."""
    segment, models = borrower.segment, at.models
    e = evidence(trusted(borrower.models), at.position.now_ms)
    leaves = leaves_of(FOREST, seen(e))
    reference = models.beliefs.reference(segment)
    models.tallies.count(segment, LEAVES, leaves)
    v = surprise(reference.score_one(leaves)) if reference is not None else 0.0
    found = models.believed(segment, [("novelty", 0, exp(-v))]) if v > 0 else []
    return found[0][1] if found else None


def _combine(borrower: Borrower, now: notes.Notes, at: Broadcast) -> Seen:
    """Return what M makes of a look, and count it; until a segment is known that is nothing."""
    segment, models, now_ms = borrower.segment, at.models, at.position.now_ms
    is_muted = now.noticed_ms >= 0 and now_ms < now.noticed_ms + MUTED_DAYS * DAY_MS
    looked = Look(combined(trusted(borrower.models), now_ms), now.instant)
    controls, v = models.beliefs.controls(segment), dict.fromkeys(Lane, 0.0)
    found = []
    for lane in Lane:
        raw, calibrator = looked.raw(lane), models.beliefs.lane(segment, lane)
        models.count(segment, LANE + lane, raw)
        if calibrator is None:
            continue
        v[lane] = abs(log(calibrator.p_value(raw)))
        is_beyond = controls[lane].is_alert(v[lane])
        found += [lane] * is_beyond
        if not is_muted:
            counted = (LOOKS, ALERTS) if is_beyond else (LOOKS,)
            models.tallies.count(segment, CONTROL + lane, counted)
    return Seen(v, tuple(found), is_muted, looked.combined)
