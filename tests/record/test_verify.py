"""The verifier: what was done to the record is found, and where; what is whole is left alone."""

import copy
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.instants import wire
from stream.record import verify as module
from stream.record.verify import UnreadableError, verify
from tests.record.log import START_MS, encoded, records, refit, without_leaves, written

SIZE = 50
LINES, HEADS = written(records(SIZE))


def found(lines, heads=HEADS, witnessed=(), **how):
    """The findings as {(index, what)}."""
    report = verify(encoded(lines), heads, witnessed, **how)
    return {(index, what) for index, what, _ in report.findings}


def edit(lines, n, **payload):
    lines[n]["record"]["payload"] |= payload
    return refit(lines[n])


def edited(n):
    def tamper(lines):
        edit(lines, n, to="mild")

    return tamper


def edited_only_the_record(lines):
    lines[20]["record"]["payload"]["to"] = "mild"


def edited_with_another_salt(lines):
    lines[20]["salt"] = "00" * 32
    refit(lines[20])


def removed(*numbers):
    def tamper(lines):
        for n in sorted(numbers, reverse=True):
            del lines[n]

    return tamper


def inserted(at):
    def tamper(lines):
        forged = copy.deepcopy(lines[at])
        forged["record"]["payload"]["n"] = "forged"
        lines.insert(at, refit(forged))

    return tamper


def moved(lines):
    lines.insert(9, lines.pop(30))


def swapped(lines):
    lines[12], lines[13] = lines[13], lines[12]


def back_dated(lines):
    lines[40]["record"]["logged_at"] = wire(START_MS)
    refit(lines[40])


def erased_but_not(lines):
    """Claims that a record is erased, and gives another leaf for it."""
    lines[7] = {"log_index": 7, "leaf": "ab" * 32}


TAMPERED = [
    pytest.param(edited(20), {(20, "edited")}, id="edited, everything refitted"),
    pytest.param(edited(0), {(0, "edited")}, id="the first"),
    pytest.param(edited(SIZE - 1), {(SIZE - 1, "edited")}, id="the last"),
    pytest.param(edited_only_the_record, {(20, "edited")}, id="edited, the leaf left"),
    pytest.param(edited_with_another_salt, {(20, "edited")}, id="another salt"),
    pytest.param(removed(20), {(20, "removed")}, id="removed"),
    pytest.param(removed(20, 21, 22), {(n, "removed") for n in (20, 21, 22)}, id="three removed"),
    pytest.param(removed(SIZE - 1), {(SIZE - 1, "removed")}, id="the last removed"),
    pytest.param(removed(*range(10)), {(n, "removed") for n in range(10)}, id="the beginning"),
    pytest.param(inserted(20), {(20, "inserted")}, id="inserted"),
    pytest.param(moved, {(30, "re-ordered")}, id="moved forward"),
    pytest.param(swapped, {(13, "re-ordered")}, id="two swapped"),
    pytest.param(back_dated, {(40, "edited"), (40, "back-dated")}, id="back-dated"),
    pytest.param(erased_but_not, {(7, "edited")}, id="erased under another leaf"),
]


def test_what_is_whole_is_left_alone():
    report = verify(encoded(LINES), HEADS, HEADS)

    assert report.findings == []
    assert (report.entries, report.proved, report.heads, report.witnessed) == (50, 50, 7, 7)


@pytest.mark.parametrize(("tamper", "expected"), TAMPERED)
def test_tampering_is_found_at_its_place(tamper, expected):
    lines = copy.deepcopy(LINES)
    tamper(lines)

    marked = found(lines)
    assert {each for each in marked if each[1] != "chain"} >= expected
    assert {n for n, what in marked if what not in {"back-dated", "chain"}} == {
        n for n, what in expected if what != "back-dated"
    }


def test_a_record_that_is_erased_as_it_should_be_proves_the_others():
    lines = copy.deepcopy(LINES)
    for n in (3, 8, 13):
        lines[n] = {"log_index": n, "leaf": lines[n]["leaf"]}
    assert found(lines) == set()
    assert verify(encoded(lines), HEADS).erased == 3

    edit(lines, 4, to="mild")
    assert found(lines) == {(4, "edited")}


@pytest.mark.parametrize("tamper", [case.values[0] for case in TAMPERED])
def test_with_roots_alone_the_stretch_is_named(tamper):
    """A head without its leaves: the place is known to the next head."""
    lines = copy.deepcopy(LINES)
    tamper(lines)
    first = next(n for n in range(SIZE) if lines[n : n + 1] != LINES[n : n + 1])

    assert any(first - 8 < n <= first for n, _ in found(lines, without_leaves(HEADS)))


