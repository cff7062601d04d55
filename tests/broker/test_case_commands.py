"""`loanwatch case`: what operators sign reaches the fold as it takes it."""

import json

import msgspec
import pytest

from schemas import journal
from schemas.alert import Phase
from schemas.decision import Decision, DecisionKind
from schemas.signing import Right, Signed, Trust, signers
from stream.commands.case_work import CASES
from stream.decide import Book
from stream.journal.log_reading import messages
from stream.sources.desk_actions import ACTIONS, DECISIONS
from stream.sources.keys import DESK, SECOND, make_trial_keys, read_trust
from stream.sources.sending import send
from tests.broker.flow import until
from tests.decide.cases.night import Night
from tests.decide.conftest import TRUST

pytestmark = pytest.mark.broker


@pytest.fixture
def desk(settings, loanwatch, tmp_path, monkeypatch):
    """A trial's keys and topics."""
    keys, trust_file = tmp_path / "keys", tmp_path / "trust.json"
    make_trial_keys(keys, trust_file)
    monkeypatch.setenv("LOANWATCH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LOANWATCH_TRUST", str(trust_file))
    loanwatch("topics", "create")
    until(lambda: can_be_read(settings))
    return Desk(settings, loanwatch, keys, read_trust(trust_file))


def can_be_read(settings):
    """Whether every partition has a leader that knows it is one: a moment after it was made."""
    places = [
        (topic, n) for topic in (ACTIONS, DECISIONS, CASES) for n in range(settings.partitions)
    ]
    return all(list(messages(settings, *place)) == [] for place in places)


class Desk:
    def __init__(self, settings, loanwatch, keys, trust):
        self.settings, self.trust, self._loanwatch, self._keys = settings, trust, loanwatch, keys

    def __call__(self, *args, by=(DESK,), code=0):
        signed_by = [part for name in by for part in ("--key", str(self._keys / f"{name}.pem"))]
        return self._loanwatch("case", *args, *signed_by, code=code)

    def actions(self):
        """What stands on the topic, in order: borrower, record."""
        return [
            (message.key().decode(), msgspec.json.decode(message.value(), type=Signed))
            for number in range(self.settings.partitions)
            for message in messages(self.settings, ACTIONS, number)
        ]

    def folded(self):
        """What a book decides of them: each is noted in `decisions`, as the monitor does."""
        book, noted = Book(self.trust, speaks=True), []
        for borrower_id, record in self.actions():
            action = journal.Action(borrower_id=borrower_id, wall_arrival_at_ms=1, signed=record)
            outputs = book.fold(borrower_id.encode(), journal.encode(action))
            noted += [each.value for each in outputs if each.topic == DECISIONS]
        return [msgspec.json.decode(value, type=Decision) for value in noted]

    def show(self, borrower_id):
        return self._loanwatch("case", "show", borrower_id)

    def note(self, decision):
        send(self.settings, "test", DECISIONS, "brw_1", msgspec.json.encode(decision))


def test_one_after_the_other_supersedes_and_counts(desk):
    first = desk("hold", "brw_1", "HARDSHIP", "--reason", "asked for relief")
    assert [each.kind for each in desk.folded()] == [DecisionKind.ACTION_NOTED]
    for decision in desk.folded():
        desk.note(decision)

    desk("lift", "brw_1", "HARDSHIP", "--reason", "answered", by=(DESK, SECOND))
    assert [each.kind for each in desk.folded()] == [DecisionKind.ACTION_NOTED] * 2
    (_, record) = desk.actions()[1]
    assert json.loads(record.payload)["supersedes"] == first["record_id"]
    assert signers(record, trust=desk.trust, right=Right.ACTION) == {DESK, SECOND}


def test_one_alone_lifts_no_hold(desk):
    desk("hold", "brw_1", "HARDSHIP", "--reason", "asked for relief")
    desk.note(desk.folded()[0])
    desk("lift", "brw_1", "HARDSHIP", "--reason", "answered")

    assert [each.kind for each in desk.folded()] == [
        DecisionKind.ACTION_NOTED,
        DecisionKind.ACTION_REFUSED,
    ]


def test_what_is_refused_is_not_superseded(desk):
    refused = Decision(
        decision_id="brw_1/1",
        subject_kind="BORROWER",
        subject_id="brw_1",
        ordinal=1,
        kind=DecisionKind.ACTION_REFUSED,
        at="2026-03-10T16:00:00.000Z",
        phase=Phase.LIVE,
        about="action",
    )
    desk.note(refused)
    desk("snooze", "brw_1", "--until", "2026-04-01T00:00:00Z", "--reason", "promised")

    ((_, record),) = desk.actions()
    assert json.loads(record.payload)["supersedes"] is None


CASE = "brw_1/default/1"
WORK = (
    ("claim", CASE),
    ("note", CASE, "called, no answer"),
    ("outcome", CASE, "TEMPORARY"),
    ("close", CASE),
)


def test_a_case_is_worked_from_claim_to_close(desk):
    """The monitor's part is played by a book that reads the topic and publishes what it decides."""
    night = Night()
    night.payee_changed()
    book = Book(Trust(keys=(*TRUST.keys, *desk.trust.keys)), speaks=True)
    for key, value in night.records:
        publish(desk.settings, book.fold(key, value))

    for number, args in enumerate(WORK):
        sent = desk(*args)
        borrower_id, record = desk.actions()[number]
        action = journal.Action(
            borrower_id=borrower_id, wall_arrival_at_ms=night.now_ms, signed=record
        )
        publish(desk.settings, book.fold(borrower_id.encode(), journal.encode(action)))
        shown = desk.show("brw_1")
        assert shown["last_action_id"] == sent["record_id"]

    assert (shown["state"], shown["outcome"], shown["holder"]) == ("CLOSED", "TEMPORARY", DESK)
    assert [each["kind"] for each in shown["entries"]] == ["opened", *(args[0] for args in WORK)]


def publish(settings, outputs):
    """Send what concerns cases, as the monitor does; the first partition is as good as another."""
    for each in outputs:
        if each.topic in (DECISIONS, CASES):
            send(settings, "test", each.topic, each.key.decode(), each.value)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        pytest.param(
            ("hold", "brw_1", "COMPLIANCE", "--reason", "x"), "'COMPLIANCE'", id="no operator's"
        ),
        pytest.param(("hold", "31c", "HARDSHIP", "--reason", "x"), "brw_", id="no token"),
        pytest.param(
            ("snooze", "brw_1", "--until", "soon", "--reason", "x"), "until", id="no instant"
        ),
        pytest.param(("release-tier", "brw_1", "none"), "'none'", id="no tier"),
        pytest.param(("triage", CASE, "MAYBE"), "'MAYBE'", id="no first look"),
        pytest.param(("note", CASE, "call 13800138000"), "personal data", id="a number"),
        pytest.param(("release-loan", "brw_1", "ln_1", "--in-doubt", "x"), "'x'", id="no choice"),
    ],
)
def test_what_is_no_order_is_not_sent(desk, args, told):
    assert told in desk(*args, code=2)
    assert desk.actions() == []
