"""The OpenAPI document: it is one, it names what there is, and nothing that it allows breaks us."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from desk import openapi
from desk.answers import ANSWERS
from desk.api import ENDPOINTS
from desk.users import User
from schemas.operators import OperatorClass
from tests.desk import made
from tests.desk.conftest import URL, House

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis

ALL = "ALL"
"""Somebody of every class: no right stands in the way of what is asked."""


def test_each_line_has_an_answer_and_a_place_in_the_document(house):
    document = openapi.document()
    paths = {route.path for route in house.app.routes if isinstance(route, Route)}

    assert set(ANSWERS) == {each.name for each in ENDPOINTS}
    for each in ENDPOINTS:
        assert each.method.lower() in document["paths"][each.path]
        assert each.path.replace("{case_id}", "{case_id:path}") in paths


def test_the_document_is_served_to_anybody(house):
    answer = house.stranger().get("/api/openapi.json")

    assert answer.json()["openapi"] == "3.1.0"
    assert answer.json() == made.msgspec.json.decode(made.raw(openapi.document()))


@pytest.fixture
def browser(redis_url, monkeypatch):
    """A browser of somebody who may everything, and is in no hurry."""
    monkeypatch.setattr("desk.gate.REQUESTS", (1e9, 1e9))
    house = House(redis_url)
    users = house.parts.users._users
    users[ALL] = User(hash=users["ann"].hash, classes=tuple(OperatorClass))
    house.feed.ready()
    house.feed.put("cases", made.case(1))
    house.feed.put("case-files", made.file(1))
    yield house.browser(ALL)
    house.close()


@pytest.mark.parametrize("each", ENDPOINTS, ids=lambda each: each.name)
def test_nothing_that_the_document_allows_is_a_slip_of_ours(browser, each):
    """What schemathesis makes of the document; half of the time about a case that there is."""
    schema = schemathesis.openapi.from_dict(openapi.document())
    operation = schema[each.path][each.method]
    known = {
        str(each.status),
        *openapi.document()["paths"][each.path][each.method.lower()]["responses"],
    }
    csrf = {"X-CSRF-Token": browser.session["csrf"], "Origin": URL}

    @settings(
        max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def ask(case, is_known):
        if is_known and "{case_id}" in each.path:
            case.path_parameters = {"case_id": "brw_1/default/1"}
        asked = case.as_transport_kwargs(base_url=URL)
        asked["headers"] = dict(asked["headers"]) | csrf
        asked.pop("cookies", None)
        answer = browser.client.request(**asked)
        assert answer.status_code < 500, answer.text
        assert str(answer.status_code) in known, answer.text
        kind = "application/json" if answer.status_code < 300 else "application/problem+json"
        assert answer.headers["content-type"] == kind
        operation.validate_response(answer)

    ask()


def bodies():
    text = st.text(max_size=20)
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=8,
    )
    return st.binary(max_size=60) | junk.map(lambda each: json.dumps(each).encode())


@pytest.mark.parametrize(
    "path", [each.path for each in ENDPOINTS if each.method == "POST"] + ["/api/sign-in"]
)
def test_a_body_that_is_anything_is_refused_and_no_slip(browser, path):
    headers = {"X-CSRF-Token": browser.session["csrf"], "Origin": URL}

    @settings(
        max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(body=bodies())
    def ask(body):
        where = path.replace("{case_id}", "brw_1/default/1")
        answer = browser.client.post(where, content=body, headers=headers)
        assert answer.status_code in {401, 404, 409, 413, 422, 429}, (answer.text, body)

    ask()
