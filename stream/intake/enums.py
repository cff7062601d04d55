"""Values that no list of ours knows: they read as `OTHER`, and are counted by field.

A source may say `OTHER` itself, so a record is looked at again, but only where one of its
fields reads so.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, Final, get_args, get_type_hints

import msgspec

from schemas.header import OpenEnum

OTHER: Final = "OTHER"


def unknown_fields(data: msgspec.Struct, raw: bytes) -> tuple[str, ...]:
    """Return the fields of `data` whose value in `raw` is in no list of ours.

    Args:
        data: The body of an envelope.
        raw: The envelope that it was decoded from.

    Examples:
        >>> from schemas.envelope import decode, encode
        >>> raw = encode(
        ...     record_id="p1", source="core", record_type="party_link.v1", at_ms=0,
        ...     data={"token": "acc_1", "borrower_id": "brw_1", "relation": "COUSIN"},
        ... )
        >>> unknown_fields(decode(raw).data, raw)
        ('relation',)
    """
    fields, values_of = _open_fields(type(data))
    if OTHER not in values_of(data):
        return ()
    said = msgspec.json.decode(raw)["data"]
    return tuple(
        name for name in fields if getattr(data, name) == OTHER and said.get(name, OTHER) != OTHER
    )


@cache
def _open_fields(
    data_type: type[msgspec.Struct],
) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """Return the names of the fields with an open list, and what reads them all at once."""
    fields = tuple(name for name, hint in get_type_hints(data_type).items() if _is_open(hint))
    if not fields:
        return (), lambda _: ()
    # the first one twice: of a single name attrgetter makes no tuple
    return fields, attrgetter(fields[0], *fields)


def _is_open(hint: Any) -> bool:
    """Whether a field holds one value of an open list, or none."""
    return any(
        isinstance(each, type) and issubclass(each, OpenEnum)
        for each in (get_args(hint) if isinstance(hint, UnionType) else (hint,))
    )
