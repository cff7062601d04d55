"""What governs everybody, as far as the desk needs it: kill switch, clock, who is linked to whom.

Only what the fold would believe is shown: signatures are checked by the same rules as dispatch's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from schemas.control import GoLiveBody, ListBody
from schemas.desk_trust import KillSwitch
from schemas.endorsed import endorsed
from schemas.instants import wire
from schemas.operators import OPERATOR_LINKS
from schemas.signing import SignatureRefusedError, Signed
from stream.decide.governance import RefusedError, refuse_repetition
from stream.desk_feed import watch
from stream.dispatch.switch import Switch

if TYPE_CHECKING:
    from schemas.signing import Trust
    from stream.desk_feed.writes import Write

log = structlog.get_logger()

_NONE = (SignatureRefusedError, msgspec.DecodeError, UnicodeDecodeError)
_signed = msgspec.json.Decoder(Signed)


class Governing:
    """Reads `control` from its first record on.

    Args:
        trust: The keys whose signatures count.
    """

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._switch = Switch(trust)
        self._links_in_force: str | None = None
        self._links_seen: list[str] = []

    def take(self, value: bytes | None, offset: int, at_ms: int) -> list[Write]:
        """Return what the next control record changes at the desk.

        Args:
            value: The record's.
            offset: Where it stands.
            at_ms: When it was written.
        """
        try:
            if self._switch.apply(value):
                switch = KillSwitch(
                    on=self._switch.on, reason=self._switch.reason, since=wire(at_ms)
                )
                return list(watch.of_switch(switch, offset))
            return self._other(value, offset)
        except (*_NONE, RefusedError) as error:
            log.warning("control record not shown", offset=offset, reason=str(error))
            return []

    def _other(self, value: bytes | None, offset: int) -> list[Write]:
        payload = endorsed(_signed.decode(value or b""), self._trust)
        match payload.body:
            case GoLiveBody(clock=clock):
                return list(watch.of_clock(clock.value))
            case ListBody(name=name, members=members) if name == OPERATOR_LINKS:
                refuse_repetition(
                    payload.record_id,
                    payload.supersedes,
                    seen=self._links_seen,
                    in_force=self._links_in_force,
                )
                self._links_seen.append(payload.record_id)
                self._links_in_force = payload.record_id
                return list(watch.of_links(members, offset))
            case _:
                return []
