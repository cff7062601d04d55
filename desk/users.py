"""Local users, for a trial: a file of names, classes and argon2 hashes.

`loanwatch desk init` makes it and prints each password once. In production people sign in at a
provider (`oidc.py`), and there is no such file.
"""

import os
import secrets
from pathlib import Path
from typing import Annotated, Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desk.operator import Operator
from schemas.operators import OperatorClass
from schemas.tokens import Code

OWNER_ONLY: Final = 0o600
PASSWORD_BYTES: Final = 12
TRIAL: Final = {
    "operator1": (OperatorClass.DESK_OPERATOR,),
    "operator2": (OperatorClass.DESK_OPERATOR,),
    "supervisor": (OperatorClass.DESK_SUPERVISOR,),
    "collections": (OperatorClass.COLLECTIONS,),
    "fraud": (OperatorClass.FRAUD_ANALYST,),
    "compliance": (OperatorClass.COMPLIANCE,),
    "modeller": (OperatorClass.RISK_MODELLER,),
    "approver": (OperatorClass.CONFIG_APPROVER,),
    "steward": (OperatorClass.DATA_STEWARD,),
    "auditor": (OperatorClass.AUDITOR,),
    "admin": (OperatorClass.ADMIN,),
}
"""One of each class, and a second operator."""


class UsersError(ValueError):
    """A file of users that cannot be taken or made."""


class User(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One local user; `hash` is argon2id's, with its parameters."""

    hash: str
    classes: tuple[OperatorClass, ...]
    language: Annotated[str, msgspec.Meta(pattern="^(en|zh)$")] = "en"


class _File(msgspec.Struct, frozen=True, kw_only=True):
    users: dict[Code, User]


class Users:
    """Who may sign in with a password.

    Args:
        users: By name.
        hasher: Checks passwords.
    """

    def __init__(self, users: dict[str, User], hasher: PasswordHasher | None = None) -> None:
        self._users = users
        self._hasher = hasher or PasswordHasher()
        # Whoever guesses names must not learn from the time it takes which of them there are.
        self._nobody = self._hasher.hash(secrets.token_hex(PASSWORD_BYTES))

    def check(self, name: str, password: str) -> Operator | None:
        """Return who it is, `None` if name and password do not fit."""
        user = self._users.get(name)
        try:
            self._hasher.verify(user.hash if user else self._nobody, password)
        except (VerificationError, InvalidHashError):
            return None
        return Operator(name, user.classes, user.language) if user else None


def read_users(path: Path) -> Users:
    """Read a file of users.

    Raises:
        UsersError: If it is not there, or is none.
    """
    try:
        return Users(msgspec.json.decode(path.read_bytes(), type=_File).users)
    except OSError as error:
        raise UsersError(
            f"expected users in {path}: {error.strerror}; `loanwatch desk init` makes those of a trial"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsersError(f"expected users in {path}: {error}") from error


def make_trial_users(path: Path) -> dict[str, str]:
    """Make the users of a trial and return their passwords, which stand nowhere else.

    Raises:
        UsersError: If the file is there already.
    """
    hasher = PasswordHasher()
    passwords = {name: secrets.token_urlsafe(PASSWORD_BYTES) for name in TRIAL}
    users = {
        name: User(hash=hasher.hash(password), classes=TRIAL[name])
        for name, password in passwords.items()
    }
    content = msgspec.json.format(msgspec.json.encode(_File(users=users)), indent=2)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise UsersError(f"expected no users yet, found {path}: move it away") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return passwords
