"""Lifelike trading has the moments of the false-alarm study, regular trading its bounds."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from math import exp, log
from statistics import fmean, pvariance, stdev

import pytest

from stream.sources.simulator import merchants
from stream.sources.simulator.merchants import SIZES
from stream.sources.simulator.trading import Lifelike, Regular, poisson

START = date(2026, 1, 5)
FLAT = (1.0,) * 7


def merchant_of(size, *, lifelike=True):
    merchant, _ = merchants.draw(7, 0, START, lifelike=lifelike)
    return replace(merchant, size=size, trade=merchant.trade._replace(weekdays=FLAT))


def counts(size, seed, days=7 * 300):
    trading = Lifelike(merchant_of(size), random.Random(seed))
    return [trading.count(START + timedelta(days=day), 1.0) for day in range(days)]


def test_poisson_numbers_have_their_mean_as_variance():
    rng = random.Random(1)
    drawn = [poisson(4.0, rng.expovariate) for _ in range(20_000)]

    assert fmean(drawn) == pytest.approx(4, rel=0.02)
    assert pvariance(drawn) == pytest.approx(4, rel=0.05)
    assert poisson(0.0, rng.expovariate) == 0


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.band)
def test_days_are_negative_binomial_around_a_moving_level(size):
    """Mean and variance as worked by hand for a log-normal level of variance s^2.

    E n = m e^(s^2/2), Var n = E n + m^2 e^(2 s^2) (1 + 1/k) - (E n)^2
    """
    drawn = counts(size, 3, days=7 * 1_500)
    m, k, s2 = size.sales_a_day, size.dispersion, 0.15**2 / (1 - 0.6**2)
    mean = m * exp(s2 / 2)
    variance = mean + m**2 * exp(2 * s2) * (1 + 1 / k) - mean**2

    assert fmean(drawn) == pytest.approx(mean, rel=0.04)
    assert pvariance(drawn) == pytest.approx(variance, rel=0.12)


def test_the_weekly_level_remembers_six_tenths_of_the_last():
    huge = SIZES[-1]._replace(sales_a_day=4_000, dispersion=1_000_000)
    drawn = counts(huge, 5, days=7 * 250)
    levels = [log(sum(drawn[week : week + 7]) / 28_000) for week in range(0, len(drawn), 7)]
    mean = fmean(levels)
    products = [(a - mean) * (b - mean) for a, b in pairwise(levels)]

    assert stdev(levels) == pytest.approx(0.1875, rel=0.15)
    assert fmean(products) / pvariance(levels) == pytest.approx(0.6, abs=0.15)


def test_tickets_are_log_normal_with_a_spread_of_nine_tenths():
    merchant = merchant_of(SIZES[-1])
    trading = Lifelike(merchant, random.Random(2))
    logs = [log(trading.ticket()) for _ in range(8_000)]

    assert fmean(logs) == pytest.approx(log(merchant.ticket_minor), abs=0.04)
    assert stdev(logs) == pytest.approx(0.9, rel=0.03)


def test_a_level_scales_what_comes_and_none_is_none():
    trading = Lifelike(merchant_of(SIZES[-1]), random.Random(4))
    half = [trading.count(START, 0.5) for _ in range(2_000)]

    assert fmean(half) == pytest.approx(30, rel=0.2)
    assert trading.count(START, 0.0) == 0


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.band)
def test_a_regular_day_stays_within_a_fifth_and_has_a_sale(size):
    trading = Regular(merchant_of(size, lifelike=False), random.Random(6))
    drawn = [trading.count(START, 1.0) for _ in range(500)]

    assert min(drawn) >= max(1, round(0.8 * size.sales_a_day))
    assert max(drawn) <= round(1.2 * size.sales_a_day)
    assert trading.count(START, 0.0) == 0
