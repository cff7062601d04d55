"""A loaded rule set: what `step` calls at every event, and when time may have changed something.

    apply(windows, event, now)             put the event into the features -> what went into which
    judge(event, windows, context)         which event rules it meets, and the proof
    hinges(event, context)                 which windows may change that
    look(windows, scene)                   how the state rules stand
    prove(standing, tier, windows, scene)  the proof of one of them

All are pure and know no clock: `now` is the caller's. `apply` comes first, so that a rule sees
the state with the event in it, unless it says `before this`. What is remembered of a borrower
is `windows`, which belongs to the caller.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from rules import rows
from rules.catalogue import EVENT_TYPES, RESTRICTED, Catalogue
from rules.checked import Checked, CheckedRule
from rules.compile import Apply, Compiler, Decide, Evidence, Gate
from rules.features import Store, Windows, collect, short
from rules.formatters import Writer
from rules.measures import MEASURES
from rules.memory import Memory
from rules.namespace import Namespace
from rules.proof import Proof
from rules.public import digest, public
from rules.readings import Readings
from rules.scene import Scene
from rules.scope import Param
from rules.states import AsPeer, States
from rules.story import StoryDay
from rules.terms import (
    Absence,
    Aggregate,
    AnyTerm,
    MeasureCall,
    Output,
    children,
    walk,
)
from rules.verdict import Context, Standing, Verdict, Wake
from rules.wakes import Wakers
from rules.zone import Zone
from schemas.journal import Event


class _Ready(NamedTuple):
    """A rule, ready to be judged at the events of one stream.

    Attributes:
        decide: Gives the rung that holds.
        evidence: Gives the values behind it.
        proof: Makes a verdict of both.
        gate: Says whether the event alone would let it be met.
        hinges: The features that its verdict hinges on, as rows name them.
    """

    decide: Decide
    evidence: Evidence
    proof: Proof
    gate: Gate
    hinges: frozenset[int]


class _Stream(NamedTuple):
    """What to do at an event of one stream; nothing is kept of some.

    The rules of the restricted lane stand apart, so that nothing of them touches the others.
    """

    apply: Apply | None
    rules: tuple[_Ready, ...]
    restricted: tuple[_Ready, ...]


class Program:
    """A rule set, compiled.

    Args:
        checked: Without errors.
        sources: The text of its files.
        catalogue: What it was checked against.
    """

    def __init__(self, checked: Checked, sources: Mapping[str, str], catalogue: Catalogue) -> None:
        if checked.head is None:
            raise ValueError("expected a checked rule set with a head")
        self.name = checked.head.name.text
        self.version = checked.head.version
        self.title = checked.title
        self.timezone = checked.timezone
        self.currency = checked.currency
        self.fingerprint = digest(*(part for item in sorted(sources.items()) for part in item))
        self._zone = Zone(checked.timezone)
        self._lay_out(checked.params)
        writer = Writer(self._zone, self.currency, catalogue)
        proofs = [
            (rule, Proof(rule, public(rule, checked), sources, writer)) for rule in checked.rules
        ]
        terms = [term for rule, _ in proofs for term in rule.conditions()]
        terms += [term for _, proof in proofs for term in proof.evidence]
        stores = collect(terms, timezone=self.timezone, currency=self.currency)
        self.rules = tuple(proof.rule for _, proof in proofs)
        self.features: tuple[Store, ...] = tuple(stores.values())
        _refuse_equal_shorts(self.features)
        self.detectors = frozenset(
            part.detector for term in terms for part in walk(term) if isinstance(part, Output)
        )
        self.voices = {rule.name: _voices(rule) for rule in checked.rules}
        space = Namespace(stores, checked.params, zone=self._zone, currency=self.currency)
        label = f"{self.name}@{self.version}"
        compiler = Compiler(space, catalogue, label=label, sources=sources)
        at_events = [(rule, proof) for rule, proof in proofs if not rule.is_state]
        self._streams = {
            EVENT_TYPES[stream]: self._stream(stream, at_events, compiler)
            for stream in catalogue.streams
        }
        standing = [(rule, proof) for rule, proof in proofs if rule.is_state]
        wakers = Wakers(space.store_of, self._zone)
        readings = Readings(terms, space.store_of, self._zone, self.currency)
        self._states = States(standing, compiler, wakers, readings, self._zone)
        self.has_states = bool(standing)
        conditions = [term for rule, _ in standing for term in rule.conditions()]
        self.live_features = frozenset(
            short(space.store_of(part).fingerprint)
            for term in conditions
            for part in _live_parts(term)
        )
        self.closing_streams = frozenset(
            stream for term in conditions for stream in _closing_streams(term)
        )

    def _stream(
        self, stream: str, proofs: Iterable[tuple[CheckedRule, Proof]], compiler: Compiler
    ) -> _Stream:
        kept = [store for store in self.features if store.feature.stream == stream]
        judged = [(rule, proof) for rule, proof in proofs if stream in rule.streams]
        rules = [
            _Ready(
                *compiler.rule(rule, stream, proof.evidence),
                proof,
                compiler.gate(rule, stream),
                self._hinges(rule),
            )
            for rule, proof in judged
        ]
        apart = tuple(ready for ready in rules if ready.proof.rule.lane == RESTRICTED)
        others = tuple(ready for ready in rules if ready.proof.rule.lane != RESTRICTED)
        return _Stream(compiler.apply(stream, kept) if kept else None, others, apart)

    @property
    def zone(self) -> Zone:
        """Whose days count."""
        return self._zone

    def has_rule(self, name: str) -> bool:
        """Whether there is a rule of this name."""
        return any(rule.name == name for rule in self.rules)

    def apply(self, windows: Windows, event: Event, now_ms: int) -> bytes:
        """Put an event into the features; return its row, empty if it went into none.

        An event that is too late for every window changes nothing. It must be put in once:
        duplicates are the caller's to drop. By its row it can be taken out (`rules.rows`).

        Args:
            windows: Of its borrower; changed in place.
            event: The event.
            now_ms: Windows are never asked as of an earlier time: what is too old for those of
                this time is dropped.
        """
        apply = self._streams[type(event)].apply
        if apply is None:
            return b""
        today = self._zone.day_at(now_ms)
        row = apply(event, event.data, windows, now_ms, today, None, None, None)
        return rows.encode(self._zone.day_at(event.event_at_ms), row) if row else b""

    def judge(
        self, event: Event, windows: Windows, context: Context, *, restricted: bool = False
    ) -> list[Verdict]:
        """Return the event rules that this event meets, in the order of the files.

        Those of the restricted lane if `restricted`, else all others.
        """
        now_ms, segment, lists, scores = context
        today = self._zone.day_at(now_ms)
        params = self._params(segment)
        data, verdicts = event.data, []
        for ready in self._ready(event, restricted=restricted):
            rung = ready.decide(event, data, windows, now_ms, today, params, lists, scores)
            if rung:
                found = ready.evidence(event, data, windows, now_ms, today, params, lists, scores)
                verdicts.append(ready.proof.verdict(rung, found))
        return verdicts

    def judges(self, event: Event, *, restricted: bool) -> bool:
        """Whether any event rule of the lane is about such an event."""
        return bool(self._ready(event, restricted=restricted))

    def _ready(self, event: Event, *, restricted: bool) -> tuple[_Ready, ...]:
        stream = self._streams[type(event)]
        return stream.restricted if restricted else stream.rules

    def hinges(
        self, event: Event, context: Context, *, restricted: bool = False
    ) -> dict[str, frozenset[int]]:
        """Return on which features, as rows name them, the verdicts about an event hinge.

        By rule; without those that read no windows, or are not met whatever is in the windows.
        """
        now_ms, segment, lists, scores = context
        today = self._zone.day_at(now_ms)
        params = self._by_segment.get(segment, self._default)
        return {
            ready.proof.rule.name: ready.hinges
            for ready in self._ready(event, restricted=restricted)
            if ready.hinges
            and ready.gate(event, event.data, None, now_ms, today, params, lists, scores)
        }

    def _hinges(self, rule: CheckedRule) -> frozenset[int]:
        stores = collect(rule.conditions(), timezone=self.timezone, currency=self.currency)
        return frozenset(short(name) for name in stores)

    def look(self, windows: Windows, scene: Scene, memory: Memory | None = None) -> list[Standing]:
        """Return how every state rule stands, for the borrower or for each of its open loans.

        Args:
            windows: Of the borrower.
            scene: Of the borrower.
            memory: What earlier looks have found, of these windows and no others.
        """
        memory = Memory() if memory is None else memory
        memory.belong_to(self)
        return list(self._states.look(windows, scene, self._params(scene.segment), memory))

    def prove(self, standing: Standing, tier: int, windows: Windows, scene: Scene) -> Verdict:
        """Return the proof of a standing that `look` gave for these windows and this scene.

        Args:
            standing: Of a rule whose warning is open.
            tier: Of the warning, from 1.
            windows: As they were at the look.
            scene: As it was.
        """
        return self._states.prove(standing, tier, windows, scene, self._params(scene.segment))

    def as_peer(self, windows: Windows, scene: Scene) -> AsPeer:
        """Return what the borrower is among its peers, as far as the rules keep its sales."""
        return self._states.as_peer(windows, scene)

    def story(self, windows: Windows, scene: Scene, days: int) -> list[StoryDay]:
        """Return what happened on the last `days` days, as far as the rules have it kept."""
        return self._states.story(windows, scene, days)

    def wakes(self, windows: Windows, scene: Scene) -> list[Wake]:
        """Return when time alone may change how a state rule stands, the soonest first."""
        return self._states.wakes(windows, scene)

    def _params(self, segment: str) -> tuple[Any, ...]:
        return self._by_segment.get(segment, self._default)

    def _lay_out(self, params: Mapping[str, Param]) -> None:
        """Lay the parameters out for each segment: value and exact value in turn."""
        rows = params.values()
        segments = {segment for param in rows for segment in param.segments}
        self._default = _row(rows, "")
        self._by_segment = {segment: _row(rows, segment) for segment in segments}


def _refuse_equal_shorts(features: Iterable[Store]) -> None:
    """Raise if rows could not tell two features apart: one in 2³² for any two."""
    shorts = Counter(short(store.fingerprint) for store in features)
    if any(n > 1 for n in shorts.values()):
        raise ValueError("two features have fingerprints that begin alike: write one otherwise")


def _live_parts(term: AnyTerm) -> Iterator[Aggregate]:
    """Yield the windows by which an event of now may make a condition true at once.

    Windows of full days, and most series of measures, count closed days alone; an event ends an
    absence.
    """
    match term:
        case MeasureCall(measure=measure, series=series):
            own = MEASURES[measure].series
            yield from (kept for each, kept in zip(own, series, strict=True) if each.is_live)
            return
        case Absence():
            return
        case Aggregate(closed=False):
            yield term
    for child in children(term):
        yield from _live_parts(child)


def _closing_streams(term: AnyTerm) -> Iterator[str]:
    """Yield the streams whose closed days a condition counts."""
    match term:
        case MeasureCall():
            yield from MEASURES[term.measure].streams
        case Aggregate(feature=feature, closed=True):
            yield feature.stream
    for child in children(term):
        yield from _closing_streams(child)


def _voices(rule: CheckedRule) -> frozenset[str]:
    """Return the detectors by which a rule decides."""
    terms = (part for term in rule.conditions() for part in walk(term))
    return frozenset(part.detector for part in terms if isinstance(part, Output))


def _row(params: Iterable[Param], segment: str) -> tuple[Any, ...]:
    """Return the parameters of a segment, each as a plain number and as an exact fraction."""
    row: list[int | float | Fraction] = []
    for param in params:
        value = param.segments.get(segment, param.default).value
        if not isinstance(value, int | Fraction):
            raise TypeError(f"expected a number for parameter `{param.name}`, got {value!r}")
        row += [value if isinstance(value, int) else float(value), Fraction(value)]
    return tuple(row)
