"""What measures read: the daily series of one borrower, made of its windows at a look.

The series are ordinary features of the program (`check_calls` says which); here they become a
`Reading` for each loan and opening day that a rule is judged with, each series read once a look.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from rules.features import Store, Windows
from rules.measures import MEASURES, Basis, Measure, Reading
from rules.measures.reading import KEPT_DAYS
from rules.scene import Loan, Scene
from rules.terms import Aggregate, AnyTerm, MeasureCall, walk
from rules.zone import Zone


def asked(measure: Measure) -> Callable[..., Any]:
    """Return the function that asks a measure, once a reading.

    A fraction becomes the number nearest to it.
    """

    def ask(reading: Reading, *arguments: int) -> Any:
        answers, asked_for = reading.shared(_answers), (measure.name, arguments)
        if asked_for not in answers:
            answer = measure.function(reading, *arguments)
            answers[asked_for] = float(answer) if isinstance(answer, Fraction) else answer
        return answers[asked_for]

    return ask


def _answers(_: Reading) -> dict[tuple[str, tuple[int, ...]], Any]:
    """Return where the answers of a reading are kept."""
    return {}


def basis_of(measure: Measure, part: str) -> Callable[..., Any]:
    """Return the function that asks for one part of what a measure's answer rests on."""

    def ask(reading: Reading, *arguments: int) -> Any:
        basis: Basis | None = measure.basis(reading, *arguments) if measure.basis else None
        return None if basis is None else getattr(basis, part)

    return ask


class _Kept:
    """One series: where it is kept, and how it is asked."""

    def __init__(self, name: str, term: Aggregate, store: Store) -> None:
        self.name = name
        self.is_tally = term.function == "daily"
        self.by_loan = bool(term.feature.keys)
        self._read = store.reader(term.function)

    def of(self, windows: Windows, loan: Loan | None, floor: int) -> dict[Any, Any]:
        if self.by_loan and loan is None:
            return {}
        key = loan.loan_id if self.by_loan and loan is not None else ""
        found: dict[Any, Any] | None = self._read(windows, key, floor)
        return found or {}


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
        self._kept: dict[str, _Kept] = {}
        for term in terms:
            for call in (part for part in walk(term) if isinstance(part, MeasureCall)):
                for series, kept in zip(MEASURES[call.measure].series, call.series, strict=True):
                    self._kept.setdefault(series.name, _Kept(series.name, kept, store(kept)))

    def at(self, windows: Windows, scene: Scene) -> "Look":
        """Return the readings of one look."""
        floor = self._zone.day_at(scene.now_ms) - KEPT_DAYS + 1
        return Look(self, windows, scene, floor)

    def series(
        self, windows: Windows, loan: Loan | None, floor: int
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return the tallies and the distinct values of a borrower, or of one of its loans."""
        tallies: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for kept in self._kept.values():
            found = kept.of(windows, loan, floor)
            (tallies if kept.is_tally else values)[kept.name] = found
        return tallies, values

    def opened(self, scene: Scene, rule: str, loan: Loan | None) -> int | None:
        """Return the day on which the episode of a rule was opened, if it is open."""
        key = rule if loan is None else f"{rule}@{loan.loan_id}"
        at_ms = scene.opened_ms.get(key)
        return None if at_ms is None else self._zone.day_at(at_ms)

    def reading(
        self, scene: Scene, loan: Loan | None, opened: int | None, series: tuple[Any, Any]
    ) -> Reading:
        """Return one reading."""
        daily, latest = series
        return Reading(
            scene=scene,
            currency=self._currency,
            daily=daily,
            latest=latest,
            loan=loan,
            opened=opened,
        )


class Look:
    """The readings of one borrower at one look, each made once."""

    def __init__(self, readings: Readings, windows: Windows, scene: Scene, floor: int) -> None:
        self._readings = readings
        self._windows, self._scene, self._floor = windows, scene, floor
        self._series: dict[str, tuple[Any, Any]] = {}
        self._made: dict[tuple[str, int | None], Reading] = {}

    def of(self, rule: str, loan: Loan | None) -> Reading:
        """Return the reading of a rule, for the borrower or one of its loans."""
        opened = self._readings.opened(self._scene, rule, loan)
        subject = "" if loan is None else loan.loan_id
        if (subject, opened) not in self._made:
            if subject not in self._series:
                found = self._readings.series(self._windows, loan, self._floor)
                self._series[subject] = found
            series = self._series[subject]
            made = self._readings.reading(self._scene, loan, opened, series)
            self._made[subject, opened] = made
        return self._made[subject, opened]
