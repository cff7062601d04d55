# ruff: noqa: RUF001, RUF002 - full-width signs are what this module is about
"""The Chinese front end: full-width signs and Chinese words become what the grammar reads.

First phase: text -> normalised text with a map back to the author's offsets. Strings and
comments are left as they are. The stored form of a rule is the English one; this only saves
the author from switching keyboards, and one parser serves both.

A number may stand next to Chinese words (`近7天`); two words need a space between them.
Names of fields and values in Chinese are no matter of this phase: the checker finds them by
their labels in the catalogue.
"""

import re
from typing import NamedTuple

SIGNS = {
    "，": ",", "：": ":", "（": "(", "）": ")", "【": "(", "】": ")", "＝": "=", "＜": "<", "＞": ">",
    "＋": "+", "－": "-", "＊": "*", "×": "*", "／": "/", "÷": "/", "％": "%", "．": ".", "。": ".",
    "＠": "@", "￥": "¥", "｜": "|", "｛": "{", "｝": "}", "≤": "<=", "≥": ">=", "≠": "!=",
    "\u3000": " ", "\u00a0": " ",
} | {chr(ord("０") + digit): str(digit) for digit in range(10)}  # fmt: skip
"""Full-width and mathematical signs, and what they are read as."""

WORDS = {
    "规则集": "ruleset", "版本": "version", "规则": "rule", "结束": "end", "名单": "list",
    "参数": "param", "默认": "default", "令": "let", "时区": "timezone", "币种": "currency",
    "名称": "name", "说明": "about", "负责人": "owner", "标签": "tags", "信号": "signal",
    "类别": "family", "通道": "lane", "模式": "mode", "生效": "effective", "触发于": "on",
    "当": "when", "等级": "tier", "如果": "if", "确凿": "hard", "推断": "soft", "保持": "keep",
    "冷却": "cooldown", "除非": "except", "直到": "until", "未知": "unknown", "视为": "means",
    "原因": "reason", "且": "and", "或": "or", "非": "not", "属于": "in", "介于": "between",
    "是": "is", "其中": "where", "近": "over", "终生": "lifetime", "之前": "before", "本次": "this",
    "按": "by", "范围": "scope", "持续": "lasting", "解除": "clear", "测试": "test", "给定": "given",
    "事件": "event", "预期": "expect", "无": "nothing", "恰好": "exactly",
    "完整": "full", "截至": "ending", "前": "ago", "每": "per", "没有": "no", "达": "for",
    "升级": "escalate", "至": "to", "满": "after", "占比": "ratio", "份额": "share",
    "天": "days", "小时": "hours", "分钟": "minutes", "周": "weeks",
    "计数": "count", "求和": "sum", "平均": "avg", "最小": "min", "最大": "max", "去重": "distinct",
    "连续次数": "streak", "首次": "first", "末次": "last",
    "轻度": "mild", "中度": "moderate", "重度": "severe",
    "缺失": "missing", "已知": "known", "就绪": "ready",
}  # fmt: skip
"""Words of the language in Chinese, and what they are read as."""

_WORD = re.compile(r"[^\W\d]\w*")
_AROUND_A_NUMBER = re.compile(r"([^\W\d]+)(\d+)([^\W\d]*)")
_QUOTES = {'"': '"', "“": "”"}


class Normalised(NamedTuple):
    """`text` for the parser; `offsets[i]` is where its i-th character stands in the original."""

    text: str
    offsets: list[int]


def normalise(source: str) -> Normalised:
    """Return what the parser reads, and the way back.

    Examples:
        >>> normalise("当 计数（还款） 近 7天 ≥ ２").text
        'when count(还款) over 7days >= 2'
        >>> normalise("名称 “不变：（）”").text
        'name "不变：（）"'
    """
    text: list[str] = []
    offsets: list[int] = []

    def put(piece: str, at: int, *, step: int) -> None:
        text.append(piece)
        offsets.extend(at + step * i for i in range(len(piece)))

    at = 0
    while at < len(source):
        char = source[at]
        if char in _QUOTES:
            end = _closing(source, at)
            body = source[at + 1 : end]
            put('"', at, step=0)
            put(body, at + 1, step=1)
            if end < len(source) and source[end] != "\n":
                put('"', end, step=0)
                end += 1
        elif char == "#":
            end = _line_end(source, at)
            put(source[at:end], at, step=1)
        elif match := _WORD.match(source, at):
            end = match.end()
            for piece, offset, step in _words(match.group()):
                put(piece, at + offset, step=step)
        else:
            end = at + 1
            put(SIGNS.get(char, char), at, step=0)
        at = end
    offsets.append(len(source))
    return Normalised("".join(text), offsets)


def _words(word: str) -> list[tuple[str, int, int]]:
    """Return the pieces that `word` is read as, each with its offset and step in the original."""
    if word in WORDS:
        return [(WORDS[word], 0, 0)]
    match = _AROUND_A_NUMBER.fullmatch(word)
    if match and match[1] in WORDS and (not match[3] or match[3] in WORDS):
        pieces = [(WORDS[match[1]], 0, 0), (" ", match.start(2), 0), (match[2], match.start(2), 1)]
        return pieces + ([(WORDS[match[3]], match.start(3), 0)] if match[3] else [])
    return [(word, 0, 1)]


def _closing(source: str, at: int) -> int:
    """Return where the string that opens at `at` ends: its quote, or the end of the line."""
    quote, end = _QUOTES[source[at]], at + 1
    while end < len(source) and source[end] not in (quote, "\n"):
        if quote == "”" and source[end] == '"':
            break
        end += 1
    return end


def _line_end(source: str, at: int) -> int:
    end = source.find("\n", at)
    return len(source) if end < 0 else end
