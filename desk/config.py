"""What the desk is told from outside."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.operators import OperatorClass


@dataclass(frozen=True, slots=True)
class Provider:
    """An OIDC provider.

    Attributes:
        issuer: Its address; `/.well-known/openid-configuration` below it says the rest.
        client_id: Ours there.
        client_secret: Ours there, empty for a public client.
        claim: Which claim of the identity names groups.
        classes: Group to class; somebody of no such group may not come in.
    """

    issuer: str
    client_id: str
    client_secret: str = ""
    claim: str = "groups"
    classes: dict[str, OperatorClass] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The desk's own.

    Attributes:
        redis_url: Of the read model.
        url: Where browsers find the desk: scheme, host and port.
        key_id: Of the key that signs actions.
        key: The key.
        kafka: Options of a confluent-kafka producer.
        prefix: Put before every topic.
        users: File of local users, if there are any.
        provider: Where else people sign in.
        persons: File of a trial by which tokens are resolved.
    """

    redis_url: str
    url: str
    key_id: str
    key: Ed25519PrivateKey
    kafka: dict[str, Any] = field(default_factory=dict)
    prefix: str = ""
    users: Path | None = None
    provider: Provider | None = None
    persons: Path | None = None

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by HTTPS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def hosts(self) -> frozenset[str]:
        """The names by which browsers may call this desk; any other is somebody's trick."""
        parts = urlsplit(self.url)
        own = {parts.netloc.lower()}
        if parts.hostname in ("127.0.0.1", "localhost", "::1") and parts.port:
            own |= {f"{name}:{parts.port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        return frozenset(own)
