"""Totals over all partitions: final only with every part, the same whatever comes when."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import crossing
from schemas.crossing import Claimed, DayClosed
from schemas.feed import Totals
from stream.crossing.dates import Dates

SAID = {"source": "acq", "stream": "pos_clearing", "business_date": date(2026, 1, 5)}


def claimed(count, fen=0, version=1, **other):
    return Claimed(**SAID | other, version=version, totals=totals(count, fen))


def part(partition, count, fen=0, at_ms=10, **other):
    return DayClosed(**SAID | other, partition=partition, at_ms=at_ms, totals=totals(count, fen))


def totals(count, fen):
    return Totals(count=count, sums={"CNY": fen} if fen else {})


def told(*records, partitions=2):
    dates = Dates(partitions)
    verdicts = [verdict for each in records if (verdict := dates.take(each))]
    return [(each.ok, each.applied.count, each.version) for each in verdicts]


@pytest.mark.parametrize(
    ("records", "verdicts"),
    [
        pytest.param([claimed(3), part(0, 1)], [], id="a partition has not closed it"),
        pytest.param([part(0, 1), part(1, 2)], [], id="the source has said nothing"),
        pytest.param([claimed(3), part(0, 1), part(1, 2)], [(True, 3, 10_001)], id="all of it"),
        pytest.param([claimed(0), part(0, 0), part(1, 0)], [(True, 0, 10_001)], id="a day of rest"),
        pytest.param(
            [claimed(4), part(0, 1), part(1, 2)], [(False, 3, 10_001)], id="one is missing"
        ),
        pytest.param(
            [claimed(3, 5), part(0, 1, 3), part(1, 2, 3)], [(False, 3, 10_001)], id="other money"
        ),
        pytest.param(
            [claimed(4), part(0, 1), part(1, 2), part(0, 2, at_ms=20)],
            [(False, 3, 10_001)],
            id="more in one partition: the other has not told of that tick",
        ),
        pytest.param(
            [claimed(4), part(0, 1), part(1, 2), part(1, 2, at_ms=20), part(0, 2, at_ms=20)],
            [(False, 3, 10_001), (True, 4, 20_001)],
            id="it comes later",
        ),
        pytest.param(
            [claimed(3), part(0, 2, at_ms=20), part(1, 1, at_ms=20), part(0, 1), part(1, 9)],
            [(True, 3, 20_001)],
            id="an older round changes nothing",
        ),
        pytest.param(
            [claimed(3), part(0, 1), part(1, 2), part(1, 2), claimed(3)],
            [(True, 3, 10_001)],
            id="said again",
        ),
        pytest.param(
            [claimed(4), part(0, 1), part(1, 2), claimed(3, version=2)],
            [(False, 3, 10_001), (True, 3, 10_002)],
            id="the source corrects itself",
        ),
        pytest.param(
            [claimed(3), part(0, 1), part(1, 2, business_date=date(2026, 1, 6))],
            [],
            id="another date's part",
        ),
        pytest.param(
            [claimed(3), part(0, 1), part(1, 2, source="bank")], [], id="another source's part"
        ),
    ],
)
def test_a_date_is_judged_when_all_have_spoken(records, verdicts):
    assert told(*records) == verdicts


def test_sums_are_by_currency():
    dates = Dates(partitions=2)
    dates.take(Claimed(**SAID, version=1, totals=Totals(count=2, sums={"CNY": 5, "JPY": 7})))
    dates.take(DayClosed(**SAID, partition=0, at_ms=10, totals=Totals(count=1, sums={"JPY": 7})))
    verdict = dates.take(
        DayClosed(**SAID, partition=1, at_ms=10, totals=Totals(count=1, sums={"CNY": 5}))
    )

    assert verdict.ok


parts = st.builds(part, st.integers(0, 2), st.integers(0, 3), at_ms=st.integers(1, 4))
claims = st.builds(claimed, st.integers(0, 6), version=st.integers(1, 3))


def consistent(records):
    """Let what is said twice be the same, as its sender does."""
    said = {}
    for each in records:
        what = (each.partition, each.at_ms) if isinstance(each, DayClosed) else each.version
        said.setdefault(what, each)
    return list(said.values())


@given(st.lists(st.one_of(parts, claims), max_size=15).map(consistent), st.data())
def test_neither_order_nor_repetition_changes_the_end(records, data):
    order = data.draw(st.permutations(records + records[::2]))
    ends = []
    for each in (records, order):
        dates = Dates(partitions=3)
        versions = [verdict.version for record in each if (verdict := dates.take(record))]
        assert versions == sorted(set(versions))
        ends.append([(v.ok, v.expected, v.applied) for v in dates.verdicts])

    assert ends[0] == ends[1]


def test_records_are_read_as_they_were_written():
    for each in (claimed(3, 5), part(1, 2, 4)):
        assert crossing.decode(crossing.encode(each)) == each
        assert crossing.key_of(each) == b"acq/pos_clearing/2026-01-05"
