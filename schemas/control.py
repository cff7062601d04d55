"""Control records: what governs every borrower alike, signed and applied in one order.

The body of a record is one of the structs below; around it stand an id that may be used once,
the subject that it is about, and the record that it supersedes: so an old record sent again
does nothing (architecture.md 2, Broadcast).
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from schemas.instants import Instant
from schemas.tokens import Code, Reference


class Clock(StrEnum):
    """What time goes by: the input's own clock, or the wall's."""

    INPUT = "input"
    WALL = "wall"


class RuleSetBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="ruleset"):
    """The analysts' rule files, whole: path to text."""

    files: dict[str, str]


class ParametersBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="parameters"):
    """Segment priors of one detector: segment to values, `default` among them."""

    detector: Code
    segments: dict[str, dict[str, Any]]


class ListBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="list"):
    """The members of one list that rules name with `@`."""

    name: Annotated[str, msgspec.Meta(pattern=r"^@[A-Za-z_][A-Za-z0-9_]*$(?!\n)")]
    members: tuple[str, ...]


class GoLiveBody(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="go_live"):
    """The end of bootstrap, once; names the clock to go on with."""

    clock: Clock


ControlBody = RuleSetBody | ParametersBody | ListBody | GoLiveBody


class ControlPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the signatures of a control record cover.

    `subject` is what the record is about (`ruleset`, `go_live`, `parameters:amount`,
    `list:@watch`); `supersedes` is the id of the record in force for that subject, if any.
    """

    record_id: Reference
    subject: Reference
    supersedes: Reference | None
    author: Code
    approver: Code
    issued_at: Instant
    body: ControlBody


def subject_of(body: ControlBody) -> str:
    """Return the subject that a record with this body must name.

    Examples:
        >>> subject_of(GoLiveBody(clock=Clock.INPUT))
        'go_live'
    """
    match body:
        case RuleSetBody():
            return "ruleset"
        case ParametersBody(detector=detector):
            return f"parameters:{detector}"
        case ListBody(name=name):
            return f"list:{name.removeprefix('@')}"
        case GoLiveBody():
            return "go_live"


class ActionPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the signature of an operator's action covers."""

    record_id: Reference
    subject: Reference
    supersedes: Reference | None
    operator: Code
    issued_at: Instant
    body: dict[str, Any]
