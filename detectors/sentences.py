"""What a detector has seen, as a sentence in English and in Chinese, from its own numbers.

A sentence says what came, what is usual and in which range, how many events that rests on, and how
rare it is: "1 in 2,300". Numbers are those of the `Explanation`; nothing is looked up or reckoned
anew. Amounts are written in major units with their currency.
"""
# ruff: noqa: RUF001, RUF002 - Chinese has a punctuation of its own

from typing import Final

from detectors.evidence import Combined
from detectors.protocol import Explanation
from schemas.alert import Text
from schemas.money import exponent

DAYS_FROM_HOURS: Final = 48.0
"""From here on a time is said in days."""

STREAMS: Final = {
    "repayment": Text(en="repayments", zh="还款"),
    "settlement": Text(en="settlements", zh="结算入账"),
    "pos_clearing": Text(en="card sales", zh="POS交易"),
}

VOICES: Final = {
    "cadence": Text(en="unusual gaps", zh="间隔异常"),
    "silence": Text(en="silence", zh="沉默"),
    "amount": Text(en="unusual amounts", zh="金额异常"),
    "flow": Text(en="less coming in", zh="入账减少"),
    "cusum": Text(en="falling amounts", zh="金额持续下降"),
    "shortfall": Text(en="short instalments", zh="还款不足"),
    "mix": Text(en="unusual counterparties", zh="交易对手异常"),
    "novelty": Text(en="an unusual combination", zh="异常组合"),
}

_SAID: Final = {
    "cadence": Text(en="{seen} after the one before", zh="距上一笔{seen}"),
    "silence": Text(en="nothing for {seen}", zh="已有{seen}无记录"),
    "amount": Text(en="an amount of {seen}", zh="金额{seen}"),
    "flow": Text(
        en="in the last days {seen} of what came in the last months",
        zh="近日入账为近月水平的{seen}",
    ),
    "cusum": Text(en="amounts have fallen by {seen} in sum", zh="金额累计下降{seen}"),
    "shortfall": Text(en="{seen} of instalments short or late", zh="{seen}的还款不足或逾期"),
    "mix": Text(
        en="{seen} of events have this counterparty, channel and hour",
        zh="此类交易对手、渠道和时段占{seen}",
    ),
}
_USUAL: Final = Text(en="usual {usual} ({low} to {high})", zh="通常{usual}（{low}至{high}）")
_NO_FALL: Final = Text(en="usual up to {high}", zh="通常不超过{high}")
_RARITY: Final = Text(
    en="{stream}: {said}, {usual}, after {n} events; {rarity}",
    zh="{stream}：{said}，{usual}，已观察{n}笔；{rarity}",
)
_ONE_IN: Final = Text(en="1 in {one_in}", zh="约{one_in}次中1次")
_NOT_RARE: Final = Text(en="not unusual", zh="并不罕见")

LANGUAGES: Final = ("en", "zh")


def say(why: Explanation, *, currency: str = "", voice: str = "") -> Text:
    """Return the sentence of one score.

    Args:
        why: What the detector has explained.
        currency: Of an amount.
        voice: Who speaks, if not the detector under its own name: `silence`.

    Examples:
        >>> why = Explanation("cadence", 1, "settlement", 1 / 2300, 3.4, 101.0, 26.0, 14.0, 48.0,
        ...                   "hours", 38, "own")
        >>> say(why).en
        'settlements: 4.2 days after the one before, usual 26 hours (14 to 48 hours),
        after 38 events; 1 in 2,300'
        >>> say(why, voice="silence").zh
        '结算入账：已有4.2天无记录，通常26小时（14至48小时），已观察38笔；约2,300次中1次'
    """
    return Text(**{language: _sentence(why, currency, voice, language) for language in LANGUAGES})


