"""What people sign about the feed, checked in the fold: so a forged action changes nothing.

One signature with the right suffices: nothing here changes what the log says, only what is added
to it, who has it, and whose records can still be traced to somebody.
"""

from typing import Final, NamedTuple

import msgspec

from schemas.compliance import (
    Acknowledge,
    CompliancePayload,
    DiscardHeld,
    EraseSubject,
    RecordKind,
    ReleaseHeld,
    ReportIncident,
)
from schemas.instants import to_ms, wire
from schemas.signing import Right, SignatureRefusedError, Signed, Trust, signers
from stream.compliance.held import NothingHeldError, discard, release
from stream.compliance.incidents import report
from stream.compliance.log import ALL, Draft, Log
from stream.compliance.state import Acked, State

_signed: Final = msgspec.json.Decoder(Signed).decode
_payload: Final = msgspec.json.Decoder(CompliancePayload).decode


class ActionRefusedError(ValueError):
    """An action that does not count, with the reason."""


class GapError(ActionRefusedError):
    """A reader of the feed says that it has records, and not those before them."""

    def __init__(self, consumer: str, first_missing: int, first_seq: int) -> None:
        super().__init__(
            f"expected {consumer} to go on with record {first_missing}, got {first_seq}"
        )
        self.consumer = consumer


class Said(NamedTuple):
    """Who signed an action, when, and its id."""

    record_id: str
    by: str
    at: str


class Actions:
    """Reads actions and does what they say.

    Args:
        trust: Whose signatures count.
        state: Of the feed.
        log: Where records go.
    """

    def __init__(self, trust: Trust, state: State, log: Log) -> None:
        self._trust = trust
        self._state = state
        self._log = log

    def take(self, value: bytes) -> None:
        """Do what one signed action says.

        Raises:
            ActionRefusedError: If it does not count; nothing has changed then.
        """
        payload, by = self._verified(value)
        try:
            self._do(payload, by)
        except NothingHeldError as error:
            raise ActionRefusedError(str(error)) from error
        self._state.core.seen.append(payload.record_id)

    def _verified(self, value: bytes) -> tuple[CompliancePayload, str]:
        try:
            signed = _signed(value)
            who = signers(signed, trust=self._trust, right=Right.COMPLIANCE)
            payload = _payload(signed.payload)
        except (msgspec.DecodeError, SignatureRefusedError, UnicodeDecodeError) as error:
            raise ActionRefusedError(str(error)) from error
        if payload.author not in who:
            raise ActionRefusedError(f"expected the signature of `{payload.author}`")
        if payload.record_id in self._state.core.seen:
            raise ActionRefusedError(f"record `{payload.record_id}` was sent before")
        return payload, payload.author

    def _do(self, payload: CompliancePayload, by: str) -> None:
        state, log = self._state, self._log
        said = Said(payload.record_id, by, wire(to_ms(payload.issued_at)))
        match payload.body:
            case ReleaseHeld() as body:
                release(body, by, state, log)
            case DiscardHeld() as body:
                discard(body, by, said.at, state, log)
            case Acknowledge() as body:
                _acknowledge(body, state)
            case EraseSubject() as body:
                _erase(body, said, state, log)
            case ReportIncident() as body:
                report(body, record_id=said.record_id, by=said.by, at=said.at, state=state, log=log)


def _acknowledge(body: Acknowledge, state: State) -> None:
    known = state.acked.get(body.consumer) or Acked(seq=0)
    if body.first_seq > known.seq + 1:
        raise GapError(body.consumer, known.seq + 1, body.first_seq)
    if not body.first_seq <= body.last_seq <= state.core.size:
        raise ActionRefusedError(
            f"expected records up to {state.core.size}, got {body.first_seq} to {body.last_seq}"
        )
    state.acked.put(body.consumer, Acked(seq=max(known.seq, body.last_seq)))


def _erase(body: EraseSubject, said: Said, state: State, log: Log) -> None:
    """Destroy a key. The record of it says whose decision it was, and not whose key."""
    if state.subjects.get(body.borrower_id) is None:
        raise ActionRefusedError("expected a borrower that is in the record")
    state.subjects.drop(body.borrower_id)
    for held_id, held in list(state.held.items()):
        if held.borrower_id == body.borrower_id:
            state.held.drop(held_id)
    payload = {"erased": "one subject's key", "legal_basis": body.legal_basis, "by": said.by}
    log.append(
        Draft(
            kind=RecordKind.RELEASE,
            origin=said.record_id,
            legal_entity=ALL,
            as_of=said.at,
            payload=payload,
        )
    )
