"""An answer that is a success, as the wire has it."""

from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.responses import Response

from desk.problems import NO_STORE

JSON: Final = "application/json"


def json_of(answer: Any, status: int = HTTPStatus.OK) -> Response:
    """Return an answer that nobody keeps."""
    return Response(msgspec.json.encode(answer), status, headers=NO_STORE, media_type=JSON)
