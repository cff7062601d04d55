"""The upper bound of a beta-binomial, against another implementation of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom  # comes with river

from stream.crossing.chance import LEAST_RHO, MOST_RHO, Usual, bound, usual_of


@given(
    st.integers(1, 3_000),
    st.floats(0.001, 0.9),
    st.floats(LEAST_RHO, MOST_RHO),
    st.sampled_from([0.05, 0.01, 0.001]),
)
def test_more_than_the_bound_is_as_improbable_as_it_says(attempts, p, rho, beyond):
    most = bound(attempts, Usual(p, rho), beyond=beyond)
    a, b = p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho

    assert betabinom.sf(most, attempts, a, b) <= beyond * (1 + 1e-6)
    assert most == 0 or betabinom.sf(most - 1, attempts, a, b) > beyond * (1 - 1e-6)


@pytest.mark.parametrize("attempts", [200, 20_000, 200_000])
def test_many_attempts_neither_overflow_nor_vanish(attempts):
    most = bound(attempts, Usual(0.1, 0.001), beyond=0.001)

    assert 0.1 * attempts < most < 0.25 * attempts


@pytest.mark.parametrize(
    ("days", "p", "rho"),
    [
        pytest.param([(10, 100)] * 8, 80.5 / 801, LEAST_RHO, id="all alike"),
        pytest.param([(0, 100)] * 8, 0.5 / 801, LEAST_RHO, id="nothing ever failed"),
        pytest.param([(100, 100)] * 8, 800.5 / 801, LEAST_RHO, id="all failed"),
        pytest.param([(1, 1)], 0.75, LEAST_RHO, id="one attempt"),
        pytest.param([(0, 100), (100, 100)], 100.5 / 201, MOST_RHO, id="as far apart as can be"),
    ],
)
def test_what_is_usual(days, p, rho):
    assert usual_of(days) == pytest.approx(Usual(p, rho))


@pytest.mark.parametrize("rho", [0.005, 0.02])
def test_how_far_days_lie_apart_is_found_again(rho):
    p, attempts = 0.1, 2_000
    a, b = p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho
    failed = betabinom.rvs(attempts, a, b, size=4_000, random_state=7)

    found = usual_of([(int(each), attempts) for each in failed])

    assert found.p == pytest.approx(p, rel=0.05)
    assert found.rho == pytest.approx(rho, rel=0.15)