def rewritten(n, **payload):
    """The whole log anew with the stolen key, so that everything in it fits."""
    of = records(SIZE)
    of[n]["payload"] |= payload
    return written(of)


@pytest.mark.parametrize("leaves", [True, False], ids=["with its leaves", "roots alone"])
def test_with_the_key_stolen_the_witnessed_head_still_convicts(leaves):
    lines, heads = rewritten(20, to="mild")
    seen = HEADS if leaves else without_leaves(HEADS)

    assert found(lines, heads) == set()  # alone it looks whole
    marked = found(lines, heads, seen)
    assert (23, "witness") in marked  # the head of 24 entries was signed twice
    if leaves:
        assert (20, "edited") in marked
    assert min(n for n, _ in marked) == (20 if leaves else 16)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        pytest.param(lambda of: of.pop(20), 20, id="removed"),
        pytest.param(lambda of: of.insert(20, of[3] | {"kind": "X"}), 20, id="inserted"),
        pytest.param(lambda of: of.insert(20, of.pop(21)), 20, id="re-ordered"),
        pytest.param(lambda of: of.__setitem__(20, of[20] | {"logged_at": wire(0)}), 20, id="date"),
        pytest.param(lambda of: of.__delitem__(slice(45, None)), 45, id="cut"),
    ],
)
def test_a_rewritten_log_is_convicted_whatever_was_done(change, place):
    of = records(SIZE)
    change(of)
    lines, heads = written(of)

    assert min(n for n, _ in found(lines, heads, HEADS)) == place
    assert min(n for n, _ in found(lines, heads, without_leaves(HEADS))) <= place


def test_one_witnessed_head_in_the_middle_is_enough():
    lines, heads = rewritten(20, to="mild")

    assert (31, "witness") in found(lines, heads, [HEADS[3] | {"leaves": []}])
    assert found(lines, heads, [HEADS[1]]) == set()  # it saw nothing of what was changed


def test_a_log_that_goes_on_behind_what_was_witnessed_is_fine():
    lines, heads = written(records(80))

    assert found(lines, heads, heads[:3]) == set()
    assert found(lines, heads, [heads[3], heads[7]]) == set()
    assert found(lines, heads, without_leaves(heads)[:3]) == set()


def test_entries_behind_the_last_head_are_not_proved_and_not_held_against_it():
    report = verify(encoded(LINES), HEADS[:3])

    assert (report.findings, report.entries, report.proved) == ([], 50, 24)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        pytest.param({"tree_size": 25}, "does not fit", id="another size"),
        pytest.param({"at": "2020-01-01T00:00:00.000Z"}, "does not fit", id="another time"),
        pytest.param({"root": "00" * 32}, "does not fit", id="another root"),
    ],
)
def test_a_head_that_was_changed_is_no_head(spoil, expected):
    heads = copy.deepcopy(HEADS)
    heads[2]["body"] |= spoil
    report = verify(encoded(LINES), heads)

    assert any(what == "head" and expected in why for _, what, why in report.findings)


def test_heads_of_another_key_do_not_count():
    thief = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
    lines, heads = written(records(SIZE), key=thief)
    published = HEADS[0]["body"]["public_key"]

    assert {what for _, what in found(lines, heads, key=published)} == {"head"}
    assert {what for _, what in found(LINES, HEADS[:3] + heads[3:])} >= {"head"}


def test_a_log_that_somebody_else_signed_is_convicted_by_the_witness_alone():
    thief = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
    lines, heads = written(records(SIZE), key=thief)

    assert found(lines, heads) == set()  # nobody has said whose key it should be
    assert {what for _, what in found(lines, heads, HEADS)} == {"witness"}


def test_a_long_log_that_is_another_one_throughout_is_told_in_time():
    _, heads = written(records(20_000), every=64)
    of = records(20_000)
    for record in of:
        record["payload"]["to"] = "mild"
    forged, forged_heads = written(of, every=64)

    assert len(found(forged, forged_heads, heads)) >= 20_000


def test_a_head_that_is_left_out_is_missed():
    assert any(what == "head" for _, what in found(LINES, HEADS[:2] + HEADS[3:]))


def test_a_part_of_the_log_is_verified_in_its_place():
    assert found(LINES[20:30], first=20, count=10) == set()
    lines = copy.deepcopy(LINES[20:30])
    edit(lines, 4, to="mild")
    assert found(lines, first=20, count=10) == {(24, "edited")}
    assert found(LINES[20:29], first=20, count=10) == {(29, "removed")}


