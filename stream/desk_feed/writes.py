"""Changes of the read model, as data: idempotent, and an older one never replaces a newer."""

from typing import NamedTuple

import msgspec

from schemas.desk_event import DeskEvent
from schemas.desk_keys import Name

_encode = msgspec.json.Encoder().encode


class Do(NamedTuple):
    """One Redis command on one key of the generation.

    Attributes:
        command: Its name.
        name: Of the key.
        subject: Of the key, empty for none.
        args: What follows the key.
    """

    command: str
    name: Name
    subject: str
    args: tuple[str | bytes, ...]


class Put(NamedTuple):
    """A field of a hash, if `version` is greater than what stands there.

    Attributes:
        name: Of the hash.
        subject: Of the hash, empty for none.
        field: Which one.
        version: See `schemas.desk_keys.version`.
        value: What is to stand there.
        then: Done with it, and only if it counts.
        restricted: Whether all of it belongs to the restricted lane.
    """

    name: Name
    subject: str
    field: str
    version: str
    value: bytes
    then: tuple[Do, ...] = ()
    restricted: bool = False


class Always(NamedTuple):
    """Commands that change nothing when they are done again."""

    then: tuple[Do, ...]
    restricted: bool = False


Write = Put | Always


def told(event: DeskEvent) -> Do:
    """Return the command that tells browsers of a change."""
    return Do("XADD", Name.EVENTS, "", (_encode(event),))
