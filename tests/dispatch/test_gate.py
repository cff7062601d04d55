"""The gate: each reason alone, and what never happens whatever is done."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from schemas.alert import Phase
from schemas.collection_trigger import Channel, Op
from schemas.instants import from_ms, to_ms, wire
from schemas.permit import CollectionOutcome, OutcomeKind
from stream.dispatch.limits import Limits
from stream.dispatch.refusals import Reason, Refusal
from tests.dispatch.conftest import MINUTE, NOW, Gate, kill, request, trigger


def outcome(permit, **fields):
    """What an executor says that came of a permit."""
    told = {
        "outcome_id": "o1",
        "borrower_id": permit.borrower_id,
        "channel": permit.channel,
        "outcome": OutcomeKind.CONTACTED,
        "at": permit.granted_at,
        "trigger_id": permit.trigger_id,
        "permit_id": permit.permit_id,
    }
    return CollectionOutcome(**told | fields)


def told(**fields):
    return lambda gate: gate.tell(trigger(**fields))


def op(op):
    return lambda gate: gate.tell(trigger(), trigger(ordinal=2, op=op))


def unread(gate):
    gate.tell(trigger())
    with pytest.raises(ValueError, match="malformed"):
        gate.triggers.fold(b"brw_1", b"no json")


def switched(gate):
    gate.tell(trigger()).switch.apply(kill(on=True, by=["ann"], approver="ann")[0])


def unknown_switch(gate):
    gate.tell(trigger()).switch.known_ms = None


def old_switch(gate):
    gate.tell(trigger()).switch.known_ms = NOW - 1_001


def no_tick(gate):
    gate.triggers.through_ms = None
    gate.tell(trigger())


def old_tick(gate):
    gate.triggers.through_ms = NOW - 30_001
    gate.tell(trigger())


def tick_ahead(gate):
    gate.triggers.through_ms = NOW + 5_001
    gate.tell(trigger())


def granted_to_another(gate):
    gate.tell(trigger())
    assert gate.reason(request(key="k2")) is None


def ended(gate):
    gate.tell(trigger())
    assert gate.reason(request()) is None
    gate.now += gate.limits.valid_ms + 1
    gate.fresh()


def busy(gate):
    gate.tell(trigger(), trigger("t2"))
    assert gate.reason(request("t2")) is None


def spent_minute(gate):
    gate.tell(trigger(), trigger("t2", borrower_id="brw_2"))
    gate.limits = gate.limits._replace(per_minute=1)
    assert gate.reason(request("t2")) is None


def spent_hour(gate):
    gate.tell(trigger(), trigger("t2", borrower_id="brw_2"))
    gate.limits = gate.limits._replace(per_hour=1)
    assert gate.reason(request("t2")) is None
    gate.now += 2 * MINUTE
    gate.fresh()


OBJECTIONS = {
    Reason.KILL_SWITCH: [("on, by one person", switched)],
    Reason.KILL_SWITCH_UNKNOWN: [("never read", unknown_switch), ("a while ago", old_switch)],
    Reason.STALE: [("no tick yet", no_tick), ("an old tick", old_tick)],
    Reason.CLOCK_SKEW: [("a tick ahead", tick_ahead)],
    Reason.UNREADABLE: [("a record that is none", unread)],
    Reason.GRANTED_TO_ANOTHER: [("another key", granted_to_another)],
    Reason.NOT_LIVE: [("bootstrap", told(phase=Phase.BOOTSTRAP))],
    Reason.SIMULATED: [("simulated", told(simulated=True))],
    Reason.RETRACTED: [("retracted", op(Op.RETRACT))],
    Reason.DEFERRED: [("deferred", op(Op.DEFER))],
    Reason.SUPPRESSED: [("suppressed", op(Op.SUPPRESS))],
    Reason.NEEDS_APPROVAL: [("needs approval", op(Op.NEED_APPROVAL))],
    Reason.SUPERSEDED: [("a newer proposal", op(Op.PROPOSE))],
    Reason.CHANNEL: [("another channel", told(channel=Channel.MESSAGE))],
    Reason.NO_WINDOW: [
        ("no earliest", told(earliest_at=None)),
        ("no latest", told(latest_at=None)),
        ("no expiry", told(expires_at=None)),
    ],
    Reason.TOO_EARLY: [("a millisecond early", told(earliest_at=wire(NOW + 1)))],
    Reason.TOO_LATE: [("a millisecond late", told(latest_at=wire(NOW - 1)))],
    Reason.EXPIRED: [("at its expiry", told(expires_at=wire(NOW)))],
    Reason.PERMIT_ENDED: [("asked again too late", ended)],
    Reason.BORROWER_BUSY: [("another contact is open", busy)],
    Reason.LIMIT_MINUTE: [("the minute is spent", spent_minute)],
    Reason.LIMIT_HOUR: [("the hour is spent", spent_hour)],
}
OF_THE_PROCESS = {Reason.NOT_OWNER, Reason.BEHIND, Reason.UNKNOWN_TRIGGER, Reason.NOT_WRITTEN}


def test_every_reason_of_the_gate_is_in_the_table():
    assert OBJECTIONS.keys() | OF_THE_PROCESS == set(Reason)


@pytest.mark.parametrize(
    ("reason", "spoil"),
    [
        pytest.param(reason, spoil, id=f"{reason}: {what}")
        for reason, cases in OBJECTIONS.items()
        for what, spoil in cases
    ],
)
def test_one_objection_is_enough(reason, spoil):
    gate = Gate()
    spoil(gate)
    asked = request(ordinal=1)

    answer = gate.ask(asked)

    assert isinstance(answer, Refusal)
    assert answer.reason is reason
    assert answer.detail
    assert not answer.detail.endswith(".")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"earliest_at": wire(NOW)}, id="from its earliest millisecond"),
        pytest.param({"latest_at": wire(NOW)}, id="to its latest"),
        pytest.param({"expires_at": wire(NOW + 1)}, id="to the last before it expires"),
    ],
)
def test_a_proposal_in_its_window_is_granted(fields):
    gate = Gate().tell(trigger(**fields))

    permit = gate.ask(request()).permit

    assert to_ms(permit.granted_at) == NOW
    assert permit.channel is Channel.CALL


def test_a_permit_ends_with_the_window_and_with_the_proposal():
    for field, expected in (("latest_at", NOW + 7), ("expires_at", NOW + 6)):
        gate = Gate().tell(trigger(**{field: wire(NOW + 7)}))
        assert to_ms(gate.ask(request()).permit.valid_until) == expected


def test_freshness_is_kept_to_the_millisecond():
    for tick in (NOW - 30_000, NOW + 5_000):
        gate = Gate().tell(trigger())
        gate.triggers.through_ms = tick
        assert gate.reason(request()) is None


def test_the_same_request_gets_the_same_permit_and_another_none():
    gate = Gate().tell(trigger())
    first = gate.ask(request())
    gate.now += 1_000
    again = gate.ask(request())

    assert again.permit == first.permit
    assert (first.is_new, again.is_new) == (True, False)
    assert gate.reason(request(key="k2")) is Reason.GRANTED_TO_ANOTHER
    assert gate.reason(request(executor="agency")) is Reason.GRANTED_TO_ANOTHER


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(
            lambda g: g.tell(trigger(ordinal=2, op=Op.RETRACT)), Reason.RETRACTED, id="retracted"
        ),
        pytest.param(lambda g: g.switch.apply(kill(on=True)[0]), Reason.KILL_SWITCH, id="switch"),
    ],
)
def test_a_permit_is_not_answered_again_when_something_speaks_against_sending(spoil, reason):
    gate = Gate().tell(trigger())
    assert gate.reason(request()) is None
    spoil(gate)

    assert gate.reason(request()) is reason


def test_an_outcome_frees_the_borrower():
    gate = Gate().tell(trigger(), trigger("t2"))
    permit = gate.ask(request()).permit
    assert not gate.grants.settle(outcome(permit, permit_id="pm_another"))
    assert gate.reason(request("t2")) is Reason.BORROWER_BUSY
    assert gate.grants.settle(outcome(permit))

    assert gate.reason(request("t2")) is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"permit_id": None}, id="no permit"),
        pytest.param({"permit_id": "pm_another"}, id="a permit that nobody gave"),
        pytest.param({"borrower_id": "brw_2"}, id="another borrower's"),
        pytest.param({"channel": Channel.LETTER}, id="another channel's"),
        pytest.param({"at": from_ms(NOW - 5_001)}, id="before it was granted"),
    ],
)
def test_a_contact_without_a_valid_permit_is_told_apart(fields):
    gate = Gate().tell(trigger())
    permit = gate.ask(request()).permit

    assert gate.grants.settle(outcome(permit))
    assert not gate.grants.settle(outcome(permit, **fields))


def test_limits_free_themselves():
    gate = Gate(per_minute=2)
    names = [f"t{n}" for n in range(4)]
    gate.tell(*(trigger(name, borrower_id=f"brw_{name}") for name in names))
    reasons = [gate.reason(request(name)) for name in names]
    answer = gate.ask(request("t3"))
    gate.now = answer.again_ms
    gate.fresh()

    assert reasons == [None, None, Reason.LIMIT_MINUTE, Reason.LIMIT_MINUTE]
    assert gate.reason(request("t3")) is None


@given(limit=st.integers(0, 500), partitions=st.integers(1, 64))
def test_shares_of_a_limit_are_as_even_as_can_be_and_add_up_to_it(limit, partitions):
    shares = [Limits(per_minute=limit).share(n, partitions).per_minute for n in range(partitions)]

    assert max(shares) - min(shares) <= 1
    assert sum(shares) == limit or (0 < limit < partitions and set(shares) == {1})


class AnyHistory(RuleBasedStateMachine):
    """Records, requests, switches and time in any order, judged by a list of what happened."""

    names = st.sampled_from(["t1", "t2", "t3"])

    def __init__(self):
        super().__init__()
        self.gate = Gate(per_minute=3)
        self.granted = {}
        self.ordinal = dict.fromkeys(["t1", "t2", "t3"], 0)
        self.last_op = {}
        self.on, self.in_force = False, None

    @rule(name=names, op=st.sampled_from(Op))
    def tell(self, name, op):
        self.ordinal[name] += 1
        self.last_op[name] = op
        window = {
            "earliest_at": wire(self.gate.now - MINUTE),
            "latest_at": wire(self.gate.now + MINUTE),
            "expires_at": wire(self.gate.now + 2 * MINUTE),
        }
        borrower_id = f"brw_{int(name[1]) % 2}"
        self.gate.tell(trigger(name, self.ordinal[name], op, borrower_id=borrower_id, **window))

    @rule(name=names, back=st.integers(1, 2))
    def tell_an_older_one_again(self, name, back):
        if self.ordinal[name] > back:
            self.gate.tell(trigger(name, self.ordinal[name] - back))

    @rule(on=st.booleans())
    def switch(self, on):
        record, record_id = kill(on=on, supersedes=self.in_force)
        self.gate.switch.apply(record)
        self.on, self.in_force = on, record_id

    @rule(by=st.sampled_from([[], ["ann"], ["desk", "ann"]]), on=st.booleans())
    def forge(self, by, on):
        forged = kill(on=on, by=by, approver="bob", supersedes=self.in_force)[0]
        if on and by == ["ann"]:
            return  # one signature switches on
        with pytest.raises(ValueError, match=r"signature|sign"):
            self.gate.switch.apply(forged)

    @rule(ms=st.sampled_from([1, 900, 20_000, 40_000]), fresh=st.booleans())
    def wait(self, ms, fresh):
        self.gate.now += ms
        if fresh:
            self.gate.fresh()

    @rule(name=names, key=st.sampled_from(["k1", "k2"]), back=st.integers(0, 1))
    def ask(self, name, key, back):
        if not self.ordinal[name]:
            return
        answer = self.gate.ask(request(name, ordinal=self.ordinal[name] - back, key=key))
        if isinstance(answer, Refusal):
            return
        permit = answer.permit
        assert self.granted.setdefault(name, permit) == permit
        assert not self.on
        assert self.last_op[name] is Op.PROPOSE
        assert back == 0
        assert self.gate.now - self.gate.switch.known_ms <= 1_000
        assert self.gate.now - self.gate.triggers.through_ms <= 30_000
        assert self.gate.now <= to_ms(permit.valid_until)

    @invariant()
    def no_borrower_is_contacted_twice_at_once(self):
        now = self.gate.now
        valid = [p.borrower_id for p in self.granted.values() if now <= to_ms(p.valid_until)]
        assert len(valid) == len(set(valid))

    @invariant()
    def no_more_than_the_limit_within_a_minute(self):
        recent = [p for p in self.granted.values() if to_ms(p.granted_at) > self.gate.now - MINUTE]
        assert len(recent) <= 3


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = hypothesis_settings(max_examples=150, stateful_step_count=40)
