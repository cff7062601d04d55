"""Judgements and examples: what is stored is what was scored, and junk is refused."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.codec import RecordError
from detectors.features import NAMES
from detectors.judgement import (
    REASONS,
    Chances,
    Example,
    Judgement,
    heard,
    packed,
    read,
    singles,
    told,
)

X = tuple(0.1 * n for n in range(len(NAMES)))
CHANCES = Chances(7, 250_000, 1_000_000)
vectors = st.lists(
    st.floats(-999_999_995_904.0, 999_999_995_904.0, width=32),
    min_size=len(NAMES),
    max_size=len(NAMES),
).map(tuple)


@given(vectors, st.integers(0, 800_000))
def test_a_judgement_is_read_as_it_was_made(x, day):
    of = Judgement(day, CHANCES, (("late0", 1.5), ("limit", 0.25)), x)

    assert read(packed(of)) == of


@given(vectors, st.booleans())
def test_an_example_is_heard_as_it_was_told(x, is_bad):
    of = Example(is_bad, CHANCES, x)

    assert heard(told(of)) == of


def test_singles_are_what_is_stored():
    of = Judgement(1, CHANCES, (), X)

    assert read(packed(of)).x == singles(X) == singles(singles(X))
    assert singles(X) != X


def test_it_is_small():
    names = tuple((name, 1.0) for name in NAMES)
    row = packed(Judgement(1, CHANCES, names, X))

    assert (len(row), len(told(Example(True, CHANCES, X)))) == (282, 336)  # noqa: FBT003
    assert len(read(row).reasons) == REASONS


@pytest.mark.parametrize("value", [nan, inf, -inf, 2e12, 1e300])
def test_what_is_not_sound_is_refused_by_name(value):
    x = (*X[:3], value, *X[4:])

    with pytest.raises(RecordError, match="expected `used0`"):
        packed(Judgement(1, CHANCES, (), x))
    with pytest.raises(RecordError, match="expected `used0`"):
        told(Example(False, CHANCES, x))  # noqa: FBT003


@pytest.mark.parametrize("junk", ["", "é", "AAAA", "!" * 336, told(Example(True, CHANCES, X))[:-4]])  # noqa: FBT003
def test_junk_is_refused(junk):
    with pytest.raises(RecordError):
        heard(junk)
