"""What the feed remembers, as the records of its checkpoint.

#feed             offsets, sequence, frontier, last head
subject/ID        a borrower's key, its chain, its last tier changes; `subject/` is the feed's own
open/N            what partition N has told since it closed its last day
day/DATE          the partitions that have closed a day, until all have
held/ID           a record that waits for a person
ack/CONSUMER      up to where a reader has said to have the feed
incident/ID       the last record of an incident
letters/          dead letters of sources since a day was told
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar

import msgspec

from schemas.book_day import DayClosed

T = TypeVar("T")

FEED_KEY: Final = b"#feed"


class Core(msgspec.Struct, array_like=True, kw_only=True):
    """Where the feed stands.

    Attributes:
        offsets: The last offset applied, by `topic/partition`.
        size: How many records the log has.
        roots: Of the frontier.
        clock_ms: The latest time that was written.
        pending: The leaves since the last head, in hex.
        head_ms: When that was signed, 0 before the first.
        head_digest: Of its body.
        seen: The ids of the compliance actions that were read.
        closed: The last day whose totals were told, ISO 8601.
    """

    offsets: dict[str, int] = msgspec.field(default_factory=dict)
    size: int = 0
    roots: list[bytes] = msgspec.field(default_factory=list)
    clock_ms: int = 0
    pending: list[str] = msgspec.field(default_factory=list)
    head_ms: int = 0
    head_digest: str = ""
    seen: list[str] = msgspec.field(default_factory=list)
    closed: str = ""


class Subject(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """One borrower, or the feed itself.

    Attributes:
        key: Makes pseudonyms and salts.
        leaf: Of the last record about it.
        changes: The ids of the records that may have to be corrected: of a borrower the last tier
            change by legal entity, of the feed the last tie-out by day.
    """

    key: bytes
    leaf: str = ""
    changes: dict[str, str] = {}

    def with_change(self, of: str, record_id: str) -> "Subject":
        """Return it with one more record that may have to be corrected."""
        return msgspec.structs.replace(self, changes={**self.changes, of: record_id})

    def only_change(self, of: str, record_id: str) -> "Subject":
        """Return it with this record alone to be corrected."""
        return msgspec.structs.replace(self, changes={of: record_id})


class Conduct(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """Triggers of one legal entity, counted by what was said of them."""

    counts: dict[str, int] = {}


class OpenDay(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """What a partition has told since it closed a day: conduct, by legal entity; what it set aside.

    `set_aside` counts events that were not applied, by the kind of the decision about them.
    """

    conduct: dict[str, Conduct] = {}
    set_aside: dict[str, int] = {}


class DayPart(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """What one partition said of a day."""

    closed: DayClosed
    conduct: dict[str, Conduct]
    set_aside: dict[str, int] = {}


class Day(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """The parts of a day that are here, by partition."""

    parts: dict[int, DayPart] = {}


class Held(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """A draft that waits for a person's release."""

    kind: str
    borrower_id: str
    legal_entity: str
    as_of: str
    period: str
    payload: dict[str, Any]


class Letters(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """Dead letters of sources since a day was told, by topic and reason."""

    counts: dict[str, int] = {}


class Acked(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """Up to which sequence number a reader has everything."""

    seq: int


class Reported(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """The last record of an incident."""

    record_id: str


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked whose a token is; `subject` stands for the borrower in the feed."""

    at: str
    operator: str
    subject: str
    reason: str


class Access(msgspec.Struct, array_like=True, kw_only=True, frozen=True):
    """What each operator did in a month, counted by word, and every token that was resolved."""

    counts: dict[str, dict[str, int]] = {}
    resolutions: tuple[Resolution, ...] = ()


class Part(Generic[T]):
    """The stored records of one kind, by id; knows which of them changed."""

    def __init__(self, name: str, kind: type[T]) -> None:
        self._prefix = f"{name}/"
        self._decode: Callable[[bytes], T] = msgspec.msgpack.Decoder(kind).decode
        self._values: dict[str, T] = {}
        self._changed: set[str] = set()

    def get(self, of: str) -> T | None:
        """Return the value of an id, `None` if there is none."""
        return self._values.get(of)

    def put(self, of: str, value: T) -> None:
        """Remember a value."""
        self._values[of] = value
        self._changed.add(of)

    def drop(self, of: str) -> None:
        """Forget a value; its record becomes a tombstone."""
        if self._values.pop(of, None) is not None:
            self._changed.add(of)

    def items(self) -> Iterator[tuple[str, T]]:
        """Yield ids and values, in the order of ids."""
        yield from sorted(self._values.items(), key=lambda item: item[0])

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for of in sorted(self._changed):
            value = self._values.get(of)
            record = None if value is None else msgspec.msgpack.encode(value)
            yield f"{self._prefix}{of}".encode(), record
        self._changed.clear()

    def restore(self, key: str, value: bytes | None) -> bool:
        """Take a stored record; `False` if it is of another kind."""
        if not key.startswith(self._prefix):
            return False
        of = key.removeprefix(self._prefix)
        if value is None:
            self._values.pop(of, None)
        else:
            self._values[of] = self._decode(value)
        return True


class State:
    """All of it."""

    def __init__(self) -> None:
        self.core = Core()
        self.subjects = Part("subject", Subject)
        self.open = Part("open", OpenDay)
        self.days = Part("day", Day)
        self.held = Part("held", Held)
        self.acked = Part("ack", Acked)
        self.incidents = Part("incident", Reported)
        self.access = Part("access", Access)
        self.letters = Part("letters", Letters)

    @property
    def _parts(self) -> tuple[Part[Any], ...]:
        known = (self.subjects, self.open, self.days, self.held, self.acked, self.incidents)
        return (*known, self.access, self.letters)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one stored record, `None` for one that is gone.

        Raises:
            msgspec.DecodeError: If it is not what `changes` gave.
        """
        if key == FEED_KEY and value is not None:
            self.core = msgspec.msgpack.decode(value, type=Core)
            return
        any(part.restore(key.decode(), value) for part in self._parts)

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Return the records that changed since the last call; the core always is one."""
        changed = [record for part in self._parts for record in part.changes()]
        return [*changed, (FEED_KEY, msgspec.msgpack.encode(self.core))]
