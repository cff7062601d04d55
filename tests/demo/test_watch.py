"""What the demo counts of what it sees."""

import msgspec
import pytest

from schemas.alert import Alert, Cause, Phase, RuleVersion, Text, Transition
from stream.demo.watch import Watch
from stream.settings import Settings

WORDS = Text(en="-", zh="-")


def opened(evidence):
    """An alert that opened, as its topic has it."""
    alert = Alert(
        alert_id="brw_1/r/1/1",
        subject_kind="BORROWER",
        subject_id="brw_1",
        borrower_id="brw_1",
        signal="RP02",
        family="repayment",
        lane="credit",
        tier="mild",
        previous_tier="none",
        hard=True,
        transition=Transition.OPENED,
        cause=Cause.SIGNAL,
        phase=Phase.LIVE,
        episode=1,
        ordinal=1,
        effective_from="2026-01-12T03:00:00.000Z",
        detected_at="2026-01-12T03:00:00.000Z",
        title=WORDS,
        reason=WORDS,
        clears_when=WORDS,
        rule=RuleVersion(name="r", fingerprint="f", ruleset="trial", ruleset_version=1),
        evidence_event_ids=tuple(evidence),
    )
    return msgspec.json.encode(alert)


@pytest.mark.parametrize(
    ("evidence", "latencies"),
    [
        pytest.param(["e1"], [70], id="an event brought it about"),
        pytest.param(["e0", "e1"], [70], id="the latest counts"),
        pytest.param([], [], id="time alone brought it about"),
        pytest.param(["e9"], [], id="an event that nobody saw"),
    ],
)
def test_the_latency_is_from_the_latest_event_to_the_warning(evidence, latencies):
    watch = Watch(Settings())
    watch.take("repayments", b'{"type":"repayment.v1","id":"e1"}', 1_000)
    watch.take("alerts", opened(evidence), 1_070)

    assert watch.latencies_ms == latencies
    assert watch.report()["alerts"] == {"mild": 1, "moderate": 0, "severe": 0}
