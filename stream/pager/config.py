"""The file of the pager: what rings, when, and who hears that the watch is alive.

    {"outputs": [{"name": "night", "kind": "webhook", "url": "https://...", "secret_file": "..."},
                 {"name": "group", "kind": "wecom", "url_file": "/run/secrets/wecom"},
                 {"name": "mail", "kind": "email", "host": "mail:587", "sender": "...",
                  "to": ["..."], "user": "...", "password_file": "..."}],
     "levels": [{"minutes_left": 15, "to": ["night"], "hard_only": true},
                {"minutes_left": 5, "to": ["night", "group"]},
                {"minutes_left": 0, "to": ["mail"]}],
     "dead_man": {"url_file": "/run/secrets/watchdog", "to": ["mail"]}}

No secret stands in it. The address of a robot is one, since it holds the robot's key.
"""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from schemas.tokens import Code

Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s@]+$(?!\n)", max_length=500)]
File = Annotated[str, msgspec.Meta(min_length=1)]
Host = Annotated[str, msgspec.Meta(pattern=r"^[^\s:@]+:[0-9]{1,5}$(?!\n)")]
Address = Annotated[str, msgspec.Meta(pattern=r"^[^\s@]+@[^\s@]+$(?!\n)", max_length=254)]
Names = Annotated[tuple[Code, ...], msgspec.Meta(min_length=1)]
EVERY_S: Final = 30
STALE_S: Final = 60


class PagerError(ValueError):
    """A file of the pager, or of one of its secrets, that cannot be taken."""


class _Output(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind",
              forbid_unknown_fields=True):  # fmt: skip
    name: Code


class Webhook(_Output, frozen=True, kw_only=True, tag="webhook"):
    """Any receiver of JSON; signed with HMAC-SHA256 like the pushes of dispatch."""

    url: Url
    secret_file: File


class DingTalk(_Output, frozen=True, kw_only=True, tag="dingtalk"):
    """A robot of a DingTalk group, with its signing secret."""

    url_file: File
    secret_file: File


class WeCom(_Output, frozen=True, kw_only=True, tag="wecom"):
    """A robot of a WeCom group."""

    url_file: File


class Email(_Output, frozen=True, kw_only=True, tag="email"):
    """A mail server, `host:port`, with STARTTLS unless that is switched off."""

    host: Host
    sender: Address
    to: Annotated[tuple[Address, ...], msgspec.Meta(min_length=1)]
    user: str = ""
    password_file: str = ""
    starttls: bool = True


Output = Webhook | DingTalk | WeCom | Email


class Level(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ring these when so much time is left to acknowledge; below zero, after the deadline.

    Severe cases are to be acknowledged within 15 minutes (domain.md 6.2): 15 is at once.
    """

    minutes_left: Annotated[int, msgspec.Meta(ge=-1_440, le=15)]
    to: Names
    hard_only: bool = False


class DeadMan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody outside who rings when he hears nothing: told every `every_s` that all is well.

    Attributes:
        url_file: Where the address stands.
        to: Outputs of ours that are told what is silent.
        every_s: How often.
        stale_s: How old the last tick may be that the monitor has told of.
        desk: The address of the desk's health, if it is watched.
    """

    url_file: File
    to: tuple[Code, ...] = ()
    every_s: Annotated[int, msgspec.Meta(ge=1, le=3_600)] = EVERY_S
    stale_s: Annotated[int, msgspec.Meta(ge=10, le=3_600)] = STALE_S
    desk: Url | None = None


class Pager(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `desk_url` is where people look at cases; `simulated` ones ring if wanted."""

    outputs: tuple[Output, ...] = ()
    levels: tuple[Level, ...] = ()
    dead_man: DeadMan | None = None
    desk_url: Url | None = None
    simulated: bool = False


def read_pager(text: bytes) -> Pager:
    """Read the file.

    Raises:
        PagerError: If it is none, if two outputs share a name, or if one that is named is unknown.
    """
    try:
        pager = msgspec.json.decode(text, type=Pager)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PagerError(f"expected a file of the pager: {error}") from error
    known = [each.name for each in pager.outputs]
    if len(set(known)) < len(known):
        raise PagerError("expected outputs with different `name`")
    for place, named in _named(pager):
        for name in named:
            if name not in known:
                raise PagerError(
                    f"expected one of the outputs {', '.join(known) or '(none)'} in `{place}`,"
                    f" got `{name}`"
                )
    return pager


def _named(pager: Pager) -> Iterable[tuple[str, Iterable[str]]]:
    for number, level in enumerate(pager.levels):
        yield f"levels[{number}].to", level.to
    if pager.dead_man:
        yield "dead_man.to", pager.dead_man.to
