"""ingest and the ticker on a real Kafka: nothing is lost, whatever is sent or killed."""

import os
import signal
import threading

import pytest

from schemas.control import Clock, ControlPayload, GoLiveBody
from schemas.dead_letter import Origin
from schemas.instants import DAY_MS, wire
from schemas.journal import Control, LoanContractRecord, RepaymentEvent, Tick
from stream.intake.waiting import stamp
from stream.roles import Role
from tests.broker.sources import BORROWERS, Sources, until
from tests.intake.sample import REPAYMENT, changed, record

pytestmark = pytest.mark.broker

GOOD = 1_000


@pytest.fixture
def sources(settings, tmp_path):
    sources = Sources(settings, tmp_path / "roles.log")
    sources.contracts()
    return sources


def bad_ones(sources):
    """Return ten kinds of bad records, each with the reason that it must be refused for."""

    def altered(at_ms=sources.now_ms, **changes):
        data = changed(REPAYMENT | {"loan_id": "ln_0"}, changes)
        return record("repayment.v1", data, at_ms=at_ms)

    return [
        (b"", "NOT_JSON"),
        (None, "SCHEMA"),
        (b"\x00\xff", "NOT_JSON"),
        (b"[" * 5_000, "TOO_DEEP"),
        (altered(extra="x" * 300_000), "TOO_LARGE"),
        (altered(loan_id="no token"), "SCHEMA"),
        (altered(payment_ref=None), "MISSING_KEY"),
        (altered(phone="13800138000"), "PII_FOUND"),
        (altered(borrower_id="brw_9"), "BORROWER_MISMATCH"),
        (altered(at_ms=sources.now_ms + 3 * DAY_MS), "TIMESTAMP"),
    ]


