"""The read model in Redis: changes done at once with the offsets behind them, and generations.

One script does a whole batch: either all of it counts, offsets included, or nothing. A generation
is all keys under one prefix; readers look at the one that `GENERATION` names, so that a new one is
switched to in one step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import redis

from schemas.desk_keys import (
    BUILDING,
    EDITION,
    EVENTS_KEPT,
    FEED,
    GENERATION,
    LAYOUT,
    RESTRICTED_ROOT,
    ROOT,
    VERSION_DIGITS,
    Built,
    Name,
    key,
)
from stream import clock
from stream.desk_feed.writes import Do, Put

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stream.desk_feed.writes import Write

BUILDING_TTL_S: Final = 30
"""A builder that was killed is forgotten after that."""
AT_ONCE: Final = 1_000

_APPLY: Final = f"""
local batch = cmsgpack.unpack(ARGV[1])
for _, write in ipairs(batch) do
  local hash, field, version, value, commands = write[1], write[2], write[3], write[4], write[5]
  local counts = true
  if hash ~= '' then
    local old = redis.call('HGET', hash, field)
    counts = not old or string.sub(old, 1, {VERSION_DIGITS}) < version
    if counts then redis.call('HSET', hash, field, version .. value) end
  end
  if counts then
    for _, command in ipairs(commands) do redis.call(unpack(command)) end
  end
end
return #batch
"""
_SWITCH: Final = """
local now = redis.call('GET', KEYS[1])
if now and tonumber(now) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[3], ARGV[2])
redis.call('DEL', KEYS[2])
return 1
"""
_SETTINGS: Final = {"socket_timeout": 30.0, "socket_connect_timeout": 5.0}


class Store:
    """One client's view of the read model.

    Args:
        url: Of the server.
    """

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, **cast("dict[str, Any]", _SETTINGS))
        self._apply = self._redis.register_script(_APPLY)
        self._switch = self._redis.register_script(_SWITCH)

    def close(self) -> None:
        """Let go of the server."""
        self._redis.close()

    def generation(self) -> str | None:
        """Return the generation that is read, `None` if there is none."""
        found = cast("bytes | None", self._redis.get(GENERATION))
        return None if found is None else found.decode()

    def is_of_this_edition(self) -> bool:
        """Whether what is read holds all that it is to hold now."""
        found = cast("bytes | None", self._redis.get(LAYOUT))
        return found is not None and found.decode() == EDITION

    def offsets(self, generation: str) -> dict[str, int]:
        """Return the next offset to read by topic and partition (`cases:3`)."""
        found = cast("dict[bytes, bytes]", self._redis.hgetall(key(generation, Name.OFFSETS)))
        return {place.decode(): int(offset) for place, offset in found.items()}

    def do(
        self,
        generation: str,
        writes: Iterable[Write],
        offsets: Mapping[str, int],
        *,
        tell: bool,
    ) -> None:
        """Do changes and note how far they go, at once.

        Args:
            generation: Where.
            writes: What.
            offsets: The next offset to read, by topic and partition.
            tell: Whether browsers are told; nobody reads a generation that is being built.
        """
        batch = [_packed(generation, write, tell=tell) for write in writes]
        batch += [_offset(generation, place, offset) for place, offset in offsets.items()]
        self._apply(args=[msgspec.msgpack.encode(batch)])

    def note_building(self, generation: str, records: int, since_ms: int) -> None:
        """Say how far a new generation has come."""
        built = Built(generation=generation, records=records, since_ms=since_ms)
        self._redis.set(BUILDING, msgspec.json.encode(built), ex=BUILDING_TTL_S)

    def note_read(self, partitions: int) -> None:
        """Say that everything that there is has been read, now."""
        said = {"at_ms": clock.now_ms(), "partitions": partitions}
        self._redis.set(FEED, msgspec.json.encode(said))

    def switch(self, generation: str) -> bool:
        """Let readers look at a generation, unless a later one counts; return whether they do."""
        return bool(self._switch(keys=[GENERATION, BUILDING, LAYOUT], args=[generation, EDITION]))

    def drop_older(self, generation: str) -> int:
        """Remove the keys of all generations begun before; return how many."""
        gone = 0
        for root in (ROOT, RESTRICTED_ROOT):
            keys = self._redis.scan_iter(match=f"{root}:*", count=AT_ONCE)
            old = [each for each in keys if _is_older(each, root, generation)]
            for begin in range(0, len(old), AT_ONCE):
                gone += self._redis.unlink(*old[begin : begin + AT_ONCE])
        return gone


def new_generation() -> str:
    """Return the name of a generation: when it was begun."""
    return str(clock.now_ms())


def _is_older(name: bytes, root: str, generation: str) -> bool:
    of, _, rest = name.decode().removeprefix(f"{root}:").partition(":")
    return bool(rest) and of.isdigit() and int(of) < int(generation)


def _packed(generation: str, write: Write, *, tell: bool) -> tuple[Any, ...]:
    commands = [
        _command(generation, do, restricted=write.restricted)
        for do in write.then
        if tell or do.command != "XADD"
    ]
    if not isinstance(write, Put):
        return ("", "", "", "", commands)
    its_hash = key(generation, write.name, write.subject, restricted=write.restricted)
    return (its_hash, write.field, write.version, write.value.decode(), commands)


def _command(generation: str, do: Do, *, restricted: bool) -> tuple[str, ...]:
    # The script's MessagePack is the old one, which knows texts and no bytes: all of ours are JSON.
    name = key(generation, do.name, do.subject, restricted=restricted)
    args = [each.decode() if isinstance(each, bytes) else each for each in do.args]
    if do.command == "XADD":
        return ("XADD", name, "MAXLEN", "~", str(EVENTS_KEPT), "*", "data", *args)
    return (do.command, name, *args)


def _offset(generation: str, place: str, offset: int) -> tuple[Any, ...]:
    command = ("HSET", key(generation, Name.OFFSETS), place, str(offset))
    return ("", "", "", "", [command])
