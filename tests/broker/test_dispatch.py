"""dispatch on a real Kafka: permits are written before they are answered, and only while known."""

import pytest

from schemas.collection_trigger import Op
from tests.broker.gatehouse import Gatehouse

pytestmark = pytest.mark.broker


@pytest.fixture
def gatehouse(settings, tmp_path):
    return Gatehouse(settings, tmp_path)


def test_a_permit_is_in_kafka_when_it_is_answered_and_the_same_after_a_restart(gatehouse):
    gatehouse.propose("t1", "t2")
    with gatehouse.ticking():
        with gatehouse.dispatch(), gatehouse.client() as dialler:
            first = gatehouse.granted(dialler, "t1")
            (written,) = [permit for permit, _ in gatehouse.permits()]
            assert gatehouse.ask(dialler, "t1") == (200, first)
            status, refused = gatehouse.ask(dialler, "t1", key="another")
            assert (status, refused["reason"]) == (409, "GRANTED_TO_ANOTHER")
            status, unknown = gatehouse.ask(dialler, "t9")
            assert (status, unknown["reason"]) == (404, "UNKNOWN_TRIGGER")
        with gatehouse.dispatch(), gatehouse.client() as dialler:
            assert gatehouse.granted(dialler, "t1") == first
            gatehouse.propose("t2", op=Op.RETRACT, ordinal=2)
            gatehouse.granted(dialler, "t1")
            status, refused = gatehouse.ask(dialler, "t2")
            assert (status, refused["reason"]) == (409, "RETRACTED")

    assert written.permit_id == first["permit_id"]
    assert len(gatehouse.permits()) == 1
