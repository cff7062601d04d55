"""Copies of control records: one sequence without a gap, whatever was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import journal
from schemas.signing import Signature, Signed
from stream.intake.control import LARGEST_COPY, control_copy


def signed(payload="{}"):
    return b'{"payload":%s,"signatures":[{"key_id":"k","signature":"s"}]}' % payload.encode()


def test_a_signed_record_is_copied_to_the_letter():
    copied = journal.decode(control_copy(signed('"{\\"a\\": 1}"'), seq=3, prev_seq=1))

    assert copied == journal.Control(
        seq=3,
        prev_seq=1,
        signed=Signed(payload='{"a": 1}', signatures=(Signature(key_id="k", signature="s"),)),
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="a tombstone"),
        pytest.param(b"", id="empty"),
        pytest.param(b"nonsense", id="not JSON"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="a hundred thousand brackets"),
        pytest.param(b"{}", id="not signed"),
        pytest.param(signed("1"), id="a payload that is no text"),
        pytest.param(signed('"%s"' % ("x" * LARGEST_COPY)), id="larger than the journal takes"),
    ],
)
def test_what_cannot_be_read_is_copied_as_void_with_the_reason(value):
    copied = journal.decode(control_copy(value, seq=3, prev_seq=2))

    assert (copied.seq, copied.prev_seq, copied.signed) == (3, 2, None)
    assert copied.void_reason.startswith("expected")


@given(st.binary() | st.none(), st.integers(0, 1 << 40))
def test_any_bytes_make_one_copy_that_the_journal_takes(value, seq):
    copied = control_copy(value, seq=seq, prev_seq=seq - 1)

    assert isinstance(journal.decode(copied), journal.Control)
    assert len(copied) <= LARGEST_COPY
