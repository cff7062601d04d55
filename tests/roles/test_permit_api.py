"""The permit API: who is let in, what is answered, and that nothing is answered unwritten."""

import msgspec
import pytest

from schemas.collection_trigger import Op
from schemas.permit import Permit
from stream.dispatch.refusals import Reason
from tests.dispatch.conftest import kill, trigger
from tests.roles.gate_api import OTHER, House, post


@pytest.fixture
def house(monkeypatch):
    house = House(monkeypatch)
    house.gate.tell(trigger())
    return house


def test_a_permit_is_answered_as_it_was_written(house):
    (answer,) = house.ask(post())

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert house.held.written == [msgspec.json.decode(answer.content, type=Permit)]


def test_the_same_request_at_the_same_time_is_one_permit(house):
    answers = house.ask(*[post()] * 20, post(key="k2"))

    assert {answer.content for answer in answers[:20]} == {answers[0].content}
    assert answers[0].status_code == 200
    assert answers[20].json()["reason"] == "GRANTED_TO_ANOTHER"
    assert len(house.held.written) == 1


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        pytest.param(lambda g: g.switch.apply(kill(on=True)[0]), "KILL_SWITCH", id="switched"),
        pytest.param(lambda g: g.tell(trigger(ordinal=2, op=Op.RETRACT)), "RETRACTED", id="paid"),
    ],
)
def test_what_happens_while_it_is_written_is_seen_before_it_is_answered(house, meanwhile, reason):
    house.held.meanwhile = lambda: meanwhile(house.gate)

    assert [answer.json()["reason"] for answer in house.ask(post(), post())] == [reason] * 2


def test_what_kafka_does_not_confirm_is_no_permit(house):
    house.held.fails = True
    answers = house.ask(post(), post())

    assert [answer.status_code for answer in answers] == [503, 503]
    assert {answer.json()["reason"] for answer in answers} == {"NOT_WRITTEN"}
    assert answers[0].headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        pytest.param(post(token="no token"), 401, "TOKEN", id="an unknown token"),
        pytest.param(post(headers={}), 401, "TOKEN", id="no token"),
        pytest.param(post(headers={"Authorization": "Basic a:b"}), 401, "TOKEN", id="basic"),
        pytest.param(post(token=OTHER), 403, "RIGHT", id="a channel that is not its"),
        pytest.param(post(channel="PIGEON"), 422, "BODY", id="an unknown channel"),
        pytest.param(post(key="a b"), 422, "BODY", id="a key that is none"),
        pytest.param(post(json={"request_key": "k1"}), 422, "BODY", id="half a body"),
        pytest.param(post(json=None, content=b"{"), 422, "BODY", id="no JSON"),
        pytest.param(post(json=None, content=b"\xff"), 422, "BODY", id="no text"),
        pytest.param(post(json=None, content=b"[" * 4_000), 422, "BODY", id="a deep one"),
        pytest.param(post(json=None, content=b" " * 4_097), 413, "TOO_LARGE", id="a large one"),
        pytest.param(post("t9"), 404, "UNKNOWN_TRIGGER", id="an unknown trigger"),
        pytest.param(post(ordinal=2), 409, "SUPERSEDED", id="a refusal of the gate"),
        pytest.param(post(method="GET"), 405, "METHOD_NOT_ALLOWED", id="another method"),
        pytest.param(post(url="/permit"), 404, "NOT_FOUND", id="another path"),
    ],
)
def test_what_is_not_granted_is_a_problem_document(house, request_, status, reason):
    (answer,) = house.ask(request_)

    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["status"], told["reason"]) == (status, status, reason)
    assert told["detail"]
    assert house.held.written == []


def test_a_field_is_named_by_its_path(house):
    (answer,) = house.ask(post(ordinal="one"))

    assert answer.json()["detail"].endswith("at `$.ordinal`")


def test_a_partition_that_is_not_here_is_asked_for_elsewhere(house):
    house.custody.holds_all = False
    (answer,) = house.ask(post("t9"))

    assert (answer.status_code, answer.json()["reason"]) == (503, "NOT_OWNER")


def test_an_unknown_trigger_is_not_called_unknown_before_all_is_read(house):
    house.gate.triggers.through_ms = None
    (answer,) = house.ask(post("t9"))

    assert (answer.status_code, answer.json()["reason"]) == (503, "BEHIND")


def test_the_switch_is_told_even_of_an_unknown_trigger(house):
    house.gate.switch.apply(kill(on=True)[0])
    (answer,) = house.ask(post("t9"))

    assert answer.json()["reason"] == "KILL_SWITCH"


def test_a_trigger_id_may_hold_what_ours_hold(house):
    house.gate.tell(trigger("brw_1/le/remind|3:1"))
    (answer,) = house.ask(post("brw_1/le/remind|3:1"))

    assert answer.json()["trigger_id"] == "brw_1/le/remind|3:1"


def test_a_refusal_says_when_to_ask_again(house):
    house.gate.tell(trigger("t2"))
    house.ask(post())
    (answer,) = house.ask(post("t2"))

    assert answer.json()["reason"] == "BORROWER_BUSY"
    assert answer.headers["Retry-After"] == "61"


def test_a_permit_that_has_ended_is_shown_and_not_given(house):
    (first,) = house.ask(post())
    house.gate.now += 60_001
    house.gate.fresh()
    (again,) = house.ask(post())

    assert (again.status_code, again.json()["reason"]) == (409, "PERMIT_ENDED")
    assert again.json()["permit"] == first.json()


def test_an_executor_that_asks_too_often_waits_and_others_do_not(monkeypatch):
    house = House(monkeypatch, requests_per_s=3)
    house.gate.tell(trigger())
    answers = house.ask(*[post()] * 5, post(token=OTHER))

    assert [answer.status_code for answer in answers].count(429) == 2
    assert answers[5].status_code == 403


def test_guessing_tokens_is_slowed_down(monkeypatch):
    house = House(monkeypatch, requests_per_s=3)
    answers = house.ask(*(post(token=f"guess {n}") for n in range(9)))

    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 6


def test_health_says_why_nothing_can_be_granted(house):
    (fine,) = house.ask({"method": "GET", "url": "/healthz"})
    house.gate.switch.apply(kill(on=True)[0])
    (refusing,) = house.ask({"method": "GET", "url": "/healthz"})

    assert (fine.status_code, refusing.status_code) == (200, 503)
    assert refusing.json()["reason"] == "KILL_SWITCH"


def test_the_document_names_every_reason(house):
    (answer,) = house.ask({"method": "GET", "url": "/openapi.json"})
    components = answer.json()["components"]["schemas"]

    assert set(Reason) <= set(components["Problem"]["properties"]["reason"]["enum"])
    assert {"Ask", "Permit"} <= components.keys()
