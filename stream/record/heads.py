"""Signed tree heads: what the log says of itself every so many records.

A head names the size and the root of the log, the time, and the digest of the head before it;
its body is signed as canonical JSON with a context in front. Beside the body stand the leaves
since the head before. They need no signature, since they add up to the root, and they say
nothing of the records; with them a verifier names the record that was tampered with and not only
the stretch in which it lies.
"""

import base64
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stream.record.canonical import canonical

CONTEXT: Final = b"loanwatch tree head v1\n"
EVERY: Final = 64
"""A head follows each record whose number is a multiple of this [D], and each day's last."""


class HeadBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed.

    `previous` is the digest of the body before it, empty in the first. `public_key` is raw
    Ed25519 in base64: whoever verifies compares it with the one that the lender has published.
    """

    tenant: str
    tree_size: int
    root: str
    at: str
    previous: str
    public_key: str
    schema: str = "tree_head.v1"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A body, its signature in base64, and the leaves since the head before, in hex."""

    body: HeadBody
    signature: str
    leaves: tuple[str, ...] = ()


class HeadSigner:
    """Signs heads.

    Args:
        key: The log's own key.
        tenant: Whose log it is.
    """

    def __init__(self, key: Ed25519PrivateKey, tenant: str) -> None:
        self._key = key
        self._tenant = tenant
        self._public = base64.b64encode(key.public_key().public_bytes_raw()).decode()

    def sign(
        self, *, tree_size: int, root: bytes, at: str, previous: str, leaves: tuple[str, ...]
    ) -> Head:
        """Return the head of a log of `tree_size` records at an instant (RFC 3339)."""
        body = HeadBody(
            tenant=self._tenant,
            tree_size=tree_size,
            root=root.hex(),
            at=at,
            previous=previous,
            public_key=self._public,
        )
        raw = self._key.sign(CONTEXT + text_of(body))
        return Head(body=body, signature=base64.b64encode(raw).decode(), leaves=leaves)


def text_of(body: HeadBody) -> bytes:
    """Return the canonical text of a body."""
    return canonical(msgspec.to_builtins(body))


def digest_of(body: HeadBody) -> str:
    """Return what the next head names as `previous`."""
    return sha256(text_of(body)).hexdigest()
