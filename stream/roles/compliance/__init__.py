"""compliance: folds the decisions of all partitions into one sequence, exactly once.

    __init__.py    the app
    key.py         the record's private key
    custody.py     who is the sequencer, and its turns
    sequencer.py   its part in Kafka: fence, checkpoint, reading, one transaction a turn
    apart.py       the sequencer of the restricted lane
    witness.py     hands signed heads to somebody outside
    authority.py   a time-stamp authority as one of them
    handing.py     how: a line on the disk, or a request over HTTP

What becomes of a decision is `stream.compliance`'s affair, the Merkle log `stream.record`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.compliance.fold import ACTIONS
from stream.journal.app import build_app as build
from stream.roles.compliance.apart import Apart
from stream.roles.compliance.custody import SequencerCustody
from stream.roles.compliance.sequencer import feeds_of
from stream.roles.compliance.witness import Witnesses
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.journal.app import App


def build_app(settings: Settings) -> App:
    """Return the role's app.

    Raises:
        SettingsError: If the record's key is missing, or a witness not what it should be.
        OSError: If the trust file cannot be read.
        msgspec.DecodeError: If it is none.
    """
    witnesses = Witnesses.of(settings)
    custody = SequencerCustody(settings, feeds_of(settings), witnesses.see)
    apart = Apart(settings, lambda: custody.is_ours)
    app = build("compliance", settings, custody=custody, topics=[ACTIONS], handle=custody.receive)

    async def work() -> None:
        await custody.work(lambda: app.should_stop)

    async def work_apart() -> None:
        await apart.work(lambda: app.should_stop)

    app.task(work)
    app.task(work_apart)
    app.task(witnesses.serve)
    return app


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.compliance` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
