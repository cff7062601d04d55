"""The kill switch, as the signed records on `control` say: one reader of one subject.

It judges by the same rules as the fold (`schemas.endorsed`), but knows nothing else of control
records: no rule set is compiled here, so a large or broken one cannot delay the switch.

Invariant: a record that does not count changes nothing, whoever wrote it to Kafka.
"""

from typing import Final

import msgspec

from schemas.control import ControlPayload, KillSwitchBody
from schemas.endorsed import endorsed
from schemas.signing import SignatureRefusedError, Signed, Trust

_signed: Final = msgspec.json.Decoder(Signed)
_payloads: Final = msgspec.json.Decoder(ControlPayload)


class Switch:
    """On or off, and up to when that is known.

    Args:
        trust: The keys whose signatures count.

    Attributes:
        on: Whether nobody may be contacted.
        reason: What the record in force gives as its reason.
        known_ms: An instant up to which every record on the topic has been taken; `None` before
            the topic was read to its end.
    """

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._in_force: str | None = None
        self._seen: set[str] = set()
        self.on = False
        self.reason = ""
        self.known_ms: int | None = None

    def apply(self, value: bytes | None) -> bool:
        """Take the next record of the topic; return whether it is about the switch.

        Raises:
            SignatureRefusedError: If it is, and does not count; nothing has changed then.
        """
        try:
            signed = _signed.decode(value or b"")
            payload = _payloads.decode(signed.payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False  # the fold reports it; it is no record of the switch
        if not isinstance(payload.body, KillSwitchBody):
            return False
        endorsed(signed, self._trust)
        self._refuse_repetition(payload)
        self._seen.add(payload.record_id)
        self._in_force = payload.record_id
        self.on, self.reason = payload.body.on, payload.body.reason
        return True

    def _refuse_repetition(self, payload: ControlPayload) -> None:
        if payload.record_id in self._seen:
            raise SignatureRefusedError(f"record `{payload.record_id}` was sent before")
        if payload.supersedes != self._in_force:
            raise SignatureRefusedError(
                f"expected to supersede `{self._in_force}`, got `{payload.supersedes}`"
            )