def say_combined(of: Combined, *, most: int = 3) -> Text:
    """Return the sentence of all voices together: the largest parts of the evidence.

    Examples:
        >>> of = Combined(10.0, 1.0, (("silence", 6.0), ("flow", 3.0), ("amount", 1.0)))
        >>> say_combined(of, most=2).en
        'evidence 10.0: silence 60 %, less coming in 30 %, others 10 %'
    """
    parts = [(VOICES[voice], share) for voice, share in of.shares[:most]]
    rest = sum(share for _, share in of.shares[most:])
    if rest:
        parts.append((Text(en="others", zh="其他"), rest))
    en = ", ".join(f"{words.en} {100 * share:.0f} %" for words, share in parts)
    zh = "，".join(f"{words.zh}{100 * share:.0f}%" for words, share in parts)
    return Text(en=f"evidence {of.total:.1f}: {en}", zh=f"证据{of.total:.1f}：{zh}")


def _sentence(why: Explanation, currency: str, voice: str, language: str) -> str:
    def word(text: Text) -> str:
        return str(getattr(text, language))

    usual = _NO_FALL if why.detector == "cusum" else _USUAL
    observed, expected, low, high = _numbers(why, currency, language)
    rarity = word(_ONE_IN).format(one_in=one_in(why.p_value))
    is_rare = why.p_value <= 0.5  # noqa: PLR2004 - "1 in 2" is the least that says something
    return word(_RARITY).format(
        stream=word(STREAMS[why.stream]),
        said=word(_SAID[voice or why.detector]).format(seen=observed),
        usual=word(usual).format(usual=expected, low=low, high=high),
        n=f"{why.n:,}",
        rarity=rarity if is_rare else word(_NOT_RARE),
    )


def _numbers(why: Explanation, currency: str, language: str) -> tuple[str, str, str, str]:
    """Return what was seen, what is usual, and the range, whose low end has no unit if it can."""
    if why.unit == "hours":
        return (
            _time(why.observed, language),
            _time(why.expected, language),
            *_times(why.low, why.high, language),
        )
    number, unit = _FORMATS[why.unit]
    suffix = f" {currency}".rstrip() if unit is None else getattr(unit, language)
    per = 10 ** exponent(currency) if unit is None and currency else 1
    # of a fall the numbers are below 0, and "usual up to" asks for the farthest
    numbers = (why.observed, why.expected, why.high, why.low)
    if why.unit != "scales":
        numbers = (why.observed, why.expected, why.low, why.high)
    seen, usual, low, high = (number.format(abs(each) / per) for each in numbers)
    return seen + suffix, usual + suffix, low, high + suffix


_FORMATS: Final = {
    "minor units": ("{:,.2f}", None),
    "percent": ("{:.3g}", Text(en=" %", zh="%")),
    "scales": ("{:.1f}", Text(en=" scales", zh="个标准差")),
}
_TIMES: Final = (
    (48.0, 24.0, "days", "天"),
    (1.0, 1.0, "hours", "小时"),
    (0.0, 1 / 60, "minutes", "分钟"),
)
"""From how many hours on a unit is used, how many hours it has, and its names."""

ONE_IN_MOST: Final = 1e9
"""Beyond, nobody has counted."""


def _time(hours: float, language: str) -> str:
    number, unit = _timed(hours, language)
    return f"{number} {unit}" if language == "en" else number + unit


def _timed(hours: float, language: str) -> tuple[str, str]:
    """Return a time's number, with one decimal below ten, and its unit."""
    _, each, en, zh = next(row for row in _TIMES if hours > row[0] or not row[0])
    number = hours / each
    return f"{number:.1f}" if number < 10 else f"{number:,.0f}", en if language == "en" else zh  # noqa: PLR2004 - two digits


def _times(low: float, high: float, language: str) -> tuple[str, str]:
    """Return a range of times; the low end has a unit only where it is another one."""
    number, unit = _timed(low, language)
    is_same = unit == _timed(high, language)[1]
    return number if is_same else _time(low, language), _time(high, language)


def one_in(p_value: float) -> str:
    """Return in how many one such is met, with two digits that count.

    Examples:
        >>> one_in(0.00043)
        '2,300'
    """
    return _rounded(1 / p_value)


def _rounded(number: float) -> str:
    """Return a number with two digits that count, as people say it."""
    if number > ONE_IN_MOST:
        return f"> {ONE_IN_MOST:,.0f}"
    digits = len(str(int(number))) - 2
    return f"{round(number, -digits) if digits > 0 else number:,.0f}"
