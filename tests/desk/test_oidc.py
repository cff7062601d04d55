"""Signing in at a provider, against a small one of our own."""

from __future__ import annotations

import base64
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from desk.config import Provider
from desk.oidc import operator_name
from schemas.operators import OperatorClass
from tests.desk.conftest import URL, House

ISSUER = "https://id.example"
KEY = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)


class FakeProvider:
    """Answers as a provider does; a test changes what it says."""

    def __init__(self):
        self.claims, self.key, self.alg, self.asked = {}, KEY, "RS256", {}
        self.challenge = ""
        self.issuer = ISSUER
        self.userinfo, self.scopes = {"sub": "u-17"}, []

    def begin(self, address):
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.challenge, self.nonce, self.state = (
            query["code_challenge"], query["nonce"], query["state"],
        )  # fmt: skip
        self.scope = query["scope"]
        assert query["code_challenge_method"] == "S256"
        assert query["redirect_uri"] == f"{URL}/auth/callback"

    def __call__(self, request):
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json={
                    "issuer": self.issuer, "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token", "jwks_uri": f"{ISSUER}/keys",
                    "userinfo_endpoint": f"{ISSUER}/me", "scopes_supported": self.scopes,
                })  # fmt: skip
            case "/keys":
                return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
            case "/me" if request.headers["authorization"] == "Bearer x":
                return httpx.Response(200, json=self.userinfo)
            case "/token":
                return self._token(request)
        return httpx.Response(404)

    def _token(self, request):
        self.authorization = request.headers["authorization"]
        self.asked = {
            name: values[0] for name, values in parse_qs(request.content.decode()).items()
        }
        if create_s256_code_challenge(self.asked["code_verifier"]) != self.challenge:
            return httpx.Response(400)
        now = int(time.time())  # noqa: TID251 - a provider has a clock
        claims = {
            "iss": ISSUER, "aud": "desk", "sub": "u-17", "iat": now, "exp": now + 60,
            "nonce": self.nonce, "groups": ["desk-night", "other"],
        } | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": self.alg, "kid": "k1"}, claims, self.key, algorithms=[self.alg])
        return httpx.Response(200, json={"id_token": token, "access_token": "x"})


@pytest.fixture
def provider():
    return FakeProvider()


@pytest.fixture
def house(redis_url, provider, monkeypatch):
    of = Provider(
        issuer=ISSUER,
        client_id="desk",
        client_secret="a secret+",
        classes={"desk-night": OperatorClass.DESK_OPERATOR, "boss": OperatorClass.DESK_SUPERVISOR},
    )
    monkeypatch.setattr(
        "desk.identity.httpx.AsyncClient",
        lambda **_: REAL(transport=httpx.MockTransport(provider)),
    )
    made = House(redis_url, provider=of)
    made.feed.ready()
    yield made
    made.close()


REAL = httpx.AsyncClient


def begun(house, provider):
    client = house.stranger()
    client.follow_redirects = False
    answer = client.get("/auth/login")
    assert answer.status_code == 303
    provider.begin(answer.headers["location"])
    return client


