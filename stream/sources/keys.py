"""Keys for a trial, and the files that hold keys.

A control record needs two people, so a trial has two signers; two operators for what takes two of
them, one signer for compliance, and a key that signs the record. They lie in one folder of one
machine, which is what makes it a trial: in production each signer keeps a private key at home and
the lender installs a `trust.json` with the public ones.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from schemas.signing import Right, Trust, TrustedKey

AUTHOR: Final = "trial-author"
APPROVER: Final = "trial-approver"
DESK: Final = "trial-desk"
SECOND: Final = "trial-second"
COMPLIANCE: Final = "trial-compliance"
TRIAL: Final = {
    AUTHOR: (Right.CONTROL,),
    APPROVER: (Right.CONTROL,),
    DESK: (Right.ACTION, Right.DESK),
    SECOND: (Right.ACTION,),
    COMPLIANCE: (Right.COMPLIANCE,),
}
"""The keys of a trial and what each may sign; a key's signer has its name."""

RECORD: Final = "record"
"""The key of the Merkle log: nobody's signature, so it is not in the trust file."""

TOKENISING: Final = "tokens-1.key"
TOKENISING_BYTES: Final = 32
OWNER_ONLY: Final = 0o600


class KeysError(ValueError):
    """Keys that are missing, in the way, or not what they should be."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name that its owner signs with."""

    key_id: str
    signer: str
    private: Ed25519PrivateKey


def make_trial_keys(folder: Path, trust_file: Path) -> list[Path]:
    """Make the keys of a trial, unless they are there.

    Args:
        folder: Gets a file for each private key, readable by its owner alone.
        trust_file: Gets the public ones.

    Returns:
        The files made; none if all are there already.

    Raises:
        KeysError: If some are there and some are not: nothing is written over, or mixed.
    """
    secret_files = [
        *(_file(folder, key_id) for key_id in (*TRIAL, RECORD)),
        folder / TOKENISING,
    ]
    there = [path for path in (*secret_files, trust_file) if path.exists()]
    if len(there) > len(secret_files):
        return []
    if there:
        raise KeysError(f"expected all keys of a trial or none, found {there[0]}: move it away")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = {key_id: Ed25519PrivateKey.generate() for key_id in TRIAL}
    for key_id, key in (*keys.items(), (RECORD, Ed25519PrivateKey.generate())):
        _write_secret(_file(folder, key_id), _pem(key))
    _write_secret(folder / TOKENISING, secrets.token_hex(TOKENISING_BYTES).encode() + b"\n")
    trust_file.parent.mkdir(parents=True, exist_ok=True)
    trust_file.write_bytes(msgspec.json.format(msgspec.json.encode(_trust(keys)), indent=2))
    return [*secret_files, trust_file]


def read_trust(trust_file: Path) -> Trust:
    """Read the public keys.

    Raises:
        KeysError: If the file is not there or is no trust file.
    """
    try:
        return msgspec.json.decode(trust_file.read_bytes(), type=Trust)
    except OSError as error:
        raise KeysError(
            f"expected public keys in {trust_file}: {error.strerror};"
            " `loanwatch keys init` makes those of a trial"
        ) from error
    except msgspec.DecodeError as error:
        raise KeysError(f"expected a trust file, got {trust_file}: {error}") from error


def trial_signers(folder: Path, trust: Trust) -> list[SigningKey]:
    """Return the two signers of a trial: author and approver.

    Raises:
        KeysError: As `read_signing_key`.
    """
    return [read_signing_key(_file(folder, key_id), trust) for key_id in (AUTHOR, APPROVER)]


def read_signing_key(path: Path, trust: Trust) -> SigningKey:
    """Read a private key (PEM) and find its name among the trusted ones.

    Raises:
        KeysError: If it cannot be read, is no Ed25519 key, or is not trusted.
    """
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise KeysError(f"expected a private key in {path}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise KeysError(f"expected a private key (PEM, no password), got {path}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeysError(f"expected an Ed25519 key, got another kind: {path}")
    public = _public(private.public_key())
    for key in trust.keys:
        if key.public_key == public:
            return SigningKey(key.key_id, key.signer, private)
    raise KeysError(f"expected a key whose public half is in the trust file, got {path}")


def _file(folder: Path, key_id: str) -> Path:
    return folder / f"{key_id}.pem"


def trusted(name: str, public: Ed25519PublicKey, rights: tuple[Right, ...]) -> TrustedKey:
    """Return the entry of a trust file for a key whose signer has its name."""
    return TrustedKey(key_id=name, signer=name, public_key=_public(public), rights=rights)


def _trust(keys: dict[str, Ed25519PrivateKey]) -> Trust:
    return Trust(
        keys=tuple(trusted(name, key.public_key(), TRIAL[name]) for name, key in keys.items())
    )


def _public(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes_raw()).decode()


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write_secret(path: Path, content: bytes) -> None:
    """Write a new file that nobody else could read, not even for a moment."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
