"""The app of a role that folds the journal into a book, exactly once.

The monitor is it with the real book; tests put a toy in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream.journal.app import App, build_app
from stream.journal.owner import CheckpointCustody

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream.journal.owned import Published
    from stream.journal.partition import Book
    from stream.settings import Settings


def build_folding_app(
    role: str,
    settings: Settings,
    book: Callable[[int], Book],
    published: Published = lambda _outputs: None,
) -> App:
    """Return the app.

    Args:
        role: Its name: group and transactional ids begin with it.
        settings: Of the process.
        book: Makes the empty book of a partition, given its number.
        published: Told of outputs when their transaction is committed.
    """
    custody = CheckpointCustody(settings, role, book, published)
    app = build_app(role, settings, custody=custody, topics=["journal"], handle=custody.receive)

    async def checkpoints() -> None:
        await custody.save_regularly(lambda: app.should_stop)

    app.task(checkpoints)
    return app
