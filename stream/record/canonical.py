"""One text of one record (RFC 8785), and the leaf of the log that is made of it.

A leaf is SHA-256 over 0x00, the record's salt and its canonical text: RFC 6962 with a salt in
front of the data. The salt follows from a key of the record's subject and the record's place, so
that nobody can test guesses about a record by its leaf once the key is destroyed; and the leaf,
which stays, goes on proving the records around it.
"""

import hmac
from hashlib import sha256
from typing import Any, Final

import rfc8785

SALT_CONTEXT: Final = b"loanwatch salt v1\n"


def canonical(value: Any) -> bytes:
    """Return the canonical JSON of plain data (RFC 8785).

    Raises:
        rfc8785.CanonicalizationError: For what JSON cannot say: NaN, or an integer that not every
            reader keeps (beyond 2^53 - 1).

    Examples:
        >>> canonical({"b": 1.0, "a": "名"}).decode()
        '{"a":"名","b":1}'
    """
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON, in hex."""
    return sha256(canonical(value)).hexdigest()


def salt_of(key: bytes, index: int) -> bytes:
    """Return the salt of the record at `index`, from its subject's key."""
    return hmac.digest(key, SALT_CONTEXT + index.to_bytes(8, "big"), "sha256")


def leaf_of(salt: bytes, text: bytes) -> bytes:
    """Return the leaf of a record's canonical text."""
    return sha256(b"\x00" + salt + text).digest()
