"""The whole house on a real Kafka: good and bad records in, and what must be true of the rest.

What was sent is the driver's own list; what came out is read as anybody could read it.
"""

import base64
import copy
import json
import random
import threading
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

import msgspec

from schemas.instants import DAY_MS
from schemas.signing import load_trust
from stream.clock import now_ms
from stream.commands.up import House
from stream.decide import Book
from stream.journal.log_reading import read_partition
from stream.roles import Role
from stream.sources.pace import Pace
from stream.sources.play import Player
from stream.sources.records import TYPE_OF, line
from stream.sources.simulator.book import Book as Simulated
from stream.sources.sink import KafkaSink

STREAMS = ("repayments", "settlements", "pos-clearing")
EVENT_TYPES = ("repayment.v1", "settlement.v1", "pos_clearing.v1")
FAILED_DEBIT = {
    "specversion": "1.0",
    "type": "repayment.v1",
    "source": "bad-source",
    "data": {
        "event_type": "COLLECTION_ATTEMPT",
        "loan_id": "",
        "status": "FAILED",
        "reason_class": "INSUFFICIENT_FUNDS",
        "amount_requested": {"amount_minor": 100, "currency": "CNY"},
    },
}


def bad_record(number, loan_id, time, rng):
    """Return `(reason, bytes)` of the numbered record, unlike any other."""
    reason, spoil = list(SPOILED.items())[number % len(SPOILED)]
    record = copy.deepcopy(FAILED_DEBIT) | {"id": f"bad-{number}", "time": time}
    record["data"] |= {"loan_id": loan_id, "attempt_id": f"bad-{number}"}
    raw = spoil(record, rng)
    return reason, raw if isinstance(raw, bytes) else json.dumps(raw).encode()


def stranger(number, time):
    """Return the bytes of a sound record of a loan that nobody ever names."""
    of = {"loan_id": f"ln_stranger{number}", "attempt_id": f"s{number}"}
    data = FAILED_DEBIT["data"] | of
    return json.dumps(
        FAILED_DEBIT | {"id": f"stranger-{number}", "time": time, "data": data}
    ).encode()


def with_data(**fields):
    def spoil(record, _rng):
        record["data"] |= fields
        return record

    return spoil


def without(name):
    def spoil(record, _rng):
        del record["data"][name]
        return record

    return spoil


def at(time):
    return lambda record, _rng: record | {"time": time}


def nested(record, _rng):
    for _ in range(20):
        record["data"] = {"data": record["data"]}
    return record


def blob(record, rng):
    """A record near the broker's limit at first, later a smaller one that is still too large."""
    number = int(record["id"].removeprefix("bad-"))
    return record | {"blob": rng.randbytes(440_000 if number < 100 else 135_000).hex()}


SPOILED = {
    "NOT_JSON": lambda record, _rng: json.dumps(record).encode()[:-2],
    "TOO_DEEP": nested,
    "TOO_LARGE": blob,
    "SCHEMA": with_data(amount_requested={"amount_minor": -1, "currency": "CNY"}),
    "MISSING_KEY": without("attempt_id"),
    "CURRENCY": with_data(amount_requested={"amount_minor": 1, "currency": "XXQ"}),
    "TIMESTAMP": at("2099-01-01T00:00:00Z"),
    "PII_FOUND": with_data(phone="not shown"),
    "BORROWER_MISMATCH": with_data(borrower_id="brw_nobody"),
}


@dataclass
class Sent:
    """What the driver sent: acknowledged ids of good events, and digests of bad records."""

    good: set
    references: set
    bad: Counter
    unknown: set
    planted: list


class Sink(KafkaSink):
    """Notes what is acknowledged."""

    def __init__(self, settings):
        self.acknowledged = []
        super().__init__(
            settings, lambda topic, record_id: self.acknowledged.append((topic, record_id))
        )


def play(settings, *, borrowers, days, bad, unknown=3, seed=7, disturb=lambda _share: None):
    """Send a simulated book with bad records strewn in; `disturb` is told the share sent."""
    book = Simulated(seed=seed, borrowers=borrowers, days=days, start=date(2026, 1, 5))
    records = list(book.records())
    lines = [line(record, TYPE_OF[type(record.data)]).rstrip() for record in records]
    loan_id = next(r.data.loan_id for r in records if hasattr(r.data, "loan_id"))
    first = next(
        n
        for n, r in enumerate(records)
        if TYPE_OF[type(r.data)] in ("repayment.v1", "settlement.v1", "pos_clearing.v1")
    )
    rng = random.Random(seed)
    strewn, spoiled = defaultdict(list), []
    for number in range(bad + unknown):
        place = rng.randrange(first, len(lines))
        time = json.loads(lines[place])["time"]  # the clock must not run ahead of what follows
        if number < bad:
            reason, raw = bad_record(number, loan_id, time, rng)
            spoiled.append((reason, raw))
        else:
            raw = stranger(number - bad, time)
        strewn[place].append(raw)
    mixed = [raw for place, each in enumerate(lines) for raw in (*strewn[place], each)]
    sink = Sink(settings)
    player = Player(
        sink,
        Pace(None, lambda: 0.0),
        clocks=True,
        stop=threading.Event(),
        latest_ms=now_ms() + DAY_MS,
    )
    player.play(watched(mixed, disturb))
    types = {r.record_id: TYPE_OF[type(r.data)] for r in records}
    good = {each for each, type_ in types.items() if type_ in EVENT_TYPES}
    references = {each for each, type_ in types.items() if type_ not in (*EVENT_TYPES, "clock.v1")}
    acknowledged = {record_id for topic, record_id in sink.acknowledged if topic in STREAMS}
    assert good <= acknowledged
    return Sent(
        good=good,
        references=references,
        bad=Counter((reason, sha256(raw).hexdigest()) for reason, raw in spoiled),
        unknown={f"stranger-{n}" for n in range(unknown)},
        planted=book.planted,
    )


