"""The conduct profiles in force: those that are shipped, and what people signed in their place."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import msgspec

from schemas.conduct import ConductProfile, Edition
from schemas.control import ConductBody
from schemas.instants import from_ms

DEFAULT: Final = "DEFAULT"
"""The strictest profile: of a contract that names none, or one that nobody knows."""


@cache
def shipped() -> Mapping[str, ConductProfile]:
    """Return the profiles that come with this engine, by name.

    Examples:
        >>> sorted(shipped()), shipped()["CN"].draft
        (['CN', 'DEFAULT'], True)
    """
    text = resources.files(__package__).joinpath("profiles.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, ConductProfile])


class Chosen(NamedTuple):
    """A profile, by the name under which it was found.

    Attributes:
        accepted: Whether contacts may be proposed under it: it is no draft, or people accepted it.
    """

    name: str
    profile: ConductProfile
    accepted: bool

    def edition_at(self, at_ms: int) -> Edition:
        """Return the numbers in force at an instant."""
        return self.profile.on(from_ms(at_ms).date())


class Conduct:
    """What is in force.

    Args:
        signed: What people signed, `None` before they did.

    Examples:
        >>> Conduct(None).choose("XX").name
        'DEFAULT'
        >>> Conduct(ConductBody(accept_draft_profile=("CN",))).choose("CN").accepted
        True
    """

    def __init__(self, signed: ConductBody | None) -> None:
        self._profiles = {**shipped(), **(signed.profiles if signed else {})}
        self._accepted = signed.accept_draft_profile if signed else ()

    def choose(self, name: str | None) -> Chosen:
        """Return the profile that a contract names, else `DEFAULT`."""
        found = name if name in self._profiles else None
        name = found or DEFAULT
        profile = self._profiles[name]
        return Chosen(name, profile, not profile.draft or name in self._accepted)
