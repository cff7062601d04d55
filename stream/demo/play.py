"""Plays the simulator into Kafka in a thread, as a source would send it.

The file is written first, so that what is played can be looked at afterwards.
"""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import TYPE_CHECKING, Final, Self

from schemas.instants import DAY_MS, wire
from stream.sources.pace import Pace
from stream.sources.play import Player
from stream.sources.records import write
from stream.sources.simulator.book import Book
from stream.sources.sink import KafkaSink

if TYPE_CHECKING:
    from pathlib import Path

    from stream.settings import Settings

SEED: Final = 7
BORROWERS: Final = 60
DAYS: Final = 60
START: Final = date(2026, 1, 5)
SECONDS: Final = 120.0
"""How long the simulated days take, unless told otherwise."""


def simulate(path: Path) -> int:
    """Write the demo's events to a file; return how many cases were planted."""
    book = Book(seed=SEED, borrowers=BORROWERS, days=DAYS, start=START, contactable=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        write(book.records(positions=True), out)
    return len({(row.case, row.borrower_id) for row in book.planted})


class Play:
    """Plays the file while the context lasts.

    Args:
        settings: The cluster.
        path: The file.
        seconds: How long its days are to take.
    """

    def __init__(self, settings: Settings, path: Path, *, seconds: float = SECONDS) -> None:
        self._path = path
        self._stop = threading.Event()
        speed = DAYS * DAY_MS / 1_000 / seconds
        sink = KafkaSink(settings, lambda _topic, _record_id: None)
        self._player = Player(sink, Pace(speed, time.monotonic), clocks=True, stop=self._stop)
        self._thread = threading.Thread(target=self._run, name="play", daemon=True)
        self.failure: Exception | None = None
        self.ended = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def input_clock(self) -> str:
        """What time it is on the input clock, `-` before the first event."""
        last_ms = self._player.played.last_ms
        return "-" if last_ms is None else wire(last_ms)[:16]

    def _run(self) -> None:
        try:
            with self._path.open("rb") as lines:
                self._player.play(lines)
        except Exception as error:  # noqa: BLE001 - a thread's error is the main thread's to raise
            self.failure = error
        self.ended = True
