"""Facts: what happened to a loan, one for each business key, the latest version alone.

A fact holds what the amounts depend on and nothing else. References are kept as digests: they
are compared, never shown.
"""

from enum import IntEnum
from hashlib import blake2b
from typing import Final

import msgspec

from schemas.loan_terms import LoanStatus
from stream.ledger.records.days import Day

DIGEST_BYTES: Final = 8

WHOLE: Final = -1
"""The amount of something taken back without saying how much: all of it."""


Aliases = dict[bytes, tuple[bytes, int]]
"""Digest of an event that counts no more, to the key and version that it had."""


class FactKind(IntEnum):
    """What a fact does; stored by number."""

    VOID = 0
    PAYMENT = 1
    WAIVER = 2
    FEE = 3
    TAKEN_BACK = 4
    ENDED = 5


class Doubt(IntEnum):
    """Why a fact is not counted although it is well formed; stored by number."""

    NONE = 0
    ALLOCATION = 1
    CURRENCY = 2
    TIME = 3
    SCALE = 4
    TWIN = 5
    EXCESS = 6
    AMOUNT = 7


class Fact(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """One fact.

    Attributes:
        kind: What it does. A `VOID` fact stands for a record that was cancelled or did not
            come to anything, so that an earlier version that arrives later stays without effect.
        version: The record's version.
        at_ms: When it happened.
        event: Digest of the event's source and id.
        currency: Of `amount`.
        amount: Minor units; of something taken back it may be `WHOLE`.
        refs: Digests of the source's references of the movement.
        target: Of something taken back: digest of the event that it undoes.
        instalment_no: The instalment that it names.
        due: Of a fee: the local day on which it is due, if it says so.
        split: The core's allocation by component (`terms.PARTS`).
        payer: Who paid for the borrower, as `relation` or `relation token`; empty if it did.
        is_prepayment: Whether it was meant to pay ahead.
        is_recovery: Whether it was collected after the claim was given up.
        status: Of an end: where the loan stands.
        doubt: What is wrong with it, by itself.
        meant: If that is its time: the day on which it may have happened.
    """

    kind: FactKind
    version: int
    at_ms: int
    event: bytes
    currency: str = ""
    amount: int = 0
    refs: tuple[bytes, ...] = ()
    target: bytes | None = None
    instalment_no: int | None = None
    due: Day | None = None
    split: tuple[int, ...] | None = None
    payer: str = ""
    is_prepayment: bool = False
    is_recovery: bool = False
    status: LoanStatus | None = None
    doubt: Doubt = Doubt.NONE
    meant: Day | None = None


def digest(text: str) -> bytes:
    """Return the digest that stands for a reference.

    Examples:
        >>> digest("pay-1").hex()
        'ac26caf470bf6706'
    """
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


def same_content(one: Fact, other: Fact) -> bool:
    """Whether two facts say the same; who sent them when under which id is not part of it."""
    return one == msgspec.structs.replace(other, event=one.event, doubt=one.doubt, meant=one.meant)


def remember(aliases: Aliases, event: bytes, key: bytes, version: int) -> bool:
    """Remember under which key an earlier version stood, once; `False` if it was known."""
    if (key, version) in aliases.values():
        return False
    aliases[event] = (key, version)
    return True
