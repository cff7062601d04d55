"""Sales against what is expected of them: the ratio of P01, and its small-count guard.

    R_w = sum of Sales / sum of E, over the last w closed days
    A_w = R_w / clip(the peers' median of R_w, 0.5, 1.5), if the segment has 30 members, else R_w

Sales(d) is SALE and PREAUTH_COMPLETE less VOID and REVERSAL on the day on which they happened;
refunds and charge-backs are a matter of their own (domain.md 3.1). Both are missing for a shop
with too little history, on days of unknown expectation, and while the feed's day is unknown.
"""

from datetime import date
from enum import Enum, auto
from fractions import Fraction
from typing import Final

from rules.measures.expected import SCALE, WEEK, Expected
from rules.measures.flow import Flow
from rules.measures.phases import Phases, phases_of
from rules.measures.reading import Basis, Reading, Series

STREAM: Final = "pos_clearing"

TAKEN: Final = Series(
    "sales_taken", STREAM, (("txn_type", ("SALE", "PREAUTH_COMPLETE")),), "amount_gross"
)
UNDONE: Final = Series(
    "sales_undone", STREAM, (("txn_type", ("VOID", "REVERSAL")),), "amount_gross"
)

LEAST_HISTORY_DAYS: Final = 56
LEAST_ACTIVE_DAYS: Final = 20
LEAST_SALES: Final = 100
"""POS_OK of domain.md 3.1: below these the baseline of a shop says too little."""

MOST_ZERO_SHARE: Final = Fraction(3, 10)
"""With more days without sales a shop is INTERMITTENT, and only whole weeks are compared."""


LEAST_PEERS: Final = 30
LEAST_ADJUSTMENT, MOST_ADJUSTMENT = Fraction(1, 2), Fraction(3, 2)
"""What a segment may excuse, and what it may demand (A_w of domain.md 3.1)."""

MILLION: Final = 1_000_000


class Standing(Enum):
    """How much a shop's history says."""

    POS_OK = auto()
    INTERMITTENT = auto()
    THIN = auto()


def shop(reading: Reading) -> Flow:
    """Return the sales of the borrower, less what was undone."""
    return Flow([reading.days(TAKEN)], [reading.days(UNDONE)])


def phases(reading: Reading) -> Phases:
    """Return the borrower's calendar."""
    return phases_of(reading.scene.days)


def expected(reading: Reading) -> Expected | None:
    """Return what sales are expected, `None` while it is not known which days are closed."""
    closed = reading.closed(STREAM)
    if closed is None:
        return None
    return Expected(reading.shared(shop), reading.shared(phases), closed, reading.opened)


def sales_ratio(reading: Reading, window: int) -> Fraction | None:
    """Return A_w of the last `window` closed days: 1 is as usual, 0 is nothing sold.

    Below 0 if more was undone than sold. Missing as the module says.
    """
    own = own_ratio(reading, window)
    return None if own is None else own / peers_ratio(reading, window)


def own_ratio(reading: Reading, window: int) -> Fraction | None:
    """Return R_w: the ratio without regard to the peers."""
    sales = reading.shared(expected)
    if sales is None or not is_comparable(reading, window):
        return None
    first = sales.closed - window + 1
    usual = sales.total(first, sales.closed)
    if not usual or usual < 0:
        return None
    return Fraction(sales.flow.total(first, sales.closed) * SCALE, usual)


def peers_ratio(reading: Reading, window: int) -> Fraction:
    """Return by what R_w is divided: what the segment excuses or demands; 1 if too few."""
    peers = reading.scene.peers
    if peers is None or peers.members < LEAST_PEERS or window not in peers.ratios:
        return Fraction(1)
    median = Fraction(peers.ratios[window], MILLION)
    return min(max(median, LEAST_ADJUSTMENT), MOST_ADJUSTMENT)


def is_comparable(reading: Reading, window: int) -> bool:
    """Whether the shop's baseline carries a comparison over this window."""
    standing = reading.shared(_standing)
    return standing is Standing.POS_OK or (standing is Standing.INTERMITTENT and not window % WEEK)


def _standing(reading: Reading) -> Standing:
    sales = reading.shared(expected)
    if sales is None:
        return Standing.THIN
    counts = baseline_counts(sales)
    if not has_history(sales, counts) or sum(counts) < LEAST_SALES:
        return Standing.THIN
    zeros = sum([not count for count in counts])
    is_pausing = zeros > MOST_ZERO_SHARE * len(counts)
    return Standing.INTERMITTENT if is_pausing else Standing.POS_OK


def baseline_counts(flow: Expected) -> list[int]:
    """Return the counts of the days that the last closed week is compared with."""
    return [count for back in range(WEEK) for count in flow.counts(flow.closed - back)]


def has_history(flow: Expected, counts: list[int]) -> bool:
    """Whether there is a history of 8 weeks with 20 active days in its baseline."""
    began = flow.flow.began
    if began is None or flow.frozen - began < LEAST_HISTORY_DAYS:
        return False
    return sum([count > 0 for count in counts]) >= LEAST_ACTIVE_DAYS


def sales_basis(reading: Reading, window: int) -> Basis | None:
    """Return the days, the number of sales, what they brought and what was expected of them."""
    sales = reading.shared(expected)
    return None if sales is None else basis(sales, window)


def basis(flow: Expected, window: int) -> Basis:
    """Return what the last `window` closed days brought, and what was expected of them."""
    first, last = flow.closed - window + 1, flow.closed
    usual = flow.total(first, last)
    return Basis(
        first=date.fromordinal(first),
        last=date.fromordinal(last),
        n=flow.flow.counted(first, last),
        observed=flow.flow.total(first, last),
        expected=None if usual is None else round(Fraction(usual, SCALE)),
    )


def for_peers(reading: Reading, windows: tuple[int, ...]) -> dict[int, int]:
    """Return the shop's share in its segment's figures: R_w in millionths, where known.

    To be asked with a reading of no episode: what a segment does is measured with baselines
    that move.
    """
    ratios = {window: own_ratio(reading, window) for window in windows}
    return {window: round(ratio * MILLION) for window, ratio in ratios.items() if ratio is not None}
