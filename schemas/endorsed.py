"""Which signed control records count: who has to have signed what.

One rule for the fold, for the last gate and for the command that publishes. The kill switch is
switched on by one person, since nobody may have to look for a second one while borrowers are
contacted that should not be; everything else takes an author and another approver.
"""

import msgspec

from schemas.control import ControlPayload, KillSwitchBody, subject_of
from schemas.signing import Right, SignatureRefusedError, Signed, Trust, signers

_decoder = msgspec.json.Decoder(ControlPayload)


def endorsed(signed: Signed, trust: Trust) -> ControlPayload:
    """Return what a control record says, if those have signed it who must have.

    Raises:
        SignatureRefusedError: If they have not, or if it is about another subject than it says.
        msgspec.DecodeError: If the payload is none.
    """
    who = signers(signed, trust=trust, right=Right.CONTROL)
    payload = _decoder.decode(signed.payload)
    if isinstance(payload.body, KillSwitchBody) and payload.body.on:
        if payload.author not in who:
            raise SignatureRefusedError("expected the signature of the author")
    elif payload.author == payload.approver or not {payload.author, payload.approver} <= who:
        raise SignatureRefusedError("expected the signatures of an author and of another approver")
    if payload.subject != subject_of(payload.body):
        raise SignatureRefusedError(
            f"expected the subject `{subject_of(payload.body)}`, got `{payload.subject}`"
        )
    return payload
