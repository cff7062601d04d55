"""Signing in at a provider: OpenID Connect, authorization code with PKCE, state and nonce.

What the browser carries between the two requests lies in Redis under a hash of a cookie of its own,
which a redirect from the provider may bring along (SameSite=Lax), unlike the session's.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlencode

import httpx
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from desk.operator import Operator
from desk.problems import RefusedError, busy

if TYPE_CHECKING:
    import redis.asyncio

    from desk.config import Provider

FLOW_S: Final = 600
SECRET_BYTES: Final = 32
LEEWAY_S: Final = 60
TIMEOUT_S: Final = 10.0
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""What a provider may sign with: never `none`, and never a secret that we share."""
NAME_MOST: Final = 40
_ROOT: Final = "loanwatch:session:flow"


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What has to come back as it was sent."""

    state: str
    nonce: str
    verifier: str


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str


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
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT_S)
        self._known: _Known | None = None

    async def close(self) -> None:
        """Let go of the provider."""
        await self._http.aclose()

    async def begin(self) -> tuple[str, str]:
        """Return the cookie of a new attempt, and where the browser goes.

        Raises:
            RefusedError: If the provider does not answer.
        """
        known = await self._discover()
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
            "scope": "openid profile",
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
            raise _refused("this sign-in was not begun here, or too long ago")
        flow = msgspec.json.decode(raw, type=Flow)
        if not hmac.compare_digest(state.encode(), flow.state.encode()) or not code:
            raise _refused("this sign-in was not begun by this browser")
        return self._operator(await self._claims(code, flow))

    async def _claims(self, code: str, flow: Flow) -> dict[str, Any]:
        known = await self._discover()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "client_id": self._provider.client_id,
            "code_verifier": flow.verifier,
        }
        secret = self._provider.client_secret
        auth = (self._provider.client_id, secret) if secret else None
        answer = await self._ask("POST", known.token_endpoint, data=asked, auth=auth)
        keys = await self._ask("GET", known.jwks_uri)
        try:
            tokens = msgspec.json.decode(answer, type=_Tokens)
            key_set = KeySet.import_key_set(msgspec.json.decode(keys))
            token = jwt.decode(tokens.id_token, key_set, algorithms=list(ALGORITHMS))
            self._check(token, flow, known)
        except (JoseError, msgspec.DecodeError, ValueError, KeyError, TypeError) as error:
            raise _refused("the provider's answer does not count") from error
        return dict(token.claims)

    def _check(self, token: jwt.Token, flow: Flow, known: _Known) -> None:
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

    async def _discover(self) -> _Known:
        if self._known is None:
            address = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                known = msgspec.json.decode(await self._ask("GET", address), type=_Known)
            except msgspec.DecodeError as error:
                raise busy("PROVIDER", "the provider does not say where to sign in") from error
            if known.issuer != self._provider.issuer:
                raise busy("PROVIDER", "the provider says that it is another")
            self._known = known
        return self._known

    async def _ask(self, method: str, address: str, **more: Any) -> bytes:
        try:
            answer = await self._http.request(method, address, **more)
        except httpx.HTTPError as error:
            raise busy("PROVIDER", "the provider does not answer") from error
        if answer.status_code != HTTPStatus.OK:
            raise _refused("the provider refuses")
        return answer.content


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


def _refused(detail: str) -> RefusedError:
    return RefusedError(HTTPStatus.FORBIDDEN, "SIGN_IN", detail)


def _key(cookie: str) -> str:
    return f"{_ROOT}:{sha256(cookie.encode()).hexdigest()}"
