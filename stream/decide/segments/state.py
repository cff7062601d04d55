"""All that a partition knows of segments."""

from collections.abc import Iterator

from stream.decide.segments.known import PREFIX, Knowledge
from stream.decide.segments.tally import Tallies


class Segments:
    """What this partition counts of its members, and what crossing has answered.

    Args:
        partition: Its number.
        partitions: How many the journal has: each segment is told of by one of them. With the
            default the first one tells of all.
    """

    def __init__(self, partition: int = 0, partitions: int = 1) -> None:
        self.partition = partition
        self.tallies = Tallies()
        self.knowledge = Knowledge(partition, partitions)

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        yield from self.tallies.store()
        yield from self.knowledge.store()

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take one stored record, `None` for one that is gone; `False` if it is none of ours."""
        if key.startswith(PREFIX) and value is not None:
            self.knowledge.restore(key, value)
            return True
        return self.tallies.restore(key, value)
