"""Identifiers: opaque tokens, made at the edge from what must never be in a stream.

A token is a prefix that tells its kind and 128 bits of HMAC-SHA-256 over type and value
under a versioned key (domain.md 2.1). When the key is rotated, a `token_alias` record says
which new token is which old one; nothing is re-keyed.
"""

import hmac
from hashlib import sha256
from typing import Annotated

import msgspec


def _token(prefix: str, kind: str) -> msgspec.Meta:
    return msgspec.Meta(pattern=rf"^{prefix}_[A-Za-z0-9]{{1,64}}$(?!\n)", extra={"id": kind})


BorrowerId = Annotated[str, _token("brw", "borrower_id")]
LoanId = Annotated[str, _token("ln", "loan_id")]
AccountToken = Annotated[str, _token("acc", "account_token")]
MerchantId = Annotated[str, _token("mer", "merchant_id")]
TerminalId = Annotated[str, _token("trm", "terminal_id")]
PayerToken = Annotated[str, _token("pyr", "payer_token")]
CounterpartyToken = Annotated[str, _token("cp", "counterparty_token")]
ProductId = Annotated[str, _token("prd", "product_id")]
MandateId = Annotated[str, _token("man", "mandate_id")]
PartyToken = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z]{2,4}_[A-Za-z0-9]{1,64}$(?!\n)", extra={"id": "party_token"})
]
"""A token of any kind: what a party link or an alias is about."""

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:-]{1,40}$(?!\n)")]
"""A short code of somebody's table: a reason, a scheme, an acquirer."""

Reference = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:/|-]{1,160}$(?!\n)")]
"""An opaque reference of a source system; no free text."""

TOKEN_BYTES = 16
"""128 bits: too many to guess, short enough to read."""

PREFIXES = {
    "borrower": "brw",
    "loan": "ln",
    "account": "acc",
    "merchant": "mer",
    "terminal": "trm",
    "payer": "pyr",
    "counterparty": "cp",
    "product": "prd",
    "mandate": "man",
}


def tokenise(kind: str, value: str, *, key: bytes) -> str:
    """Return the token of a raw identifier.

    Args:
        kind: One of `PREFIXES`.
        value: The raw identifier; it leaves no trace but the token.
        key: The secret of one key version, at least 16 bytes.

    Raises:
        ValueError: If the kind is unknown or the key too short.

    Examples:
        >>> tokenise("borrower", "1", key=b"an example of a key")
        'brw_2f7c23cd7458262d34d5abac18ecd4d3'
    """
    if kind not in PREFIXES:
        raise ValueError(f"expected a kind of identifier ({', '.join(PREFIXES)}), got `{kind}`")
    if len(key) < TOKEN_BYTES:
        raise ValueError(f"expected a key of at least {TOKEN_BYTES} bytes, got {len(key)}")
    digest = hmac.new(key, f"{kind}\x1f{value}".encode(), sha256).digest()[:TOKEN_BYTES]
    return f"{PREFIXES[kind]}_{digest.hex()}"
