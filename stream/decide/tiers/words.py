"""What a tier, a change and a refusal are in two languages."""

# ruff: noqa: RUF001 - Chinese has a punctuation of its own

from collections.abc import Iterable, Sequence
from typing import Final

from schemas.alert import Cause, Text, Tier
from schemas.instants import wire
from stream.decide.tiers.facts import Facts, Signal
from stream.decide.tiers.machine import Change, Look
from stream.decide.tiers.policy import Policy
from stream.decide.tiers.refusals import Refused
from stream.decide.tiers.score import tally
from stream.decide.tiers.wait import Refusal

CHINESE: Final = ("无", "轻度", "中度", "重度")
NOTHING: Final = Text(en="nothing to clear", zh="无需解除")

WHY_NOT: Final = {
    Refusal.TWO_KEYS: Text(
        en="severe needs a hard fact or an independent second family",
        zh="重度须有确定事实或独立的第二类信号",
    ),
    Refusal.NOT_HELD: Text(en="a soft signal has not been held long enough", zh="推断信号持续不足"),
    Refusal.NEW_LOAN: Text(
        en="soft signals of a new loan do not count yet", zh="新放款的推断信号暂不计"
    ),
    Refusal.DAMPED: Text(en="the whole segment fell", zh="整个客群下滑"),
    Refusal.INSTALMENTS: Text(en="instalments on time are missing", zh="按时还款期数不足"),
    Refusal.COVERAGE: Text(en="the coverage measure is not in order", zh="偿债覆盖未达标"),
    Refusal.BLIND: Text(en="an input is silent or broken", zh="数据源中断"),
    Refusal.LOCKED: Text(en="it changed too often", zh="级别变动过于频繁"),
    Refusal.RELEASE_HELD: Text(en="what holds it has not ended", zh="原因尚未消除"),
    Refusal.RELEASE_PEOPLE: Text(en="another person must sign", zh="须另一人签字"),
    Refusal.SNOOZE: Text(
        en="the snooze lacks a reason or a signature, is too long, or a hard fact is newer",
        zh="暂缓缺理由、缺签字、过长，或已有新的确定事实",
    ),
}
"""Each refusal as a clause."""

NOT_HIGHER: Final = frozenset(
    {
        Refusal.TWO_KEYS,
        Refusal.NOT_HELD,
        Refusal.NEW_LOAN,
        Refusal.DAMPED,
    }
)
"""The refusals of a rise; the others are of a fall, or of what people signed."""

FALLS: Final = {
    Cause.OPERATOR: Text(en="people ended the wait", zh="经人工签字提前解除"),
    Cause.CORRECTION: Text(en="what had raised it was corrected", zh="原依据已更正"),
    Cause.LATE_DATA: Text(en="late data took back what had raised it", zh="迟到数据推翻原依据"),
    Cause.LOAN_CLOSED: Text(en="the loan has ended", zh="贷款已结清或终止"),
}
"""Why a tier fell, other than by its wait."""


def refusal(refused: Refused) -> Text:
    """Say what is refused and why.

    Examples:
        >>> refusal(Refused(Refusal.TWO_KEYS, 3)).en
        'not severe: severe needs a hard fact or an independent second family'
    """
    why = WHY_NOT[refused.code]
    tier, chinese = Tier(refused.tier).word, CHINESE[refused.tier]
    until = f", until {wire(refused.until_ms)}" if refused.until_ms is not None else ""
    bis = f"，至{wire(refused.until_ms)}" if refused.until_ms is not None else ""
    if refused.code in NOT_HIGHER:
        return Text(en=f"not {tier}: {why.en}{until}", zh=f"未至{chinese}：{why.zh}{bis}")
    return Text(en=f"still {tier}: {why.en}{until}", zh=f"仍为{chinese}：{why.zh}{bis}")


def reason(found: Look, change: Change, signals: Sequence[Signal], policy: Policy) -> Text:
    """Say why the tier is what it now is."""
    tier, chinese = Tier(change.after).word, CHINESE[change.after]
    if change.after < change.before:
        why = _why_fallen(change)
        return Text(en=f"{tier}: {why.en}", zh=f"{chinese}：{why.zh}")
    reasons = [*_owed(found.state.facts), *_titles(found, signals)]
    en, zh = "; ".join(each.en for each in reasons), "；".join(each.zh for each in reasons)
    if change.cause is Cause.COMPOUND:
        score = f"{float(found.found.earned.score):.2f}"
        least = f"{policy.score.thresholds_percent[change.after - 1] / 100:.2f}"
        en, zh = f"{en}: together {score} of {least}", f"{zh}：合计{score}，达到{least}"
    return Text(en=f"{tier}: {en}", zh=f"{chinese}：{zh}")


