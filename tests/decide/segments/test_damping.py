"""A segment that has fallen as a whole explains its members' soft warnings about sales."""

import msgspec
import pytest

from schemas import journal
from tests.decide.feeds.world import Cluster, at, day
from tests.decide.segments.test_in_book import Segmented

SLUMP = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule slump
  name "Slump" / "下滑"
  signal P05
  family sales
  lane credit
  when pos_clearing.txn_type = REFUND
  tier mild soft
  keep 30 days
  reason "a refund" / "退款"
end

rule nsf
  name "Failed debit" / "扣款失败"
  signal RP02
  family repayment
  lane credit
  when repayment.status = FAILED
  tier mild hard
  keep 30 days
  reason "failed" / "失败"
end
"""


def snapshot(number, ratio, segment="food"):
    """What crossing says of a segment: the median of a day."""
    record = journal.SegmentSnapshot(
        segment_id=segment,
        version=day(number).toordinal(),
        day=day(number),
        at_ms=at(number + 1),
        members=60,
        ratios={7: ratio},
        tenths={7: ratio // 2},
    )
    return journal.SEGMENT_KEY, record


def world(*refunding):
    """Borrowers with a soft warning about their sales since day 1."""
    log = Segmented().rules(SLUMP)
    for n, segment in enumerate(refunding):
        log.profile(f"brw_{n}", segment)
    log.go_live().now(1)
    for n, _ in enumerate(refunding):
        log.sold(0, 100, f"brw_{n}", txn_type="REFUND")
    return log


def tiers(log, partitions=2):
    """The tier of each borrower, as last told."""
    outputs = Cluster(partitions).fold(log.records).outputs
    told = [msgspec.json.decode(o.value) for o in outputs if o.topic == "tier-changes"]
    return {each["borrower_id"]: each["to"] for each in told}


def test_without_a_fall_the_warning_counts_when_it_is_held():
    assert tiers(world("food").now(3)) == {"brw_0": "mild"}


def test_with_one_it_does_not_but_for_others_it_does():
    log = world("food", "tea").add(*snapshot(0, 700_000)).now(3)

    assert tiers(log) == {"brw_1": "mild"}


def test_a_hard_fact_is_not_explained():
    log = world("food").add(*snapshot(0, 700_000)).now(3)
    log.failed_debit(3, "brw_0")

    assert tiers(log) == {"brw_0": "mild"}


def test_it_counts_as_soon_as_the_segment_is_well_again():
    """Nothing else happens then: the answer itself is the occasion."""
    log = world("food").add(*snapshot(0, 700_000)).now(4)
    assert tiers(log) == {}

    assert tiers(log.add(*snapshot(3, 950_000)).now(5.5)) == {"brw_0": "mild"}


def test_a_tier_that_stood_comes_down_when_the_segment_falls():
    log = world("food").now(3)
    assert tiers(log) == {"brw_0": "mild"}

    assert tiers(log.add(*snapshot(2, 700_000)).now(6.5)) == {"brw_0": "none"}


@pytest.mark.parametrize("partitions", [4, 8])
def test_it_is_the_same_however_the_journal_is_split(partitions):
    log = world(*["food", "tea"] * 4)
    for number, ratio in enumerate((700_000, 580_000, 820_000, 950_000)):
        log.add(*snapshot(number, ratio)).now(2 + 1.5 * number)
    log.now(12)

    assert tiers(log, partitions) == tiers(log, 1) != {}
