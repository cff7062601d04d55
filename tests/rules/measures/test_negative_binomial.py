"""The lower tail of the negative binomial, against exact sums of fractions."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given as ask
from hypothesis import settings
from hypothesis import strategies as st

from rules.measures.logarithm import ln
from rules.measures.negative_binomial import is_below

ONE_PERCENT = Fraction(1, 100)


def exact_tail(count, mean, size):
    """P(X <= count) for a whole `size`, in fractions."""
    p = Fraction(size, size + mean)
    return sum(comb(k + size - 1, k) * p**size * (1 - p) ** k for k in range(count + 1))


def precise_tail(count, mean, variance):
    """P(X <= count) to 60 digits: every term from the one before, from zero up."""
    with localcontext(prec=60):
        m, v = (Decimal(x.numerator) / Decimal(x.denominator) for x in (mean, variance))
        size = m * m / (v - m)
        term = total = (size * (size / (size + m)).ln()).exp()
        for k in range(count):
            term *= (size + k) / (k + 1) * m / (size + m)
            total += term
        return total


@ask(mean=st.fractions(1, 120, max_denominator=9), size=st.integers(1, 40), data=st.data())
@settings(max_examples=200)
def test_it_is_the_exact_sum_where_the_size_is_whole(mean, size, data):
    count = data.draw(st.integers(0, int(mean)))
    below = exact_tail(count, mean, size) < ONE_PERCENT

    assert is_below(count, mean, mean + mean**2 / size, ONE_PERCENT) is below


@ask(
    mean=st.fractions(Fraction(1, 3), 2_000, max_denominator=840),
    factor=st.fractions(Fraction(51, 50), 40, max_denominator=97),
    data=st.data(),
)
@settings(max_examples=200)
def test_it_is_the_precise_sum_for_any_size(mean, factor, data):
    count = data.draw(st.integers(0, int(mean)))
    below = precise_tail(count, mean, mean * factor) < Decimal("0.01")

    assert is_below(count, mean, mean * factor, ONE_PERCENT) is below


@pytest.mark.parametrize("size", [3, 21, 84, 168])
def test_the_bound_is_the_least_count_that_is_not_rarer(size):
    """At the bound itself, where an error would show."""
    mean = Fraction(size * 5, 3)
    low = [count for count in range(int(mean)) if exact_tail(count, mean, size) < ONE_PERCENT]
    found = [
        count
        for count in range(int(mean))
        if is_below(count, mean, mean + mean**2 / size, ONE_PERCENT)
    ]

    assert found == low


@ask(x=st.floats(1e-300, 1e300))
def test_the_logarithm_is_that_of_decimal(x):
    expected = float(Decimal(x).ln())

    assert abs(ln(x) - expected) <= 4e-16 * max(1.0, abs(expected))
