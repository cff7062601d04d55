"""What tells how well the watch foresees: who was warned, held out, alerted again; the book's size.

Only what was said live counts: what a history brought about was handed to nobody.
"""

from collections.abc import Iterator

import msgspec

from schemas.alert import Alert, Phase, Tier, Transition
from schemas.collection_trigger import Answer, CollectionTrigger, Op
from schemas.decision import Decision
from schemas.desk_keys import Assigned, Name, Warned, earliest, version
from schemas.instants import parse
from schemas.tier import TierChange
from stream.desk_feed.writes import Put

MILD = Tier.MILD.word
_WHAT = {Transition.OPENED: "opened", Transition.CLEARED: "cleared"}

_encode = msgspec.json.Encoder().encode


def of_tier_change(change: TierChange, at_ms: int) -> Iterator[Put]:
    """Yield whether somebody is warned from now on.

    Where days past due alone ask for moderate the change says nothing of that.
    """
    if change.phase is not Phase.LIVE or Tier[change.floor.tier.upper()] >= Tier.MODERATE:
        return
    field = f"{change.borrower_id}/{change.legal_entity}/{change.sequence_no}"
    warned = Warned(is_warned=Tier[change.to.upper()] >= Tier.MODERATE, at_ms=at_ms)
    yield Put(Name.WARNED, "", field, version(1), _encode(warned))


def of_alert(alert: Alert, episode: str) -> Iterator[Put]:
    """Yield when an episode was opened or cleared; one that was withdrawn has never been."""
    what = _WHAT.get(alert.transition)
    if what is not None and alert.phase is Phase.LIVE:
        at_ms = parse(alert.detected_at)
        yield Put(Name.EPISODES, "", f"{episode} {what}", version(1), str(at_ms).encode())


def of_trigger(trigger: CollectionTrigger) -> Iterator[Put]:
    """Yield whether a mild borrower was contacted or held out: the first time stays.

    Held out is whom no guard objects to, and who is not to be contacted all the same.
    """
    if trigger.tier != MILD or trigger.phase is not Phase.LIVE or not trigger.guards:
        return
    nobody_objects = all(each.answer is Answer.ALLOW for each in trigger.guards)
    if trigger.op is Op.PROPOSE or (trigger.op is Op.SUPPRESS and nobody_objects):
        at_ms = parse(trigger.at)
        is_held_out = trigger.op is Op.SUPPRESS
        assigned = Assigned(is_held_out=is_held_out, at_ms=at_ms)
        its_version = earliest(at_ms, int(is_held_out))
        yield Put(Name.ASSIGNED, "", trigger.borrower_id, its_version, _encode(assigned))


def of_day(decision: Decision) -> Iterator[Put]:
    """Yield how many loans were open in a partition at the end of its day."""
    if decision.day is not None:
        loans = sum(cell.loans for cell in decision.day.cells)
        its_version = version(decision.day.day.toordinal())
        yield Put(Name.BOOK, "", decision.subject_id, its_version, str(loans).encode())
