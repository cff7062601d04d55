"""What every measure keeps: its contract, checked for all of them."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as ask
from hypothesis import strategies as st

from rules.catalogue import CATALOGUE
from rules.measures import MEASURES
from rules.scene import Feed, Loan, Segment
from rules.types import BOOL, COUNT, DURATION, NUMBER, RATIO, Kind

EACH = pytest.mark.parametrize("measure", MEASURES.values(), ids=list(MEASURES))
SERIES = {series.name: series for measure in MEASURES.values() for series in measure.series}
STREAMS = ("pos_clearing", "settlement", "repayment")


@EACH
def test_it_has_a_name_titles_and_a_type_that_may_be_missing(measure):
    assert measure.name.isidentifier()
    assert measure.title.en
    assert measure.title.zh
    assert measure.type.known() in {RATIO, NUMBER, COUNT, BOOL}
    assert measure.type.null


@EACH
def test_it_has_a_series_whose_days_let_it_be_asked_again(measure):
    assert measure.series


@EACH
def test_its_parameters_are_days_or_counts_within_bounds(measure):
    for parameter in measure.parameters:
        assert parameter.type in {DURATION, COUNT}
        assert 1 <= parameter.least <= parameter.most


@pytest.mark.parametrize("series", SERIES.values(), ids=list(SERIES))
def test_a_series_names_fields_and_words_of_the_catalogue(series):
    fields = CATALOGUE.streams[series.stream].fields
    for name, words in series.where:
        assert set(words) <= set(fields[name].type.values)
    assert all(fields[name].type.name == "score" for name, _ in series.at_least)
    assert fields[series.day].type.kind is Kind.DATE
    assert fields[series.value].type.name == ("count" if series.kept == "distinct" else "money")
    assert not series.by_loan or "loan_id" in fields


def test_one_name_is_one_series():
    every = [series for measure in MEASURES.values() for series in measure.series]

    assert all(SERIES[series.name] == series for series in every)


days_from_start = st.integers(-5, 130)
tallies = st.dictionaries(
    days_from_start,
    st.tuples(st.integers(0, 5), st.integers(-(10**6), 10**12)),
    max_size=131,
)


@st.composite
def readings(draw, given):
    """Any reading at all: thin, wild, negative, frozen anywhere, with any calendar."""
    start = given.day_0
    series = {
        name: {start + day: value for day, value in draw(tallies).items()}
        for name in SERIES
        if draw(st.booleans())
    }
    latest = {
        "instalments_without_funds": draw(st.dictionaries(st.sampled_from("123"), st.just(9)))
    }
    word = st.sampled_from([("PRE_CNY",), ("CNY_CORE",), ("POST_CNY",), ("HOLIDAY",), ("PROMO",)])
    words = draw(st.dictionaries(days_from_start, word, max_size=9))
    unknown = draw(st.frozensets(days_from_start, max_size=9))
    ratios = st.dictionaries(st.sampled_from([7, 14, 28]), st.integers(0, 3 * 10**6))
    loan = Loan(
        loan_id="ln_1",
        currency=draw(st.sampled_from(["CNY", "USD"])),
        last_due_no=draw(st.none() | st.integers(0, 5)),
        due_28d=draw(st.integers(0, 10**9)),
        disbursed=date.fromordinal(start + draw(days_from_start)),
    )
    return given.reading(
        draw(st.none() | st.integers(start - 10, start + 130)),
        series,
        opened=draw(st.none() | st.integers(start - 10, start + 140)),
        loan=draw(st.sampled_from([None, loan])),
        latest=latest,
        streams=draw(st.sets(st.sampled_from(STREAMS))),
        loans=draw(st.sampled_from([{}, {"ln_1": loan}])),
        peers=draw(st.none() | st.builds(Segment, members=st.integers(0, 60), ratios=ratios)),
        days=given.calendar(
            {date.fromordinal(start + day): each for day, each in words.items()},
            frozenset(date.fromordinal(start + day) for day in unknown),
        ),
    )


@EACH
@ask(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_it_answers_any_reading_with_its_type_twice_alike(measure, given, data):
    """Total and pure: the step may never fail, and a replay says the same."""
    reading = data.draw(readings(given))
    arguments = [data.draw(st.integers(each.least, each.most)) for each in measure.parameters]
    answer = measure.function(reading, *arguments)

    assert answer is None or isinstance(answer, kinds(measure.type.known()))
    assert measure.function(reading, *arguments) == answer
    if measure.basis is not None:
        measure.basis(reading, *arguments)


@EACH
@ask(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_it_reads_no_more_of_loans_than_their_terms_and_knows_no_time(measure, given, data):
    """Else what is remembered of it would be wrong."""
    reading = data.draw(readings(given))
    arguments = [data.draw(st.integers(each.least, each.most)) for each in measure.parameters]

    def otherwise(loan):
        dpd = data.draw(st.integers(1, 99))
        return loan and msgspec.structs.replace(
            loan,
            raw_dpd=dpd,
            tier_dpd=dpd,
            uncured_dpd=dpd,
            overdue=dpd,
            overdue_since_ms=dpd,
            oldest_unpaid_no=dpd,
            next_due=date.fromordinal(given.day_0 + dpd),
            is_unverified=True,
            is_forborne=True,
        )

    loans = {loan_id: otherwise(loan) for loan_id, loan in reading.scene.loans.items()}
    now_ms = data.draw(st.integers(0, 10**13))
    scene = reading.scene._replace(loans=loans, now_ms=now_ms, opened_ms={"x": now_ms})
    later = replace(reading, scene=scene, loan=otherwise(reading.loan), _shared={})
    assert measure.function(later, *arguments) == measure.function(reading, *arguments)


MOVED = [each for each in MEASURES.values() if each.moves_with]


@pytest.mark.parametrize("measure", MOVED, ids=[each.name for each in MOVED])
@ask(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_without_what_moves_it_time_does_not(measure, given, data):
    """Else nobody would look again when it has changed."""
    reading = data.draw(readings(given))
    arguments = [data.draw(st.integers(each.least, each.most)) for each in measure.parameters]
    gone = {series.name for series in measure.moves_with}

    def asked_when(closed):
        feeds = dict.fromkeys(STREAMS, Feed(closed=date.fromordinal(given.day_0 + closed)))
        of_then = replace(
            reading,
            scene=reading.scene._replace(feeds=feeds),
            daily={name: days for name, days in reading.daily.items() if name not in gone},
            latest={name: days for name, days in reading.latest.items() if name not in gone},
            _shared={},
        )
        return measure.function(of_then, *arguments)

    closed = data.draw(days_from_start)
    assert asked_when(closed) == asked_when(closed + data.draw(st.integers(1, 60)))


def kinds(type_):
    if type_ == BOOL:
        return bool
    return int if type_ == COUNT else (int, Fraction)
