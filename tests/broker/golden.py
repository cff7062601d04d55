"""Plays a simulated book through a house by its progress, not by the wall's time.

    a slice of input time ──> Kafka ──> ... ──> the house rests ──> the next slice

A slice ends at the same hours of each day. The next one is sent when every partition has a tick
of the slice's end, everything is in a checkpoint, and crossing has answered what it was told. So
a slow machine plays slowly and comes to the same: there is no limit to the whole, only to how
long nothing may change.

What people and executors do (`tests/flow/people.py`) ends a slice, too: they answer to what was
told by then, and the next slice begins when their records are in the journal.

Not an option of `loanwatch produce`: that is a source, and may write to its topics and read none.
"""

import threading
import time
from datetime import timedelta

import msgspec

from schemas.instants import DAY_MS, HOUR_MS
from stream.clock import now_ms
from stream.demo.stage import prepare, put_in_force
from stream.sources.keys import read_trust
from stream.sources.pace import Pace
from stream.sources.play import Player
from stream.sources.routing import REFERENCES, arrival_ms, route
from stream.sources.simulator.merchants import midnight_ms
from tests.broker import edited, house
from tests.broker.follower import Follower
from tests.flow import contacts
from tests.flow.expected import Told
from tests.flow.people import People
from tests.flow.scenes import written

STUCK_S = 120
RESTRICTED = ("alerts-restricted", "decisions-restricted", "cases-restricted")
OUTPUTS = ("decisions", "alerts", "tier-changes", "collection-triggers", "health", *RESTRICTED)
HIDDEN = (b'"F17"', b"f17_", b'"W05"', b"w05_")
"""The words that name a rule of the restricted lane; nobody else reads one."""


class Slices(Pace):
    """Lets the player tell the time at the end of what it plays, `end_ms`, and never before."""

    def __init__(self):
        super().__init__(None, lambda: 0.0)
        self.end_ms = 0

    def marks(self, from_ms, _before_ms):
        return range(from_ms, from_ms)

    def mark_after(self, _at_ms):
        return self.end_ms


def slices(lines, ends):
    """Cut lines at the ends, by when they arrive; return (end, lines, ids of references) each.

    The references before the first event are a slice of their own, without an end.
    """
    routed = [(route(raw), raw) for raw in lines]
    first = next(n for n, (each, _) in enumerate(routed) if each.topic != REFERENCES)
    yield _slice(0, routed[:first])
    ends, part = iter(ends), []
    end_ms = next(ends)
    for each, raw in routed[first:]:
        while arrival_ms(each.envelope) > end_ms:
            yield _slice(end_ms, part)
            end_ms, part = next(ends), []
        part.append((each, raw))
    yield _slice(end_ms, part)


def _slice(end_ms, part):
    references = {each.record_id for each, _ in part if each.topic == REFERENCES}
    return end_ms, [raw for _, raw in part], references


def play(settings, lines, ends, *, tend, diary):
    """Play lines slice by slice, each when the house rests; return how many slices there were.

    `diary` has, by the slice's end, what people do then.
    """
    pace, sent, count, said = Slices(), set(), 0, 0
    sink = house.Sink(settings)
    player = Player(
        sink,
        pace,
        clocks=True,
        stop=threading.Event(),
        latest_ms=now_ms() + DAY_MS,
    )
    with Follower(settings) as follower:
        for end_ms, part, references in slices(lines, ends):
            pace.end_ms = end_ms
            player.play(part)
            sent |= references
            rest(follower, end_ms, sent, tend=tend)
            count += 1
            answers = answer(settings, sink, diary.get(end_ms, ()))
            if answers:
                said += answers
                rest(follower, end_ms, sent, tend=tend, said=said)
    return count


def answer(settings, sink, doings):
    """Let people do these things, knowing what was told so far; return how many records it took."""
    if not doings:
        return 0
    found = told_by(settings, ("collection-triggers",))
    records = [each for do in doings for each in do(found)]
    for each in records:
        sink.send(each.topic, each.value, key=each.borrower_id, record_id=each.topic)
    sink.flush()
    return len(records)


def told_by(settings, topics):
    """What stands on topics."""
    found = Told()
    for (topic, _), values in house.published(settings, topics).items():
        for value in values:
            found.output(topic, value)
    return found


def hints_of(values):
    """How many of these name what compliance alone may know of."""
    return sum(any(word in value for word in HIDDEN) for value in values)


def rest(follower, at_ms, references, *, tend, said=0):
    """Wait until the house rests, for as long as anything goes on in it.

    `said` is how many records of people and executors have to be in the journal by now.
    """
    progress, since_s = None, time.monotonic()
    while True:
        tend()
        follower.look()
        waits = follower.waits_for(at_ms, references, said)
        if not waits:
            return
        if follower.progress != progress:
            progress, since_s = follower.progress, time.monotonic()
        assert time.monotonic() - since_s < STUCK_S, f"nothing goes on, and waits for {waits}"


def ends_of(book, hours, more=(), coarse_days=0):
    """Return the instants, in order, at which slices end: at these hours of each day, and more.

    Of the first `coarse_days` of every other day alone: more than that, and events are too late.
    """
    days = [*book.days[:coarse_days:2], *book.days[coarse_days:]]
    days.append(days[-1] + timedelta(days=1))
    return sorted({*more, *(midnight_ms(day) + hour * HOUR_MS for day in days for hour in hours)})


def told(settings, world, book):
    """Play a world's book through a house of its own; return what was told, and what is counted.

    With `world.audit`, also what the verifier finds in the record, whole and edited.
    """
    prepare(settings)
    people = People()
    trust = people.trust(read_trust(settings.trust_file).keys)
    settings.trust_file.write_bytes(msgspec.json.encode(trust))
    for body in book.controls:
        put_in_force(settings, body)
    records = book.records(feeds=True, positions=True, heard_every=world.heard_every)
    lines, began_s = written(records), time.monotonic()
    diary = people.diary(book.planted)
    with house.running(settings, instances=("a",)) as (running,):
        more = {*diary, *contacts.eves(book.planted)}
        ends = ends_of(book, world.hours, more, world.coarse_days)
        count = play(settings, lines, ends, tend=running.tend, diary=diary)
        found = told_by(settings, OUTPUTS)
        changes = sum(map(len, found.tiers.values()))
        audited = edited.look(settings, changes) if world.audit else None
    published = house.published(settings, OUTPUTS)
    return found, {
        "records": len(lines),
        "slices": count,
        "seconds": round(time.monotonic() - began_s),
        "outputs": sum(map(len, published.values())),
        "dead_letters": sum(1 for _ in house.records_of(settings, "dead-letters")),
        "waiting": len(house.whereabouts(settings).unresolved),
        "hints": sum(
            hints_of(values) for (topic, _), values in published.items() if topic not in RESTRICTED
        ),
        "is_the_fold": published == house.folded(settings, OUTPUTS),
        **({"audited": audited} if audited else {}),
    }
