"""Suspense: the borrower's money that names no loan, or more than one (ledger.md 3).

It pays nothing until the core says what it pays: by a later version of the same record that names
a loan, or by payments on loans that share its reference. Until then it is shown beside every
arrear that it could cover.

The same record remembers which events were replaced by a correction under another key, so that
one that arrives after its correction stays without effect, on whatever loan.
"""

from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from stream.ledger.account.netting import net
from stream.ledger.records.facts import Doubt, Fact, FactKind
from stream.ledger.records.state import FormatError

FORMAT: Final = 1


class SuspenseState(msgspec.Struct, array_like=True, kw_only=True):
    """What is stored.

    Attributes:
        format: The layout of this record.
        facts: What happened to money that names no loan, by key.
        voided: Digests of events that a correction under another key has replaced, in the
            order in which they came.
    """

    format: int = FORMAT
    facts: dict[bytes, Fact] = msgspec.field(default_factory=dict)
    voided: dict[bytes, bool] = msgspec.field(default_factory=dict)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SuspenseState)


def encode(state: SuspenseState) -> bytes:
    """Return the record as it is stored."""
    return _encoder.encode(state)


def decode(value: bytes) -> SuspenseState:
    """Read a stored record.

    Raises:
        FormatError: If it was written by an engine with another layout.
        msgspec.DecodeError: If it is no such record at all.
    """
    state = _decoder.decode(value)
    if state.format != FORMAT:
        raise FormatError(f"expected a suspense record of format {FORMAT}, got {state.format}")
    return state


def in_suspense(
    state: SuspenseState, assigned: Iterable[tuple[Fact, int]], voided: Collection[bytes]
) -> dict[str, int]:
    """Return what is in suspense, by currency, in minor units.

    Args:
        state: The record.
        assigned: The payments on the borrower's loans, with what is left of each.
        voided: Digests of events that count for nothing.
    """
    left = net(state.facts, {}, voided).left
    open_ones = {
        key: left.get(key, fact.amount)
        for key, fact in sorted(state.facts.items(), key=lambda item: (item[1].at_ms, item[0]))
        if fact.kind is FactKind.PAYMENT and fact.event not in voided
    }
    for payment, amount in assigned:
        _assign(state, open_ones, payment, amount)
    totals: dict[str, int] = {}
    for key, amount in open_ones.items():
        fact = state.facts[key]
        if amount and fact.doubt is Doubt.NONE:
            totals[fact.currency] = totals.get(fact.currency, 0) + amount
    return totals


def _assign(state: SuspenseState, open_ones: dict[bytes, int], payment: Fact, amount: int) -> None:
    """Take a payment on a loan out of the suspense that it shares a reference with."""
    for key, left in open_ones.items():
        fact = state.facts[key]
        if fact.currency == payment.currency and not set(fact.refs).isdisjoint(payment.refs):
            taken = min(left, amount)
            open_ones[key] = left - taken
            amount -= taken
