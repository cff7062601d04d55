"""Plays a simulated book through a house by its progress, not by the wall's time.

    a slice of input time ──> Kafka ──> ... ──> the house rests ──> the next slice

A slice ends at the same hours of each day. The next one is sent when every partition has a tick
of the slice's end, everything is in a checkpoint, and crossing has answered what it was told. So
a slow machine plays slowly and comes to the same: there is no limit to the whole, only to how
long nothing may change.

Not an option of `loanwatch produce`: that is a source, and may write to its topics and read none.
"""

import threading
import time
from datetime import timedelta

from schemas.instants import DAY_MS, HOUR_MS
from stream.clock import now_ms
from stream.demo.stage import prepare, put_in_force
from stream.sources.pace import Pace
from stream.sources.play import Player
from stream.sources.routing import REFERENCES, arrival_ms, route
from stream.sources.simulator.merchants import midnight_ms
from tests.broker import house
from tests.broker.follower import Follower
from tests.flow.expected import Told
from tests.flow.scenes import written

STUCK_S = 120
OUTPUTS = ("decisions", "alerts", "tier-changes", "health")


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


def play(settings, lines, ends, *, tend):
    """Play lines slice by slice, each when the house rests; return how many slices there were."""
    pace, sent, count = Slices(), set(), 0
    player = Player(
        house.Sink(settings),
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
    return count


def rest(follower, at_ms, references, *, tend):
    """Wait until the house rests, for as long as anything goes on in it."""
    progress, since_s = None, time.monotonic()
    while True:
        tend()
        follower.look()
        waits = follower.waits_for(at_ms, references)
        if not waits:
            return
        if follower.progress != progress:
            progress, since_s = follower.progress, time.monotonic()
        assert time.monotonic() - since_s < STUCK_S, f"nothing goes on, and waits for {waits}"


def ends_of(book, hours):
    """Return the instants, in order, at which slices of a book end: at these hours of each day."""
    days = [*book.days, book.days[-1] + timedelta(days=1)]
    return [midnight_ms(day) + hour * HOUR_MS for day in days for hour in hours]


def told(settings, book, *, hours, heard_every=1):
    """Play a book through a house of its own; return what was told, and what is to be counted."""
    prepare(settings)
    for body in book.controls:
        put_in_force(settings, body)
    records = book.records(feeds=True, positions=True, heard_every=heard_every)
    lines, began_s = written(records), time.monotonic()
    with house.running(settings, instances=("a",)) as (running,):
        count = play(settings, lines, ends_of(book, hours), tend=running.tend)
    found, published = Told(), house.published(settings, OUTPUTS)
    for (topic, _), values in published.items():
        for value in values:
            found.output(topic, value)
    return found, {
        "records": len(lines),
        "slices": count,
        "seconds": round(time.monotonic() - began_s),
        "outputs": sum(map(len, published.values())),
        "dead_letters": sum(1 for _ in house.records_of(settings, "dead-letters")),
        "waiting": len(house.whereabouts(settings).unresolved),
        "is_the_fold": published == house.folded(settings, OUTPUTS),
    }
