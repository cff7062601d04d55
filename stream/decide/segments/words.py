"""Why a segment's own signal is up, and what would end it, in the two languages of the desk.

Functions of the answer alone, as the alerts that they stand in.
"""
# ruff: noqa: RUF001 - Chinese has a punctuation of its own

from typing import Final

from schemas.alert import MeasureValue, Text
from schemas.journal import CollectionSnapshot, SegmentSnapshot, SegmentTiers
from stream.decide.segments.judging import collapse_bar, usual_share
from stream.decide.segments.policy import Policy

TITLES: Final = {
    "G01": Text(en="Collections fail more than usual", zh="扣款失败率异常升高"),
    "G05": Text(en="The segment's sales have fallen together", zh="客群销售整体下滑"),
    "G06": Text(en="Many borrowers of a segment worsen at once", zh="客群批量恶化"),
}


def sales_reason(told: SegmentSnapshot, policy: Policy) -> Text:
    """G05: `median sales of 64 merchants are 58.2 % of expected over 7 days to 2026-03-02`."""
    days = policy.sales.window_days
    share = _percent(told.ratios[days])
    return Text(
        en=f"median sales of {told.members} merchants are {share} of expected"
        f" over {days} days to {told.day}",
        zh=f"截至{told.day}的{days}天内，{told.members}家商户销售额中位数为预期的{share}",
    )


def sales_clears(policy: Policy) -> Text:
    """G05: when it ends."""
    share = _percent(policy.sales.leave[0] * 1_000)
    return Text(en=f"the median is back at {share}", zh=f"中位数恢复至{share}")


def sales_measures(told: SegmentSnapshot, policy: Policy) -> tuple[MeasureValue, ...]:
    """G05: the medians; the tenth beside them, which members are held against."""
    mild = policy.sales.enter[0]
    return tuple(
        MeasureValue(
            name=name,
            value=of[window] / 1_000_000,
            unit="ratio",
            window=f"{window} days to {told.day}",
            n=told.members,
            threshold=f"<= {mild / 1_000:.2f}" if _is_judged(name, window, policy) else None,
        )
        for name, of in (("median_sales_ratio", told.ratios), ("tenth_sales_ratio", told.tenths))
        for window in sorted(of)
    )


def _is_judged(name: str, window: int, policy: Policy) -> bool:
    return name == "median_sales_ratio" and window == policy.sales.window_days


def collapse_reason(told: SegmentTiers, policy: Policy) -> Text:
    """G06: `31 of 900 borrowers came to moderate within 7 days to 2026-03-02, 27 are too many`."""
    bar = collapse_bar(told, policy)
    return Text(
        en=f"{told.raised} of {told.members} borrowers came to moderate or more"
        f" within 7 days to {told.day}, {bar} are too many; look for a change of rules first",
        zh=f"截至{told.day}的7天内，{told.members}名借款人中有{told.raised}名升至中度及以上，"
        f"阈值{bar}；请先核查规则变更",
    )


def collapse_clears(told: SegmentTiers, policy: Policy) -> Text:
    """G06: when it ends."""
    half = -(-collapse_bar(told, policy) // 2)
    return Text(en=f"fewer than {half} within 7 days", zh=f"7天内少于{half}名")


def collapse_measures(told: SegmentTiers, policy: Policy) -> tuple[MeasureValue, ...]:
    """G06: the count, against the bar and the weekly mean of the eight weeks before."""
    return (
        MeasureValue(
            name="newly_moderate",
            value=told.raised,
            unit="borrowers",
            window=f"7 days to {told.day}",
            n=told.members,
            threshold=f">= {collapse_bar(told, policy)}",
            baseline=told.before / policy.collapse.weeks,
        ),
    )


def failures_reason(told: CollectionSnapshot) -> Text:
    """G01: `420 of 1000 attempts of 2026-03-02 failed, usually 10.0 %; psp-1 has it: 97.1 %`."""
    usual = _percent(int(usual_share(told) * 1_000_000))
    en = f"{told.failed} of {told.attempts} attempts of {told.day} failed, usually {usual}"
    zh = f"{told.day}共{told.attempts}笔扣款失败{told.failed}笔，通常为{usual}"
    if told.channels:
        where = ", ".join(f"{name} {_percent(part)}" for name, part in told.channels.items())
        en += f"; a channel is out, with so much of the excess: {where}"
        zh += f"；通道故障，占超额失败：{where}"
    return Text(en=en, zh=zh)


def failures_clears(policy: Policy) -> Text:
    """G01: when it ends."""
    points = policy.failures.leave_points[0]
    return Text(
        en=f"no more than chance, or {points} points above the usual share",
        zh=f"失败数回到随机范围，或仅高于通常比例{points}个百分点",
    )


def failures_measures(told: CollectionSnapshot, policy: Policy) -> tuple[MeasureValue, ...]:
    """G01: the share against the usual one, the count against its bound."""
    window, usual = f"{told.day}", float(usual_share(told))
    return (
        MeasureValue(
            name="failed_share",
            value=told.failed / told.attempts,
            unit="ratio",
            window=window,
            n=told.attempts,
            threshold=f">= {usual + policy.failures.enter_points[0] / 100:.4f}",
            baseline=usual,
        ),
        MeasureValue(
            name="failed_attempts",
            value=told.failed,
            unit="attempts",
            window=window,
            n=told.attempts,
            threshold=f"> {told.bound}",
        ),
    )


def _percent(millionths: int) -> str:
    """Say a share.

    Examples:
        >>> _percent(582_400)
        '58.2 %'
    """
    return f"{millionths / 10_000:.1f} %"