def test_somebody_comes_in_with_the_class_of_their_group(house, provider):
    client = begun(house, provider)

    answer = client.get("/auth/callback", params={"state": provider.state, "code": "c"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    session = client.get("/api/session").json()
    assert (session["operator"], session["classes"]) == ("u-17", ["DESK_OPERATOR"])
    assert provider.asked["grant_type"] == "authorization_code"


def test_a_code_is_good_once(house, provider):
    client = begun(house, provider)
    params = {"state": provider.state, "code": "c"}
    client.get("/auth/callback", params=params)

    assert client.get("/auth/callback", params=params).status_code == 403


@pytest.mark.parametrize(
    ("params", "cookie"),
    [
        pytest.param({"state": "another"}, True, id="another state"),
        pytest.param({"state": ""}, True, id="no state"),
        pytest.param({"code": ""}, True, id="no code"),
        pytest.param({}, False, id="another browser"),
    ],
)
def test_who_was_not_sent_does_not_come_back(house, provider, params, cookie):
    client = begun(house, provider)
    if not cookie:
        client.cookies.clear()

    answer = client.get("/auth/callback", params={"state": provider.state, "code": "c"} | params)

    assert (answer.status_code, answer.json()["reason"]) == (403, "SIGN_IN")
    assert client.get("/api/session").status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://evil.example"}, id="another issuer"),
        pytest.param({"aud": "another"}, id="for somebody else"),
        pytest.param({"nonce": "another"}, id="of another attempt"),
        pytest.param({"nonce": None}, id="of no attempt"),
        pytest.param({"exp": 1_000_000_000}, id="expired"),
        pytest.param({"sub": None}, id="nobody"),
    ],
)
def test_a_token_that_is_not_for_this_does_not_count(house, provider, claims):
    client = begun(house, provider)
    provider.claims = claims

    answer = client.get("/auth/callback", params={"state": provider.state, "code": "c"})

    assert (answer.status_code, answer.json()["reason"]) == (403, "SIGN_IN")


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        pytest.param(OTHER, "RS256", id="another key"),
        pytest.param(OctKey.import_key(b"s" * 32), "HS256", id="a shared secret"),
    ],
)
def test_a_token_that_the_provider_did_not_sign_does_not_count(house, provider, key, alg):
    client = begun(house, provider)
    provider.key, provider.alg = key, alg

    answer = client.get("/auth/callback", params={"state": provider.state, "code": "c"})

    assert (answer.status_code, answer.json()["reason"]) == (403, "SIGN_IN")


@pytest.mark.parametrize("groups", [[], ["other"], None, "other", [{"x": 1}]])
def test_somebody_of_no_class_stays_outside(house, provider, groups):
    client = begun(house, provider)
    provider.claims = {"groups": groups}

    answer = client.get("/auth/callback", params={"state": provider.state, "code": "c"})

    assert (answer.status_code, answer.json()["reason"]) == (403, "CLASS")


def test_groups_that_stand_beside_the_token_are_asked_for(house, provider):
    provider.scopes = ["openid", "groups"]
    client = begun(house, provider)
    provider.claims = {"groups": None}
    provider.userinfo = {"sub": "u-17", "groups": ["boss"]}

    client.get("/auth/callback", params={"state": provider.state, "code": "c"})

    assert client.get("/api/session").json()["classes"] == ["DESK_SUPERVISOR"]
    assert provider.scope == "openid profile groups"


def test_groups_of_somebody_else_do_not_count(house, provider):
    client = begun(house, provider)
    provider.claims = {"groups": None}
    provider.userinfo = {"sub": "u-18", "groups": ["boss"]}

    answer = client.get("/auth/callback", params={"state": provider.state, "code": "c"})

    assert (answer.status_code, answer.json()["reason"]) == (403, "SIGN_IN")


def test_our_secret_is_encoded_as_in_a_form(house, provider):
    client = begun(house, provider)
    client.get("/auth/callback", params={"state": provider.state, "code": "c"})

    said = base64.b64decode(provider.authorization.removeprefix("Basic ")).decode()
    assert said == "desk:a+secret%2B"


def test_a_browser_that_is_refused_is_brought_to_the_door_with_the_reason(house, provider):
    client = begun(house, provider)
    provider.claims = {"groups": []}
    params = {"state": provider.state, "code": "c"}

    answer = client.get("/auth/callback", params=params, headers={"Accept": "text/html,*/*"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/#/refused/CLASS")
    (line,) = house.outlet.of("desk-audit")
    assert (line["what"], line["detail"]) == ("sign_in_refused", "CLASS")


def test_a_provider_that_calls_itself_another_is_none(house, provider):
    provider.issuer = "https://another.example"
    client = house.stranger()

    assert client.get("/auth/login").status_code == 503


def test_a_subject_is_a_short_code_of_its_own():
    assert operator_name("u-17") == "u-17"
    assert operator_name("ann@example.org") != operator_name("ann@example.com")
    assert operator_name("oidc-123456789abc").startswith("oidc-")
    assert operator_name("oidc-123456789abc") != "oidc-123456789abc"
