"""What measures read: the daily series of one borrower, made of its windows at a look.

The series are ordinary features of the program (`check_calls` says which); here they become a
`Reading` for each loan and opening day that a rule is judged with, if anything has to be read:
what earlier looks have found is remembered (`rules.memory`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

from rules.features import Store, Windows, short
from rules.measures import MEASURES, Basis, Measure, Reading
from rules.measures.reading import KEPT_DAYS, Series
from rules.memory import Memory, Stamp
from rules.scene import Loan, Scene
from rules.terms import Aggregate, AnyTerm, MeasureCall, walk
from rules.zone import Zone


def asked(measure: Measure) -> Callable[..., Any]:
    """Return the function that asks a measure of a subject.

    A fraction becomes the number nearest to it.
    """
    name = measure.name

    def ask(subject: "Subject", *arguments: int) -> Any:
        question = name, arguments
        if question not in subject.answers:
            subject.answers[question] = subject.answer(measure, arguments)
        return subject.answers[question]

    return ask


def basis_of(measure: Measure, part: str) -> Callable[..., Any]:
    """Return the function that asks for one part of what a measure's answer rests on."""

    def ask(subject: "Subject", *arguments: int) -> Any:
        reading = subject.reading
        basis: Basis | None = measure.basis(reading, *arguments) if measure.basis else None
        return None if basis is None else getattr(basis, part)

    return ask


class _Kept:
    """One series: where it is kept, and how it is asked."""

    def __init__(self, series: Series, term: Aggregate, store: Store) -> None:
        self.is_tally = term.function == "daily"
        self._closes = None if series.is_live else series.stream
        self.by_loan = bool(term.feature.keys)
        self.number = short(store.fingerprint)
        self._read = store.reader(term.function)

    def of(
        self, windows: Windows, loan: Loan | None, floor: int, last: int | None
    ) -> dict[Any, Any]:
        if self.by_loan and loan is None:
            return {}
        key = loan.loan_id if self.by_loan and loan is not None else ""
        found: dict[Any, Any] = self._read(windows, key, floor) or {}
        while found and last is not None and next(reversed(found)) > last:
            found.popitem()
        return found

    def until(self, scene: Scene) -> int | None:
        """Return the last day that counts, `None` if all do."""
        feed = None if self._closes is None else scene.feeds.get(self._closes)
        return None if feed is None or feed.closed is None else feed.closed.toordinal()


class _AllKept(Mapping[str, Any]):
    """Some series by name, each read when it is first asked for."""

    def __init__(self, kept: Mapping[str, _Kept], read: Callable[[_Kept], Any]) -> None:
        self._kept = kept
        self._read = read
        self._found: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = self._read(self._kept[name])
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


class Readings:
    """Makes the readings of one program.

    Args:
        terms: The conditions and the evidence of its state rules.
        store: Finds the store of an aggregate's feature.
        zone: Whose days count.
        currency: What it counts in.
    """

    def __init__(
        self,
        terms: Iterable[AnyTerm],
        store: Callable[[Aggregate], Store],
        zone: Zone,
        currency: str,
    ) -> None:
        self._zone = zone
        self._currency = currency
        self._tallies: dict[str, _Kept] = {}
        self._values: dict[str, _Kept] = {}
        self._of: dict[str, tuple[_Kept, ...]] = {}
        for term in terms:
            for call in (part for part in walk(term) if isinstance(part, MeasureCall)):
                for series, kept in zip(MEASURES[call.measure].series, call.series, strict=True):
                    found = _Kept(series, kept, store(kept))
                    (self._tallies if found.is_tally else self._values)[series.name] = found

    def at(self, windows: Windows, scene: Scene, memory: Memory) -> "Look":
        """Return the readings of one look."""
        return Look(self, windows, scene, memory)

    def kept(self, measure: Measure) -> tuple[_Kept, ...]:
        """Return the series that a measure reads."""
        if measure.name not in self._of:
            kept = self._tallies | self._values
            found = tuple(kept[each.name] for each in measure.series if each.name in kept)
            self._of[measure.name] = found
        return self._of[measure.name]

    def opened(self, scene: Scene, rule: str, loan: Loan | None) -> int | None:
        """Return the day on which the episode of a rule was opened, if it is open."""
        key = rule if loan is None else f"{rule}@{loan.loan_id}"
        at_ms = scene.opened_ms.get(key)
        return None if at_ms is None else self._zone.day_at(at_ms)

    def reading(
        self,
        windows: Windows,
        scene: Scene,
        loan: Loan | None,
        opened: int | None,
        *,
        open_days: bool = False,
    ) -> Reading:
        """Return one reading; with `open_days` every series has the days that have not closed."""

        def read(kept: _Kept) -> dict[Any, Any]:
            return kept.of(windows, loan, floor, None if open_days else kept.until(scene))

        floor = self._zone.day_at(scene.now_ms) - KEPT_DAYS + 1
        return Reading(
            scene=scene,
            currency=self._currency,
            daily=_AllKept(self._tallies, read),
            latest=_AllKept(self._values, read),
            loan=loan,
            opened=opened,
        )


