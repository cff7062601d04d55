"""What a trigger's records say, in two languages; never a consequence, never a suspicion."""

# ruff: noqa: RUF001 - Chinese has a punctuation of its own

from typing import Final

from schemas.alert import Text
from schemas.collection_trigger import CollectionAction, Guard

INTENDED: Final = {
    CollectionAction.REMIND: Text(en="remind of an amount due", zh="提醒应还款项"),
    CollectionAction.STRENGTHEN_MONITORING: Text(
        en="ask how things are, without asking for money", zh="中性问候，不涉及催款"
    ),
    CollectionAction.EARLY_COLLECTION: Text(
        en="talk about what is due, and offer a plan", zh="沟通应还款项并提供还款方案"
    ),
}
"""What is to be done."""

WHY: Final = {
    Guard.KILL_SWITCH: Text(en="all contacts are switched off", zh="全部触达已停止"),
    Guard.LEGAL_HOLD: Text(en="a hold is in force", zh="暂停联系"),
    Guard.DECEASED: Text(en="deceased or unable to act", zh="借款人已故或无行为能力"),
    Guard.COMPLIANCE_HOLD: Text(en="a hold is in force", zh="暂停联系"),
    Guard.DISPUTE: Text(en="a dispute or complaint is open", zh="争议或投诉处理中"),
    Guard.HARDSHIP: Text(en="hardship or protection", zh="困难申请或受保护期"),
    Guard.DATA_HEALTH: Text(en="the data is not vouched for", zh="数据未核对"),
    Guard.AMOUNT_CHECK: Text(en="it is not sure what is due", zh="应还金额未确定"),
    Guard.RETRY_CAP: Text(en="the debit may not be tried again", zh="扣款重试受限"),
    Guard.CONSENT: Text(en="no consent to the channel", zh="未获该渠道同意"),
    Guard.IDENTITY: Text(en="the channel is not verified", zh="联系方式未核实"),
    Guard.QUIET_HOURS: Text(en="outside the hours allowed", zh="不在允许时段"),
    Guard.FREQUENCY_CAP: Text(en="contacted often enough", zh="联系次数已达上限"),
    Guard.PUBLIC_HOLIDAY: Text(en="a public holiday", zh="法定节假日"),
    Guard.RATE_LIMIT: Text(en="too many proposals at once", zh="集中触达限额"),
    Guard.APPROVAL: Text(en="people have to release it", zh="须人工批准"),
}
"""Why not, by the guard that says so."""

HELD_OUT: Final = Text(
    en="held out, so that the effect of contacting can be measured", zh="对照组：不作自动触达"
)
GONE: Final = Text(en="what brought it about is no more", zh="触发原因已不存在")
EXPIRED: Final = Text(en="nobody sent it in time", zh="逾时未发送")
GIVEN_UP: Final = Text(en="nobody sent it within days", zh="多日未发送，已作罢")
LATE_LEAVE: Final = Text(en="leave was given for what was not proposed", zh="放行时触发已失效")
