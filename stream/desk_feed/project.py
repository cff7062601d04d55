"""One record of an output topic: what it changes.

A record that cannot be read is not ours to judge: it raises, and the feed goes on without it,
having said so.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from schemas.alert import Alert
from schemas.case import Case
from schemas.case_file import CaseFile
from schemas.collection_trigger import CollectionTrigger
from schemas.decision import Decision
from schemas.desk_audit import DeskAudit
from schemas.health import Health
from schemas.tier import BorrowerTier, TierChange
from schemas.trigger_progress import PROGRESS_KEY
from stream.desk_feed import evidence, people, watch
from stream.desk_feed.writes import Write
from stream.intake import progress

_case = msgspec.json.Decoder(Case).decode
_alert = msgspec.json.Decoder(Alert).decode
_tier = msgspec.json.Decoder(BorrowerTier).decode
_change = msgspec.json.Decoder(TierChange).decode
_file = msgspec.json.Decoder(CaseFile).decode
_trigger = msgspec.json.Decoder(CollectionTrigger).decode
_health = msgspec.json.Decoder(Health).decode
_audit = msgspec.json.Decoder(DeskAudit).decode
_decision = msgspec.json.Decoder(Decision).decode


def _cases(raw: bytes, *, restricted: bool) -> Iterator[Write]:
    case = _case(raw)
    yield from people.of_case(case, raw, restricted=restricted)
    yield from _marked(case)


def _alerts(raw: bytes, *, restricted: bool) -> Iterator[Write]:
    alert = _alert(raw)
    yield from evidence.of_alert(alert, raw, restricted=restricted)
    yield from _marked(alert)


def _marked(record: Any) -> Iterator[Write]:
    if record.simulated:
        yield watch.simulated()


OF_TOPIC: Final[Mapping[str, Callable[[bytes], Iterator[Write]]]] = {
    "cases": lambda raw: _cases(raw, restricted=False),
    "cases-restricted": lambda raw: _cases(raw, restricted=True),
    "alerts": lambda raw: _alerts(raw, restricted=False),
    "alerts-restricted": lambda raw: _alerts(raw, restricted=True),
    "tiers": lambda raw: evidence.of_tier(_tier(raw), raw),
    "tier-changes": lambda raw: evidence.of_tier_change(_change(raw), raw),
    "case-files": lambda raw: evidence.of_file(_file(raw), raw),
    "collection-triggers": lambda raw: evidence.of_trigger(_trigger(raw), raw),
    "health": lambda raw: watch.of_health(_health(raw), raw),
    "source-progress": lambda raw: watch.of_progress(progress.decode(raw)),
    "desk-audit": lambda raw: watch.of_audit(_audit(raw), raw),
    "decisions": lambda raw: watch.of_decision(_decision(raw)),
}
"""What is made of a record, by topic; `control` is read by the role, which checks signatures."""


def project(topic: str, key: bytes | None, value: bytes | None) -> list[Write]:
    """Return what a record changes.

    Args:
        topic: Without the prefix, one of `OF_TOPIC`.
        key: The record's.
        value: The record's; a record without one says nothing new.

    Raises:
        msgspec.DecodeError: If it is not what the topic holds.
        ValueError: If an instant or a tier in it cannot be read.
        KeyError: Likewise.
    """
    if value is None or key == PROGRESS_KEY:
        return []
    return list(OF_TOPIC[topic](value))
