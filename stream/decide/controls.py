"""Control records: the fold applies one, or says why it does not count.

It counts only if two different trusted people signed it as author and approver, its id is new, and
it names the record in force that it supersedes: so a forged one, or an old one sent again, changes
nothing and is reported (architecture.md 2).
"""

from dataclasses import dataclass
from hashlib import sha256

import msgspec

from detectors import PriorError
from rules import RuleSetError
from rules import load as load_rules
from schemas.alert import Phase
from schemas.control import (
    CalendarBody,
    Clock,
    ConductBody,
    ControlBody,
    ControlPayload,
    DetectorBody,
    GoLiveBody,
    HoldOutBody,
    KillSwitchBody,
    ListBody,
    ParametersBody,
    RuleSetBody,
    SourcesBody,
)
from schemas.decision import ControlNote
from schemas.endorsed import endorsed
from schemas.instants import to_ms, wire
from schemas.journal import Control
from schemas.signing import SignatureRefusedError, Trust
from stream.decide.broadcast import GOVERNANCE_KEY, Broadcast
from stream.decide.calendar import Calendar
from stream.decide.collection.profiles import Conduct
from stream.decide.feeds.declared import Declared
from stream.decide.feeds.state import forget_when
from stream.decide.governance import Governance, RefusedError, refuse_repetition
from stream.decide.heard import check


@dataclass(frozen=True, slots=True)
class Applied:
    """A control record that was applied; `digest` is SHA-256 of the text that was signed."""

    payload: ControlPayload
    digest: str

    @property
    def body(self) -> ControlBody:
        """What it says."""
        return self.payload.body

    @property
    def note(self) -> ControlNote:
        """Who wanted it and who agreed, for the record."""
        payload = self.payload
        return ControlNote(
            record_id=payload.record_id,
            subject=payload.subject,
            author=payload.author,
            approver=payload.approver,
            issued_at=wire(to_ms(payload.issued_at)),
            digest=self.digest,
            supersedes=payload.supersedes,
        )


def apply(at: Broadcast, control: Control, trust: Trust) -> Applied:
    """Apply a control record.

    Args:
        at: What it governs; changed in place.
        control: The record.
        trust: The keys whose signatures count.

    Raises:
        RefusedError: If it does not count; nothing has changed then.
    """
    governance = at.governance
    payload = _verified(governance, control, trust)
    try:
        _apply_body(at, payload.body)
    except (RuleSetError, PriorError, ValueError) as error:
        raise RefusedError(str(error)) from error
    governance.in_force[payload.subject] = payload.record_id
    governance.seen.append(payload.record_id)
    at.changed.add(GOVERNANCE_KEY)
    text = control.signed.payload if control.signed else ""
    return Applied(payload, sha256(text.encode()).hexdigest())


def _verified(governance: Governance, control: Control, trust: Trust) -> ControlPayload:
    if control.signed is None:
        raise RefusedError(control.void_reason or "expected a signed record")
    try:
        payload = endorsed(control.signed, trust)
    except (SignatureRefusedError, msgspec.DecodeError) as error:
        raise RefusedError(str(error)) from error
    refuse_repetition(
        payload.record_id,
        payload.supersedes,
        seen=governance.seen,
        in_force=governance.in_force.get(payload.subject),
    )
    return payload


def _apply_body(at: Broadcast, body: ControlBody) -> None:
    governance = at.governance
    match body:
        case RuleSetBody(files=files):
            at.program = load_rules(files)
            governance.files, governance.files_since_ms = files, at.position.now_ms
        case ParametersBody(detector=detector, segments=segments):
            at.suite = at.suite.with_parameters(detector, segments)
            governance.parameters[detector] = segments
        case DetectorBody(detector=detector):
            check(at.suite.detectors, body)
            governance.detectors[detector] = body
            at.listen()
        case ListBody(name=name, members=members):
            governance.lists[name] = list(members)
            at.derive_lists()
        case SourcesBody():
            _declare(at, body)
        case CalendarBody(regions=regions):
            at.calendar = Calendar(regions)
            governance.calendar = regions
        case KillSwitchBody() | ConductBody() | HoldOutBody():
            _govern_contacts(at, body)
        case GoLiveBody(clock=clock):
            _go_live(at, clock)


def _declare(at: Broadcast, body: SourcesBody) -> None:
    at.declared = Declared(body.feeds)
    at.feeds_moved()
    at.governance.feeds = list(body.feeds)
    for name in at.declared.watched:
        at.settle(name)


def _go_live(at: Broadcast, clock: Clock) -> None:
    governance = at.governance
    if governance.phase is Phase.LIVE:
        raise RefusedError("expected one `go_live`, the journal is live already")
    if clock is not governance.clock:
        forget_when(at.position.feeds)
        at.feeds_moved()
    governance.phase, governance.clock = Phase.LIVE, clock


def _govern_contacts(at: Broadcast, body: KillSwitchBody | ConductBody | HoldOutBody) -> None:
    governance = at.governance
    match body:
        case KillSwitchBody(on=on):
            if governance.kill_switch and not on:
                governance.resumed_ms = at.position.now_ms
            governance.kill_switch = on
        case ConductBody():
            at.conduct = Conduct(body)
            governance.conduct = body
        case HoldOutBody(permille=permille):
            governance.hold_out_permille = permille
