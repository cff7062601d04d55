"""Signed records: rule sets, parameters, go-live and what operators do.

A signed record is `{"payload": "<JSON text>", "signatures": [{"key_id", "signature"}]}`. What
is signed is the payload's text to the byte, with a context in front, so nothing depends on how
somebody writes JSON. Who may sign what stands in a `Trust`: the public keys that the lender
installed. Checked in the fold, so that a record written past ingest changes nothing.
"""

import base64
import binascii
from enum import StrEnum
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from schemas.tokens import Code

CONTEXT = b"loanwatch signed record v1\n"


class Right(StrEnum):
    """What a key may sign.

    `ACTION`: what its own owner does. `DESK`: what the operators do who are signed in at the desk;
    the record names each, and the class.
    """

    CONTROL = "control"
    ACTION = "action"
    DESK = "desk"
    COMPLIANCE = "compliance"


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """One Ed25519 signature, base64."""

    key_id: Code
    signature: Annotated[str, msgspec.Meta(max_length=120)]


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A payload and its signatures; nothing is known of it before `signers` has looked."""

    payload: str
    signatures: tuple[Signature, ...]


class TrustedKey(msgspec.Struct, frozen=True, kw_only=True):
    """One public key, raw Ed25519 in base64, and what its holder may sign."""

    key_id: Code
    signer: Code
    public_key: str
    rights: tuple[Right, ...]


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that a journal believes."""

    keys: tuple[TrustedKey, ...] = ()


class SignatureRefusedError(ValueError):
    """A signature that does not count, with the reason."""


def sign(payload: str, *, key_id: str, key: Ed25519PrivateKey) -> Signature:
    """Sign `payload` with one key."""
    raw = key.sign(CONTEXT + payload.encode())
    return Signature(key_id=key_id, signature=base64.b64encode(raw).decode())


def signers(signed: Signed, *, trust: Trust, right: Right) -> frozenset[str]:
    """Return who signed, every signature checked.

    Raises:
        SignatureRefusedError: If there is no signature, or any of them is of an unknown key, of
            a key without the right, or does not fit the payload.
    """
    if not signed.signatures:
        raise SignatureRefusedError("expected a signature, got none")
    return frozenset(_signer(signed.payload, each, trust, right) for each in signed.signatures)


def _signer(payload: str, signature: Signature, trust: Trust, right: Right) -> str:
    known = next((key for key in trust.keys if key.key_id == signature.key_id), None)
    if known is None:
        raise SignatureRefusedError(f"unknown key `{signature.key_id}`")
    if right not in known.rights:
        raise SignatureRefusedError(f"key `{known.key_id}` may not sign `{right}` records")
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(known.public_key))
        public.verify(
            base64.b64decode(signature.signature, validate=True), CONTEXT + payload.encode()
        )
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise SignatureRefusedError(
            f"signature of key `{known.key_id}` does not fit the payload"
        ) from error
    return known.signer


def load_trust(text: bytes) -> Trust:
    """Read the trust file.

    Raises:
        msgspec.ValidationError: If it is not one; the message ends in the path of the field.
    """
    return msgspec.json.decode(text, type=Trust)


class NoKeyError(ValueError):
    """A text that is no private key of ours."""


def load_private_key(text: bytes) -> Ed25519PrivateKey:
    """Read a private key.

    Raises:
        NoKeyError: If it is no Ed25519 key in PEM without a password.
    """
    try:
        key = load_pem_private_key(text, password=None)
    except (TypeError, ValueError) as error:
        raise NoKeyError("expected a private key (PEM, no password)") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKeyError("expected an Ed25519 key, got another kind")
    return key
