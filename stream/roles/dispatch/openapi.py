"""The OpenAPI document of the permit API, made of the types that it reads and writes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from schemas.permit import Permit
from stream.dispatch.ask import Ask
from stream.dispatch.refusals import Reason

OF_HTTP: Final = ("RATE", "TOKEN", "TOO_LARGE", "BODY", "RIGHT")
"""What a request itself is refused for, before the gate is asked."""
_ANSWERS: Final = {
    "401": "no executor's token",
    "403": "the executor has no right to the channel",
    "404": "no trigger of this id is known",
    "409": "refused: this trigger is not to be sent as it was asked for",
    "413": "the body is too large",
    "422": "the body is not what is expected",
    "429": "too many requests, or too many permits: see Retry-After",
    "503": "refused since the gate cannot know: ask again",
}


def document() -> dict[str, Any]:
    """Return the document."""
    (body, permit), components = msgspec.json.schema_components(
        [Ask, Permit], ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "loanwatch permits", "version": "1"},
        "security": [{"executor": []}],
        "paths": {"/permits/{trigger_id}": {"post": _post(body, permit)}},
        "components": {
            "securitySchemes": {"executor": {"type": "http", "scheme": "bearer"}},
            "schemas": components | {"Problem": _problem()},
        },
    }


def _post(body: dict[str, Any], permit: dict[str, Any]) -> dict[str, Any]:
    refused = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    granted = {"description": "leave to send now", "content": _json(permit)}
    return {
        "summary": "Ask for leave to send a trigger, at the moment of sending.",
        "parameters": [
            {"name": "trigger_id", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "requestBody": {"required": True, "content": _json(body)},
        "responses": {"200": granted}
        | {status: {"description": text, "content": refused} for status, text in _ANSWERS.items()},
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _problem() -> dict[str, Any]:
    fields = {name: {"type": "string"} for name in ("type", "title", "detail")}
    reason = {"enum": [*OF_HTTP, *(each.value for each in Reason)]}
    return {
        "type": "object",
        "properties": fields | {"status": {"type": "integer"}, "reason": reason},
        "required": ["type", "title", "status", "reason", "detail"],
    }