def watched(lines, disturb):
    for number, raw in enumerate(lines):
        if number % 500 == 0:
            disturb(number / len(lines))
        yield raw


@contextmanager
def running(settings, instances=("a", "b")):
    """Run one house of all roles, and for each further instance ingest and monitor again."""
    with ExitStack() as houses:
        started = []
        for number, instance in enumerate(instances):
            roles = list(Role) if number == 0 else [Role.INGEST, Role.MONITOR]
            log = houses.enter_context((settings.data_dir / f"house-{instance}.log").open("ab"))
            house = House(roles, replace(settings, instance=instance), log_to=log.fileno())
            started.append(houses.enter_context(house))
        for house in started:
            house.wait_ready()
        yield started


def records_of(settings, topic, partitions=None):
    """Everything on a topic that is committed."""
    for number in range(partitions or settings.partitions):
        yield from read_partition(settings, topic, number)


@dataclass
class Journalled:
    """Event ids in the journal, how often each, and in the other two places.

    `references` are the ids of reference records in the journal. `unresolved` are those that still
    wait: what has waited and was taken since is in the journal. `late` are events that the step put
    aside, each with its borrower: written by an ingest that was killed, at a time when the input
    clock had left them behind by more than the repair horizon. A play as fast as it goes leaves
    days behind in a second; they are in the journal all the same.
    """

    events: Counter
    references: set
    dead: Counter
    late: dict
    unresolved: set


def whereabouts(settings):
    """Where each record that was sent has ended."""
    events, references = Counter(), set()
    for record in records_of(settings, "journal"):
        content = msgspec.json.decode(record.value)
        if content["kind"] in ("repayment", "settlement", "pos_clearing"):
            events[content["event_id"]] += 1
        elif "effective_at_ms" in content:
            references.add(content["record_id"])
    dead, late = {}, {}
    for record in records_of(settings, "dead-letters"):
        letter = msgspec.json.decode(record.value)
        if letter["reason"] == "TOO_LATE":
            late[letter["event_id"]] = letter["borrower_id"]
            continue
        if letter.get("payload"):
            assert sha256(base64.b64decode(letter["payload"])).hexdigest() == letter["digest"]
        dead[letter["letter_id"]] = (letter["reason"], letter["digest"])
    waited = {json.loads(record.value)["id"] for record in records_of(settings, "unresolved")}
    unresolved = waited - events.keys() - references
    return Journalled(events, references, Counter(dead.values()), late, unresolved)


def is_settled(settings, sent):
    """Whether all that was sent has arrived somewhere, and the monitor has folded all of it."""
    found = whereabouts(settings)
    arrived = sent.good <= found.events.keys() and sent.references <= found.references
    accounted = sent.bad <= found.dead and sent.unknown <= found.unresolved
    return arrived and accounted and lag(settings) <= 0


def applied(settings):
    """The offset that the last checkpoint of each partition includes."""
    return {
        record.partition: json.loads(record.value)["applied"]
        for record in records_of(settings, "journal-state")
        if record.key == b"#applied"
    }


def lag(settings):
    """Partitions with a record, ticks apart, that no checkpoint includes yet."""
    done = applied(settings)
    last = {
        record.partition: record.offset
        for record in records_of(settings, "journal")
        if not record.key.startswith(b"#")
    }
    return sum(offset > done.get(number, -1) for number, offset in last.items())


def published(settings, topics=("decisions",)):
    """What stands on topics, by topic and subject, in order."""
    found = {}
    for topic in topics:
        for record in records_of(settings, topic):
            found.setdefault((topic, record.key), []).append(record.value)
    return found


def folded(settings, topics=("decisions",)):
    """The same from the journal, folded without a worker as far as the checkpoints go."""
    trust, done = load_trust(settings.trust_file.read_bytes()), applied(settings)
    found = {}
    for number, last in done.items():
        book = Book(trust, speaks=number == 0, partition=number, partitions=settings.partitions)
        for record in read_partition(settings, "journal", number):
            if record.offset <= last:
                for output in book.fold(record.key, record.value):
                    if output.topic in topics:
                        found.setdefault((output.topic, output.key), []).append(output.value)
    return found


def by_reason(dead):
    """How many dead letters there are of each reason."""
    reasons = Counter()
    for (reason, _), count in dead.items():
        reasons[reason] += count
    return reasons
