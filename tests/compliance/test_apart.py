"""The feed of the restricted lane: what it has, and that it goes on by itself after a restart."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alert import Phase, Transition
from schemas.compliance import Disclosure, FeedEntry
from schemas.decision import DecisionKind
from schemas.desk_audit import DeskAudit
from schemas.instants import HOUR_MS
from stream.compliance.apart import DECISIONS_APART, FeedApart
from stream.compliance.export import file_of, keys_of
from stream.compliance.fold import AUDIT, Feed
from stream.compliance.log import House
from stream.record.heads import HeadSigner
from stream.record.verify import verify
from tests.compliance import world as make
from tests.compliance.test_fold import TOKEN
from tests.compliance.world import LOG_KEY, START_MS, TRUST, Keys, World


class Apart(World):
    """A restricted feed, what was given to it, and what it wrote."""

    def fresh(self):
        house = House("lender", "CN", HeadSigner(LOG_KEY, "lender/restricted"), self.keys)
        return FeedApart(house)

    def know(self, decided, partition=0, hours=1):
        now_ms = START_MS + hours * HOUR_MS
        return self.give(DECISIONS_APART, partition, msgspec.json.encode(decided), now_ms)

    def see(self, line, hours=1):
        return self.give(AUDIT, 0, msgspec.json.encode(line), START_MS + hours * HOUR_MS)


def line(audit_id, *, restricted=True, **fields):
    return DeskAudit(
        audit_id=audit_id,
        at=make.at(2),
        operator="c-1",
        classes=("COMPLIANCE",),
        what="view_case",
        restricted=restricted,
        **fields,
    )


def sample(world):
    """One of everything, and what must not be in it."""
    warned = make.warning("brw_1", 1, 1, "F17")
    ended = make.warning("brw_1", 2, 2, "F17", transition=Transition.CLEARED)
    noted = {"about": "order-1", "detail": "triage of brw_1/restricted/default/1"}
    world.know(warned)
    world.know(msgspec.structs.replace(warned, phase=Phase.BOOTSTRAP))
    world.know(make.decision("brw_1", 3, DecisionKind.QUIET, 2))
    world.know(make.decision("brw_1", 4, DecisionKind.ACTION_NOTED, 3, **noted), partition=1)
    world.know(make.decision("brw_1", 5, DecisionKind.ACTION_REFUSED, 3, **noted), partition=1)
    world.see(line("a-1", borrower_id="brw_1", case_id="brw_1/restricted/default/1"))
    world.see(line("a-2", restricted=False, borrower_id="brw_2"))
    return world.know(ended, hours=5)


def test_it_has_warnings_orders_and_who_looked_and_nothing_else():
    records = sample(Apart()).records

    assert [each["kind"] for each in records] == [
        "RESTRICTED_WARNING",
        "RESTRICTED_DECISION",
        "RESTRICTED_DECISION",
        "RESTRICTED_ACCESS",
        "RESTRICTED_WARNING",
    ]
    assert [each["seq"] for each in records] == [1, 2, 3, 4, 5]
    assert {each["disclosure_class"] for each in records} == {Disclosure.RESTRICTED}
    assert len({each["subject"] for each in records}) == 1
    assert ["prev_hash" in each for each in records] == [False, True, True, True, True]
    first, noted, _, seen, last = [each["payload"] for each in records]
    assert (first["signal"], first["transition"], last["transition"]) == (
        "F17",
        "opened",
        "cleared",
    )
    assert (noted["what"], noted["about"]) == ("action_noted", "order-1")
    assert (seen["operator"], seen["what"]) == ("c-1", "view_case")


def test_no_token_gets_into_it():
    world = sample(Apart())

    assert TOKEN.findall(json.dumps(world.of("compliance-feed"))) == []
    assert b"brw_1" in b"".join(world.stored), "the keys, by borrower, are in the checkpoint alone"


@pytest.mark.parametrize("value", [b"", b"no", b'{"schema":"decision.v1"}', b"[" * 5000], ids=repr)
def test_what_cannot_be_read_is_a_record_of_its_own_and_told_to_nobody(value):
    world = Apart().give(DECISIONS_APART, 1, value, START_MS)
    (record,) = world.records

    assert record["payload"]["what"] == "unread_record"
    assert record["payload"]["about"] == "decisions-restricted/1/0"
    assert {each.topic for each in world.written} == {"compliance-feed"}


def test_a_line_of_the_desk_that_cannot_be_read_is_the_other_feeds_to_tell():
    assert Apart().give(AUDIT, 0, b"no", START_MS).written == []


def test_its_heads_prove_it_and_are_not_of_the_other_log():
    world = sample(Apart())
    world.feed.come_to(START_MS + 48 * HOUR_MS)
    world.save()
    entries = [msgspec.convert(each, FeedEntry) for each in world.of("compliance-feed")]
    report = verify(file_of(entries, keys_of(world.feed._state)).splitlines(), world.heads)

    assert (report.findings, report.proved) == ([], 5)
    assert {head["body"]["tenant"] for head in world.heads} == {"lender/restricted"}


@settings(max_examples=30, deadline=None)
@given(at=st.sets(st.integers(0, 7)))
def test_a_restart_leaves_no_trace_and_nothing_is_taken_twice(at):
    whole, cut = sample(Apart()), Apart()
    for number, given_ in enumerate(whole.given):
        if number in at:
            cut.restart()
            cut.feed.take(*whole.given[max(0, number - 1)])
        cut.feed.take(*given_)
        cut.save()

    assert cut.written == whole.written
    assert cut.stored == whole.stored


def test_the_other_feed_is_the_same_with_and_without_what_was_seen_in_the_lane():
    """Of the desk's audit both read the same lines: the other one counts none of the lane."""

    def feed(lines):
        house = House("lender", "CN", HeadSigner(LOG_KEY, "lender"), Keys())
        made = Feed(house, TRUST, partitions=2)
        for offset, each in lines:
            made.take(AUDIT, 0, offset, msgspec.json.encode(each), START_MS)
        made.come_to(START_MS + 40 * 24 * HOUR_MS)
        return made.messages()

    seen = [(0, line("a-1", borrower_id="brw_1")), (1, line("a-2", restricted=False))]
    assert feed(seen) == feed(seen[1:]) != []
