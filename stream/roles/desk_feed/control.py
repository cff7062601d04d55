"""What governs everybody, as far as the desk shows it: the kill switch, and which clock counts.

Only what the fold would believe is shown: signatures are checked by the same rules as dispatch's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from schemas.control import GoLiveBody
from schemas.desk_trust import KillSwitch
from schemas.endorsed import endorsed
from schemas.instants import wire
from schemas.signing import SignatureRefusedError, Signed
from stream.desk_feed import watch
from stream.dispatch.switch import Switch

if TYPE_CHECKING:
    from schemas.signing import Trust
    from stream.desk_feed.writes import Write

log = structlog.get_logger()

_signed = msgspec.json.Decoder(Signed)


class Governing:
    """Reads `control` from its first record on.

    Args:
        trust: The keys whose signatures count.
    """

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._switch = Switch(trust)

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
            return self._clock(value)
        except (SignatureRefusedError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("control record not shown", offset=offset, reason=str(error))
            return []

    def _clock(self, value: bytes | None) -> list[Write]:
        body = endorsed(_signed.decode(value or b""), self._trust).body
        return list(watch.of_clock(body.clock.value)) if isinstance(body, GoLiveBody) else []
