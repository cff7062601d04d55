"""What holds for every record of a kind, from data (`kinds.toml`)."""

import tomllib
from functools import cache
from importlib import resources

import msgspec

from schemas.compliance import Disclosure, RecordKind


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why records of a kind are made, and who may get them."""

    basis: str
    disclosure: Disclosure


@cache
def kinds() -> dict[RecordKind, Kind]:
    """Return what holds for each kind.

    Examples:
        >>> kinds()[RecordKind.TIER_CHANGE].disclosure
        <Disclosure.INTERNAL: 'INTERNAL'>
    """
    text = resources.files(__package__).joinpath("kinds.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[RecordKind, Kind])
