"""crossing: adds up what the partitions of the journal say, and answers into all of them.

Reads `crossings` from its first record on at each take-over, so it needs no memory of its own:
what it said before it then says again, and the step ignores what it has seen. Two of them are
harmless for the same reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from schemas import crossing, journal
from stream.crossing.answers import Answer, Answers, about
from stream.journal.app import build_app as build
from stream.journal.append import Appender
from stream.journal.clients import named
from stream.journal.delivered import DeliveredCustody
from stream.settings import Settings

if TYPE_CHECKING:
    from faust.types import TP

    from stream.journal.app import App
    from stream.journal.chunk import Chunk

log = structlog.get_logger()

CROSSINGS: Final = "crossings"


class Crossings:
    """The state of one crossing process; all of it on the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._appender = Appender(settings, "crossing")
        self._answers = Answers(settings.partitions)
        self.custody = DeliveredCustody(settle=_nothing, from_start=[named(settings, CROSSINGS)])

    async def handle(self, tp: TP, chunk: Chunk) -> None:
        """Add up, and answer: of what one chunk answers several times, the last."""
        with self.custody.receive(tp, chunk):
            await self._appender.room()
            latest: dict[tuple[str, ...], Answer] = {}
            for record in chunk:
                try:
                    told = crossing.decode(record.value or b"")
                except msgspec.DecodeError as error:
                    log.warning("no crossing", offset=record.offset, error=str(error))
                    continue
                latest |= {about(answer): answer for answer in self._answers.take(told)}
            for answer in latest.values():
                self._give(answer)

    async def hear(self) -> None:
        """Hear of acknowledgements, as long as the process runs."""
        await self._appender.serve()

    def _give(self, answer: Answer) -> None:
        value, batch = journal.encode(answer), self._appender.batch()
        for partition in range(self._settings.partitions):
            batch.send("journal", journal.key_of(answer), value, partition=partition)
        log.info("answered", about=list(about(answer)), version=answer.version)


def build_app(settings: Settings) -> App:
    """Return the role's app."""
    crossings = Crossings(settings)
    app = build(
        "crossing",
        settings,
        custody=crossings.custody,
        topics=[CROSSINGS],
        handle=crossings.handle,
    )
    app.task(crossings.hear)
    return app


async def _nothing() -> None:
    """Settle nothing: an answer that is lost is given again by the next owner."""


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.crossing` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
