"""The model of D8 in force: the row that a signed control record carries, else the fixed formula.

Whoever promotes a model has seen what it would have said, and signs that very row: it does not
learn on. The challenger does, whoever is in force.
"""

from base64 import b64decode
from typing import NamedTuple
from zlib import crc32

from detectors.codec import RecordError
from detectors.ews import NAME, POSITIVES_LEAST, VERSION, Ews
from schemas.control import DetectorBody, Standing


class ChampionError(ValueError):
    """A record about D8 that cannot be taken; the message says why."""


class Champion(NamedTuple):
    """The model in force; `mark` tells it from others, 0 is the fixed formula."""

    mark: int
    model: Ews

    @property
    def name(self) -> str:
        """Eight hexadecimal digits, empty for the formula."""
        return f"{self.mark:08x}" if self.mark else ""


def champion_of(body: DetectorBody | None) -> Champion:
    """Return the model in force; a record that does not fit this engine counts as none."""
    if body is None or body.standing is Standing.SHADOW or body.version != VERSION:
        return Champion(0, Ews())
    try:
        return _read(body)
    except ChampionError:
        return Champion(0, Ews())


def check_champion(body: DetectorBody) -> None:
    """Pass if a record about D8 can be taken.

    Raises:
        ChampionError: If it is of another version, has a calibration, or is to put something in
            force that is no model, or one that has learned too little to speak.
    """
    if body.version != VERSION:
        raise ChampionError(f"expected version {VERSION} of `{NAME}`, got {body.version}")
    if body.calibration:
        raise ChampionError(f"expected no calibration, `{NAME}` says a chance and no p-value")
    if body.standing is Standing.SHADOW:
        if body.row is not None:
            raise ChampionError(f"expected no `row`, `{NAME}` is to be in shadow")
        return
    positives = _read(body).model.positives
    if positives < POSITIVES_LEAST:
        raise ChampionError(
            f"expected a `row` that has learned {POSITIVES_LEAST} bad outcomes, got {positives}"
        )


def _read(body: DetectorBody) -> Champion:
    try:
        row = b64decode(body.row or "", validate=True)
        return Champion(crc32(row) or 1, Ews(row))
    except (RecordError, ValueError) as error:
        raise ChampionError(f"row of `{NAME}`: {error}") from None
