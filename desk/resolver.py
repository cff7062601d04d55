"""Whose a token is: one at a time, with a reason, masked, and recorded before it is answered.

The identity vault is another system's. `Resolver` is what the desk asks of it; a file stands in
for it in a trial. What is answered is masked here, whatever a resolver gives.
"""

from pathlib import Path
from typing import Annotated, Final, Protocol

import msgspec

from schemas.case_orders import CaseId
from schemas.tokens import BorrowerId, Code

SHOWN_OF_DIGITS: Final = 3


class ResolverError(ValueError):
    """A file of persons that cannot be taken."""


class ResolveAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose token it is, for which case, and why."""

    token: BorrowerId
    case_id: CaseId
    reason_code: Code


class Resolver(Protocol):
    """Knows whose a token is."""

    async def person(self, token: str) -> dict[str, str] | None:
        """Return what is known of the person, by field; `None` if nothing is."""


class FileResolver:
    """The resolver of a trial: a file of invented persons by token.

    Args:
        path: The file.

    Raises:
        ResolverError: If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        try:
            of = dict[BorrowerId, dict[Annotated[str, msgspec.Meta(max_length=40)], str]]
            self._persons = msgspec.json.decode(path.read_bytes(), type=of)
        except OSError as error:
            raise ResolverError(f"expected persons in {path}: {error.strerror}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ResolverError(f"expected persons by token in {path}: {error}") from error

    async def person(self, token: str) -> dict[str, str] | None:
        """Return what is known of the person, by field; `None` if nothing is."""
        return self._persons.get(token)


def masked(text: str) -> str:
    """Return a text of which no more can be read than tells it from another.

    Of a number the first three and the last four digits, if it is long enough; of a name the
    first character (domain.md 5.5).

    Examples:
        >>> masked("13812345678"), masked("张小明"), masked("Li")
        ('138****5678', '张**', 'L*')
    """
    digits = sum(each.isdigit() for each in text)
    if digits > 2 * SHOWN_OF_DIGITS + 2 and digits * 2 > len(text):
        return f"{text[:SHOWN_OF_DIGITS]}****{text[-4:]}"
    return text[:1] + "*" * max(1, len(text) - 1)
