"""The flat record: what is written is read, and nothing else is."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.codec import Field, Layout, RecordError

FIELDS = (
    Field("n", "u4"),
    Field("bucket", "u2", most=100),
    Field("level", "f8", least=-1e308),
    Field("share", "f8", most=1.0),
)
LAYOUT = Layout(tag=7, version=3, slots=("a", "b"), fields=FIELDS)
ROW = LAYOUT.pack({"a": (1, 2, -3.5, 0.25), "b": (4, 5, 6.5, 0.75)})

bodies = st.binary(min_size=LAYOUT.size - 4, max_size=LAYOUT.size - 4)
slots = st.sampled_from(["a", "b"])
values = st.tuples(
    st.integers(0, 2**32 - 1),
    st.integers(0, 100),
    st.floats(-1e308, 1.7976931348623157e308),
    st.floats(0.0, 1.0),
)


@given(values, values)
def test_what_is_packed_is_read(a, b):
    row = LAYOUT.pack({"a": a, "b": b})

    assert (LAYOUT.read(row, "a"), LAYOUT.read(row, "b")) == (a, b)
    assert len(row) == LAYOUT.size


@given(st.lists(st.tuples(slots, values), max_size=20))
def test_writing_a_slot_is_like_putting_into_a_dict(writes):
    row, model = ROW, {slot: LAYOUT.read(ROW, slot) for slot in ("a", "b")}
    for slot, given_values in writes:
        row = LAYOUT.write(row, slot, given_values)
        model[slot] = given_values

    assert {slot: LAYOUT.read(row, slot) for slot in ("a", "b")} == model
    assert row == LAYOUT.pack(model)


@given(st.one_of(st.binary(max_size=60), bodies.map(lambda body: ROW[:4] + body)), slots)
def test_any_bytes_are_read_or_refused_and_what_is_read_is_in_range(row, slot):
    try:
        n, bucket, level, share = LAYOUT.read(row, slot)
    except RecordError:
        return

    assert n <= 2**32 - 1
    assert bucket <= 100
    assert math.isfinite(level)
    assert 0 <= share <= 1


@given(bodies, slots)
def test_any_body_under_our_header_is_read_or_refused_by_value(body, slot):
    row = ROW[:4] + body
    try:
        read = LAYOUT.read(row, slot)
    except RecordError as error:
        reason = error.reason
    else:
        reason, row = None, LAYOUT.write(row, slot, read)

    assert reason in {None, "value"}
    assert row == ROW[:4] + body


@pytest.mark.parametrize(
    ("row", "reason", "message"),
    [
        pytest.param(b"", "length", "expected a record of 48 bytes, got 0", id="nothing"),
        pytest.param(ROW[:-1], "length", "expected a record of 48 bytes, got 47", id="cut"),
        pytest.param(ROW + b"\0", "length", "expected a record of 48 bytes, got 49", id="longer"),
        pytest.param(
            ROW[:2] + b"\x02" + ROW[3:], "version", "expected version 3, got 2", id="old version"
        ),
        pytest.param(
            b"\x80" + ROW[1:], "header", "expected a header d7070302, got 80070302", id="a pickle"
        ),
        pytest.param(
            ROW[:1] + b"\x08" + ROW[2:],
            "header",
            "expected a header d7070302, got d7080302",
            id="another detector's",
        ),
    ],
)
def test_a_record_of_another_form_is_refused(row, reason, message):
    with pytest.raises(RecordError, match=f"^{message}$") as refused:
        LAYOUT.read(row, "a")

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("slot_bytes", "message"),
    [
        pytest.param((1, 2, math.nan, 0.5), "expected `level` in .*, got nan", id="NaN"),
        pytest.param((1, 2, math.inf, 0.5), "expected `level` in .*, got inf", id="infinity"),
        pytest.param(
            (1, 101, 0.0, 0.5), r"expected `bucket` in \[0, 100\], got 101", id="too much"
        ),
        pytest.param((1, 2, 0.0, -0.5), r"expected `share` in \[0, 1\], got -0.5", id="too little"),
    ],
)
def test_a_number_out_of_its_range_is_refused(slot_bytes, message):
    body = struct.pack("<IHdd", *slot_bytes)
    with pytest.raises(RecordError, match=message) as refused:
        LAYOUT.read(ROW[:4] + body + ROW[4 + len(body) :], "a")

    assert refused.value.reason == "value"
    with pytest.raises(RecordError, match=message):
        LAYOUT.pack({"a": slot_bytes, "b": (0, 0, 0.0, 0.0)})


def test_the_layout_of_bytes_does_not_change():
    """Golden: stored records are read by the next release too."""
    assert ROW.hex() == (
        "d7070302"
        "010000000200" "0000000000000cc0" "000000000000d03f"
        "040000000500" "0000000000001a40" "000000000000e83f"
    )  # fmt: skip


ALIKE = Layout(
    tag=8,
    version=1,
    slots=("all",),
    fields=(
        Field("at", "f8", least=-1.0),
        *(Field(f"share{i}", "f8", most=10.0) for i in range(5)),
        *(Field(f"bucket{i}", "u2", least=1, most=100) for i in range(5)),
    ),
)
ANY_SHARE = st.one_of(st.floats(0.0, 10.0), st.floats(), st.just(math.nan))
ANY_BUCKET = st.one_of(st.integers(1, 100), st.sampled_from([0, 1, 100, 101, 2**16 - 1]))


@given(st.tuples(*[ANY_SHARE] * 5), st.tuples(*[ANY_BUCKET] * 5))
def test_fields_of_one_range_are_checked_together_as_if_each_were_alone(shares, buckets):
    row = ALIKE.pack({"all": (0.0, *(0.0,) * 5, *(1,) * 5)})
    row = ALIKE.write(row, "all", (7.0, *shares, *buckets))
    sound = all(0.0 <= each <= 10.0 for each in shares) and all(
        1 <= each <= 100 for each in buckets
    )

    try:
        values = ALIKE.read(row, "all")
    except RecordError:
        values = None

    assert values == ((7.0, *shares, *buckets) if sound else None)


@pytest.mark.parametrize("layout", [LAYOUT, ALIKE], ids=["all apart", "some alike"])
def test_what_is_packed_is_checked_whatever_its_format_can_hold(layout):
    least = {"a": (0, 0, 0.0, 0.0), "b": (-1, 0, 0.0, 0.0), "all": (-2.0, *(0.0,) * 5, *(1,) * 5)}
    with pytest.raises(RecordError, match="expected `"):
        layout.pack(least)
