"""monitor: folds the journal and publishes what it decides, exactly once.

The only role that holds decision state. One `Book` a partition of the journal does the deciding;
who owns a partition, where it goes on and how it is saved is `stream.journal`'s affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from schemas.alert import Alert
from schemas.signing import load_trust
from stream import metrics
from stream.decide.book import Book
from stream.journal.folding import build_folding_app
from stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stream.decide import Output
    from stream.journal.app import App

_decode = msgspec.json.Decoder(Alert).decode


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
        count_alerts,
    )


def count_alerts(outputs: Iterable[Output]) -> None:
    """Count the alerts among what was published, by rule and tier."""
    for output in outputs:
        if output.topic == "alerts":
            alert = _decode(output.value)
            metrics.ALERTS.labels(alert.rule.name, alert.tier).inc()


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.monitor` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
