"""What stands behind a case: warnings, tiers, triggers, and the story of the last weeks."""

from collections.abc import Iterator
from zlib import crc32

import msgspec

from schemas.alert import Alert
from schemas.case_file import CaseFile
from schemas.collection_trigger import Answer, CollectionTrigger, Op
from schemas.desk_event import DeskEvent, EventKind
from schemas.desk_keys import Name, NextContact, version
from schemas.instants import parse
from schemas.tier import BorrowerTier, TierChange
from stream.desk_feed import foresight
from stream.desk_feed.people import first_overdue
from stream.desk_feed.writes import Put, Write, told

_encode = msgspec.json.Encoder().encode


def of_alert(alert: Alert, raw: bytes, *, restricted: bool) -> Iterator[Write]:
    """Yield what a warning's transition changes: the latest of each episode is kept."""
    if alert.borrower_id:
        field = f"{alert.subject_id}/{alert.rule.name}/{alert.episode}"
        its_version = version(alert.ordinal)
        yield Put(Name.ALERTS, alert.borrower_id, field, its_version, raw, (), restricted)
        if not restricted:
            yield from foresight.of_alert(alert, field)
    else:
        yield _incident(alert, raw, restricted=restricted)


def _incident(alert: Alert, raw: bytes, *, restricted: bool) -> Put:
    field = f"{alert.subject_id}/{alert.rule.name}"
    event = DeskEvent(kind=EventKind.INCIDENT, incident_id=field, tier=alert.tier)
    its_version = version(alert.episode, alert.ordinal)
    return Put(Name.SEGMENTS, "", field, its_version, raw, (told(event),), restricted)


def of_tier(tier: BorrowerTier, raw: bytes) -> Iterator[Write]:
    """Yield what the present tier of a borrower changes."""
    at_ms = parse(tier.at)
    field = f"{tier.borrower_id}/{tier.legal_entity}"
    yield Put(Name.TIERS, "", field, version(tier.sequence_no, at_ms), raw)
    yield from first_overdue(tier.borrower_id, tier.floor.dpd, at_ms)


def of_tier_change(change: TierChange, raw: bytes) -> Iterator[Write]:
    """Yield what a change of tier changes."""
    at_ms = parse(change.at)
    field = str(change.sequence_no)
    yield Put(Name.TIER_CHANGES, change.borrower_id, field, version(1), raw)
    yield from foresight.of_tier_change(change, at_ms)
    yield from first_overdue(change.borrower_id, change.floor.dpd, at_ms)


def of_file(file: CaseFile, raw: bytes) -> Iterator[Write]:
    """Yield what the story behind a borrower's cases changes."""
    yield Put(Name.FILES, "", file.borrower_id, version(parse(file.at)), raw)


def of_trigger(trigger: CollectionTrigger, raw: bytes) -> Iterator[Write]:
    """Yield what one record of a trigger changes; all of them are kept."""
    field = f"{trigger.trigger_id}#{trigger.ordinal}"
    yield Put(Name.TRIGGERS, trigger.borrower_id, field, version(1), raw)
    # Of several at one instant it does not matter which, as long as it is always the same.
    of_several = crc32(trigger.trigger_id.encode()) << 16 | min(trigger.ordinal, 0xFFFF)
    yield from foresight.of_trigger(trigger)
    its_version = version(parse(trigger.at), of_several)
    yield Put(Name.CONTACT, "", trigger.borrower_id, its_version, _encode(next_contact(trigger)))


def next_contact(trigger: CollectionTrigger) -> NextContact:
    """Return when the borrower may be contacted next, as far as the trigger tells."""
    says_when = trigger.op in (Op.DEFER, Op.PROPOSE)
    stopped = (each for each in trigger.guards if each.answer is not Answer.ALLOW)
    guard = next(stopped, None)
    return NextContact(
        at=trigger.earliest_at if says_when else None,
        guard=guard.guard.value if guard else None,
        op=trigger.op.value,
        trigger_id=trigger.trigger_id,
    )
