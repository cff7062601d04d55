"""What one event costs on its way: decode, admit, fold; the rules alone; storing and restoring.

The budgets for a core stand in architecture.md 8: 15 µs for ingest without Kafka's part, 15 for
rules, 20 for detectors, 8 for the rest of the step.
"""

from typing import Any

import rules
from bench import workloads
from bench.runner import Group, Line, Run
from rules import Context
from schemas import journal
from schemas.control import RuleSetBody
from schemas.dead_letter import Origin
from schemas.envelope import decode, encode
from schemas.pos_clearing import PosClearing
from schemas.reference import PartyLink, Relation
from schemas.signing import Trust
from stream.decide import Book
from stream.intake.admit import admit
from stream.intake.links import Links
from stream.replay.trial import Trial

EVENTS = 500
HISTORY = 20_000
BORROWERS = 500
PACK = "postloan"
TOPICS = {"settlement": "settlements", "pos_clearing": "pos-clearing"}
ORIGIN = Origin(topic="bench", partition=0, offset=0)
WALL_MS = 2_000_000_000_000


def _envelopes() -> list[tuple[str, bytes, journal.Event]]:
    """Return topic, bytes and event of what is no repayment: those need a contract."""
    return [
        (TOPICS[stream], _envelope(event, stream), event)
        for event in workloads.events(EVENTS)
        if (stream := journal.stream_of(event)) in TOPICS
    ]


def _envelope(event: journal.Event, stream: str) -> bytes:
    return encode(
        record_id=event.event_id,
        source=event.source,
        record_type=f"{stream}.v1",
        at_ms=event.event_at_ms,
        data=_keyed(event),
    )


def _keyed(event: journal.Event) -> Any:
    return {
        **{
            name: value
            for name in event.data.__struct_fields__
            if (value := getattr(event.data, name)) not in (None, ())
        },
        "idempotency_key": event.business_key,
    }


def _decode() -> Run:
    raws = [raw for _, raw, _ in _envelopes()]
    return lambda: [decode(raw) for raw in raws]


def _admit() -> Run:
    made, links = _envelopes(), Links()
    for _, _, event in made:
        token = _token(event)
        links.apply(PartyLink(token=token, borrower_id=event.borrower_id, relation=Relation.OTHER))

    def run() -> None:
        for topic, raw, _ in made:
            admit(raw, topic=topic, origin=ORIGIN, links=links, wall_now_ms=WALL_MS)

    return run


def _token(event: journal.Event) -> str:
    data = event.data
    return data.merchant_id if isinstance(data, PosClearing) else data.account_token


class _Folding:
    """Folds a long history a piece at a time, and begins anew at its end."""

    def __init__(self, *, with_rules: bool) -> None:
        self._with_rules = with_rules
        self._history = list(zip(_keys(), workloads.values(HISTORY), strict=True))
        self._at = HISTORY

    def __call__(self) -> None:
        if self._at >= HISTORY:
            self._book, self._at = _book(with_rules=self._with_rules), 0
        fold = self._book.fold
        for key, value in self._history[self._at : self._at + EVENTS]:
            fold(key, value)
        self._at += EVENTS


def _keys() -> list[bytes]:
    return [event.borrower_id.encode() for event in workloads.events(HISTORY)]


def _book(*, with_rules: bool) -> Book:
    trial = Trial()
    book = Book(trial.trust(Trust()), speaks=True)
    if with_rules:
        signed = trial.signed(RuleSetBody(files=rules.pack(PACK)))
        control = journal.Control(seq=0, prev_seq=-1, signed=signed)
        book.fold(journal.CONTROL_KEY, journal.encode(control))
    return book


def _rules() -> Run:
    program, events = rules.load(rules.pack(PACK)), workloads.events(EVENTS)
    windows: dict[str, dict[str, Any]] = {}

    def run() -> None:
        for event in events:
            of = windows.setdefault(event.borrower_id, {})
            now_ms = event.wall_arrival_at_ms
            program.apply(of, event, now_ms)
            program.judge(event, of, Context(now_ms, "default", {}, {}))

    return run


def _stored() -> list[tuple[bytes, bytes | None]]:
    book = _book(with_rules=True)
    for key, value in zip(_keys(), workloads.values(HISTORY), strict=True):
        book.fold(key, value)
    return book.changes()


def _restore() -> Run:
    stored = _stored()

    def run() -> None:
        book = _book(with_rules=False)
        for key, value in stored:
            book.restore(key, value)

    return run


GROUPS = (
    Group(
        "one event on its way",
        (
            Line("read the journal record", lambda: _reading, EVENTS),
            Line("decode and validate an envelope", _decode, len(_envelopes())),
            Line("admit it: decode, resolve, write the journal record", _admit, len(_envelopes())),
            Line("fold it without a rule set", lambda: _Folding(with_rules=False), EVENTS),
            Line(
                "fold it with the shipped rules and D2", lambda: _Folding(with_rules=True), EVENTS
            ),
            Line("the shipped rules alone", _rules, EVENTS),
        ),
    ),
    Group("restore 500 borrowers, untouched", (Line("restore", _restore, BORROWERS),)),
)


def _reading() -> None:
    for value in workloads.values(EVENTS):
        journal.decode(value)
