"""Simulated answers of the desk, read as the types of `schemas` so that they cannot drift."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

FOLDER = Path(__file__).parent / "given"
T = TypeVar("T")


def given(name: str, kind: type[T]) -> T:
    """Return a file of `given` as the type.

    Raises:
        AssertionError: If the file says something that the type does not know.
    """
    raw = msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())
    found = msgspec.convert(raw, kind)
    written = msgspec.json.decode(msgspec.json.encode(found))
    assert written == raw, f"expected {name}.json as the type writes it"
    return found


def again(given_object: T, **changes: Any) -> T:
    """Return the object with some of its fields as of now."""
    return msgspec.structs.replace(given_object, **changes)
