"""The measures that rules may name, with their types, their titles and what is kept for them."""

from collections.abc import Mapping
from typing import Final

from rules.measures.clearing import (
    CLEARED,
    CLEARED_BACK,
    CLEARING_FEES,
    SETTLED,
    SPLIT,
    clearing_shock,
    pos_settlement_gap,
)
from rules.measures.cover import ESSENTIAL, TAKINGS, debt_service_cover
from rules.measures.festival import days_since_festival, has_reopened, peers_reopened
from rules.measures.gaps import OWN_CREDITS, credit_gap_days, usual_credit_gap_days
from rules.measures.guard import sales_low
from rules.measures.inflow import (
    CREDITS,
    NOT_OPERATING,
    inflow_basis,
    inflow_ratio,
    inflow_vs_underwriting,
)
from rules.measures.proceeds import (
    DISBURSED,
    GAMBLED,
    PROHIBITED,
    proceeds_gambled,
    proceeds_misused,
)
from rules.measures.reading import Measure, Parameter
from rules.measures.repayments import (
    NO_FUNDS,
    PAID,
    PROMISED,
    PROMISES,
    TAKEN_BACK,
    nsf_instalments,
    promise_kept,
)
from rules.measures.sales import TAKEN, UNDONE, sales_basis, sales_ratio
from rules.measures.silence import usual_gap_days, zero_run_days
from rules.measures.slide import slide
from rules.measures.sweep import OUTGOING, OUTGOING_TO_SELF, swept_before, swept_days
from rules.measures.underwriting import sales_vs_underwriting
from rules.types import BOOL, COUNT, DURATION, NUMBER, RATIO
from schemas.alert import Text

WINDOW: Final = Parameter("window", DURATION, 7, 56)
CLEARING_DAYS: Final = Parameter("days", COUNT, 1, 10)
SETTLEMENT_DAYS: Final = Parameter("days", COUNT, 5, 30)
INSTALMENTS: Final = Parameter("last", COUNT, 1, 24)

_SALES: Final = (TAKEN, UNDONE)
_INFLOW: Final = (CREDITS, NOT_OPERATING)
_EXTERNAL: Final = (CREDITS, OWN_CREDITS)
_SWEPT: Final = (TAKINGS, OUTGOING, OUTGOING_TO_SELF)
_NET: Final = (CLEARED, CLEARED_BACK, CLEARING_FEES)