class Look:
    """One borrower at one look, as measures are asked of it."""

    def __init__(self, readings: Readings, windows: Windows, scene: Scene, memory: Memory) -> None:
        self._readings = readings
        self._windows, self._scene, self._memory = windows, scene, memory
        self._subjects: dict[tuple[str, int | None], Subject] = {}
        self._stamps: dict[str, Stamp] = {}

    def of(self, rule: str, loan: Loan | None) -> "Subject":
        """Return the subject of a rule: the borrower, or one of its loans."""
        opened = self._readings.opened(self._scene, rule, loan)
        name = "" if loan is None else loan.loan_id
        if (name, opened) not in self._subjects:
            self._subjects[name, opened] = Subject(self, name, loan, opened)
        return self._subjects[name, opened]

    def answer(self, subject: "Subject", measure: Measure, arguments: tuple[int, ...]) -> Any:
        """Return what a measure says of a subject, as it is remembered or found anew."""
        question = (measure.name, arguments, subject.name, subject.opened)

        def find() -> Any:
            found = measure.function(subject.reading, *arguments)
            return float(found) if isinstance(found, Fraction) else found

        return self._memory.answer(question, self._stamp(measure), find)

    def reading(self, loan: Loan | None, opened: int | None) -> Reading:
        """Return what a measure may read."""
        return self._readings.reading(self._windows, self._scene, loan, opened)

    def _stamp(self, measure: Measure) -> Stamp:
        """Return what an answer of a measure rests on, apart from its question."""
        stamp = self._stamps.get(measure.name)
        if stamp is None:
            scene = self._scene
            kept = self._readings.kept(measure)
            versions = self._memory.versions([(each.number, each.until(scene)) for each in kept])
            closed = [
                None if (feed := scene.feeds.get(stream)) is None else feed.closed
                for stream in measure.streams
            ]
            stamp = self._stamps[measure.name] = (versions, closed, self._said_to_measures)
        return stamp

    @cached_property
    def _said_to_measures(self) -> int:
        scene = self._scene
        loans = [loan.terms for loan in scene.loans.values()]
        return self._memory.number("measures", (scene.peers, loans, scene.profile, scene.days))

    @cached_property
    def _said_to_rules(self) -> int:
        scene = self._scene
        return self._memory.number(
            "rules", (scene.segment, scene.lists, scene.profile, scene.contact, scene.payee)
        )

    def standing(
        self, rule: str, subject: "Subject", measures: Iterable[Measure], find: Callable[[], Any]
    ) -> Any:
        """Return how a rule stands that time alone does not change, remembered or found anew.

        Args:
            rule: Its name.
            subject: Of whom.
            measures: All that it asks.
            find: Finds it.
        """
        stamps = [self._stamp(each) for each in measures]
        stamp = (self._said_to_rules, subject.loan, subject.opened, stamps)
        return self._memory.answer((rule, subject.name), stamp, find)


class Subject:
    """A borrower, or one of its loans, with the day on which the rule's episode began.

    Attributes:
        name: The loan's id, empty for the borrower.
        loan: The loan, if it is one.
        opened: That day, if an episode is open.
        answers: What measures have said of it at this look.
    """

    def __init__(self, look: Look, name: str, loan: Loan | None, opened: int | None) -> None:
        self.name = name
        self.loan = loan
        self.opened = opened
        self.answers: dict[tuple[str, tuple[int, ...]], Any] = {}
        self._look = look

    def answer(self, measure: Measure, arguments: tuple[int, ...]) -> Any:
        """Return what a measure says."""
        return self._look.answer(self, measure, arguments)

    @cached_property
    def reading(self) -> Reading:
        """What a measure may read."""
        return self._look.reading(self.loan, self.opened)
