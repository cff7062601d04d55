"""Payees that several borrowers have turned to, over any number of partitions."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.scene import UNCHANGED
from schemas import journal
from schemas.header import RecordKind
from schemas.settlement import Settlement
from stream.decide.payees.stage import NO_STRANGERS
from stream.decide.payees.state import Payees
from tests.decide.feeds.world import Cluster, World, told

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

list @announced of counterparty_token

rule shared
  name "Shared payee" / "同一收款方"
  signal X12
  family authenticity
  lane credit
  when payee.shared_by >= 3
  tier severe hard
  except "announced" / "已公告" if payee.token in @announced
  reason "{payee.shared_by} at {payee.token | mask}" / "{payee.shared_by}户"
end
"""
STRANGERS = ("brw_1", "brw_2", "brw_3")


class Street(World):
    """A journal in which borrowers turn to payees."""

    def turn(self, days, borrower, payee, *, key=None, **how):
        data = Settlement(
            **{
                "event_type": "ACCOUNT_EVENT",
                "account_token": "acc_" + borrower[4:],
                "account_change": "PAYEE_CHANGED",
                "counterparty_token": payee,
            }
            | how
        )
        return self.event(journal.SettlementEvent, days, borrower, data, key=key)


def world(*turns, until):
    """A live journal of turns: (days, borrower, payee) and options."""
    made = Street().rules(RULES).go_live()
    for days, borrower, payee, *how in turns:
        made.now(days).turn(days, borrower, payee, **(how[0] if how else {}))
    return made.now(until)


def three(payee="cp_9", **how):
    return [(n, borrower, payee, how) for n, borrower in enumerate(STRANGERS, start=1)]


def shared(cluster):
    """By borrower what its warnings say, one after the other."""
    alerts = [msgspec.json.decode(o.value) for o in cluster.outputs if o.topic == "alerts"]
    found = {}
    for alert in alerts:
        told = (alert["transition"], alert["tier"], alert["cause"])
        found.setdefault(alert["borrower_id"], []).append(told)
    return found


def snapshots(cluster):
    """What crossing has answered last, if it has said anything of payees."""
    return [said for said in cluster.crossing.said if isinstance(said, journal.PayeeSnapshot)]


OPENED = ("opened", "severe", "signal")


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_three_strangers_are_warned_of_within_the_hour(partitions):
    at_once = Cluster(partitions).fold(world(*three(), until=3).records)
    later = Cluster(partitions).fold(world(*three(), until=3 + 1 / 24).records)

    assert shared(at_once) == {}
    assert shared(later) == {borrower: [OPENED] for borrower in STRANGERS}


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param(three()[:2], id="two"),
        pytest.param([*three()[:2], (3, "brw_3", "cp_8")], id="another payee"),
        pytest.param([(n, "brw_1", "cp_9") for n in (1, 2, 3)], id="one borrower three times"),
        pytest.param([*three()[:2], (3, "brw_3", None)], id="a payee that nobody names"),
        *(
            pytest.param([*three()[:2], (3, "brw_3", "cp_9", {"counterparty_class": of})], id=of)
            for of in sorted(NO_STRANGERS)
        ),
    ],
)
def test_what_is_no_payee_of_three(turns):
    assert shared(Cluster(4).fold(world(*turns, until=5).records)) == {}


def test_a_borrower_with_two_accounts_is_told_of_the_payee_with_more():
    other = (2.5, "brw_1", "cp_8", {"account_token": "acc_9"})

    found = shared(Cluster(4).fold(world(*three(), other, until=5).records))

    assert found == {borrower: [OPENED] for borrower in STRANGERS}


ENDS = ("cleared", "none", "decay")


@pytest.mark.parametrize("partitions", [1, 4])
def test_who_turns_to_its_own_account_again_leaves_two(partitions):
    back = (4, "brw_2", "cp_own", {"counterparty_class": "SELF"})

    found = shared(Cluster(partitions).fold(world(*three(), back, until=5).records))

    assert found == {borrower: [OPENED, ENDS] for borrower in STRANGERS}


@pytest.mark.parametrize("partitions", [1, 4])
def test_a_change_that_was_an_error_is_taken_back(partitions):
    turns = three()
    turns[2] = (3, "brw_3", "cp_9", {"key": "change"})
    error = {"key": "change", "record_version": 2, "record_kind": RecordKind.CANCEL}

    cluster = Cluster(partitions).fold(world(*turns, (4, "brw_3", "cp_9", error), until=5).records)

    assert shared(cluster)["brw_3"] == [OPENED, ("withdrawn", "none", "correction")]
    assert shared(cluster)["brw_1"] == [OPENED, ENDS]


def test_after_sixty_days_a_change_counts_no_more():
    made = world(*three(), until=60.9)
    before = shared(Cluster(4).fold(made.records))
    after = shared(Cluster(4).fold(made.now(61.1).now(61.2).now(63.1).records))

    assert before == {borrower: [OPENED] for borrower in STRANGERS}
    assert after == {borrower: [OPENED, ENDS] for borrower in STRANGERS}


def test_a_change_that_is_known_after_sixty_days_counts_never():
    late = world(until=70)
    for days, borrower, payee, _ in three():
        late.turn(days, borrower, payee)

    assert shared(Cluster(4).fold(late.now(71).records)) == {}


