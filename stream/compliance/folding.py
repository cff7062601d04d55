"""What the two feeds share: a state, a log, and the offsets of what was taken."""

from abc import ABC, abstractmethod

from stream.compliance.log import House, Log, Message
from stream.compliance.state import State


class Folding(ABC):
    """A feed, but for what becomes of a record.

    Args:
        house: Whose feed it is, and what signs it.
    """

    def __init__(self, house: House) -> None:
        self._state = State()
        self._log = Log(house, self._state)

    @property
    def size(self) -> int:
        """How many records the feed has."""
        return self._state.core.size

    def applied(self, topic: str, partition: int) -> int:
        """Return the last offset that was taken, -1 for none."""
        return self._state.core.offsets.get(f"{topic}/{partition}", -1)

    def come_to(self, now_ms: int) -> bool:
        """Let time pass; return whether that wrote something."""
        before = len(self._log.messages)
        self._pass(now_ms)
        return len(self._log.messages) > before

    def take(self, topic: str, partition: int, offset: int, value: bytes, now_ms: int) -> None:
        """Take one record of a topic, at a time."""
        if offset <= self.applied(topic, partition):
            return
        self._pass(now_ms)
        self._take(topic, partition, offset, value)
        self._state.core.offsets[f"{topic}/{partition}"] = offset

    def messages(self) -> list[Message]:
        """Return what was written since the last call."""
        written, self._log.messages = self._log.messages, []
        return written

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one record of the stored state.

        Raises:
            msgspec.DecodeError: If it is not what `changes` gave.
        """
        self._state.restore(key, value)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Return the state's records that changed since the last call."""
        return self._state.changes()

    def _pass(self, now_ms: int) -> None:
        """Let time pass."""
        self._log.come_to(now_ms)

    @abstractmethod
    def _take(self, topic: str, partition: int, offset: int, value: bytes) -> None:
        """Take one record that was not taken before."""
