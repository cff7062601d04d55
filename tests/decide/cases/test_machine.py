"""Any orders by anybody, in any order: what holds of every case, and that no run is special."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.instants import HOUR_MS, wire
from stream.decide import Book
from tests.decide.cases.night import CLASSES, Night, of
from tests.decide.conftest import TRUST

PEOPLE = ("ann", "ben", "sue", "cat", "col")
CLASS_OF = CLASSES | {"col": "COLLECTIONS"}
WORKERS = {"ann", "ben", "sue"}
BORROWERS = ("brw_1", "brw_2", "brw_3", "brw_4")
HAPPENINGS = ("worse", "failed", "hours", "days")
KINDS = (
    "claim", "claim", "give_back", "assign", "acknowledge", "triage", "measure", "wait", "note",
    "outcome", "outcome", "close", "snooze_tier", "hold", "lift_hold", "endorse", "stale",
)  # fmt: skip
BROADCAST = (journal.TICK_KEY, journal.CONTROL_KEY)

STEPS = st.lists(
    st.tuples(
        st.sampled_from((*HAPPENINGS, *KINDS)),
        st.sampled_from(PEOPLE),
        st.sampled_from(BORROWERS[:2]),
        st.integers(1, 60),
    ),
    min_size=4,
    max_size=30,
)


def play(steps, borrowers=BORROWERS[:2]):
    night = Night()
    for each in borrowers:
        night.payee_changed(each)
    for kind, who, borrower, number in steps:
        match kind:
            case "worse":
                night.payee_changed(borrower)
            case "failed":
                night.repayment(
                    "COLLECTION_ATTEMPT", "FAILED", borrower=borrower, loan=f"ln_{borrower[4:]}",
                    reason_class="INSUFFICIENT_FUNDS",
                )  # fmt: skip
            case "hours":
                night.until(night.now_ms + number * HOUR_MS // 4, every_ms=5 * HOUR_MS)
            case "days":
                night.until(night.now_ms + number * 24 * HOUR_MS, every_ms=24 * HOUR_MS)
            case _:
                order(night, kind, who, borrower, number)
    night.until(night.now_ms + 30 * HOUR_MS, every_ms=10 * HOUR_MS)
    return night


def order(night, kind, who, borrower, number):
    until = wire(night.now_ms + number * HOUR_MS)
    fields = {
        "assign": {"holder": PEOPLE[number % 5]},
        "triage": {"triage": "REAL"},
        "measure": {"measure": "CONTACT"},
        "wait": {"until": until, "reason": "promised"},
        "note": {"text": f"note {number}"},
        "outcome": {"outcome": "TEMPORARY"},
        "snooze_tier": {"legal_entity": "default", "until": until, "reason": "later"},
        "hold": {"hold": "DISPUTE", "reason": "says so"},
        "lift_hold": {"hold": "DISPUTE", "reason": "answered"},
        "endorse": {"record_id": waiting(night, borrower)},
    }.get(kind, {})
    is_of_case = kind not in ("snooze_tier", "hold", "lift_hold", "endorse")
    how = {"supersedes": "long-ago"} if kind == "stale" else {}
    name = "claim" if kind == "stale" else kind
    night.says(who, name, borrower, case=is_of_case, fields=fields, cls=CLASS_OF[who], **how)


def waiting(night, borrower):
    pending = (night.case(borrower) or {}).get("pending") or [{"action_id": "a0"}]
    return pending[-1]["action_id"]


def versions(outputs):
    found = {}
    for each in of(outputs, "cases"):
        found.setdefault(each["case_id"], []).append(each)
    return found


@given(STEPS)
@settings(max_examples=120, deadline=None)
def test_what_holds_of_every_case(steps):
    night = play(steps)

    for rows in versions(night.outputs).values():
        assert [each["version"] for each in rows] == [*range(1, len(rows) + 1)], "a gap"
        check_holders(rows)
        for row in rows:
            check(row)
        assert all(row["state"] != "CLOSED" for row in rows[:-1]), "told after it was closed"


def check(row):
    if row["state"] == "CLOSED":
        is_unclaimed = "ended_at" in row and "holder" not in row and "measure" not in row
        assert "outcome" in row or is_unclaimed
    assert (row["state"] == "WAIT") == ("wait_until" in row)
    assert (row["state"] == "NEW") <= ("ack_due_at" in row)
    for line in row["entries"]:
        if line.get("operator"):
            is_worker = line["operator"] in WORKERS
            assert is_worker or line["kind"] in ("hold", "lift_hold"), line
        if line["kind"] == "endorse" and line.get("done") != "REFUSED":
            assert not line["detail"].endswith(f" of {line['operator']}"), "endorsed by oneself"


def check_holders(rows):
    """A holder changes only by claim, assignment or giving back."""
    for before, after in pairwise(rows):
        if before.get("holder") != after.get("holder"):
            last = after["entries"][-1]
            assert last["kind"] in ("claim", "assign", "give_back"), last
            assert last.get("done", "DONE") == "DONE"
            if last["kind"] == "claim":
                assert "holder" not in before
                assert after["holder"] == last["operator"]
            if last["kind"] == "assign":
                assert last["operator"] == "sue"


@given(STEPS, st.integers(1, 7))
@settings(max_examples=30, deadline=None)
def test_a_worker_that_dies_again_and_again_tells_the_same(steps, every):
    night = play(steps)

    told, stored = [], {}
    for start in range(0, len(night.records), every):
        book = Book(TRUST, speaks=True)
        for key, value in stored.items():
            book.restore(key, value)
        for key, value in night.records[start : start + every]:
            told += book.fold(key, value)
        stored |= dict(book.changes())

    assert told == night.outputs


@given(STEPS, st.sampled_from([4, 8]))
@settings(max_examples=20, deadline=None)
def test_a_split_journal_tells_the_same_of_each_case(steps, partitions):
    night = play(steps, BORROWERS)
    books = [Book(TRUST, speaks=n == 0) for n in range(partitions)]
    split = []
    for key, value in night.records:
        for number, book in enumerate(books):
            if key in BROADCAST or number == sum(key) % partitions:
                split += book.fold(key, value)

    assert versions(split) == versions(night.outputs) != {}
