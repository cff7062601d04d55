"""A rule set put in force for a replay alone, by signers made for the occasion.

A file has no control records, and a journal may be folded with other rules than its own. The
step takes nothing unsigned, so two keys are made, believed by this replay and forgotten. They
change no decision: what is decided names no key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas import journal
from schemas.control import ControlPayload, RuleSetBody
from schemas.signing import Right, Signed, Trust
from stream.sources.control_file import payload_of, signed_by
from stream.sources.keys import SigningKey, trusted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.control import ControlBody

SIGNERS: Final = ("replay-author", "replay-approver")

_payloads = msgspec.json.Decoder(ControlPayload)


class Trial:
    """Two signers for one replay."""

    def __init__(self) -> None:
        self._keys = [SigningKey(name, name, Ed25519PrivateKey.generate()) for name in SIGNERS]

    def trust(self, others: Trust) -> Trust:
        """Return `others` and the trial's own keys."""
        own = tuple(
            trusted(key.key_id, key.private.public_key(), (Right.CONTROL,)) for key in self._keys
        )
        return Trust(keys=others.keys + own)

    def signed(self, body: ControlBody) -> Signed:
        """Return a control record that begins its subject."""
        author, approver = SIGNERS
        payload = payload_of(body, author=author, approver=approver, supersedes=None, now_ms=0)
        return signed_by(payload, self._keys)


class OtherRules:
    """Folds a journal's control records with another rule set in the place of all of its own.

    Ours comes first, under the number 0; the journal's follow under their number and one, those
    of rule sets as void.
    """

    def __init__(self, trial: Trial, files: Mapping[str, str]) -> None:
        signed = trial.signed(RuleSetBody(files=dict(files)))
        self.first = journal.encode(journal.Control(seq=0, prev_seq=-1, signed=signed))

    def replace(self, value: bytes) -> bytes:
        """Return what to fold for a control record of the journal."""
        record = journal.decode(value)
        if not isinstance(record, journal.Control):
            return value
        is_rules = record.signed is not None and _is_ruleset(record.signed)
        return journal.encode(
            msgspec.structs.replace(
                record,
                seq=record.seq + 1,
                prev_seq=record.prev_seq + 1,
                signed=None if is_rules else record.signed,
                void_reason="replayed with other rules" if is_rules else record.void_reason,
            )
        )


def _is_ruleset(signed: Signed) -> bool:
    try:
        return isinstance(_payloads.decode(signed.payload).body, RuleSetBody)
    except msgspec.DecodeError:
        return False
