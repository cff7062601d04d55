"""What EWL cannot say: named, typed, pure functions that rules compare with thresholds.

    when sales_ratio(14 days) <= 50% and sales_low(14 days)

A measure reads daily series, the scene and when the rule's episode was opened, and nothing else;
so truth stays a function of the events and the time. To read:

    reading       Series, Reading, Parameter, Measure: what a measure is and may look at
    registry      MEASURES: all of them, by name

    flow          what came in less what was taken back, by day
    phases        which days nothing can be expected of
    expected      what a usual day brings, and the frozen baseline
    sales, guard  the sales ratio of P01, and its small-count guard (`negative_binomial`)
    underwriting  the anchor before disbursement; `slide` away from it
    silence       runs of days without sales
    festival      who has reopened
    inflow        operating inflow; `cover` of what falls due
    gaps          days without a credit from outside
    sweep         settled money that leaves on its day
    proceeds      what the money of a loan was spent on
    clearing      what was settled, by clearing date
    repayments    of one loan: instalments without funds, promises

docs/measures.md says of each its formula, its source and what it cannot see.
"""

from rules.measures.reading import (
    Answer,
    Basis,
    Daily,
    LatestDays,
    Measure,
    Parameter,
    Reading,
    Series,
)
from rules.measures.registry import MEASURES
from rules.measures.sales import for_peers

__all__ = [
    "MEASURES",
    "Answer",
    "Basis",
    "Daily",
    "LatestDays",
    "Measure",
    "Parameter",
    "Reading",
    "Series",
    "for_peers",
]
