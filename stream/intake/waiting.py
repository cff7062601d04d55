"""Events of a party that nobody has linked yet: one partition of the topic `unresolved`.

An event waits under its token until a reference record names the party, at most `PATIENCE_MS`
of wall arrival; then it is a dead letter. The topic is the memory and this only its index, kept
as bytes, so that a token that is never linked costs no more than what was sent.

Invariants: an event waits until `leave`, which is told once it is known what becomes of it; never
more than `room_bytes` are held, and what does not fit is turned away by `hold`.
"""

from collections import OrderedDict
from collections.abc import Iterable
from itertools import takewhile
from typing import Final, NamedTuple

from schemas.dead_letter import Origin
from schemas.instants import HOUR_MS

PATIENCE_MS: Final = 24 * HOUR_MS
"""How long an event waits for its party (architecture.md 2)."""

ROOM_BYTES: Final = 128 << 20
"""What one partition may hold: some 200,000 events."""


_ORIGIN: Final = "origin"
_ARRIVED: Final = "arrived"


def stamp(origin: Origin, arrived_ms: int) -> list[tuple[str, bytes]]:
    """Return the headers that an event takes along: where it stood, and when it arrived."""
    place = f"{origin.topic}/{origin.partition}/{origin.offset}"
    return [(_ORIGIN, place.encode()), (_ARRIVED, b"%d" % arrived_ms)]


def read_stamp(headers: Iterable[tuple[str, bytes]]) -> tuple[Origin, int] | None:
    """Return what `stamp` wrote, `None` if it did not.

    Examples:
        >>> read_stamp(stamp(Origin(topic="settlements", partition=0, offset=17), 1_000))
        (Origin(topic='settlements', partition=0, offset=17), 1000)
    """
    said = dict(headers)
    try:
        topic, partition, offset = said[_ORIGIN].decode().split("/")
        origin = Origin(topic=topic, partition=int(partition), offset=int(offset))
        return origin, int(said[_ARRIVED])
    except (KeyError, ValueError):
        return None


class Held(NamedTuple):
    """One event that waits.

    Attributes:
        offset: Where it stands in `unresolved`.
        token: Whose link it waits for.
        raw: Its bytes, as the source sent them.
        origin: Where the source sent them.
        arrived_ms: When they arrived, on the wall clock.
    """

    offset: int
    token: str
    raw: bytes
    origin: Origin
    arrived_ms: int


class Waiting:
    """The waiting room of one partition.

    Examples:
        >>> origin = Origin(topic="settlements", partition=0, offset=17)
        >>> waiting = Waiting()
        >>> waiting.hold(Held(0, "acc_1", b"...", origin, arrived_ms=1_000))
        True
        >>> [held.origin.offset for held in waiting.of(("acc_1",))]
        [17]
    """

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._room_bytes = room_bytes
        self._bytes = 0
        self._held: OrderedDict[int, Held] = OrderedDict()
        self._by_token: dict[str, set[int]] = {}

    def __len__(self) -> int:
        """Return how many events wait."""
        return len(self._held)

    def hold(self, held: Held) -> bool:
        """Let an event wait; `False` if there is no room."""
        if self._bytes + len(held.raw) > self._room_bytes:
            return False
        self._bytes += len(held.raw)
        self._held[held.offset] = held
        self._by_token.setdefault(held.token, set()).add(held.offset)
        return True

    def of(self, tokens: tuple[str, ...]) -> list[Held]:
        """Return what waits for one of `tokens`, in the order in which it came."""
        offsets = [offset for token in tokens for offset in self._by_token.get(token, ())]
        return [self._held[offset] for offset in sorted(offsets)]

    def overdue(self, wall_now_ms: int) -> list[Held]:
        """Return what has waited too long, in the order in which it came.

        Arrivals hardly ever go back within a partition: an event behind one that arrived later
        waits as long as that one.
        """
        latest_ms = wall_now_ms - PATIENCE_MS
        return list(takewhile(lambda held: held.arrived_ms <= latest_ms, self._held.values()))

    def leave(self, held: Held) -> None:
        """Let an event go."""
        del self._held[held.offset]
        self._bytes -= len(held.raw)
        waiting = self._by_token[held.token]
        waiting.remove(held.offset)
        if not waiting:
            del self._by_token[held.token]
