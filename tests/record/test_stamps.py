"""Time stamps (RFC 3161): the library and the auditor's file believe the same ones."""

import base64
import datetime
import shutil
import subprocess

import msgspec
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from stream.record.canonical import canonical
from stream.record.stamps import StampRefusedError, asked, stamped_text, token_of
from stream.record.verify import UncheckedError, stamped_at, told_of, verify
from tests.record.authority import NOW, YEAR, Authority
from tests.record.log import START_MS, encoded, records, written

TEXT = b'{"at":"2026-02-02T03:00:00.000Z","tree_size":64}'
OTHER = b'{"at":"2026-02-02T03:00:00.000Z","tree_size":65}'
SIGNING = [ExtendedKeyUsageOID.CODE_SIGNING]
WRONG = {
    "of another text": ({}, {}, OTHER),
    "what it says was changed": ({}, {"info": (b"20260202", b"20250202")}, TEXT),
    "it signs something else": ({}, {"signs": "2a864886f70d010701"}, TEXT),
    "its certificate is another": ({}, {"certificate": b"another"}, TEXT),
    "its certificate is for code": ({"purpose": SIGNING}, {}, TEXT),
    "its certificate may be for anything": ({"critical": False}, {}, TEXT),
    "its certificate was over by then": ({"until": NOW - datetime.timedelta(days=1)}, {}, TEXT),
    "its certificate was not yet": ({"from_": NOW + datetime.timedelta(days=1)}, {}, TEXT),
}


@pytest.mark.parametrize("between", [False, True], ids=["of the root", "by way of another"])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_both_believe_what_an_authority_says(kind, between):
    authority = Authority(kind, between=between)
    request = asked(TEXT)
    root = authority.root.certificate
    token = token_of(authority.answer(request.as_bytes()), request, TEXT, [root])

    assert stamped_at(token, TEXT, [root]) == NOW + datetime.timedelta(milliseconds=250)


@pytest.mark.parametrize("case", WRONG)
def test_neither_believes_what_is_wrong(case):
    made, wrong, text = WRONG[case]
    authority = Authority(**made)
    root, request = authority.root.certificate, asked(TEXT)

    with pytest.raises(StampRefusedError):
        token_of(authority.answer(request.as_bytes(), **wrong), request, text, [root])
    with pytest.raises(ValueError, match=r"it |its |what "):
        stamped_at(authority.stamp(TEXT, **wrong), text, [root])


def test_neither_believes_an_authority_of_another_root():
    authority, root = Authority(), Authority().root.certificate
    request = asked(TEXT)

    with pytest.raises(StampRefusedError):
        token_of(authority.answer(request.as_bytes()), request, TEXT, [root])
    with pytest.raises(ValueError, match="does not lead to the authority's root"):
        stamped_at(authority.stamp(TEXT), TEXT, [root])


@pytest.mark.parametrize(
    "wrong", [{"nonce": b"\x02\x01\x05"}, {"nonce": b""}, {"status": 2}], ids=str
)
def test_an_answer_to_another_request_or_a_refusal_is_no_stamp(wrong):
    authority, request = Authority(), asked(TEXT)

    with pytest.raises(StampRefusedError, match="expected a time stamp"):
        token_of(
            authority.answer(request.as_bytes(), **wrong),
            request,
            TEXT,
            [authority.root.certificate],
        )


@pytest.mark.parametrize("answer", [b"", b"no", b"\x30\x80", b"\x30\x03\x30\x01\x00"], ids=repr)
def test_what_is_no_answer_is_refused(answer):
    request = asked(TEXT)

    with pytest.raises(StampRefusedError, match="expected a time stamp"):
        token_of(answer, request, TEXT, [Authority().root.certificate])


@pytest.mark.parametrize(("kind", "wrong"), [("ed25519", {}), ("ec", {"brings": 0})])
def test_what_the_file_cannot_tell_it_does_not_call_wrong(kind, wrong):
    authority = Authority(kind)

    with pytest.raises(UncheckedError):
        stamped_at(authority.stamp(TEXT, **wrong), TEXT, [authority.root.certificate])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="a third opinion, where there is one")
