"""monitor: folds the journal and publishes what it decides, exactly once.

The only role that holds decision state. One `Book` a partition of the journal does the deciding;
who owns a partition, where it goes on and how it is saved is `stream.journal`'s affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from schemas.alert import Alert
from schemas.control import Standing
from schemas.model import ModelStanding, Verdict
from schemas.signing import load_trust
from stream import metrics
from stream.decide.book import Book
from stream.journal.folding import build_folding_app
from stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stream.decide import Output
    from stream.journal.app import App

SIGNALS: Final = ("H06", "H07", "H08", "H09")
RANKS: Final = tuple(Verdict)

_decode = msgspec.json.Decoder(Alert).decode
_decode_model = msgspec.json.Decoder(ModelStanding).decode


def build_app(settings: Settings) -> App:
    """Return the role's app.

    Raises:
        OSError: If the trust file cannot be read: without it no rule set would ever count.
        msgspec.DecodeError: If it is no trust file.
    """
    trust = load_trust(settings.trust_file.read_bytes())
    return build_folding_app(
        "monitor",
        settings,
        lambda number: Book(
            trust, speaks=number == 0, partition=number, partitions=settings.partitions
        ),
        measure,
    )


def measure(outputs: Iterable[Output]) -> None:
    """Count the alerts among what was published, by rule and tier; note how detectors stand."""
    for output in outputs:
        if output.topic == "alerts":
            alert = _decode(output.value)
            metrics.ALERTS.labels(alert.rule.name, alert.tier).inc()
        elif output.topic == "models":
            _note(_decode_model(output.value))


def _note(told: ModelStanding) -> None:
    metrics.MODEL_HEARD.labels(told.detector).set(told.standing is Standing.IN_FORCE)
    verdicts = {each.signal: each.verdict for each in told.checks}
    for signal in SIGNALS:
        rank = RANKS.index(verdicts.get(signal, Verdict.FINE))
        metrics.MODEL_CHECK.labels(told.detector, signal).set(rank)


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.monitor` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
