"""A line between one browser and the desk, to be cut and mended.

Chromium's own way of being offline lets an answer that has begun go on, so it is no cut. The relay
stands at the desk's port on another address of the loopback; the browser is told that `localhost`,
a name that the desk takes for its own, is there.
"""

import asyncio
import contextlib
import threading
from typing import Final
from urllib.parse import urlsplit

RELAY_HOST: Final = "127.0.0.2"
AT_ONCE: Final = 65_536


class Relay:
    """The line; begun once."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._lines: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._port = 0
        self.url = ""

    def begin(self, url: str) -> None:
        """Pass on what comes to the desk at this address."""
        self._port = urlsplit(url).port or 0
        self.url = f"http://localhost:{self._port}"
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        serving = asyncio.start_server(self._pass_on, RELAY_HOST, self._port)
        asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)

    def cut(self) -> None:
        """Drop all connections and take no other."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._drop)

    def mend(self) -> None:
        """Pass on again."""
        self._is_cut = False

    def _drop(self) -> None:
        for line in self._lines:
            line.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {writer, back}
        self._lines |= ends
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        self._lines -= ends

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while part := await reader.read(AT_ONCE):
                writer.write(part)
                await writer.drain()
        writer.close()
