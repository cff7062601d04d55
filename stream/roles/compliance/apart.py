"""The sequencer of the restricted lane, beside that of the feed that others read.

It goes on for as long as the process is the feed's sequencer; fencing decides here as well. It has
a thread, a consumer and a producer of its own, and hands no head to a witness: how many there are,
and when, would tell. For the same reason it says nothing: no metric counts what it does, and no
line of the log tells that a commit of it has failed, for there is none where nothing was to be
written. What went wrong is done again; `loanwatch audit status --restricted` shows compliance how
far it is.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from stream import clock
from stream.journal.errors import JournalLostError
from stream.roles.compliance.sequencer import RESTRICTED, Sequencer, feeds_apart_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream.settings import Settings

AGAIN_AFTER_S: Final = 1.0


class Apart:
    """Folds the restricted lane.

    Args:
        settings: Which cluster, with which prefix.
        is_ours: Whether this process is the sequencer now.

    Raises:
        SettingsError: If the record's key is missing or none.
    """

    def __init__(self, settings: Settings, is_ours: Callable[[], bool]) -> None:
        self._settings, self._is_ours = settings, is_ours
        self._feed = feeds_apart_of(settings)
        self._owned: Sequencer | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="restricted")

    async def work(self, stopping: Callable[[], bool]) -> None:
        """Take one turn after the other while the process is the sequencer, until `stopping`.

        Raises:
            JournalLostError: If a topic does not go on where the checkpoint ends.
        """
        while not stopping():
            if not self._is_ours():
                self._drop()
                await asyncio.sleep(AGAIN_AFTER_S)
                continue
            try:
                await asyncio.get_running_loop().run_in_executor(self._pool, self._turn)
            except JournalLostError:
                raise
            except Exception:  # noqa: BLE001 - the broker's: it is read and done again
                self._drop()
                await asyncio.sleep(AGAIN_AFTER_S)
        self._drop()

    def _turn(self) -> None:
        if self._owned is None:
            self._owned = Sequencer(self._settings, self._feed(), RESTRICTED)
        batch = self._owned.fold(self._owned.read(), clock.now_ms())
        if batch:
            self._owned.send(batch)
            self._owned.commit(batch)

    def _drop(self) -> None:
        owned, self._owned = self._owned, None
        if owned is not None:
            self._pool.submit(owned.close)
