"""desk-feed: keeps what the desk reads in Redis up to date.

    __init__.py    the app
    source.py      reads the topics
    control.py     kill switch and clock, signatures checked
    store.py       Redis: changes and offsets at once, generations
    feed.py        the two together: following, building anew

What a record changes is `stream.desk_feed`'s affair. If Redis is away it waits; if it is down,
detection goes on. docs/desk.md says what the read model holds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from stream.journal.app import build_app as build
from stream.journal.delivered import DeliveredCustody
from stream.roles.desk_feed.feed import Feed
from stream.roles.desk_feed.store import Store
from stream.settings import Settings

if TYPE_CHECKING:
    from faust.types import TP

    from stream.journal.app import App
    from stream.journal.chunk import Chunk

MEMBERSHIP: Final = "source-progress"
"""The topic of one partition by which the group knows its member; it is read by the feed itself."""


class DeskFeed:
    """One feed process."""

    def __init__(self, settings: Settings) -> None:
        self._store = Store(settings.redis_url)
        self._feed = Feed(settings, self._store)
        self.custody = DeliveredCustody(settle=_nothing)

    async def handle(self, tp: TP, chunk: Chunk) -> None:
        """Note that the group moves on."""
        with self.custody.receive(tp, chunk):
            pass

    async def run(self) -> None:
        """Feed, as long as the process runs."""
        await asyncio.to_thread(self._feed.run)

    async def stop(self, *_args: object, **_kwargs: object) -> None:
        """Stop with the batch that is on its way."""
        self._feed.stop()


def build_app(settings: Settings) -> App:
    """Return the role's app.

    Raises:
        OSError: If the trust file cannot be read: no kill switch could be shown.
    """
    feed = DeskFeed(settings)
    app = build(
        "desk-feed", settings, custody=feed.custody, topics=[MEMBERSHIP], handle=feed.handle
    )
    app.on_before_shutdown.connect(feed.stop)
    app.task(feed.run)
    return app


async def _nothing() -> None:
    """Settle nothing: offsets stand in the read model."""


def __getattr__(name: str) -> App:
    """Make `app` when `faust -A stream.roles.desk_feed` asks for it, from the environment."""
    if name != "app":
        raise AttributeError(name)
    app = globals()["app"] = build_app(Settings.from_env())
    return app
