"""Outside witnesses of the log: whoever has seen a head can convict a log that was rewritten later.

A witness takes heads, in order, and keeps them where the lender cannot change them: a file on a
volume that only grows, a partner's HTTPS endpoint; or it says when it has seen them in a way that
the lender cannot forge: a time-stamp authority (RFC 3161). It needs no secret and learns nothing: a
head is hashes, sizes and times. One that is away gets what it missed when it is back, as long as
this process lives; a new process begins with the log's next head, and each head covers all records
before it. The feed never waits for a witness.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol, Self
from urllib.parse import urlsplit

import orjson
import structlog

from stream import metrics
from stream.compliance.log import HEADS
from stream.journal.clients import named
from stream.roles.compliance.authority import AuthorityWitness
from stream.roles.compliance.handing import append, posted, received
from stream.settings import Settings, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from stream.journal.partition import Message

log = structlog.get_logger()

LOOK_EVERY_S: Final = 0.2
AGAIN_AFTER_S: Final = 5.0
MOST_WAITING: Final = 10_000
"""Heads that are kept for a witness that is away: at 64 records each more than half a million."""


class Witness(Protocol):
    """Somebody who keeps heads."""

    name: str

    def take(self, head: bytes) -> None:
        """Keep a head, as it stands on its topic; one that is sent again changes nothing.

        Raises:
            OSError: If it cannot be kept now.
        """


class FileWitness:
    """Appends to a file: one line a head, with when it was seen, on the disk before it counts."""

    def __init__(self, path: Path) -> None:
        self.name = "file"
        self._path = path

    def take(self, head: bytes) -> None:
        """Append one line."""
        append(self._path, b'{"head":%b,"received_at":"%b"}\n' % (head, received()))


class PartnerWitness:
    """Posts each head to a partner's endpoint, which answers with 2xx once it has kept it.

    Raises:
        SettingsError: If the address is not one of HTTPS.
    """

    def __init__(self, url: str) -> None:
        self.name = "partner"
        self._url = urlsplit(url)
        if self._url.scheme != "https" or not self._url.hostname:
            raise SettingsError(f"LOANWATCH_WITNESS_URL: expected an address of HTTPS, got `{url}`")

    def take(self, head: bytes) -> None:
        """Post it."""
        posted(self._url, head, "application/json")


class Witnesses:
    """Hands heads to all witnesses, each at its own pace."""

    def __init__(self, witnesses: list[Witness], topic: str) -> None:
        self._topic = topic
        self._waiting: dict[str, list[bytes]] = {each.name: [] for each in witnesses}
        self._witnesses = witnesses

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return those that the settings name."""
        witnesses: list[Witness] = []
        if settings.witness_file is not None:
            witnesses.append(FileWitness(settings.witness_file))
        if settings.witness_url:
            witnesses.append(PartnerWitness(settings.witness_url))
        if settings.authority_url:
            stamps = settings.authority_stamps_file
            witnesses.append(
                AuthorityWitness(settings.authority_url, settings.authority_root, stamps)
            )
        return cls(witnesses, named(settings, HEADS))

    def see(self, batch: list[Message]) -> None:
        """Take what was committed; heads among it wait to be handed out."""
        heads = [each.value for each in batch if each.topic == self._topic and each.value]
        for waiting in self._waiting.values():
            waiting.extend(heads)
            if len(waiting) > MOST_WAITING:
                log.error("a witness misses heads", left_out=len(waiting) - MOST_WAITING)
                del waiting[:-MOST_WAITING]

    async def serve(self) -> None:
        """Hand out, as long as the process runs."""
        await asyncio.gather(*(self._serve(each) for each in self._witnesses))

    async def _serve(self, witness: Witness) -> None:
        waiting = self._waiting[witness.name]
        while True:
            pause_s = LOOK_EVERY_S
            while waiting:
                try:
                    await asyncio.to_thread(witness.take, waiting[0])
                except OSError as error:
                    log.warning("witness away", witness=witness.name, error=str(error))
                    pause_s = AGAIN_AFTER_S
                    break
                size = orjson.loads(waiting.pop(0))["body"]["tree_size"]
                metrics.WITNESSED.labels(witness.name).set(size)
            await asyncio.sleep(pause_s)
