"""From sales through the rules' measures to what members are held against."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import journal
from schemas.instants import from_ms
from schemas.money import Money
from schemas.reference import LoanContract
from stream.decide import states
from stream.decide.segments import questions
from tests.decide.feeds.world import Cluster, at
from tests.decide.segments.test_in_book import Segmented, told

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
  currency CNY
end

rule slump
  name "Slump" / "下滑"
  signal P01
  family sales
  lane credit
  when sales_ratio(7 days) <= 0.6
  tier mild soft
  reason "sales fell" / "销售下滑"
end
"""
WARM_UP = 63
"""Days of two sales each: eight weeks of history, and the week that is looked at."""


class Market(Segmented):
    """A journal of borrowers with loans, whom somebody watches."""

    def lent(self, borrower):
        contract = LoanContract(
            loan_id="ln_" + borrower[4:],
            borrower_id=borrower,
            product_kind="INSTALMENT",
            principal=Money(amount_minor=100_000, currency="CNY"),
            disbursed_at=from_ms(at(0)),
        )
        record = journal.LoanContractRecord(
            borrower_id=borrower,
            record_id=f"c{len(self.records)}",
            effective_at_ms=at(0),
            wall_arrival_at_ms=at(0),
            data=contract,
        )
        return self.add(borrower.encode(), record)


def market(members, fallen, days=10, *, late=()):
    """Some members sell every day as ever, the others one of two sales from a day on."""
    world = Market().rules(RULES).now(0)
    for n in range(members):
        world.profile(f"brw_{n}", "food").lent(f"brw_{n}")
    world.go_live()
    for number in range(WARM_UP + days):
        for n in range(members):
            is_low = n < fallen and number >= WARM_UP
            for _ in range(1 if is_low else 2):
                world.sold(number, 100, f"brw_{n}")
        world.now(number + 1, alive={"acq": number + 1})
    for n in late:
        world.sold(WARM_UP + days - 3, 100, f"brw_{n}")
    return world


def snapshots(cluster):
    return {a.day: a for a in cluster.crossing.said if isinstance(a, journal.SegmentSnapshot)}


@pytest.mark.parametrize(
    ("fallen", "median", "tenth"),
    [
        pytest.param(0, 1_000_000, 1_000_000, id="all as ever"),
        pytest.param(1, 1_000_000, 500_000, id="one of nine"),
        pytest.param(4, 1_000_000, 500_000, id="not half of them"),
        pytest.param(5, 500_000, 500_000, id="most of them"),
    ],
)
def test_members_ratios_come_back_as_the_segments_median(fallen, median, tenth):
    cluster = Cluster(4).fold(market(9, fallen).records)

    (last,) = snapshots(cluster).values()
    assert last.members == 9
    assert (last.ratios[7], last.tenths[7]) == (median, tenth)
    assert last.ratios[28] > last.ratios[7] or not fallen or median == 1_000_000
    for place in cluster.books:
        known = place._broadcast.segments.knowledge.get("food")
        assert known.sales == last


def test_a_scene_sees_its_peers():
    cluster = Cluster(2).fold(market(31, 0, days=3).records)
    place = cluster.books[0]._broadcast
    peers = questions.peers_of(
        cluster.borrower("brw_0"), cluster.books[sum(b"brw_0") % 2]._broadcast
    )

    assert place.segments.knowledge.get("food").sales.members == 31
    assert peers.ratios[7] == 1_000_000


@given(st.integers(0, 5), st.sets(st.integers(0, 4), max_size=2))
@settings(max_examples=3)
def test_a_split_journal_gives_the_same(fallen, late):
    records = market(5, fallen, days=5, late=sorted(late)).records

    assert told(Cluster(4).fold(records)) == told(Cluster(1).fold(records))


def test_a_contract_before_the_first_tick_does_not_lead_through_all_days_since_1970(monkeypatch):
    looks = []
    stand = states.stand
    monkeypatch.setattr(states, "stand", lambda *how: looks.append(how) or stand(*how))
    world = Market().rules(RULES).lent("brw_0").now(0.1)
    for number in range(3):
        world.sold(number, 100, "brw_0").now(number + 1, alive={"acq": number + 1})
    Cluster(1).fold(world.records)

    assert 0 < len(looks) < 20
