"""What the step says of the detectors: topic `models`, and how `loanwatch models` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas.model import Check, ModelStanding, Verdict
from stream.decide.fitness.words import said_of, why
from stream.journal.follow import read_to_end

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream.settings import Settings

MODELS: Final = "models"
RANKS: Final = tuple(Verdict)

_decode = msgspec.json.Decoder(ModelStanding).decode


def read_models(settings: Settings) -> dict[str, ModelStanding]:
    """Return by detector how it stands, as the step has said last."""
    found: dict[str, ModelStanding] = {}
    for message in read_to_end(settings, MODELS, MODELS):
        told = _decode(message.value() or b"")
        before = found.get(told.detector)
        if before is None or told.at >= before.at:
            found[told.detector] = told
    return found


def with_health(fields: dict[str, Any], told: Mapping[str, ModelStanding]) -> dict[str, Any]:
    """Return what is known of a detector with what the step says of it.

    Where the step has not folded the latest record about it yet, or is of another version, the
    record stands alone.
    """
    said = told.get(fields["detector"])
    if said is None or said.version != fields["version"]:
        return fields
    if said.record_id != fields.get("record_id"):
        return fields
    judged = said.right + said.wrong
    return fields | {
        "standing": said.standing.value,
        "demoted": None if said.demotion is None else why(said.demotion),
        "day": said.day,
        "compared_with": said.reference,
        "health": [said_of(each) for each in said.checks],
        "worst": _worst(said.checks),
        "right": said.right,
        "judged": judged,
    }


def _worst(checks: tuple[Check, ...]) -> str:
    worst = max((each.verdict for each in checks), key=RANKS.index, default=None)
    return "" if worst is None else worst.value


def again(name: str, told: Mapping[str, ModelStanding]) -> str:
    """Return the reason of a promotion that has none: after a demotion by the machine, that.

    A record that says what the one in force says would not be sent: nothing but its reason makes
    it another.
    """
    said = told.get(name)
    if said is None or said.demotion is None:
        return ""
    return f"after its demotion of {said.demotion.day}"