operations = st.lists(
    st.tuples(st.sampled_from(["edit", "remove", "insert", "swap"]), st.integers(0, SIZE - 6)),
    min_size=1,
    max_size=3,
    unique_by=lambda each: each[1] // 4,  # far enough from each other to be told apart
)


@given(operations)
@settings(max_examples=150)
def test_tampering_at_random_is_convicted_at_the_right_places(drawn):
    lines, expected = copy.deepcopy(LINES), set()
    for what, place in sorted(drawn, key=lambda each: -each[1]):
        n = place // 4 * 4 + 1
        if what == "edit":
            edit(lines, n, to="changed")
            expected.add((n, "edited"))
        elif what == "remove":
            del lines[n]
            expected.add((n, "removed"))
        elif what == "insert":
            inserted(n)(lines)
            expected.add((n, "inserted"))
        else:
            lines[n], lines[n + 1] = lines[n + 1], lines[n]
            expected.add((n + 1, "re-ordered"))

    marked = {each for each in found(lines) if each[1] not in {"chain", "back-dated"}}
    assert marked == expected
    lines_again, heads = written([line["record"] for line in lines])
    if [line["leaf"] for line in lines_again] != [line["leaf"] for line in LINES]:
        assert found(lines_again, heads, HEADS)


@given(st.integers(0, SIZE - 1), st.integers(0), st.integers(0, 7))
@settings(max_examples=200)
def test_one_changed_bit_of_a_line_is_convicted_or_no_line_any_more(n, at, bit):
    raw = encoded(LINES)
    line = bytearray(raw[n])
    line[at % len(line)] ^= 1 << bit
    raw[n] = bytes(line)
    try:
        report = verify(raw, HEADS)
    except UnreadableError:
        return
    assert n in {place for place, *_ in report.findings}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(
            lambda line: line.replace(b'{"leaf"', b'{"leaf":"","leaf"'), id="a name twice"
        ),
        pytest.param(lambda line: line.replace(b'"record":', b'"record": '), id="a space"),
        pytest.param(
            lambda line: line[:-66] + line[-66:].upper(), id="another way to write a salt"
        ),
        pytest.param(lambda line: line[:-1] + b',"x":1}', id="more than there should be"),
    ],
)
def test_an_entry_has_one_text(spoil):
    raw = [spoil(line) if n == 5 else line for n, line in enumerate(encoded(LINES))]

    with pytest.raises(UnreadableError, match="expected the canonical text of entry 5"):
        verify(raw, HEADS)


def test_a_line_that_is_no_entry_is_an_error():
    with pytest.raises(UnreadableError, match="expected an entry of the log"):
        verify([b'{"leaf": 1}'], HEADS)
    with pytest.raises(UnreadableError, match="expected a signed head"):
        verify(encoded(LINES), [{"body": {}}])


@pytest.fixture
def files(tmp_path):
    def write(name, values):
        path = tmp_path / name
        path.write_bytes(b"".join(each + b"\n" for each in encoded(values)))
        return str(path)

    return write


def run_alone(*arguments):
    """Run the file as an auditor does: by itself, with nothing of ours on the path."""
    return subprocess.run(
        [sys.executable, "-I", Path(module.__file__), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def test_it_runs_alone_and_says_what_it_found(files):
    lines = copy.deepcopy(LINES)
    edit(lines, 20, to="mild")
    heads = files("heads.jsonl", HEADS)

    whole = run_alone(files("a.jsonl", LINES), "--head", heads, "--witness", heads)
    bad = run_alone(files("b.jsonl", lines), "--head", heads)
    unreadable = run_alone(files("c.jsonl", [{}]), "--head", heads)

    assert (whole.returncode, whole.stdout.splitlines()[-1]) == (0, "nothing found")
    assert bad.returncode == 1
    assert bad.stdout.startswith("entry 20: edited: line 21 is not what was logged")
    assert (unreadable.returncode, unreadable.stdout) == (2, "")
    assert "expected an entry of the log" in unreadable.stderr


def test_it_imports_nothing_of_ours():
    text = Path(module.__file__).read_text(encoding="utf-8")
    ours = ("schemas", "rules", "detectors", "stream")

    assert not [
        line for line in text.splitlines() if line.startswith(tuple(f"from {n}" for n in ours))
    ]


def test_a_long_log_with_much_done_to_it_is_told_in_time():
    """The comparison must not be quadratic: 3,000 entries in the opposite order."""
    lines, heads = written(records(3000), every=64)
    random.Random(1).shuffle(lines)

    assert len(found(lines, heads)) > 2000