def _owed(facts: Facts) -> Iterable[Text]:
    if facts.dpd:
        yield Text(en=f"{facts.dpd} days past due", zh=f"逾期{facts.dpd}天")
    if facts.forborne:
        yield Text(en="in probation after a restructuring", zh="重组观察期内")


def _titles(found: Look, signals: Sequence[Signal]) -> Iterable[Text]:
    votes = {vote.episode for vote in found.found.votes}
    return (signal.title for signal in signals if signal.episode in votes)


def _why_fallen(change: Change) -> Text:
    if change.cause in FALLS:
        return FALLS[change.cause]
    if change.wait is None:
        return Text(en="what had raised it is gone", zh="原依据已不存在")
    since, paid, needed = wire(change.wait.start_ms), change.wait.paid, change.wait.needed
    if not needed:
        return Text(en=f"clear since {since}", zh=f"自{since}起正常")
    if paid < needed:
        return Text(
            en=f"clear since {since}, and for long no instalment fell due",
            zh=f"自{since}起正常，且长期无到期款",
        )
    return Text(
        en=f"clear since {since}, instalments paid on time since then: {paid}",
        zh=f"自{since}起正常，其后按时还款{paid}期",
    )


def clears(found: Look, signals: Sequence[Signal], policy: Policy) -> Text:
    """Say what would bring the tier down by one step."""
    tier = found.state.tier
    if not tier:
        return NOTHING
    steps = [*_causes(found, signals, policy), *_wait(found, policy)]
    below = f"{Tier(tier - 1).word} when" if tier > 1 else "cleared when"
    chinese = f"降至{CHINESE[tier - 1]}须" if tier > 1 else "解除须"
    return Text(
        en=f"{below}: " + "; then ".join(step.en for step in steps),
        zh=f"{chinese}：" + "；其后".join(step.zh for step in steps),
    )


def _causes(found: Look, signals: Sequence[Signal], policy: Policy) -> Iterable[Text]:
    """What holds the tier now and must end first."""
    if found.wait is not None:
        return
    tier, facts = found.state.tier, found.state.facts
    if facts.floor >= tier:
        if facts.dpd:
            yield Text(en="the arrear is paid", zh="逾期款已还清")
        if facts.forborne:
            yield Text(en="the probation has ended", zh="观察期结束")
    votes = found.found.active
    decisive = [
        vote.episode
        for vote in votes
        if tally([other for other in votes if other != vote], 0, policy).tier < tier
    ]
    if tally(votes, 0, policy).tier >= tier:
        yield from _endings(
            decisive or [vote.episode for vote in votes], signals, any_=bool(decisive)
        )


def _endings(episodes: Sequence[str], signals: Sequence[Signal], *, any_: bool) -> Iterable[Text]:
    ends = [signal for signal in signals if signal.episode in episodes]
    en = "; ".join(f"{each.title.en} {each.clears_when.en}" for each in ends)
    zh = "；".join(f"{each.title.zh}：{each.clears_when.zh}" for each in ends)
    if len(ends) == 1:
        yield Text(en=en, zh=zh)
    elif any_:
        yield Text(en=f"one of these ends ({en})", zh=f"以下任一解除（{zh}）")
    else:
        yield Text(en=f"enough of these end ({en})", zh=f"以下足够多项解除（{zh}）")


def _wait(found: Look, policy: Policy) -> Iterable[Text]:
    """What must have gone well after that."""
    state, wait = found.state, found.wait
    tier, rung = state.tier, state.rungs[-1]
    days = policy.fall.clear_days[tier - 1]
    if wait is None:
        yield Text(en=f"{days} clear days", zh=f"连续{days}天正常")
        intervals = [loan.interval_days for loan in state.facts.loans] or [None]
        missing = max(policy.instalments(tier, hard=rung.hard, interval_days=i) for i in intervals)
    else:
        since, until = wire(wait.start_ms), wire(wait.days_ms)
        yield Text(
            en=f"{days} clear days, from {since} to {until}",
            zh=f"连续{days}天正常，自{since}至{until}",
        )
        missing = max(wait.needed - wait.paid, 0)
    if missing:
        quiet = policy.fall.quiet_days
        yield Text(
            en=f"instalments in a row paid on time: {missing}, or {quiet} clear days in which none"
            " falls due",
            zh=f"连续按时还款{missing}期，或{quiet}天正常且无到期款",
        )
    if state.locked_until_ms > state.at_ms:
        locked = wire(state.locked_until_ms)
        yield Text(
            en=f"not before {locked}, since it changed too often",
            zh=f"因变动过于频繁，不早于{locked}",
        )
