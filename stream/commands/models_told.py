"""What the step says of the detectors: topic `models`, and how `loanwatch models` shows it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.table import Table

from schemas.fitness import REST, UNKNOWN, Judged, Trait, first_day_of_shares
from schemas.model import Check, ModelStanding, Verdict
from stream.decide.fitness.words import said_of, why
from stream.journal.follow import read_to_end

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stream.settings import Settings

MODELS: Final = "models"
LEAST: Final = 20
"""Of fewer closed cases a share is little more than chance: of 20, half of them false, 30 to 70 %
would be no wonder."""

NAMES: Final = {UNKNOWN: "(not told)", REST: "(all others)"}
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
    if said.demotion is not None and "champion" in fields:
        fields = fields | {"champion": ""}  # the signed row judges nobody
    return fields | {
        "standing": said.standing.value,
        "demoted": None if said.demotion is None else why(said.demotion),
        "day": said.day,
        "compared_with": said.reference,
        "health": [said_of(each) for each in said.checks],
        "worst": _worst(said.checks),
        "right": said.right,
        "judged": judged,
        "shares": shares_of(said),
        "shares_from": _shares_from(said),
    }


def _shares_from(said: ModelStanding) -> date | None:
    """Return from which day on closed cases are counted by trait."""
    if said.day is None:
        return None
    return date.fromordinal(first_day_of_shares(said.day.toordinal()))


def shares_of(said: ModelStanding) -> list[dict[str, Any]]:
    """Return of each value of a trait how many closed cases were judged and were false alarms."""
    return [
        {
            "trait": trait.value,
            "value": NAMES.get(value, value),
            "judged": judged.n,
            "false": judged.wrong,
            "share": round(judged.wrong / judged.n, 3),
        }
        for trait in Trait
        for value, judged in sorted(said.shares.get(trait, {}).items(), key=_order)
    ]


def _order(of: tuple[str, Judged]) -> tuple[bool, int, str]:
    value, judged = of
    return value in NAMES, -judged.n, value


def share_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return false alarms by region, size and segment, for people."""
    table = Table("by", "", "closed cases", "false alarms", "share", "", box=None)
    for row in rows:
        note = f"fewer than {LEAST}: says little" if row["judged"] < LEAST else ""
        counts = (str(row["judged"]), str(row["false"]))
        table.add_row(row["trait"], row["value"], *counts, f"{row['share']:.0%}", note)
    return table


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
