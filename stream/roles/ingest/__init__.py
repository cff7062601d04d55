"""ingest: takes what the sources send and appends it to the journal, by borrower.

    __init__.py   the app: which topic is read by whom, and what runs beside it
    intake.py     one chunk of any topic: what becomes of each record
    rooms.py      events of unknown parties, waiting
    parties.py    who is who, live
    hand_on.py    sending, and closing what has been sent

At least once: nothing is committed before the journal has acknowledged it, and a record read
twice is told apart in the fold. References have a reader of their own, since events wait for
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.topics import STREAM_TOPICS
from stream.intake.admit import ADMITTED_AS_IT_IS
from stream.journal.app import build_app as build
from stream.journal.app import read
from stream.roles.ingest.intake import Intake
from stream.roles.ingest.parties import REFERENCES
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.journal.app import App


def build_app(settings: Settings) -> App:
    """Return the role's app."""
    intake = Intake(settings)
    app = build(
        "ingest",
        settings,
        custody=intake.custody,
        topics=[*STREAM_TOPICS, "control", *ADMITTED_AS_IT_IS, "unresolved"],
        handle=intake.handle,
        before=intake.start,
    )
    read(app, REFERENCES, [REFERENCES], intake.handle)
    intake.rebalancing = lambda: bool(app.rebalancing)
    app.on_before_shutdown.connect(intake.stop)
    for task in (intake.hear, intake.follow, intake.release, intake.expire):
        app.task(task)
    return app


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.ingest` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
