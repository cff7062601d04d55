"""A request that has passed the gate, as the answers read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from desk import problems, queue
from schemas.instants import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from desk.operator import Operator
    from desk.sessions import Session

T = TypeVar("T")


class Ask(NamedTuple):
    """A request that has passed the gate.

    Attributes:
        session: Whose.
        path: What stands in the path.
        query: The parameters.
        body: As it came.
    """

    session: Session
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def who(self) -> Operator:
        """Who asks."""
        return self.session.who

    def read(self, of: type[T]) -> T:
        """Return the body.

        Raises:
            RefusedError: If it is not what is expected.
        """
        try:
            return msgspec.json.decode(self.body, type=of)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
            raise problems.body(str(error)) from error

    def since_ms(self, else_ms: int) -> int:
        """Return the instant of the query, or another if none is named.

        Raises:
            RefusedError: If it is none.
        """
        text = self.query.get("since")
        if text is None:
            return else_ms
        try:
            return max(0, parse(text))
        except (ValueError, OverflowError) as error:
            raise problems.body("since: expected an instant, RFC 3339 with a zone") from error

    def limit(self) -> int:
        """Return how many are wanted at most.

        Raises:
            RefusedError: If it is no such number.
        """
        text = self.query.get("limit", str(queue.PAGE))
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= queue.LARGEST_PAGE:
            return int(text)
        raise problems.body(f"limit: expected an integer from 1 to {queue.LARGEST_PAGE}")
