"""Control records as files and on their topic: made, signed, judged before they are sent.

    body       what is to hold: {"kind":"go_live","clock":"input"}
    payload    the body with an id, its subject, what it supersedes, author and approver
    record     the payload's text with signatures: what stands on the topic `control`

A record is judged here by the same code that the fold judges it with, on top of all records
that stand on the topic: what it would refuse is not sent, and the reason is told at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import msgspec

from schemas.control import ControlBody, ControlPayload, KillSwitchBody, subject_of
from schemas.instants import from_ms
from schemas.journal import Control
from schemas.signing import Signed, Trust, sign
from stream.decide.broadcast import Broadcast
from stream.decide.controls import apply
from stream.decide.governance import RefusedError
from stream.intake.control import control_copy
from stream.sources.keys import SigningKey

ID_DIGITS: Final = 16

_bodies: msgspec.json.Decoder[ControlBody] = msgspec.json.Decoder(ControlBody)
_payloads = msgspec.json.Decoder(ControlPayload)
_records = msgspec.json.Decoder(Signed)
_journal = msgspec.json.Decoder(Control)


class ControlFileError(ValueError):
    """A file or a request that cannot become a control record."""


@dataclass(frozen=True, slots=True)
class Stands:
    """One record of the topic: applied, or refused for a reason."""

    offset: int
    payload: ControlPayload | None
    refused: str | None = None


@dataclass(slots=True)
class Register:
    """All control records so far, judged; `add` one after the other.

    Args:
        trust: Whose signatures count.
    """

    trust: Trust
    history: list[Stands] = field(default_factory=list)
    in_force: dict[str, Stands] = field(default_factory=dict)
    _broadcast: Broadcast = field(init=False)

    def __post_init__(self) -> None:
        """Begin where a journal begins."""
        self._broadcast = Broadcast()

    def add(self, value: bytes | None, offset: int) -> Stands:
        """Judge the next record of the topic, and apply it if it counts."""
        copied = _journal.decode(control_copy(value, seq=offset, prev_seq=offset - 1))
        payload = _payload(copied.signed)
        try:
            apply(self._broadcast, copied, self.trust)
        except RefusedError as error:
            stands = Stands(offset, payload, str(error))
        else:
            stands = Stands(offset, payload)
        self.history.append(stands)
        if payload is not None and stands.refused is None:
            self.in_force[payload.subject] = stands
        return stands

    def superseded(self, subject: str) -> str | None:
        """Return the id of the record in force for a subject."""
        stands = self.in_force.get(subject)
        return stands.payload.record_id if stands and stands.payload else None

    def holds(self, body: ControlBody) -> bool:
        """Whether this is what the record in force says already."""
        stands = self.in_force.get(subject_of(body))
        return stands is not None and stands.payload is not None and stands.payload.body == body


def read_body(text: bytes) -> ControlBody:
    """Read a body.

    Raises:
        ControlFileError: If it is none; the message ends in the path of the field.
    """
    try:
        return _bodies.decode(text)
    except msgspec.DecodeError as error:
        raise ControlFileError(f"expected the body of a control record: {error}") from error


def read_records(text: bytes) -> list[Signed]:
    """Read signed records, one a line.

    Raises:
        ControlFileError: If a line is none.
    """
    try:
        return [_records.decode(line) for line in text.splitlines() if line.strip()]
    except msgspec.DecodeError as error:
        raise ControlFileError(f"expected signed records, one a line: {error}") from error


def payload_of(
    body: ControlBody,
    *,
    author: str,
    approver: str,
    supersedes: str | None,
    now_ms: int,
    record_id: str | None = None,
) -> ControlPayload:
    """Return the payload that two people are to sign.

    The id, unless given, is made of what it says and what it supersedes: the same request made
    twice is the same record, and counts once.
    """
    subject = subject_of(body)
    said = msgspec.json.encode((body, supersedes))
    return ControlPayload(
        record_id=record_id or f"{subject}-{sha256(said).hexdigest()[:ID_DIGITS]}",
        subject=subject,
        supersedes=supersedes,
        author=author,
        approver=approver,
        issued_at=from_ms(now_ms),
        body=body,
    )


def signed_by(payload: ControlPayload, keys: Iterable[SigningKey]) -> Signed:
    """Return the record: the payload's text, signed with each of the keys."""
    return countersigned(Signed(payload=msgspec.json.encode(payload).decode(), signatures=()), keys)


def countersigned(record: Signed, keys: Iterable[SigningKey]) -> Signed:
    """Return the record with more signatures."""
    more = (sign(record.payload, key_id=key.key_id, key=key.private) for key in keys)
    return Signed(payload=record.payload, signatures=(*record.signatures, *more))


def people_of(body: ControlBody, keys: Sequence[SigningKey]) -> tuple[str, str]:
    """Return the names of author and approver; the kill switch is switched on by one, who is both.

    Raises:
        ControlFileError: As `two_people`.
    """
    if isinstance(body, KillSwitchBody) and body.on and len({key.signer for key in keys}) == 1:
        return keys[0].signer, keys[0].signer
    return two_people(keys)


def two_people(keys: Sequence[SigningKey]) -> tuple[str, str]:
    """Return the names of author and approver.

    Raises:
        ControlFileError: If there are not two keys of two people.
    """
    names = [key.signer for key in keys]
    if len(names) != 2 or names[0] == names[1]:  # noqa: PLR2004 - author and approver
        raise ControlFileError(
            f"expected the keys of two people, author and approver, got {len(set(names))}"
        )
    return names[0], names[1]


def _payload(signed: Signed | None) -> ControlPayload | None:
    try:
        return _payloads.decode(signed.payload) if signed else None
    except msgspec.DecodeError:
        return None
