"""`model.v1`: how one detector stands and fares, as the step has it; topic `models`, compacted.

Written by the partition that speaks: after each day's count and after each signed record about the
detector. Whoever reads it sees what is heard, and why something is not.
"""

from datetime import date
from enum import StrEnum

import msgspec

from schemas.alert import Phase
from schemas.control import Standing
from schemas.fitness import Shares


class Verdict(StrEnum):
    """What a check comes to."""

    FINE = "fine"
    WATCH = "watch"
    ACT = "act"


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check of one detector.

    Attributes:
        signal: `H06` drift, `H07` missing input, `H08` precision, `H09` how chances fit what came.
        verdict: What it comes to.
        value: What was measured: an index, a rise, a share; bad ones by those predicted.
        critical: What chance alone hardly passes with as many; `None` where they are too few.
        n: On how many it rests.
    """

    signal: str
    verdict: Verdict
    value: float
    n: int
    critical: float | None = None


class Demotion(msgspec.Struct, frozen=True, kw_only=True):
    """That the machine no longer hears a detector, and why.

    Attributes:
        detector: Its name.
        version: Its version.
        day: The last of the days that were checked.
        rounds: How many rounds in a row said `act`: weeks, of `ews` cohorts of four weeks.
        checks: Those of the last round that did.
    """

    detector: str
    version: int
    day: date
    rounds: int
    checks: tuple[Check, ...]


class ModelStanding(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="schema",
    tag="model.v1",
):
    """How one detector stands.

    Attributes:
        detector: Its name.
        version: Its version.
        standing: Whether it is heard; a demoted one is not.
        day: The last day that was counted; `None` before the first.
        at: When this was said.
        phase: Bootstrap or live.
        record_id: The signed record in force about it, if there is one.
        demotion: Why the machine no longer hears it; people alone promote it again.
        reference: The last of the 28 days with which it is compared, once they are known.
        checks: Of the last 28 days, of `ews` of its last cohort; none of a detector in shadow.
        right: Cases closed within 28 days that rested on it and were right.
        wrong: Those that should have troubled nobody.
        shares: Both by the borrower's region, size and segment, of about a year up to `day`: from
            `schemas.fitness.first_day_of_shares` on.
    """

    detector: str
    version: int
    standing: Standing
    at: str
    phase: Phase
    day: date | None = None
    record_id: str | None = None
    demotion: Demotion | None = None
    reference: date | None = None
    checks: tuple[Check, ...] = ()
    right: int = 0
    wrong: int = 0
    shares: Shares = {}
