"""What a measure is, what it may look at, and which series must be kept for it.

    Series      what is kept of one stream's events, day by day
    Reading     one borrower (or one of its loans) at one instant, with those series and the scene
    Parameter   an argument that a rule writes, and within which bounds
    Measure     the name that rules write, its types, its series and its function

A day is a number (of `date.toordinal`), as in `rules.zone`. Money is in minor units of the rule
set's currency. An answer is exact: an integer, a fraction or a truth; `None` is missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeVar

from rules.scene import Loan, Scene
from rules.types import Type
from schemas.alert import Text

KEPT_DAYS: Final = 400
"""How far back every series is kept: a baseline of a year ago, and a bit."""

Daily = Mapping[int, tuple[int, int]]
"""By day: how many events, and the sum of their values. A day without any is not in it."""

LatestDays = Mapping[str, int]
"""By value, as text: the latest day on which it was seen."""

Answer = int | Fraction | bool | None


class Series(NamedTuple):
    """What is kept of a stream for measures, over the last `KEPT_DAYS` days.

    Attributes:
        name: Under which a reading has it.
        stream: Whose events.
        where: Which of them: each of these fields has one of these words; a missing one has not.
        value: The field that is added up, or of `kept = "distinct"` the one whose values are kept.
        day: `day` of the event, or the date field by which it is kept; without that date it is
            not kept.
        kept: `tally`, a `Daily`, or `distinct`, `LatestDays`.
        by_loan: Whether the loans of a borrower are kept apart, by `loan_id`.
        at_least: Of which events, too: each of these fields is as much or more.
        open_days: Whether days count that have not closed; else a tally has closed ones alone, as
            far as it is known which these are.
    """

    name: str
    stream: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    value: str
    day: str = "day"
    kept: str = "tally"
    by_loan: bool = False
    at_least: tuple[tuple[str, Fraction], ...] = ()
    open_days: bool = False

    @property
    def is_live(self) -> bool:
        """Whether what happens counts before its day has closed."""
        return self.open_days or self.kept != "tally"


_Shared = TypeVar("_Shared")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One borrower at one instant, as a measure sees it.

    Attributes:
        scene: The feeds, the calendar, the peers, and the `terms` of loans. A measure reads nothing
            else of it: what it says is remembered until one of these changes.
        currency: Of the rule set, and of every sum of a series.
        daily: The series that are tallies, by name; those by loan are of `loan` alone.
        latest: The series of distinct values, likewise.
        loan: The loan that the rule is judged for, if it is judged by loan.
        opened: The day on which the rule's open episode began: the baselines stay what they were
            then. `None` while none is open.
    """

    scene: Scene
    currency: str
    daily: Mapping[str, Daily]
    latest: Mapping[str, LatestDays] = field(default_factory=dict)
    loan: Loan | None = None
    opened: int | None = None
    _shared: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def shared(self, make: "Callable[[Reading], _Shared]") -> _Shared:
        """Return what `make` makes of this reading, made once for all measures that need it."""
        if make not in self._shared:
            self._shared[make] = make(self)
        found: _Shared = self._shared[make]
        return found

    def closed(self, stream: str) -> int | None:
        """Return the last day of which everything of a stream is here; `None` if unknown."""
        feed = self.scene.feeds.get(stream)
        return None if feed is None or feed.closed is None else feed.closed.toordinal()

    def days(self, series: Series) -> Daily:
        """Return a series that is a tally; nothing was kept of one that is not there."""
        return self.daily.get(series.name, {})


class Parameter(NamedTuple):
    """An argument of a measure, which must be a constant.

    Attributes:
        name: What it is, for messages: `window`.
        type: `DURATION`, written in days (`14 days`) and given to the function as a number of
            days; or `COUNT`.
        least: The least that makes sense.
        most: The most.
    """

    name: str
    type: Type
    least: int
    most: int


class Basis(NamedTuple):
    """What an answer rests on, for the proof of an alert.

    Attributes:
        first: The first day that was looked at.
        last: The last.
        n: How many events.
        observed: What was added up over these days, in minor units, if anything was.
        expected: What was expected of them, likewise.
    """

    first: date
    last: date
    n: int
    observed: int | None = None
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A named, typed, pure function that rules compare with thresholds.

    Attributes:
        name: As rules write it, `sales_ratio(14 days)`.
        title: What it is, for people.
        parameters: Its arguments, all of them given.
        type: What it returns; most may be missing.
        series: What must be kept for it. Their streams say when it may change: as a day of one of
            them closes. So there is at least one.
        function: Takes the reading and the arguments.
        basis: Takes the same; says what the answer rests on, if there is one.
        per_loan: Whether it is about one loan, so that only a rule that is judged by loan may
            call it.
        moves_with: While nothing is in any of these series, closed days do not change what it
            says; empty if they may all the same.
    """

    name: str
    title: Text
    parameters: tuple[Parameter, ...] = ()
    type: Type
    series: tuple[Series, ...]
    function: Callable[..., Answer]
    basis: Callable[..., Basis | None] | None = None
    per_loan: bool = False
    moves_with: tuple[Series, ...] = ()

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams of its series, in order."""
        return tuple(sorted({series.stream for series in self.series}))