def test_openssl_believes_it_too(tmp_path):
    authority, request = Authority("rsa"), asked(TEXT)
    for name, value in {
        "answer": authority.answer(request.as_bytes(), at=NOW),
        "request": request.as_bytes(),
        "root": authority.root.pem,
    }.items():
        (tmp_path / name).write_bytes(value)
    at = str(int(NOW.timestamp()))
    files = ["-in", "answer", "-queryfile", "request", "-CAfile", "root"]
    done = subprocess.run(
        ["openssl", "ts", "-verify", *files, "-attime", at],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Verification: OK" in done.stdout, done.stderr


# --- in the verifier

LINES, HEADS = written(records(50))
AT = datetime.datetime.fromtimestamp(START_MS / 1000, datetime.UTC)
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)


@pytest.fixture
def authority():
    return Authority(from_=AT - YEAR, until=AT + YEAR)


def stamped(authority, heads, at=AT + MINUTE, **wrong):
    """Heads as the file of stamps has them."""
    return [
        {
            "head": head,
            "received_at": "2026-02-02T03:00:00.000Z",
            "token": base64.b64encode(
                authority.stamp(canonical(head["body"]), at, **wrong)
            ).decode(),
        }
        for head in heads
    ]


def judged(authority, witnessed, heads=HEADS):
    return verify(encoded(LINES), heads, witnessed, roots=[authority.root.certificate])


def test_stamps_that_hold_are_counted_and_say_how_much_was_there_when(authority):
    report = judged(authority, stamped(authority, HEADS[:3]))

    assert report.findings == []
    assert (report.stamps, report.stamped, report.witnessed) == (3, 24, 3)
    assert report.stamped_at == f"{AT + MINUTE:%FT%TZ}"
    assert any("3 time stamps hold: 24 entries were there at" in each for each in told_of(report))


def test_without_a_root_they_are_plainly_not_checked(authority):
    report = verify(encoded(LINES), HEADS, stamped(authority, HEADS))

    assert (report.findings, report.stamps) == ([], 0)
    assert any("7 time stamps NOT CHECKED" in each for each in told_of(report))


def test_a_log_written_anew_with_the_stolen_key_was_not_there_then(authority):
    """The authority stamps what it is shown: today. The old stamps do not fit the new heads."""
    of = records(50)
    of[20]["payload"]["to"] = "mild"
    lines, heads = written(of)
    late = stamped(authority, heads, AT + 30 * DAY)
    reused = [
        new | {"token": old["token"]}
        for new, old in zip(late, stamped(authority, HEADS), strict=True)
    ]
    roots = [authority.root.certificate]

    found = verify(encoded(lines), heads, late, roots=roots).findings
    moved = verify(encoded(lines), heads, reused, roots=roots).findings
    kept = verify(encoded(lines), heads, stamped(authority, HEADS), roots=roots).findings

    assert {each.what for each in found} == {"time stamp"}
    assert len(found) == len(heads)
    assert "the authority saw it at" in found[0].detail
    assert [each.detail for each in moved if "of another head" in each.detail]
    assert (23, "witness") in {(each.place, each.what) for each in kept}


def test_a_stamp_from_before_its_head_is_wrong(authority):
    (found,) = judged(authority, stamped(authority, HEADS[:1], AT - DAY)).findings

    assert (found.place, found.what) == (7, "time stamp")


def test_a_line_whose_token_is_none_is_found(authority):
    spoilt = [each | {"token": "AAAA"} for each in stamped(authority, HEADS[:1])]
    (found,) = judged(authority, spoilt).findings

    assert "no time stamp" in found.detail


def test_what_is_stamped_is_the_body_of_a_head_as_it_stands_on_its_topic():
    (head, *_) = HEADS

    assert stamped_text(msgspec.json.encode(head)) == canonical(head["body"])
