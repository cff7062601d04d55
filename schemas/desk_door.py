"""The desk's door: who is signed in, how one does, why something was refused, whose a token is."""

from typing import Annotated

import msgspec

from schemas.desk_view import View, Why
from schemas.operators import May, OperatorClass


class Session(View, frozen=True, kw_only=True):
    """Who is signed in. `csrf` goes into the header `X-CSRF-Token` of each POST."""

    operator: str
    classes: tuple[OperatorClass, ...]
    rights: tuple[May, ...]
    csrf: str
    language: str = "en"
    expires_at: str = ""


class SignInWays(View, frozen=True, kw_only=True):
    """How one signs in here: with a local user, or at a provider (`GET /auth/login`)."""

    local: bool = False
    oidc: bool = False


class Resolved(View, frozen=True, kw_only=True):
    """Whose a token is, masked unless the resolver may show more."""

    token: str
    masked: dict[str, str]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused: RFC 9457. `reason` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    reason: str
    detail: str
    why: Why | None = None
    retry_after_s: int | None = None


class SignInAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants to sign in."""

    user: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
