"""What a request is refused for, as RFC 9457 wants it said."""

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.responses import Response

from schemas.desk_door import Problem
from schemas.desk_view import Why

NO_STORE: Final = {"Cache-Control": "no-store"}


class RefusedError(Exception):
    """A request that is refused; the texts are for whoever asked.

    Args:
        status: The HTTP status.
        reason: For programs.
        detail: For people; names nothing that the asker may not see.
        why: The same with parameters, where the page has a sentence of its own.
        retry_after_s: When it is worth asking again.
    """

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        detail: str,
        *,
        why: Why | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.reason, self.detail = status, reason, detail
        self.why, self.retry_after_s = why, retry_after_s


def not_found() -> RefusedError:
    """Return the one answer for what does not exist and for what is not to be seen."""
    return RefusedError(HTTPStatus.NOT_FOUND, "NOT_FOUND", "there is nothing here")


def body(detail: str) -> RefusedError:
    """Return the answer to a request that says something else than is expected."""
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "BODY", detail)


def busy(reason: str, detail: str, retry_after_s: int = 2) -> RefusedError:
    """Return the answer while something that it takes is away."""
    return RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, reason, detail, retry_after_s=retry_after_s)


def right(what: str) -> RefusedError:
    """Return the answer to somebody without the right."""
    why = Why(code="right", params={"right": what})
    return RefusedError(HTTPStatus.FORBIDDEN, "RIGHT", f"it takes the right {what}", why=why)


def linked() -> RefusedError:
    """Return the answer to somebody who is linked to the borrower of a case."""
    why = Why(code="linked")
    return RefusedError(
        HTTPStatus.FORBIDDEN, "RIGHT", "you are linked to this borrower: others look at it", why=why
    )


def answer(error: RefusedError) -> Response:
    """Return a refusal as a problem document."""
    problem = Problem(
        type=f"urn:loanwatch:desk:{error.reason}",
        title=error.status.phrase,
        status=error.status.value,
        reason=error.reason,
        detail=error.detail,
        why=error.why,
        retry_after_s=error.retry_after_s,
    )
    headers = dict(NO_STORE)
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(
        msgspec.json.encode(problem),
        status_code=error.status.value,
        headers=headers,
        media_type="application/problem+json",
    )