_ALL: Final = (
    Measure(
        name="sales_ratio",
        title=Text(en="sales against expected sales", zh="销售额与预期之比"),
        parameters=(WINDOW,),
        type=RATIO.or_missing(),
        series=_SALES,
        function=sales_ratio,
        basis=sales_basis,
        moves_with=_SALES,
    ),
    Measure(
        name="sales_low",
        title=Text(en="fewer sales than chance explains", zh="交易笔数低于偶然波动下限"),
        parameters=(WINDOW,),
        type=BOOL.or_missing(),
        series=_SALES,
        function=sales_low,
        basis=sales_basis,
        moves_with=_SALES,
    ),
    Measure(
        name="sales_vs_underwriting",
        title=Text(en="sales against those before disbursement", zh="销售额与放款前之比"),
        parameters=(WINDOW,),
        type=RATIO.or_missing(),
        series=_SALES,
        function=sales_vs_underwriting,
        moves_with=_SALES,
    ),
    Measure(
        name="slide",
        title=Text(
            en="slide of weekly sales, in standard deviations", zh="周销售额累积下滑的标准差倍数"
        ),
        type=NUMBER.or_missing(),
        series=_SALES,
        function=slide,
        moves_with=_SALES,
    ),
    Measure(
        name="zero_run_days",
        title=Text(en="open days without sales", zh="连续无销售营业日数"),
        type=COUNT.or_missing(),
        series=_SALES,
        function=zero_run_days,
        moves_with=_SALES,
    ),
    Measure(
        name="usual_gap_days",
        title=Text(en="longest usual run of open days without sales", zh="通常最长无销售营业日数"),
        type=COUNT.or_missing(),
        series=_SALES,
        function=usual_gap_days,
        moves_with=_SALES,
    ),
    Measure(
        name="days_since_festival",
        title=Text(en="days since the Spring Festival", zh="春节后天数"),
        type=COUNT.or_missing(),
        series=_SALES,
        function=days_since_festival,
    ),
    Measure(
        name="has_reopened",
        title=Text(en="has sold since the Spring Festival", zh="节后已恢复营业"),
        type=BOOL.or_missing(),
        series=_SALES,
        function=has_reopened,
        moves_with=_SALES,
    ),
    Measure(
        name="peers_reopened",
        title=Text(en="share of the segment that has reopened", zh="同类商户节后复业比例"),
        type=RATIO.or_missing(),
        series=_SALES,
        function=peers_reopened,
    ),
    Measure(
        name="inflow_ratio",
        title=Text(en="operating inflow against what is expected", zh="经营流入与预期之比"),
        parameters=(WINDOW,),
        type=RATIO.or_missing(),
        series=_INFLOW,
        function=inflow_ratio,
        basis=inflow_basis,
        moves_with=_INFLOW,
    ),
    Measure(
        name="inflow_vs_underwriting",
        title=Text(
            en="operating inflow against that before disbursement", zh="经营流入与放款前之比"
        ),
        parameters=(WINDOW,),
        type=RATIO.or_missing(),
        series=_INFLOW,
        function=inflow_vs_underwriting,
        moves_with=_INFLOW,
    ),
    Measure(
        name="clearing_shock",
        title=Text(en="unusual settled amount, robust z", zh="清算金额的稳健z值"),
        parameters=(CLEARING_DAYS,),
        type=NUMBER.or_missing(),
        series=(SETTLED,),
        function=clearing_shock,
        moves_with=(SETTLED,),
    ),
    Measure(
        name="pos_settlement_gap",
        title=Text(en="share of net sales not settled", zh="收单净额与到账差异比例"),
        parameters=(CLEARING_DAYS,),
        type=RATIO.or_missing(),
        series=(*_NET, SETTLED, SPLIT),
        function=pos_settlement_gap,
        moves_with=(*_NET, SETTLED),
    ),
    Measure(
        name="debt_service_cover",
        title=Text(en="inflow over what falls due", zh="偿债覆盖倍数"),
        type=RATIO.or_missing(),
        series=(*_INFLOW, *_NET, TAKINGS, ESSENTIAL),
        function=debt_service_cover,
        moves_with=(*_INFLOW, *_NET, TAKINGS),
    ),
    Measure(
        name="credit_gap_days",
        title=Text(en="days without a credit from outside", zh="连续无外部入账天数"),
        type=COUNT.or_missing(),
        series=_EXTERNAL,
        function=credit_gap_days,
        moves_with=_EXTERNAL[:1],
    ),
    Measure(
        name="usual_credit_gap_days",
        title=Text(en="usual days between credits from outside", zh="通常外部入账间隔天数"),
        type=COUNT.or_missing(),
        series=_EXTERNAL,
        function=usual_credit_gap_days,
        moves_with=_EXTERNAL[:1],
    ),
    Measure(
        name="swept_days",
        title=Text(en="settlement days swept on the day", zh="结算款当日转出天数"),
        parameters=(SETTLEMENT_DAYS,),
        type=COUNT.or_missing(),
        series=_SWEPT,
        function=swept_days,
        moves_with=(TAKINGS,),
    ),
    Measure(
        name="swept_before",
        title=Text(en="share that left on its day before", zh="此前结算款当日转出比例"),
        parameters=(SETTLEMENT_DAYS,),
        type=RATIO.or_missing(),
        series=_SWEPT,
        function=swept_before,
        moves_with=(TAKINGS,),
    ),
    Measure(
        name="proceeds_misused",
        title=Text(en="share of the proceeds on prohibited uses", zh="贷款资金流入禁止领域比例"),
        type=RATIO.or_missing(),
        series=(DISBURSED, OUTGOING, PROHIBITED),
        function=proceeds_misused,
        moves_with=(DISBURSED,),
    ),
    Measure(
        name="proceeds_gambled",
        title=Text(en="share of the proceeds gambled", zh="贷款资金流入博彩或加密资产比例"),
        type=RATIO.or_missing(),
        series=(DISBURSED, OUTGOING, GAMBLED),
        function=proceeds_gambled,
        moves_with=(DISBURSED,),
    ),
    Measure(
        name="nsf_instalments",
        title=Text(en="instalments that failed for want of funds", zh="余额不足扣款失败期数"),
        parameters=(INSTALMENTS,),
        type=COUNT.or_missing(),
        series=(NO_FUNDS,),
        function=nsf_instalments,
        per_loan=True,
        moves_with=(NO_FUNDS,),
    ),
    Measure(
        name="promise_kept",
        title=Text(en="share of the promise that was paid", zh="承诺还款兑现比例"),
        type=RATIO.or_missing(),
        series=(PROMISED, PROMISES, PAID, TAKEN_BACK),
        function=promise_kept,
        per_loan=True,
        moves_with=(PROMISED,),
    ),
)

MEASURES: Final[Mapping[str, Measure]] = {measure.name: measure for measure in _ALL}
"""By name."""
