"""What a test block gives of the scene: loans, the borrower, feeds, the calendar, the segment.

    given loan ln_1: tier_dpd 5, overdue ¥900 from 2026-03-06
    given borrower B1: segment micro, region north
    given feed pos_clearing: delay 36 hours, since 2026-01-01
    given feed pos_clearing: silent true from 2026-03-09 12:00
    given calendar CNY_CORE: first 2026-02-16, last 2026-02-23
    given peers segment: members 40, reopened 85%

Of a loan or a feed, later lines change what earlier ones say, from their instant on. A feed that
is not given is there as soon as it has an event in the test, and is never late.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple, cast

from rules import nodes
from rules.catalogue import Field
from rules.check_words import constant_for
from rules.literals import quantity
from rules.scene import Contact, Feed, Loan, Payee, Scene, Segment
from rules.scope import Scope
from rules.types import Kind
from rules.verdict import Wake
from rules.zone import Zone
from schemas.reference import BorrowerProfile

MILLION = 1_000_000

RELATIVE_DAYS = {"today": 0, "yesterday": 1}
"""Dates of a test's events that go with the event."""


class _Given(NamedTuple):
    """One line, and from when it holds."""

    since_ms: int
    kind: str
    name: str
    fields: Mapping[str, nodes.Expression]


class _Calendar:
    """The calendar of a test: ordinary days but for what it gives."""

    def __init__(self, words: Mapping[date, frozenset[str]]) -> None:
        self._words = words

    def words(self, day: date) -> frozenset[str]:
        """Return what is special about a day."""
        return self._words.get(day, frozenset())

    def is_business_day(self, day: date) -> bool:
        """Whether it is a weekday without a word."""
        return day.weekday() < 5 and not self.words(day)  # noqa: PLR2004 - Saturday is 5


