"""The live kill switch: `control` read by dispatch itself, past every backlog.

A reader and a thread of its own: triggers, however many wait, stand in another queue. Several
times a second the broker is asked where the topic ends; when all up to there has been taken, the
switch is known as of the question. Where the broker does not say, it is not known any more, and
the gate refuses.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from schemas.signing import SignatureRefusedError, load_trust
from stream import clock, metrics
from stream.dispatch.switch import Switch
from stream.journal.follow import Follower, Reader

if TYPE_CHECKING:
    from confluent_kafka import Message

    from stream.settings import Settings

log = structlog.get_logger()

CONTROL: Final = "control"
ASK_EVERY_S: Final = 0.2
GIVE_UP_S: Final = 1.0


class ControlReader:
    """Keeps a switch up to date; all of it on the event loop.

    Raises:
        OSError: If the trust file cannot be read.
        msgspec.DecodeError: If it is none.
    """

    def __init__(self, settings: Settings) -> None:
        self.switch = Switch(load_trust(settings.trust_file.read_bytes()))
        self._settings = settings
        self._follower: Follower | None = None

    async def start(self) -> None:
        """Read all control records there are; go on in the background."""
        reader = await asyncio.to_thread(Reader, self._settings, CONTROL, "dispatch")
        self._follower = Follower(reader, self._take)
        await self._follower.start()
        log.info("knows the kill switch", on=self.switch.on)

    async def follow(self) -> None:
        """Return when reading has stopped.

        Raises:
            Exception: Whatever ended it.
        """
        if self._follower is not None:
            await self._follower.serve()

    async def confirm(self) -> None:
        """Note again and again up to when the switch is known, as long as the process runs."""
        while self._follower is not None:
            asked_ms = clock.now_ms()
            if await self._follower.catch_up(GIVE_UP_S):
                self.switch.known_ms = asked_ms
            known_ms = self.switch.known_ms
            metrics.CONTROL_AGE.set((clock.now_ms() - known_ms) / 1_000 if known_ms else 1e9)
            await asyncio.sleep(ASK_EVERY_S)

    def stop(self) -> None:
        """Stop reading."""
        if self._follower is not None:
            self._follower.stop()

    def _take(self, messages: list[Message]) -> None:
        for message in messages:
            try:
                is_about_it = self.switch.apply(message.value())
            except SignatureRefusedError as error:
                log.warning("kill switch refused", offset=message.offset(), reason=str(error))
                continue
            if is_about_it:
                metrics.KILL_SWITCH.set(self.switch.on)
                log.warning("kill switch", on=self.switch.on, offset=message.offset())