def test_every_good_one_is_taken_and_every_bad_one_put_aside_with_its_reason(sources):
    bad = bad_ones(sources)
    for n in range(GOOD):
        raw, loan_id = sources.repayment(n)
        sources.send("repayments", raw, key=loan_id)
        sources.send("repayments", bad[n % len(bad)][0], key=b"%d" % n)
    sources.flush()
    with sources.house(Role.INGEST):
        until(lambda: len(sources.letters()) == GOOD)
        until(lambda: len(sources.events()) == GOOD)

    assert set(sources.events()) == {f"e{n}" for n in range(GOOD)}
    reasons = sorted(each.reason for each in sources.letters().values())
    assert reasons == sorted(reason for _, reason in bad * (GOOD // len(bad)))


def test_a_contract_stands_before_the_events_of_its_loan(sources):
    sources.repayments(range(GOOD))
    with sources.house(Role.INGEST):
        until(lambda: len(sources.events()) == GOOD)

    assert overtaken(sources) == (BORROWERS, [])


def test_two_workers_share_the_work_and_contracts_still_come_first(sources):
    with sources.house(Role.INGEST, name="a"), sources.house(Role.INGEST, name="b"):
        sources.contracts(range(BORROWERS, 2 * BORROWERS))
        for n in range(GOOD):
            raw, loan_id = sources.repayment(n, f"ln_{n % (2 * BORROWERS)}")
            sources.send("repayments", raw, key=loan_id)
        sources.flush()
        until(lambda: len(sources.events()) == GOOD)

    assert overtaken(sources) == (2 * BORROWERS, [])
    assert sources.letters() == {}


def overtaken(sources):
    """Return how many contracts there are, and the events that stand before theirs."""
    known, early = set(), []
    for _, each in sources.journal():
        if isinstance(each, LoanContractRecord):
            known.add(each.borrower_id)
        elif each.borrower_id not in known:
            early.append(each)
    return len(known), early


def test_a_kill_loses_nothing(sources):
    sent, enough = [], threading.Event()

    def feed():
        while not enough.wait(0.01):
            start = len(sent)
            sent.extend(sources.repayments(range(start, start + 50)))

    with sources.house(Role.INGEST) as house:
        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            for _ in range(2):
                before = len(sources.events())
                until(lambda before=before: len(sources.events()) > before)
                os.kill(house.pids[Role.INGEST], signal.SIGKILL)
                until(lambda: not house.tend() and not house.health)
                house.wait_ready()
        finally:
            enough.set()
            feeder.join()
        until(lambda: len(sources.events()) == len(sent))

    assert set(sources.events()) == set(sent)


def test_events_of_an_unknown_loan_wait_for_its_contract(sources):
    with sources.house(Role.INGEST) as house:
        sent = sources.repayments(range(20), loan="ln_99")
        known = sources.repayments(range(100, 120))
        until(lambda: len(sources.unresolved()) == len(sent))
        until(lambda: set(sources.events()) == known)
        os.kill(house.pids[Role.INGEST], signal.SIGKILL)
        until(lambda: not house.tend() and not house.health)
        house.wait_ready()

        sources.contracts([99])
        until(lambda: set(sources.events()) == known | sent)

    released = [each for _, each in sources.journal() if getattr(each, "event_id", "") in sent]
    assert {each.borrower_id for each in released} == {"brw_99"}
    # in the order in which they came; killed before a commit, ingest may have taken them twice
    assert list(dict.fromkeys(each.event_id for each in released)) == [f"e{n}" for n in range(20)]
    assert sources.letters() == {}


def test_an_event_that_has_waited_a_day_and_one_that_is_not_ours_are_dead_letters(sources):
    raw, _ = sources.repayment(1, "ln_99")
    day_ago_ms = sources.now_ms - DAY_MS
    origin = Origin(topic="repayments", partition=2, offset=17)
    sources.send("unresolved", raw, key="ln_99", headers=stamp(origin, day_ago_ms))
    sources.send("unresolved", raw, key="ln_99")
    sources.flush()
    with sources.house(Role.INGEST):
        until(lambda: len(sources.letters()) == 2)

    reasons = {each.letter_id.partition("/")[0]: each.reason for each in sources.letters().values()}
    assert reasons == {"repayments": "UNKNOWN_PARTY", "unresolved": "SCHEMA"}
    assert "repayments/2/17" in sources.letters()


def test_control_records_are_copied_everywhere_in_sequence_and_bad_ones_as_void(sources):
    payload = ControlPayload(
        record_id="r1",
        subject="go_live",
        supersedes=None,
        author="a",
        approver="b",
        issued_at=wire(sources.now_ms),
        body=GoLiveBody(clock=Clock.INPUT),
    )
    signed = b'{"payload":"%s","signatures":[]}' % payload.record_id.encode()
    with sources.house(Role.INGEST):
        for value in (signed, b"nonsense", None, signed):
            sources.send("control", value, key=b"go_live")
        sources.flush()
        until(lambda: len([1 for _, each in sources.journal() if isinstance(each, Control)]) == 16)

    for partition in range(sources.settings.partitions):
        copies = [each for p, each in sources.journal() if p == partition and type(each) is Control]
        assert [(each.prev_seq, each.seq) for each in copies] == [(-1, 0), (0, 1), (1, 2), (2, 3)]
        assert [each.signed is None for each in copies] == [False, True, True, False]


def test_ticks_follow_the_input_clock_and_never_overtake_an_event(sources):
    first_ms, second_ms = sources.now_ms - 60_000, sources.now_ms - 30_000
    with sources.house(Role.INGEST, Role.TICKER):
        for at_ms in (first_ms, second_ms):
            sent = sources.repayments(range(at_ms % 1_000, at_ms % 1_000 + 200))
            sources.clocks(at_ms)
            until(lambda at_ms=at_ms: ticked(sources, at_ms) == 4)
            assert sent <= set(sources.events())

    for partition in range(sources.settings.partitions):
        records = [each for p, each in sources.journal() if p == partition]
        ticks = [each for each in records if isinstance(each, Tick)]
        clocks = [each.input_at_ms for each in ticks if each.input_at_ms is not None]
        assert clocks == sorted(clocks)
        assert all(0 <= each.wall_at_ms - sources.now_ms < 120_000 for each in ticks)
        assert any(isinstance(each, RepaymentEvent) for each in records)


def test_a_ticker_that_takes_over_knows_what_was_said_before(sources):
    with sources.house(Role.INGEST, Role.TICKER) as house:
        sources.clocks(sources.now_ms - 60_000)
        until(lambda: ticked(sources, sources.now_ms - 60_000) == 4)
        os.kill(house.pids[Role.TICKER], signal.SIGKILL)
        until(lambda: not house.tend() and Role.TICKER not in house.health)
        sources.clocks(sources.now_ms - 30_000)
        house.wait_ready()
        until(lambda: ticked(sources, sources.now_ms - 30_000) == 4)

    ticks = [each for p, each in sources.journal() if p == 0 and isinstance(each, Tick)]
    clocks = [each.input_at_ms for each in ticks if each.input_at_ms is not None]
    assert clocks == sorted(clocks)
    assert [each.input_at_ms for each in ticks[-len(clocks) :]] == clocks


def ticked(sources, at_ms):
    """Count the partitions that have heard of this time."""
    journal = sources.journal()
    return len({p for p, each in journal if isinstance(each, Tick) and each.input_at_ms == at_ms})
