"""What a monitor's metrics say of the detectors."""

from schemas.alert import Phase
from schemas.control import Standing
from schemas.model import Check, ModelStanding, Verdict
from stream import metrics
from stream.decide.outbox import Outbox
from stream.roles.monitor import measure


def value(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels)


def told(standing, *checks):
    outbox = Outbox(Phase.LIVE)
    outbox.model(
        ModelStanding(
            detector="amount",
            version=1,
            standing=standing,
            at="2026-05-25T00:00:00.000Z",
            phase=Phase.LIVE,
            checks=checks,
        )
    )
    measure(outbox.outputs)


def test_they_follow_standing_and_checks():
    check = Check(signal="H06", verdict=Verdict.ACT, value=0.3, n=900)
    told(Standing.IN_FORCE, check)
    assert value("loanwatch_model_heard", detector="amount") == 1
    assert value("loanwatch_model_check", detector="amount", signal="H06") == 2
    assert value("loanwatch_model_check", detector="amount", signal="H08") == 0

    told(Standing.SHADOW)
    assert value("loanwatch_model_heard", detector="amount") == 0
    assert value("loanwatch_model_check", detector="amount", signal="H06") == 0
