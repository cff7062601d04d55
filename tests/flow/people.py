"""What people and executors do while a book is played: they read what was told, and answer.

    NEED_APPROVAL       two operators release it, two hours after it could first be sent
    a release refused   one operator signs that a tier is to come down; a day later two do
    hardship            an executor sends what is proposed, and reports that hardship was claimed
    unreached           an executor sends what is proposed, and reports that nobody was reached

Executors write their own permits here: dispatch grants none on the input clock (docs/dispatch.md).
"""

from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.collection_orders import ApproveTrigger
from schemas.collection_trigger import Op
from schemas.control import ActionPayload
from schemas.instants import HOUR_MS, MINUTE_MS, from_ms, parse
from schemas.permit import CollectionOutcome, OutcomeKind, Permit
from schemas.signing import Right, Signed, Trust
from schemas.tier_orders import ReleaseTier
from stream.decide.tiers.owed import DEFAULT_ENTITY
from stream.sources.control_file import countersigned
from stream.sources.keys import SigningKey, trusted

HARDSHIP, UNREACHABLE = OutcomeKind.HARDSHIP_CLAIMED, OutcomeKind.UNREACHABLE
NAMES = ("operator-1", "operator-2")


class Said(NamedTuple):
    """One record that somebody writes."""

    topic: str
    borrower_id: str
    value: bytes


class People:
    """Two operators with keys, and an executor."""

    def __init__(self):
        self._keys = [SigningKey(name, name, Ed25519PrivateKey.generate()) for name in NAMES]
        self._last = {}

    def trust(self, others=()):
        """The keys that have to be believed, beside others."""
        own = (trusted(k.key_id, k.private.public_key(), (Right.ACTION,)) for k in self._keys)
        return Trust(keys=(*others, *own))

    def diary(self, planted):
        """What they do at which instant: each a function of what was told, returning records."""
        found = {}
        for row in planted:
            for at_ms, do in self._of(row):
                found.setdefault(at_ms, []).append(do)
        return dict(sorted(found.items()))

    def _of(self, row):
        at_ms, who = parse(row.at), row.borrower_id
        match row.expect, row.rule:
            case "refuses", _:
                yield at_ms, lambda _told: self._release(who, at_ms, people=1)
                later_ms = parse(row.until)
                yield later_ms, lambda _told: self._release(who, later_ms, people=2)
            case "proposes", "EARLY_COLLECTION":
                noon_ms = at_ms + 2 * HOUR_MS
                yield noon_ms, lambda told: self._approve(who, noon_ms, told)
            case "suppresses", "HARDSHIP":
                yield at_ms, lambda told: self._send(who, at_ms, told, HARDSHIP)
            case "unreached", _:
                noon_ms = parse(row.until)
                yield noon_ms, lambda told: self._send(who, noon_ms, told, UNREACHABLE)

    def _release(self, who, at_ms, *, people):
        order = ReleaseTier(legal_entity=DEFAULT_ENTITY, tier="severe")
        return [self._action(who, at_ms, order, people=people)]

    def _approve(self, who, at_ms, told):
        waiting = _last(told, who)
        assert waiting.op is Op.NEED_APPROVAL, waiting
        return [self._action(who, at_ms, ApproveTrigger(trigger_id=waiting.trigger_id), people=2)]

    def _action(self, who, at_ms, order, *, people):
        keys = self._keys[:people]
        payload = ActionPayload(
            record_id=f"{order.kind}-{at_ms}",
            subject=who,
            supersedes=self._last.get(who),
            operator=keys[0].signer,
            issued_at=from_ms(at_ms),
            body=msgspec.to_builtins(order),
        )
        self._last[who] = payload.record_id
        unsigned = Signed(payload=msgspec.json.encode(payload).decode(), signatures=())
        return Said("desk-actions", who, msgspec.json.encode(countersigned(unsigned, keys)))

    @staticmethod
    def _send(who, at_ms, told, outcome):
        proposed = _last(told, who)
        assert proposed.op is Op.PROPOSE, proposed
        permit = Permit(
            permit_id=f"permit-{at_ms}",
            trigger_id=proposed.trigger_id,
            borrower_id=who,
            request_key=f"message-{at_ms}",
            channel=proposed.channel,
            granted_at=from_ms(at_ms),
            valid_until=from_ms(at_ms + MINUTE_MS),
        )
        outcome = CollectionOutcome(
            outcome_id=f"outcome-{at_ms}",
            borrower_id=who,
            channel=proposed.channel,
            outcome=outcome,
            at=from_ms(at_ms),
            trigger_id=proposed.trigger_id,
            permit_id=permit.permit_id,
        )
        return [
            Said("permits", who, msgspec.json.encode(permit)),
            Said("collection-outcomes", who, msgspec.json.encode(outcome)),
        ]


def _last(told, who):
    """The last trigger record of a borrower."""
    return next(each for _, each in reversed(told.triggers) if each.borrower_id == who)