def test_who_has_turned_to_its_own_account_alone_has_no_payee():
    payees = Payees(0)

    assert payees.put("brw_1", {}) is False
    assert payees.of("brw_1") == UNCHANGED
    assert list(payees.store()) == []


def test_an_announced_payee_is_no_signal():
    made = Street().rules(RULES).members("@announced", "cp_9").go_live()
    for days, borrower, payee, _ in three():
        made.now(days).turn(days, borrower, payee)

    assert shared(Cluster(4).fold(made.now(5).records)) == {}


def test_who_is_announced_later_is_no_signal_any_more_at_the_next_look():
    made = world(*three(), until=4).members("@announced", "cp_9").now(4.1)
    made.turn(4.1, "brw_4", "cp_9").now(5)

    found = shared(Cluster(1).fold(made.records))

    assert {borrower: told[-1][:2] for borrower, told in found.items()} == dict.fromkeys(
        STRANGERS, ("cleared", "none")
    )


def test_only_counts_leave_a_partition_and_nothing_is_answered_of_one():
    cluster = Cluster(4).fold(world(*three()[:1], until=5).records)
    crossings = [
        o.value for o in cluster.outputs if o.topic == "crossings" and b"payees" in o.value
    ]

    assert any(b'"cp_9":1' in value for value in crossings)
    assert not any(b"brw_" in value for value in crossings)
    assert snapshots(cluster) == []


def test_an_answer_that_is_older_changes_nothing():
    cluster = Cluster(1).fold(world(*three(), until=4).records)
    before = len(cluster.outputs)
    old = journal.PayeeSnapshot(version=1, at_ms=1, shared={})
    cluster.fold([(journal.SEGMENT_KEY, journal.encode(old))])

    assert len(cluster.outputs) == before


REPAIRED_DAYS = 14
"""A correction that comes later is too late, and a dead letter."""

turns = st.lists(
    st.one_of(
        st.tuples(
            st.just("turn"),
            st.integers(1, 6),
            st.sampled_from(["cp_7", "cp_8", "cp_9", None]),
            st.sampled_from(["UNKNOWN", "SELF"]),
            st.sampled_from(["a", "b"]),
        ),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("now"), st.sampled_from([0.01, 0.5, 3, 20])),
    ),
    max_size=30,
)


def written(drawn):
    made, days, said = Street().rules(RULES).go_live(), 0.0, []
    for what, *of in drawn:
        if what == "now":
            days += of[0]
            made.now(days)
        elif what == "turn":
            number, payee, sort, account = of
            days += 0.001
            key = f"c{len(said)}"
            said.append((days, f"brw_{number}", key, account))
            how = {"counterparty_class": sort, "account_token": f"acc_{account}", "key": key}
            made.turn(days, f"brw_{number}", payee, **how)
        elif of[0] < len(said) and days - said[of[0]][0] < REPAIRED_DAYS:
            at, borrower, key, account = said[of[0]]
            how = {"record_version": 2, "record_kind": RecordKind.CANCEL, "key": key}
            made.turn(at, borrower, "cp_9", account_token=f"acc_{account}", **how)
    return made.now(days + 1)


@pytest.mark.parametrize("partitions", [4, 8])
@given(turns)
@settings(max_examples=25)
def test_a_split_journal_gives_the_same(partitions, drawn):
    records = written(drawn).records

    assert told(Cluster(partitions).fold(records)) == told(Cluster(1).fold(records))


@given(turns, st.data())
@settings(max_examples=25)
def test_a_restart_changes_nothing(drawn, data):
    records = written(drawn).records
    place = data.draw(st.integers(0, len(records)))
    straight, again = Cluster(2).fold(records), Cluster(2).fold(records[:place])

    stored = [book.changes() for book in again.books]
    again.books = Cluster(2).books
    for book, changes in zip(again.books, stored, strict=True):
        for key, value in reversed(changes):
            book.restore(key, value)
    again.fold(records[place:])

    assert again.outputs == straight.outputs


@given(turns)
@settings(max_examples=30)
def test_the_counts_are_those_of_a_recount(drawn):
    """Worked out anew from the records alone: the last change of each account within 60 days."""
    records = written(drawn).records
    cluster = Cluster(4).fold(records)
    ends_ms = cluster.books[0]._broadcast.position.now_ms
    versions = {}
    for _, value in records:
        record = journal.decode(value)
        if isinstance(record, journal.SettlementEvent):
            versions[record.business_key] = max(
                record, versions.get(record.business_key, record), key=version_of
            )
    last = {}
    for _, record in sorted(versions.items()):
        data = record.data
        if data.record_kind is RecordKind.CANCEL or record.event_at_ms < ends_ms - 60 * 86_400_000:
            continue
        account = (record.borrower_id, data.account_token)
        if account not in last or record.event_at_ms >= last[account].event_at_ms:
            last[account] = record
    who = {}
    for (borrower, _), record in last.items():
        data = record.data
        if data.counterparty_class not in NO_STRANGERS and data.counterparty_token:
            who.setdefault(data.counterparty_token, set()).add(borrower)

    counts = {payee: len(of) for payee, of in who.items() if len(of) > 1}
    assert cluster.health() == []
    assert ([{}] + [said.shared for said in snapshots(cluster)])[-1] == counts


def version_of(record):
    return record.data.record_version
