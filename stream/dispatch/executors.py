"""The executors: who may ask for permits, by which channels, and where proposals are pushed.

One JSON file of the lender's says so. It holds no secret: of a bearer token its SHA-256, of a
webhook's secret the file that has it.

    {"executors": [{"name": "dialler-1", "channels": ["CALL"], "token_sha256": "<hex>",
                    "webhook": {"url": "https://...", "secret_file": "/run/secrets/dialler-1"}}]}
"""

import hmac
from hashlib import sha256
from typing import Annotated

import msgspec

from schemas.collection_trigger import Channel
from schemas.tokens import Code


class ExecutorsError(ValueError):
    """A file of executors that cannot be taken."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where proposals and retractions are pushed, and what signs them (HMAC-SHA256)."""

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s@]+$(?!\n)", max_length=500)]
    secret_file: str


class Executor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dialler, an SMS gateway, an agency."""

    name: Code
    channels: Annotated[tuple[Channel, ...], msgspec.Meta(min_length=1)]
    token_sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    webhook: Webhook | None = None


class Executors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them."""

    executors: tuple[Executor, ...] = ()

    def of_token(self, token: str) -> Executor | None:
        """Return whose token it is; takes the same time whoever's it is."""
        digest = sha256(token.encode()).hexdigest()
        found = None
        for each in self.executors:
            if hmac.compare_digest(each.token_sha256, digest):
                found = each
        return found


def read_executors(text: bytes) -> Executors:
    """Read the file.

    Raises:
        ExecutorsError: If it is none, or if two executors share a name or a token.
    """
    try:
        executors = msgspec.json.decode(text, type=Executors)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ExecutorsError(f"expected a file of executors: {error}") from error
    for what in ("name", "token_sha256"):
        values = [getattr(each, what) for each in executors.executors]
        if len(set(values)) < len(values):
            raise ExecutorsError(f"expected executors with different `{what}`")
    return executors
