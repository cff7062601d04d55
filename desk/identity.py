"""What a provider is asked: where it is to be found, for a code's tokens, and who somebody is."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

import httpx
import msgspec

from desk.problems import RefusedError, busy

if TYPE_CHECKING:
    from desk.config import Provider

TIMEOUT_S: Final = 10.0


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    scopes_supported: tuple[str, ...] = ()


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What it gives for a code."""

    id_token: str
    access_token: str = ""


class Identity:
    """Asks one provider.

    Args:
        provider: Which.
        http: For its own addresses.
    """

    def __init__(self, provider: Provider, http: httpx.AsyncClient | None = None) -> None:
        self._provider = provider
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT_S)
        self._known: Known | None = None

    async def close(self) -> None:
        """Let go of the provider."""
        await self._http.aclose()

    async def known(self) -> Known:
        """Return what the provider says of itself, asked once.

        Raises:
            RefusedError: If it does not answer, or is another.
        """
        if self._known is None:
            address = f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                known = msgspec.json.decode(await self._ask("GET", address), type=Known)
            except msgspec.DecodeError as error:
                raise busy("PROVIDER", "the provider does not say where to sign in") from error
            if known.issuer != self._provider.issuer:
                raise busy("PROVIDER", "the provider says that it is another")
            self._known = known
        return self._known

    async def scopes(self) -> str:
        """Return what is asked for: groups are a scope of their own at some providers."""
        named = (await self.known()).scopes_supported
        of_claim = (self._provider.claim,) if self._provider.claim in named else ()
        return " ".join(("openid", "profile", *of_claim))

    async def tokens(self, code: str, verifier: str, callback: str) -> Tokens:
        """Return the tokens for a code.

        Raises:
            RefusedError: If the provider gives none.
            msgspec.DecodeError: If it answers in another form.
        """
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback,
            "client_id": self._provider.client_id,
            "code_verifier": verifier,
        }
        address = (await self.known()).token_endpoint
        answer = await self._ask("POST", address, data=asked, auth=self._credentials())
        return msgspec.json.decode(answer, type=Tokens)

    def _credentials(self) -> tuple[str, str] | None:
        """Return ours: in this header both are encoded as in a form (RFC 6749, 2.3.1)."""
        if not self._provider.client_secret:
            return None
        return quote_plus(self._provider.client_id), quote_plus(self._provider.client_secret)

    async def keys(self) -> dict[str, Any]:
        """Return the keys that it signs with.

        Raises:
            RefusedError: If the provider does not answer.
            msgspec.DecodeError: If it answers in another form.
        """
        answer = await self._ask("GET", (await self.known()).jwks_uri)
        return msgspec.json.decode(answer, type=dict[str, Any])

    async def more(self, tokens: Tokens) -> dict[str, Any]:
        """Return what it says of somebody beside the token, nothing if it says it nowhere else.

        Raises:
            RefusedError: If the provider does not answer.
            msgspec.DecodeError: If it answers in another form.
        """
        address = (await self.known()).userinfo_endpoint
        if address is None or not tokens.access_token:
            return {}
        bearer = {"Authorization": f"Bearer {tokens.access_token}"}
        answer = await self._ask("GET", address, headers=bearer)
        return msgspec.json.decode(answer, type=dict[str, Any])

    async def _ask(self, method: str, address: str, **more: Any) -> bytes:
        try:
            answer = await self._http.request(method, address, **more)
        except httpx.HTTPError as error:
            raise busy("PROVIDER", "the provider does not answer") from error
        if answer.status_code != HTTPStatus.OK:
            raise refused("the provider refuses")
        return answer.content


def refused(detail: str) -> RefusedError:
    """Return the answer to somebody whom the provider does not vouch for."""
    return RefusedError(HTTPStatus.FORBIDDEN, "SIGN_IN", detail)