class Surroundings:
    """The scenes of one test block.

    Args:
        lines: Its `given` lines of entities.
        at: Reads a stamp.
        scope: Reads values.
        zone: Whose days count.
        began_ms: By stream, when its first event happened.
    """

    def __init__(
        self,
        lines: Iterable[nodes.GivenEntity],
        at: Callable[[nodes.Stamp], int],
        scope: Scope,
        zone: Zone,
        began_ms: Mapping[str, int],
    ) -> None:
        self._scope, self._zone, self._began_ms = scope, zone, began_ms
        given = [_Given(at(e.since) if e.since else 0, *_said(e)) for e in lines]
        self._given = sorted(given, key=lambda each: each.since_ms)
        self.segment = self._segment()
        self._days = _Calendar(self._calendar())

    @property
    def changes_ms(self) -> list[int]:
        """The instants at which something that is given changes."""
        return sorted({each.since_ms for each in self._given if each.since_ms})

    def scene(
        self, now_ms: int, lists: Mapping[str, frozenset[str]], opened_ms: Mapping[str, int]
    ) -> Scene:
        """Return the scene at an instant."""
        names = dict.fromkeys(each.name for each in self._holding("loan", now_ms))
        loans = {name: self._loan(name, now_ms) for name in names}
        streams = dict.fromkeys([*self._began_ms, *(g.name for g in self._of("feed"))])
        return Scene(
            now_ms=now_ms,
            segment=self.segment,
            lists=lists,
            feeds={stream: self._feed(stream, now_ms) for stream in streams},
            loans={name: loan for name, loan in loans.items() if loan is not None},
            profile=self._profile(),
            days=self._days,
            peers=self._peers(),
            opened_ms=opened_ms,
            contact=Contact(**self._so_far("contact", now_ms)),
            payee=Payee(**self._so_far("payee", now_ms)),
        )

    def due_ms(self, wake: Wake) -> int | None:
        """Return when a wake is due, as far as the feeds go on as they do then."""
        at_ms = wake.at_ms
        for stream in wake.streams:
            feed = self._feed(stream, at_ms)
            if feed.passed_ms is None:
                return None
            at_ms = max(at_ms, wake.past_ms + self._delay_ms(stream, at_ms))
        silent = any(self._silent_ms(stream, at_ms) is not None for stream in wake.streams)
        return None if silent else at_ms

    def _of(self, kind: str) -> list[_Given]:
        return [each for each in self._given if each.kind == kind]

    def _holding(self, kind: str, now_ms: int) -> list[_Given]:
        return [each for each in self._of(kind) if each.since_ms <= now_ms]

    def _loan(self, name: str, now_ms: int) -> Loan | None:
        """Return a loan as the lines so far make it; `None` if it is open no longer."""
        said: dict[str, nodes.Expression] = {}
        for each in self._holding("loan", now_ms):
            if each.name == name:
                said |= each.fields
        if _word(said.pop("open", None)) == "false":
            return None
        said.pop("borrower", None)
        values = self._values("loan", said)
        return Loan(loan_id=name, currency=self._scope.currency, **values)

    def _profile(self) -> BorrowerProfile:
        said = {name: value for each in self._of("borrower") for name, value in each.fields.items()}
        said.pop("segment", None)
        return BorrowerProfile(borrower_id="brw_test", **self._values("borrower", said))

    def _so_far(self, kind: str, now_ms: int) -> dict[str, Any]:
        """Return the fields of what there is one of, as the lines so far make them."""
        said: dict[str, nodes.Expression] = {}
        for each in self._holding(kind, now_ms):
            said |= each.fields
        return self._values(kind, said)

    def _values(self, entity: str, said: Mapping[str, nodes.Expression]) -> dict[str, Any]:
        fields = self._scope.catalogue.entities[entity]
        return {name: self._value(fields[name], value) for name, value in said.items()}

    def _value(self, of: Field, value: nodes.Expression) -> Any:
        if of.type.kind is Kind.BOOL:
            return _word(value) == "true"
        constant = constant_for(value, of.type, self._scope)
        return constant.value if constant else None

    def _segment(self) -> str:
        given = [
            each.fields["segment"] for each in self._of("borrower") if "segment" in each.fields
        ]
        return _word(given[-1]) if given else "default"

    # --- feeds

    def _feed(self, stream: str, now_ms: int) -> Feed:
        lines = [each for each in self._holding("feed", now_ms) if each.name == stream]
        since = [each.fields["since"] for each in lines if "since" in each.fields]
        since_ms = self._began_ms.get(stream)
        if since:
            day = date.fromisoformat(getattr(since[-1], "text", ""))
            since_ms = self._zone.instant(day, 0, 0)
        if since_ms is None and not lines:
            return Feed()
        silent_ms = self._silent_ms(stream, now_ms)
        heard_ms = now_ms if silent_ms is None else silent_ms
        passed_ms = heard_ms - self._delay_ms(stream, now_ms)
        closed = self._zone.date_at(passed_ms) - timedelta(days=1)
        return Feed(passed_ms=passed_ms, closed=closed, since_ms=since_ms)

    def _delay_ms(self, stream: str, now_ms: int) -> int:
        for each in reversed(self._holding("feed", now_ms)):
            value = each.fields.get("delay")
            if each.name == stream and isinstance(value, nodes.Quantity):
                constant = quantity(value, self._scope)
                return int(cast("int", constant.value)) if constant else 0
        return 0

    def _silent_ms(self, stream: str, now_ms: int) -> int | None:
        """Return since when a feed has been silent, if it is."""
        for each in reversed(self._holding("feed", now_ms)):
            if each.name == stream and "silent" in each.fields:
                return each.since_ms if _word(each.fields["silent"]) == "true" else None
        return None

    # --- what is the same for many borrowers

    def _calendar(self) -> dict[date, frozenset[str]]:
        words: dict[date, frozenset[str]] = {}
        for each in self._of("calendar"):
            first, last = (
                date.fromisoformat(getattr(each.fields[end], "text", ""))
                for end in ("first", "last")
            )
            for number in range(first.toordinal(), last.toordinal() + 1):
                day = date.fromordinal(number)
                words[day] = words.get(day, frozenset()) | {each.name}
        return words

    def _peers(self) -> Segment | None:
        given = self._of("peers")
        if not given:
            return None
        said = given[-1].fields
        members = int(getattr(said.get("members"), "text", "0"))
        reopened = said.get("reopened")
        share = Fraction(getattr(reopened, "text", "0%").removesuffix("%")) / 100
        return Segment(members=members, reopened=round(share * MILLION) if reopened else None)


def _said(line: nodes.GivenEntity) -> tuple[str, str, dict[str, nodes.Expression]]:
    fields = {given.name.parts[0].text: given.value for given in line.fields}
    return line.kind.text, line.name.text, fields


def _word(node: nodes.Expression | None) -> str:
    return node.parts[0].text if isinstance(node, nodes.Name) else getattr(node, "text", "")


def known_fields(kind: str, scope: Scope) -> Iterable[str]:
    """Return what can be given of a kind of entity."""
    entities = scope.catalogue.entities
    return {
        "borrower": ["segment", *(name for name in entities["borrower"] if name != "borrower_id")],
        "loan": ["borrower", "open", *(name for name in entities["loan"] if name != "loan_id")],
        "contact": list(entities["contact"]),
        "payee": list(entities["payee"]),
        "feed": ["delay", "since", "silent"],
        "calendar": ["first", "last"],
        "peers": ["members", "reopened"],
    }.get(kind, [])


FORMS = {
    "segment": "a word", "borrower": "a word", "open": "true or false",
    "delay": "a length of time", "since": "a date", "silent": "true or false",
    "first": "a date", "last": "a date", "members": "a number", "reopened": "a percentage",
}  # fmt: skip
"""What stands behind the fields that the catalogue does not have."""

KINDS = ("borrower", "loan", "contact", "payee", "feed", "calendar", "peers")
"""What can be given beside events, lists and what detectors say."""
