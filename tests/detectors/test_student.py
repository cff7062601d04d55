"""Student's t: against scipy, which computes it another way."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.student import two_sided, upper_tail

DOFS = range(1, 65)
RELATIVE_ERROR = 1e-11


@pytest.mark.parametrize("dof", DOFS)
def test_tails_agree_with_scipy_down_to_the_smallest_numbers(dof):
    ts = np.geomspace(1e-3, 1e6, 500)
    expected = 2 * stats.t.sf(ts, dof)
    ours = np.array([two_sided(float(t), dof) for t in ts])

    normal = expected > 1e-290
    assert np.max(np.abs(ours[normal] / expected[normal] - 1)) < RELATIVE_ERROR


@pytest.mark.parametrize("dof", [4, 5, 12, 31, 32])
@pytest.mark.parametrize("p", [0.5, 1e-2, 1e-4, 1.0001e-4, 1e-6, 1e-9, 1e-12])
def test_upper_tail_of_a_known_quantile_is_its_probability(dof, p):
    t = float(stats.t.isf(p, dof))

    assert upper_tail(t, dof) == pytest.approx(float(stats.t.sf(t, dof)), rel=RELATIVE_ERROR)
    assert upper_tail(t, dof) == pytest.approx(p, rel=1e-8)


@given(st.floats(allow_nan=False), st.integers(1, 64))
def test_a_tail_is_a_probability_and_both_sides_make_one(t, dof):
    assert 0.0 <= two_sided(t, dof) <= 1.0
    assert two_sided(t, dof) == two_sided(-t, dof)
    assert upper_tail(t, dof) + upper_tail(-t, dof) == pytest.approx(1.0)


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.integers(1, 64))
def test_farther_out_is_less_likely(a, b, dof):
    near, far = sorted((a, b))

    assert two_sided(far, dof) <= two_sided(near, dof) * (1 + RELATIVE_ERROR)


@pytest.mark.parametrize(
    ("t", "dof"),
    [
        pytest.param(1.0, 0, id="no degrees of freedom"),
        pytest.param(math.nan, 4, id="not a number"),
    ],
)
def test_what_has_no_tail_is_refused(t, dof):
    with pytest.raises(ValueError, match="expected a number and at least one degree of freedom"):
        two_sided(t, dof)
