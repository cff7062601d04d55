"""What `loanwatch models` reads from the register of control records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from detectors import DETECTORS, ews
from schemas.control import CalibrationRow, DetectorBody, Standing, subject_of
from schemas.instants import to_ms, wire
from schemas.learned_model import LearnedModel
from stream.decide.ews.champion import champion_of
from stream.decide.heard import AT_FIRST, Heard, StandingError
from stream.decide.heard import version_of as known_version
from stream.sources.control_file import ControlFileError, read_body

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stream.sources.control_file import Register, Stands


def version_of(name: str) -> int:
    """Return the version of a detector, of D8, or of a model of segments, in this engine.

    Raises:
        StandingError: If there is no such detector; names the closest.
    """
    try:
        return known_version(DETECTORS, name)
    except ValueError as error:
        raise StandingError(str(error)) from None


def previous(register: Register, name: str) -> DetectorBody:
    """Return what stood before the latest record about a detector.

    Raises:
        StandingError: If there is no such detector; names the closest.
        ControlFileError: If no record speaks of it.
    """
    version = version_of(name)
    bodies = [each.payload.body for each in records_of(register, name) if each.payload]
    if not bodies:
        raise ControlFileError(f"expected a record about detector `{name}`, found none")
    if len(bodies) > 1 and isinstance(bodies[-2], DetectorBody):
        return bodies[-2]
    standing = Standing.IN_FORCE if name in AT_FIRST else Standing.SHADOW
    return DetectorBody(detector=name, version=version, standing=standing)


def records_of(register: Register, name: str) -> list[Stands]:
    """Return the records about a detector that were applied, in order."""
    return [
        each
        for each in register.history
        if each.refused is None and each.payload and each.payload.subject == f"detector:{name}"
    ]


def entry(stands: Stands) -> dict[str, Any]:
    """Return one record about a detector, for people."""
    payload = stands.payload
    if payload is None or not isinstance(payload.body, DetectorBody):
        return {}
    return {
        "record_id": payload.record_id,
        "issued_at": wire(to_ms(payload.issued_at)),
        "author": payload.author,
        "approver": payload.approver,
        "standing": payload.body.standing.value,
        "version": payload.body.version,
        "reason": payload.body.reason,
    }


def described(register: Register, name: str) -> dict[str, Any]:
    """Return the standing of a detector, or of D8, as this engine would take it."""
    records = records_of(register, name)
    body = records[-1].payload.body if records and records[-1].payload else None
    known = body if isinstance(body, DetectorBody) else None
    fields = _of_d8(known) if name == ews.NAME else _of_detector(name, known)
    if records:
        latest = entry(records[-1])
        fields |= {each: latest[each] for each in ("record_id", "issued_at", "author", "approver")}
    return fields


def _of_detector(name: str, body: DetectorBody | None) -> dict[str, Any]:
    detector, bodies = DETECTORS.get(name), {} if body is None else {name: body}
    is_heard = name in Heard(DETECTORS, bodies).names
    return {
        "detector": name,
        "version": version_of(name),
        "standing": (Standing.IN_FORCE if is_heard else Standing.SHADOW).value,
        "streams": sorted(detector.streams) if detector else [],
        "row_bytes": len(detector.init(detector.default_prior)) if detector else 0,
        "calibrated": sorted({each.segment for of in bodies.values() for each in of.calibration}),
    }


def _of_d8(body: DetectorBody | None) -> dict[str, Any]:
    champion = champion_of(body)
    return {
        "detector": ews.NAME,
        "version": ews.VERSION,
        "standing": (Standing.IN_FORCE if champion.mark else Standing.SHADOW).value,
        "champion": champion.name,
        "row_bytes": len(ews.Ews().row),
        "calibrated": [],
    }


def latest_model(values: Iterable[bytes | None]) -> LearnedModel | None:
    """Return what was told last of the model that learns, `None` if nothing was."""
    told = None
    for value in values:
        told = value or told
    return None if told is None else msgspec.json.decode(told, type=LearnedModel)


def row_of(model: LearnedModel | None) -> str:
    """Return the row that a promotion carries.

    Raises:
        ControlFileError: If nothing was learned yet.
    """
    if model is None:
        raise ControlFileError("expected a model on `learned-models`, nothing has matured yet")
    return model.row


def read_calibration(path: Path, name: str) -> tuple[CalibrationRow, ...]:
    """Return the calibration of a detector from a file that `calibrate` wrote.

    Raises:
        StandingError: If it is of another detector.
        ControlFileError: If it is no such file.
    """
    body = read_body(path.read_bytes())
    if not isinstance(body, DetectorBody) or subject_of(body) != f"detector:{name}":
        raise StandingError(f"expected a calibration of detector `{name}` in {path}")
    return body.calibration
