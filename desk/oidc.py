"""Signing in at a provider: OpenID Connect, authorization code with PKCE, state and nonce.

What the browser carries between the two requests lies in Redis under a hash of a cookie of its own,
which a redirect from the provider may bring along (SameSite=Lax), unlike the session's. What the
provider itself is asked is in `identity.py`.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlencode

import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from desk.identity import Identity, refused
from desk.operator import Operator
from desk.problems import RefusedError

if TYPE_CHECKING:
    import httpx
    import redis.asyncio

    from desk.config import Provider
    from desk.identity import Known

FLOW_S: Final = 600
SECRET_BYTES: Final = 32
LEEWAY_S: Final = 60
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""What a provider may sign with: never `none`, and never a secret that we share."""
NAME_MOST: Final = 40
_ROOT: Final = "loanwatch:session:flow"


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What has to come back as it was sent."""

    state: str
    nonce: str
    verifier: str


class Oidc:
    """Signs people in at one provider.

    Args:
        provider: Which.
        callback: Our address that it sends browsers back to.
        client: Of Redis.
        http: For the provider's own addresses.
    """

    def __init__(
        self,
        provider: Provider,
        callback: str,
        client: redis.asyncio.Redis,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._provider, self._callback, self._redis = provider, callback, client
        self._identity = Identity(provider, http)

    async def close(self) -> None:
        """Let go of the provider."""
        await self._identity.close()

    async def begin(self) -> tuple[str, str]:
        """Return the cookie of a new attempt, and where the browser goes.

        Raises:
            RefusedError: If the provider does not answer.
        """
        known = await self._identity.known()
        flow = Flow(
            state=secrets.token_urlsafe(SECRET_BYTES),
            nonce=secrets.token_urlsafe(SECRET_BYTES),
            verifier=secrets.token_urlsafe(SECRET_BYTES),
        )
        cookie = secrets.token_urlsafe(SECRET_BYTES)
        await self._redis.set(_key(cookie), msgspec.json.encode(flow), ex=FLOW_S)
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._callback,
            "scope": await self._identity.scopes(),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": create_s256_code_challenge(flow.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in known.authorization_endpoint else "?"
        return cookie, f"{known.authorization_endpoint}{joint}{urlencode(query)}"

    async def end(self, cookie: str, state: str, code: str) -> Operator:
        """Return who has come back.

        Raises:
            RefusedError: If it is not the browser that was sent, the provider does not vouch for
                anybody, or somebody of no class of ours.
        """
        raw = cast("bytes | None", await self._redis.getdel(_key(cookie)))
        if raw is None:
            raise refused("this sign-in was not begun here, or too long ago")
        flow = msgspec.json.decode(raw, type=Flow)
        if not hmac.compare_digest(state.encode(), flow.state.encode()) or not code:
            raise refused("this sign-in was not begun by this browser")
        return self._operator(await self._claims(code, flow))

    async def _claims(self, code: str, flow: Flow) -> dict[str, Any]:
        asks = self._identity
        try:
            tokens = await asks.tokens(code, flow.verifier, self._callback)
            key_set = KeySet.import_key_set(cast("Any", await asks.keys()))
            token = jwt.decode(tokens.id_token, key_set, algorithms=list(ALGORITHMS))
            self._check(token, flow, await asks.known())
            claims = dict(token.claims)
            if self._provider.claim not in claims:
                claims = _joined(claims, await asks.more(tokens))
        except (JoseError, msgspec.DecodeError, ValueError, KeyError, TypeError) as error:
            raise refused("the provider's answer does not count") from error
        return claims

    def _check(self, token: jwt.Token, flow: Flow, known: Known) -> None:
        """Pass if the token is from this provider, for us, for this attempt, and in time."""
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": known.issuer},
                "aud": {"essential": True, "value": self._provider.client_id},
                "nonce": {"essential": True, "value": flow.nonce},
            },
            params={"client_id": self._provider.client_id, "nonce": flow.nonce},
        )
        claims.validate(leeway=LEEWAY_S)

    def _operator(self, claims: dict[str, Any]) -> Operator:
        said = claims.get(self._provider.claim, ())
        groups = said if isinstance(said, list) else [said]
        known = self._provider.classes
        classes = tuple(
            dict.fromkeys(known[each] for each in groups if isinstance(each, str) and each in known)
        )
        if not classes:
            raise RefusedError(
                HTTPStatus.FORBIDDEN, "CLASS", "you are known, but of no class of this desk"
            )
        return Operator(operator_name(str(claims["sub"])), classes)


def _joined(claims: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return what the token says and what was said beside it, which must be of the same person.

    Raises:
        ValueError: If it is of another (OpenID Connect Core 5.3.2).
    """
    if more and more.get("sub") != claims["sub"]:
        raise ValueError("expected the same subject")
    return more | claims


def operator_name(subject: str) -> str:
    """Return a subject as it stands in orders: a short code, unlike any other subject's.

    Examples:
        >>> operator_name("u-17"), operator_name("ann@example.org")
        ('u-17', 'oidc-438c4c7afe60')
    """
    plain = all(each.isascii() and (each.isalnum() or each in "_.-") for each in subject)
    if plain and 0 < len(subject) <= NAME_MOST and not subject.startswith("oidc-"):
        return subject
    return f"oidc-{sha256(subject.encode()).hexdigest()[:12]}"


def _key(cookie: str) -> str:
    return f"{_ROOT}:{sha256(cookie.encode()).hexdigest()}"
