# ruff: noqa: RUF001 - half of it is Chinese
"""A rule in plain words, English or Chinese, from what the checker understood.

Not what the author wrote but what it means: fields and their words by their labels, lets spelled
out, windows as the engine counts them. An analyst who reads it back sees whether the machine
means the same.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

from rules.catalogue import CATALOGUE, Catalogue
from rules.checked import Checked, CheckedRule
from rules.features import fingerprint
from rules.formatters import Writer, clock_length, default_for, length
from rules.measures import MEASURES
from rules.terms import (
    Absence,
    Aggregate,
    AnyTerm,
    Both,
    Choice,
    Constant,
    EntityField,
    EventField,
    Fallback,
    Feature,
    Function,
    InList,
    MeasureCall,
    Missing,
    Named,
    Negative,
    Operation,
    Opposite,
    Output,
    Parameter,
    PerDay,
    Relation,
    Since,
    walk,
)
from rules.types import Kind
from rules.zone import Zone
from schemas.alert import Tier
from schemas.instants import DAY_MS

Language = Literal["en", "zh"]

_WORDS: Mapping[str, tuple[str, str]] = {
    "at": ("judged at events of", "在下列事件发生时判断"),
    "met": ("met when", "触发条件"),
    "unknown": ("also met when that cannot be known", "无法判断时也视为触发"),
    "if": ("if", "若"),
    "otherwise": ("otherwise", "其余情况"),
    "except": ("but not if", "例外"),
    "until": ("until", "截至"),
    "from": ("only from", "仅自"),
    "to": ("to", "至"),
    "keep": ("stays open after it was last met", "最后一次触发后保持"),
    "cooldown": ("then is quiet, but for a higher tier", "关闭后静默（更高等级除外）"),
    "where": ("where", "其中"),
    "state": ("keeps of each borrower", "为每个借款人保存"),
    "shadow": ("in shadow: nobody is told", "影子模式：不通知任何人"),
    "parameter": ("parameter", "参数"),
    "others": ("others", "其他"),
    "hard": ("recorded fact", "确凿事实"),
    "soft": ("statistical inference", "统计推断"),
    "severe": ("severe", "重度"),
    "moderate": ("moderate", "中度"),
    "mild": ("mild", "轻度"),
    "and": ("and", "且"),
    "or": ("or", "或"),
    "ready": ("is ready", "已就绪"),
    "missing": ("is missing", "缺失"),
    "known": ("is known", "已知"),
    "in": ("is one of", "属于"),
    "not in": ("is none of", "不属于"),
    "default": ("or, if missing,", "缺失时取"),
    "=": ("is", "为"),
    "!=": ("is not", "不为"),
    "count": ("number of {s}", "{s}笔数"),
    "sum": ("sum of {f} of {s}", "{s}的{f}合计"),
    "avg": ("mean {f} of {s}", "{s}的平均{f}"),
    "min": ("least {f} of {s}", "{s}的最小{f}"),
    "max": ("greatest {f} of {s}", "{s}的最大{f}"),
    "first": ("first {f} of {s}", "{s}的首个{f}"),
    "last": ("last {f} of {s}", "{s}的最近{f}"),
    "distinct": ("number of different values of {f} of {s}", "{s}的不同{f}数"),
    "streak": ("run at the end of {s}", "{s}的连续次数"),
    "that": (" that have: {w}", "（{w}）"),
    "days": (", over the last {n} calendar days", "，最近{n}个自然日"),
    "today": ("today", "今天"),
    "one day": (", over today", "，当日"),
    "hours": (", over the last {n}", "，最近{n}"),
    "lifetime": (", ever", "，全部历史"),
    "by": (", for the same {k}", "，{k}相同"),
    "before": (", without this one", "，不含本次"),
    "not": ("not ({w})", "并非（{w}）"),
    "drop": ("the drop of {a} below {b}", "{a}较{b}的降幅"),
    "rise": ("the rise of {a} above {b}", "{a}较{b}的升幅"),
    "hour": ("the hour of {a}", "{a}的小时"),
    "age": ("the age of {a}", "{a}距今"),
    "per loan": ("judged at any time, for each open loan", "随时判断，逐笔未结清贷款"),
    "per borrower": ("judged at any time, for the borrower", "随时判断，按借款人"),
    "closed": (", over the last {n} closed days", "，最近{n}个已结清日"),
    "ending": (" up to {n} days before", "（截至{n}天前）"),
    "per day": (", per day", "，日均"),
    "since": ("time since the last of {s}", "距最近一笔{s}的时间"),
    "absent": ("no {s} for {n}", "连续{n}无{s}"),
    "lasting": (", for {n} on end", "，持续{n}"),
    "ends": ("ends when this is no longer so: {w}", "下列情况不再成立时解除：{w}"),
    "clears": ("ends when {w}", "解除条件：{w}"),
    "step down": ("falls to a lower tier that was enough for", "较低等级持续满足后降级"),
    "escalate": ("open for so long, it rises to", "持续未解除则升级为"),
}
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}


def explain(
    checked: Checked, name: str, language: Language, catalogue: Catalogue = CATALOGUE
) -> str:
    """Return a rule in plain words.

    Args:
        checked: A rule set without errors.
        name: Of the rule.
        language: `en` or `zh`.
        catalogue: Whose labels are used.

    Raises:
        LookupError: If there is no such rule.
    """
    for rule in checked.rules:
        if rule.name == name:
            return "\n".join(_Speaker(checked, language, catalogue).lines(rule))
    raise LookupError(f"expected one of {', '.join(r.name for r in checked.rules)}, got `{name}`")


def ends(checked: Checked, rule: CheckedRule, language: Language) -> str:
    """Say what ends a warning of a state rule, without the names that the author gave."""
    return _Speaker(checked, language, CATALOGUE, spelled_out=True).ends(rule)


class _Speaker:
    """Says terms of one rule set in one language."""

    def __init__(
        self,
        checked: Checked,
        language: Language,
        catalogue: Catalogue,
        *,
        spelled_out: bool = False,
    ) -> None:
        self._checked = checked
        self._spelled_out = spelled_out
        self._language: Language = language
        self._catalogue = catalogue
        self._home: str | None = None
        self._writer = Writer(Zone(checked.timezone), checked.currency, catalogue)

    def lines(self, rule: CheckedRule) -> Iterator[str]:
        """Yield the explanation line by line."""
        self._home = rule.streams[0] if len(rule.streams) == 1 else None
        yield f"{getattr(rule.title, self._language)} ({rule.signal}, {rule.family}, {rule.lane})"
        if rule.about:
            yield f"  {getattr(rule.about, self._language)}"
        if rule.mode == "shadow":
            yield f"  {self._say('shadow')}"
        streams = [self._label("stream", stream) for stream in rule.streams]
        if rule.is_state:
            yield f"  {self._say('per loan' if rule.per_loan else 'per borrower')}"
        else:
            yield self._line("at", ("、" if self._language == "zh" else ", ").join(streams))
        yield self._line("met", self._lasting(self.term(rule.when), rule.lifetime.lasting_ms))
        if rule.unknown_is_met:
            yield f"  {self._say('unknown')}"
        yield from self._ladder(rule)
        for let in self._named(rule):
            yield self._line("where", self.term(let.value), let.name)
        yield from self._parameters(rule)
        yield from self._life(rule)
        yield from self._state(rule)

    def _line(self, word: str, text: str, name: str = "") -> str:
        label = f"{self._say(word)} {name}".rstrip()
        return f"  {label}{'：' if self._language == 'zh' else ': '}{text}"

    def _ladder(self, rule: CheckedRule) -> Iterator[str]:
        for rung in rule.ladder:
            kind = self._say("hard" if rung.hard else "soft")
            when = self._say("otherwise")
            if rung.condition is not None:
                when = f"{self._say('if')} {self.term(rung.condition)}"
            when = self._lasting(when, rung.lasting_ms)
            yield f"  {self._say(rung.tier.word)} ({kind}) {when}"
        for exemption in rule.exceptions:
            why = getattr(exemption.label, self._language)
            until = f" {self._say('until')} {exemption.until}" if exemption.until else ""
            reason = f" ({why})" if why else ""
            yield self._line("except", f"{self.term(exemption.condition)}{until}{reason}")

    def _life(self, rule: CheckedRule) -> Iterator[str]:
        if rule.first_day:
            yield self._line("from", f"{rule.first_day} {self._say('to')} {rule.last_day or '…'}")
        lives = rule.lifetime
        if rule.is_state:
            yield f"  {self.ends(rule)}"
        if lives.keep_ms:
            yield self._line("keep", self._length(lives.keep_ms))
        if lives.step_down_ms:
            yield self._line("step down", self._length(lives.step_down_ms))
        if lives.escalate:
            tier, after_ms = lives.escalate
            yield self._line("escalate", self._length(after_ms), self._say(Tier(tier).word))
        if lives.cooldown_ms:
            yield self._line("cooldown", self._length(lives.cooldown_ms))

    def ends(self, rule: CheckedRule) -> str:
        """Say what ends a warning of a state rule."""
        clear = rule.lifetime.clear
        if clear is None:
            return self._say("ends").format(w=self.term(rule.when))
        held = self._lasting(self.term(clear.condition), clear.lasting_ms)
        return self._say("clears").format(w=held)

    def _lasting(self, condition: str, held_ms: int) -> str:
        if not held_ms:
            return condition
        return condition + self._say("lasting").format(n=self._length(held_ms))

    def _length(self, length_ms: int) -> str:
        return str(getattr(length(length_ms), self._language))

    def term(self, term: AnyTerm) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a kind of term
        """Say a value or a condition."""
        match term:
            case Constant():
                return self._constant(term)
            case EventField(stream=stream, field=of):
                label = self._label("field", of.name)
                whose = self._label("stream", stream)
                return label if stream == self._home else self._of(label, whose)
            case EntityField(entity=entity, field=of):
                return self._of(self._label("field", of.name), self._label("entity", entity))
            case Named(value=value) if self._spelled_out:
                return self.term(value)
            case Parameter(name=name) | Named(name=name):
                return name
            case Output(detector=detector, output="ready"):
                return f"{self._label('detector', detector)} {self._say('ready')}"
            case Output(detector=detector, output=output):
                return self._of(self._label("output", output), self._label("detector", detector))
            case Aggregate():
                return self._aggregate(term)
            case PerDay(value=value):
                return self.term(value) + self._say("per day")
            case Since(last=last):
                return self._say("since").format(s=self._source(last))
            case Absence(last=last, length_ms=length_ms):
                over = self._length(length_ms)
                return self._say("absent").format(s=self._source(last), n=over)
            case MeasureCall(measure=measure):
                return self._measure(measure, term.arguments)
            case Function(name=name, arguments=arguments):
                said = dict(zip("ab", map(self.term, arguments), strict=False))
                return self._say(name).format(**said)
            case Operation(operator=sign, left=left, right=right):
                return f"({self.term(left)} {sign} {self.term(right)})"
            case Negative(operand=operand):
                return f"-{self.term(operand)}"
            case Fallback(value=value, fallback=other):
                return f"({self.term(value)} {self._say('default')} {self.term(other)})"
            case Relation(operator=sign, left=left, right=right):
                said_sign = _SIGNS.get(sign) or self._say(sign)
                return f"{self.term(left)} {said_sign} {self.term(right)}"
            case Both(operator=operator, left=left, right=right):
                return f"{self._side(left, operator)} {self._say(operator)} {self._side(right, operator)}"
            case Choice(item=item, choices=choices):
                return f"{self.term(item)} {self._say('in')} {', '.join(map(self.term, choices))}"
            case InList(item=item, list=name):
                return f"{self.term(item)} {self._say('in')} {name}"
            case Missing(value=value):
                return f"{self.term(value)} {self._say('missing')}"
            case Opposite(operand=operand):
                return self._opposite(operand)

    def _opposite(self, operand: AnyTerm) -> str:
        match operand:
            case Choice(item=item, choices=choices):
                return (
                    f"{self.term(item)} {self._say('not in')} {', '.join(map(self.term, choices))}"
                )
            case InList(item=item, list=name):
                return f"{self.term(item)} {self._say('not in')} {name}"
            case Missing(value=value):
                return f"{self.term(value)} {self._say('known')}"
            case _:
                return self._say("not").format(w=self.term(operand))

    def _side(self, term: AnyTerm, operator: str) -> str:
        said = self.term(term)
        return f"({said})" if isinstance(term, Both) and term.operator != operator else said

    def _constant(self, term: Constant) -> str:
        if term.type.kind is Kind.ENUM:
            return f"“{self._label('value', str(term.value))}”"
        if term.type.bare:
            return str(float(term.value) if isinstance(term.value, Fraction) else term.value)
        return str(getattr(self._writer.write(default_for(term.type), term.value), self._language))

    def _measure(self, name: str, arguments: tuple[int, ...]) -> str:
        title = str(getattr(MEASURES[name].title, self._language))
        said = [
            self._length(number * DAY_MS) if parameter.type.name == "duration" else str(number)
            for parameter, number in zip(MEASURES[name].parameters, arguments, strict=True)
        ]
        return f"{title} ({', '.join(said)})" if said else title

    def _source(self, term: Aggregate) -> str:
        """Say which events a term is about."""
        said = self._label("stream", term.feature.stream)
        return said + self._that(term.feature)

    def _that(self, feature: Feature) -> str:
        if feature.where is None:
            return ""
        home, self._home = self._home, feature.stream
        said = self._say("that").format(w=self.term(feature.where))
        self._home = home
        return said

    def _aggregate(self, term: Aggregate) -> str:
        feature = term.feature
        said = self._say(term.function).format(
            s=self._label("stream", feature.stream),
            f=self._label("field", feature.value.name) if feature.value else "",
        )
        said += self._that(feature)
        over = str(term.length)
        if feature.grid == "hours":
            over = getattr(clock_length(term.length), self._language)
        one_day = feature.grid == "days" and term.length == 1
        grid = "one day" if one_day and not (term.closed or term.ending) else feature.grid
        said += self._say("closed" if term.closed else grid).format(n=over)
        if term.ending:
            said += self._say("ending").format(n=term.ending)
        if feature.keys:
            keys = [self._label("field", key.name) for key in feature.keys]
            said += self._say("by").format(k=f" {self._say('and')} ".join(keys))
        return said + (self._say("before") if term.before_this else "")

    def _named(self, rule: CheckedRule) -> list[Named]:
        """Return the lets that the rule uses, those that others use after them."""
        found: dict[str, Named] = {}
        for condition in rule.conditions():
            for part in walk(condition):
                if isinstance(part, Named):
                    found.setdefault(part.name, part)
        return list(found.values())

    def _parameters(self, rule: CheckedRule) -> Iterator[str]:
        parts = [part for condition in rule.conditions() for part in walk(condition)]
        for name in sorted({part.name for part in parts if isinstance(part, Parameter)}):
            param = self._checked.params[name]
            values = [
                f"{segment} {self._constant(each)}" for segment, each in param.segments.items()
            ]
            values.append(f"{self._say('others')} {self._constant(param.default)}")
            yield self._line("parameter", ", ".join(values), name)

    def _state(self, rule: CheckedRule) -> Iterator[str]:
        seen: set[str] = set()
        for condition in rule.conditions():
            for part in walk(condition):
                if isinstance(part, Aggregate):
                    name = fingerprint(
                        part.feature,
                        timezone=self._checked.timezone,
                        currency=self._checked.currency,
                    )
                    if name not in seen:
                        seen.add(name)
                        yield self._line(
                            "state", f"{part.feature.family}, {part.feature.grid} [{name}]"
                        )

    def _of(self, what: str, whose: str) -> str:
        return f"{what} of {whose}" if self._language == "en" else f"{whose}的{what}"

    def _label(self, kind: str, name: str) -> str:
        return str(getattr(self._catalogue.label(kind, name), self._language))

    def _say(self, word: str) -> str:
        return _WORDS[word][self._language == "zh"]
