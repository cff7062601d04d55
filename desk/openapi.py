"""The OpenAPI document, made of the table of endpoints and their types."""

import re
from typing import Any, Final

import msgspec

from desk.api import ENDPOINTS, Endpoint
from schemas.desk_door import Problem, Session, SignInAsked, SignInWays
from schemas.desk_event import DeskEvent

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
_REFUSALS: Final = {
    "401": "nobody is signed in",
    "403": "the asker has no right to it, or the request is not of our own page",
    "404": "there is nothing here for the asker",
    "421": "this desk has another name",
    "429": "too many requests: see Retry-After",
    "503": "what it takes is away for now: see Retry-After",
}
_OF_POST: Final = {
    "409": "the case has changed, or its state forbids it",
    "413": "the body is too large",
    "422": "the body, or a parameter, is not what is expected",
}
_SIGN_INS: Final = (
    Endpoint("GET", "/api/sign-in", "sign_in_ways", None, SignInWays, "How one signs in here."),
    Endpoint("POST", "/api/sign-in", "sign_in", None, Session, "Sign in.", asked=SignInAsked),
)


def document() -> dict[str, Any]:
    """Return the document."""
    every = (*_SIGN_INS, *ENDPOINTS)
    types = list(dict.fromkeys([Problem, DeskEvent, *(each.answer for each in every),
                                *(each.asked for each in every if each.asked)]))  # fmt: skip
    schemas, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    of = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in every:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, of)
    paths["/api/sign-out"] = {"post": _sign_out(of)}
    paths["/api/events"] = {"get": _events(of)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "loanwatch desk", "version": "1"},
        "security": [{"session": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "loanwatch"}},
            "schemas": components,
        },
    }


def _operation(each: Endpoint, of: dict[Any, Any]) -> dict[str, Any]:
    refusals = _REFUSALS | (_OF_POST if each.method == "POST" or each.params else {})
    answer = {"description": each.sentence, "content": {JSON: {"schema": of[each.answer]}}}
    operation: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.sentence,
        "parameters": [*_in_path(each), *_in_query(each)],
        "responses": {str(each.status): answer} | _refused(refusals, of),
    }
    if each.needs is not None:
        operation["description"] = f"Takes the right `{each.needs.value}`."
    if each.asked is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": of[each.asked]}},
        }
    if each in _SIGN_INS:
        operation["security"] = []
    return operation


def _sign_out(of: dict[Any, Any]) -> dict[str, Any]:
    return {
        "operationId": "sign_out",
        "summary": "End the session.",
        "responses": {"204": {"description": "signed out"}} | _refused(_REFUSALS, of),
    }


def _events(of: dict[Any, Any]) -> dict[str, Any]:
    last = {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}}
    content = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "operationId": "events",
        "summary": "What changes, as it changes: events whose data is a `DeskEvent`.",
        "parameters": [last],
        "responses": {"200": {"description": "a stream that goes on", "content": content}}
        | _refused(_REFUSALS, of),
    }


def _refused(texts: dict[str, str], of: dict[Any, Any]) -> dict[str, Any]:
    problem = {PROBLEM: {"schema": of[Problem]}}
    return {status: {"description": text, "content": problem} for status, text in texts.items()}


def _in_path(each: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", each.path)
    ]


def _in_query(each: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "in": "query", "schema": one.schema, "description": one.sentence}
        for one in each.params
    ]
