"""Why M noticed a borrower, as sentences in English and in Chinese, from its own numbers.

Beside the sentence of each detector (`sentences`): what the lanes come to, what a new combination
is made of, what a chance of default is made of, and what would clear it.
"""
# ruff: noqa: RUF001 - Chinese has a punctuation of its own

from collections.abc import Sequence
from math import exp
from typing import Final

from detectors.combination import Lane, Look, Notice
from detectors.sentences import VOICES, one_in, say_combined
from schemas.alert import Text

PARTS_MOST: Final = 3
"""How many parts of a whole are named."""

LANES: Final = {
    Lane.PERSISTENT: Text(en="all that was said lately", zh="近期综合"),
    Lane.APART: Text(en="unusual counterparties lately", zh="近期交易对手异常"),
    Lane.INSTANT: Text(en="the least likely of what was just said", zh="最新单项最罕见"),
}
_RARE: Final = Text(en="{lane}: 1 in {one_in} looks", zh="{lane}：约{one_in}次查看中1次")
_CLEARS: Final = Text(
    en="below the threshold in {days} days if nothing more is said",
    zh="若无新的异常，{days}天后低于阈值",
)
_STAYS: Final = Text(en="above the threshold for a year", zh="一年内仍高于阈值")
_IS_CLEAR: Final = Text(en="below the threshold now", zh="目前低于阈值")
_CHANCE: Final = Text(
    en="chance of default {chance:.1f} %, as outcomes of others have taught; most by {parts}",
    zh="违约可能性{chance:.1f}%（依据其他借款人的结果）；主要因素：{parts}",
)
_NEW: Final = Text(
    en="this combination is new in the segment; most by {parts}",
    zh="该组合在本分组中少见；主要因素：{parts}",
)


def say_notice(look: Look, notice: Notice) -> list[Text]:
    """Return a sentence for each lane that it is an alert in, the evidence's parts after them.

    Examples:
        >>> from detectors.evidence import Combined
        >>> look = Look(Combined(20.0, 1.0, (("silence", 15.0), ("flow", 5.0))))
        >>> said = say_notice(look, Notice({Lane.PERSISTENT: 6.0}, (Lane.PERSISTENT,)))
        >>> said[0].en, said[1].en
        ('all that was said lately: 1 in 400 looks',
        'evidence 20.0: silence 75 %, less coming in 25 %')
    """
    said = [_filled(_RARE, LANES[lane], notice.v[lane]) for lane in notice.lanes]
    return [*said, say_combined(look.combined)] if Lane.PERSISTENT in notice.lanes else said


def _filled(text: Text, lane: Text, v: float) -> Text:
    number = one_in(exp(-v))
    return Text(
        en=text.en.format(lane=lane.en, one_in=number),
        zh=text.zh.format(lane=lane.zh, one_in=number),
    )


def say_clearing(days: int | None) -> Text:
    """Return the sentence of what would clear the evidence (`Combination.clears_in_days`).

    Examples:
        >>> say_clearing(9).en
        'below the threshold in 9 days if nothing more is said'
    """
    if days is None:
        return _STAYS
    if days == 0:
        return _IS_CLEAR
    return Text(en=_CLEARS.en.format(days=days), zh=_CLEARS.zh.format(days=days))


def say_ews(chance: float, contributions: Sequence[tuple[str, float]]) -> Text:
    """Return the sentence of D8: the chance, and the features that add most to it.

    Args:
        chance: In [0, 1].
        contributions: As `Ews.contributions` gives them, by the names of the features.

    Examples:
        >>> say_ews(0.31, [("late_worst", 0.9), ("unpaid0", 0.4), ("limit", -0.2)]).en
        'chance of default 31.0 %, as outcomes of others have taught;
        most by late_worst +0.90, unpaid0 +0.40'
    """
    adding = [(name, of) for name, of in contributions[:PARTS_MOST] if of > 0]
    parts = ", ".join(f"{name} {of:+.2f}" for name, of in adding) or "-"
    return Text(
        en=_CHANCE.en.format(chance=100 * chance, parts=parts),
        zh=_CHANCE.zh.format(chance=100 * chance, parts=parts),
    )


def say_novelty(parts: Sequence[tuple[str, float]]) -> Text:
    """Return the sentence of D7: what the combination is new by.

    Args:
        parts: By voice how much less new it were without (`Novelty.parts`), the greatest first.

    Examples:
        >>> say_novelty([("silence", 0.2), ("mix", 0.1), ("flow", 0.0)]).en
        'this combination is new in the segment; most by silence, unusual counterparties'
    """
    named = [VOICES[voice] for voice, of in parts[:PARTS_MOST] if of > 0]
    return Text(
        en=_NEW.en.format(parts=", ".join(each.en for each in named) or "-"),
        zh=_NEW.zh.format(parts="、".join(each.zh for each in named) or "-"),
    )
