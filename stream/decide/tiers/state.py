"""What is remembered of a borrower's tier, per legal entity: a stack of rungs.

The tier is the height of the stack. Each rung knows who put it there and since when nothing
holds it any more, so that a warning that is taken back takes away exactly the rungs that stood
on it alone, and the others go on as if it had never been.

    rung 3  severe     by f15
    rung 2  moderate   by f15, rp02
    rung 1  mild       by f15, rp02, p01

Stored as part `tier` of the borrower; immutable, so a look at it returns a new one.
"""

import msgspec

from stream.decide.tiers.facts import Facts


class Rung(msgspec.Struct, frozen=True, array_like=True):
    """One step of the stack.

    Attributes:
        since_ms: When it was reached.
        hard: Whether recorded facts alone have ever held it.
        by: The episodes (and `FLOOR`) that have held it, each with the highest tier with which
            it counted then, and whether that was a hard fact.
        clear_ms: Since when nothing holds it; `None` while something does.
    """

    since_ms: int
    hard: bool
    by: dict[str, tuple[int, bool]] = {}
    clear_ms: int | None = None


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of one warning, open or ended, while a rung stands on it.

    Attributes:
        family: Its family.
        hard: Whether it is a recorded fact.
        alert_id: The alert that told of it last.
        since_ms: Since when it is at mild, moderate, severe or more, -1 where it is not; of an
            ended one since when it was.
        left_ms: When it last ceased to be at mild, moderate, severe or more, -1 if it never did.
        until_ms: When it ended, `None` while it is open.
        frozen_ms: Since when its input is silent, `None` while it is not.
        simulated: Whether its events came from the simulator.
        signal: Its signal; of a trace that was stored before this was kept, nothing.
    """

    family: str
    hard: bool
    alert_id: str
    since_ms: tuple[int, int, int] = (-1, -1, -1)
    left_ms: tuple[int, int, int] = (-1, -1, -1)
    until_ms: int | None = None
    frozen_ms: int | None = None
    simulated: bool = False
    signal: str = ""


class TierState(msgspec.Struct, frozen=True, array_like=True):
    """The tier towards one legal entity.

    Attributes:
        rungs: From mild up; as many as the tier's number.
        traces: By episode.
        facts: What the last look went by: another look is due when they differ.
        at_ms: The latest look; time does not go back.
        stepped_ms: When it last came down by a step: the next step counts from there.
        changes_ms: When it last changed, as far as that may be flapping.
        locked_until_ms: Until when it does not come down, 0 if it may.
        blinds: From when until when an input was not seen since it was raised (`blindness.py`).
        refused: What was refused: when that was told, and whether it still is.
        admission: Who looks and why, as last told.
        deadline_ms: When to look again although nothing happens; `None` for never.
    """

    rungs: tuple[Rung, ...] = ()
    traces: dict[str, Trace] = {}
    facts: Facts = Facts()
    at_ms: int = 0
    stepped_ms: int = 0
    changes_ms: tuple[int, ...] = ()
    locked_until_ms: int = 0
    blinds: tuple[tuple[int, int], ...] = ()
    refused: dict[str, tuple[int, bool]] = {}
    admission: str = ""
    deadline_ms: int | None = None

    @property
    def tier(self) -> int:
        """0 to 3."""
        return len(self.rungs)


class Standing(msgspec.Struct, array_like=True):
    """The part of the borrower's memory: its tiers.

    Attributes:
        changes: How many changes there were over all legal entities: the last one's number.
        entities: By legal entity.
    """

    changes: int = 0
    entities: dict[str, TierState] = msgspec.field(default_factory=dict)

    @property
    def highest(self) -> int:
        """The highest tier."""
        return max((state.tier for state in self.entities.values()), default=0)

    @property
    def deadline_ms(self) -> int | None:
        """When the first of them is to be looked at."""
        deadlines = (state.deadline_ms for state in self.entities.values())
        return min((each for each in deadlines if each is not None), default=None)
