"""dispatch on a real Kafka: permits are written before they are answered, and only while known."""

import time
from dataclasses import replace

import httpx
import pytest

from schemas.collection_trigger import Op
from schemas.control import Clock, GoLiveBody
from stream import clock
from stream.commands.up import House
from stream.roles import Role
from tests.broker.flow import until
from tests.broker.gatehouse import Gatehouse
from tests.broker.mortal import Mortal

pytestmark = pytest.mark.broker


@pytest.fixture
def mortal(tmp_path):
    broker = Mortal(tmp_path / "mortal")
    yield broker
    broker.stop()


@pytest.fixture
def gatehouse(settings, tmp_path):
    return Gatehouse(settings, tmp_path)


def test_a_permit_is_in_kafka_when_it_is_answered_and_the_same_after_a_restart(gatehouse):
    gatehouse.propose("t1", "t2")
    long = {"permit_s": 600}
    with gatehouse.ticking():
        with gatehouse.dispatch(**long), gatehouse.client() as dialler:
            first = gatehouse.granted(dialler, "t1")
            (written,) = [permit for permit, _ in gatehouse.permits()]
            assert gatehouse.settled(dialler, "t1") == (200, first)
            another = gatehouse.settled(dialler, "t1", key="another")
            assert another == (409, "GRANTED_TO_ANOTHER")
            assert gatehouse.settled(dialler, "t9") == (404, "UNKNOWN_TRIGGER")
        with gatehouse.dispatch(**long), gatehouse.client() as dialler:
            assert gatehouse.granted(dialler, "t1") == first
            gatehouse.propose("t2", op=Op.RETRACT, ordinal=2)
            until(lambda: gatehouse.ask(dialler, "t2", ordinal=2)[1]["reason"] == "RETRACTED")
            assert gatehouse.settled(dialler, "t2") == (409, "RETRACTED")

    assert written.permit_id == first["permit_id"]
    assert len(gatehouse.permits()) == 1


def test_a_monitor_that_stands_still_stops_permits_and_one_that_goes_on_starts_them(gatehouse):
    gatehouse.propose("t1")
    with gatehouse.dispatch(stale_s=10), gatehouse.client() as dialler:
        until(lambda: gatehouse.ask(dialler, "t1")[1]["reason"] == "STALE")
        gatehouse.tick(clock.now_ms() - 11_000)
        until(lambda: gatehouse.ask(dialler, "t1")[1]["reason"] == "STALE")
        assert httpx.get(f"{gatehouse.url}/healthz").status_code == 503

        with gatehouse.ticking():
            gatehouse.granted(dialler, "t1")
            until(lambda: httpx.get(f"{gatehouse.url}/healthz").status_code == 200)
        until(lambda: gatehouse.ask(dialler, "t1")[1].get("reason") == "STALE")

    assert len(gatehouse.permits()) == 1


def test_without_kafka_nothing_is_known_and_nothing_granted(mortal, settings, tmp_path):
    gatehouse = Gatehouse(replace(settings, kafka_bootstrap=mortal.bootstrap), tmp_path)
    gatehouse.propose("t1", "t2")
    with gatehouse.dispatch(stale_s=600), gatehouse.client() as dialler:
        gatehouse.tick()
        gatehouse.granted(dialler, "t1")
        mortal.die()
        until(lambda: gatehouse.ask(dialler, "t2")[1]["reason"] == "KILL_SWITCH_UNKNOWN")
        assert gatehouse.ask(dialler, "t1")[1]["reason"] == "KILL_SWITCH_UNKNOWN"
        mortal.rise()
        gatehouse.granted(dialler, "t2")

    assert gatehouse.twice() == {}
    assert len(gatehouse.permits()) == 2


def test_triggers_of_a_borrower_of_whom_a_record_cannot_be_read_are_held_back(gatehouse):
    gatehouse.propose("t1", "t2")
    with gatehouse.ticking(), gatehouse.dispatch(), gatehouse.client() as dialler:
        gatehouse.granted(dialler, "t1")
        gatehouse.send("collection-triggers", b"no trigger", key="brw_t2")
        gatehouse.flush()
        until(lambda: any(line["event"] == "no trigger" for line in gatehouse.log()))

        assert gatehouse.settled(dialler, "t2") == (409, "UNREADABLE")


def test_a_contact_without_a_permit_is_counted_and_an_outcome_frees_the_borrower(gatehouse):
    gatehouse.propose("t1", "t2", borrower_id="brw_1")
    with (
        gatehouse.ticking(),
        gatehouse.dispatch(permit_s=600) as house,
        gatehouse.client() as dialler,
    ):
        permit = gatehouse.granted(dialler, "t1")
        assert gatehouse.settled(dialler, "t2") == (409, "BORROWER_BUSY")
        gatehouse.report(permit, outcome_id="o1")
        gatehouse.report(permit, outcome_id="o2", permit_id=None)
        gatehouse.granted(dialler, "t2")
        (health,) = house.health.values()
        until(lambda: 'breaches_total{channel="CALL"} 1.0' in httpx.get(f"{health}/metrics").text)

    breaches = [line for line in gatehouse.log() if line["event"] == "contact without a permit"]
    assert [line["outcome_id"] for line in breaches] == ["o2"]


def test_a_live_house_tells_dispatch_how_far_it_is_and_a_stopped_monitor_shows(gatehouse):
    """The real monitor's progress, and how old it gets when nothing goes on but the time."""
    settings = replace(gatehouse.settings, stale_s=20)
    others = [Role.INGEST, Role.TICKER, Role.MONITOR]
    gatehouse.put_in_force(GoLiveBody(clock=Clock.WALL))
    gatehouse.propose("t1", "t2", "t3")
    with gatehouse.dispatch(stale_s=20) as house, gatehouse.client() as dialler:
        with gatehouse.log_file.open("ab") as log, House(others, settings, log_to=log.fileno()):
            gatehouse.granted(dialler, "t1")
            time.sleep(25)
            gatehouse.granted(dialler, "t2")
            assert len(ages(house)) == gatehouse.settings.partitions
        until(lambda: gatehouse.ask(dialler, "t3")[1].get("reason") == "STALE")


def ages(house):
    """How old each partition's last tick is, in seconds, as dispatch tells it."""
    (health,) = house.health.values()
    lines = httpx.get(f"{health}/metrics").text.splitlines()
    name = "loanwatch_trigger_age_seconds{"
    return [float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)]
