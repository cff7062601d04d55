"""What judging takes and gives: the context of an event, rules, verdicts with their proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rules.life import INSTANT, Lifetime
from rules.runtime import ScoreLike
from schemas.alert import Text


class Context(NamedTuple):
    """What judging needs beside the event and the windows.

    Attributes:
        now_ms: The later of the last tick and the event's arrival.
        segment: Of the borrower; chooses parameters.
        lists: The published lists by name, with `@`.
        scores: What the detectors said of this event, by detector.
    """

    now_ms: int
    segment: str
    lists: Mapping[str, frozenset[str]]
    scores: Mapping[str, ScoreLike]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its readers know it.

    Attributes:
        name: As written.
        title: For people, in both languages.
        signal: Which signal of the catalogue it is.
        family: Which family votes with it.
        lane: Where its alerts go.
        mode: `live`, or `shadow` (judged, recorded, told to nobody).
        tags: As written.
        streams: At whose events it is judged; of a state rule, whose events it counts.
        keep_ms: How long an episode stays open after the rule was last met.
        cooldown_ms: How long it stays quiet after that.
        fingerprint: Of what decides: conditions, ladder, parameters, times; not of texts.
        clears: What would end an episode of it.
        is_state: Whether it is true or not at an instant, and not met at events.
        per_loan: Whether it is judged once for each open loan, or else once for the borrower.
        lifetime: How an episode of a state rule lives.
        is_hard: Of each rung, whether it is a recorded fact.
    """

    name: str
    title: Text
    signal: str
    family: str
    lane: str
    mode: str
    tags: tuple[str, ...]
    streams: tuple[str, ...]
    keep_ms: int
    cooldown_ms: int
    fingerprint: str
    clears: Text
    is_state: bool = False
    per_loan: bool = False
    lifetime: Lifetime = INSTANT
    is_hard: tuple[bool, ...] = ()


class Standing(NamedTuple):
    """How a state rule stands at an instant.

    Attributes:
        rule: Which.
        subject: The loan that it is judged for, `""` for the borrower.
        holds: Truth of `when`, of each rung from severe down, and of `clear when` if it has one;
            `None` is unknown.
    """

    rule: Rule
    subject: str
    holds: tuple[bool | None, ...]


class Wake(NamedTuple):
    """When time alone may change how a borrower's state rules stand.

    Attributes:
        at_ms: Not before this instant,
        streams: nor before what feeds the borrower on these streams
        past_ms: has passed this instant.
    """

    at_ms: int
    streams: tuple[str, ...] = ()
    past_ms: int = 0


class Measure(NamedTuple):
    """One number behind a verdict: what, in which unit, over what, from how many, against what."""

    name: str
    value: int | float | str | None
    unit: str
    window: str | None
    n: int | None
    threshold: str | None
    baseline: float | None


class Verdict(NamedTuple):
    """A rule that the event in hand meets, or a state rule that stands at a tier.

    Attributes:
        rule: Which.
        tier: 1 mild, 2 moderate, 3 severe.
        hard: Whether it is a recorded fact, or else a statistical inference.
        measures: The numbers that decided.
        reason: Why, in both languages.
        clears: What would end it.
        subject: The loan that a state rule was judged for, `""` for the borrower.
    """

    rule: Rule
    tier: int
    hard: bool
    measures: tuple[Measure, ...]
    reason: Text
    clears: Text
    subject: str = ""
