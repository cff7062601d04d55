"""What a loaded rule is known by to those who run it: its life, its end, its fingerprint."""

from hashlib import sha256

from rules.checked import Checked, CheckedRule
from rules.explain import ends
from rules.formatters import length
from rules.life import Lifetime
from rules.terms import Parameter, canonical, walk
from rules.verdict import Rule
from schemas.alert import Text


def public(rule: CheckedRule, checked: Checked) -> Rule:
    """Return what is known of a rule when it is met."""
    return Rule(
        name=rule.name,
        title=rule.title,
        signal=rule.signal,
        family=rule.family,
        lane=rule.lane,
        mode=rule.mode,
        tags=rule.tags,
        streams=rule.streams,
        keep_ms=rule.lifetime.keep_ms,
        cooldown_ms=rule.lifetime.cooldown_ms,
        fingerprint=_fingerprint(rule, checked),
        clears=_clears(rule, checked),
        is_state=rule.is_state,
        per_loan=rule.per_loan,
        lifetime=_lifetime(rule),
        is_hard=tuple(rung.hard for rung in rule.ladder),
    )


def _lifetime(rule: CheckedRule) -> Lifetime:
    """Return how warnings of a rule live, with a name for each condition that decides."""
    lives, clear = rule.lifetime, rule.lifetime.clear
    names = [digest("when", canonical(rule.when))]
    for rung in rule.ladder:
        condition = rung.condition or rule.when
        names.append(digest(rung.tier.word, canonical(condition)))
    names += [digest("clear", canonical(clear.condition))] if clear else []
    held_ms = [lives.lasting_ms, *(rung.lasting_ms for rung in rule.ladder)]
    return Lifetime(
        names=tuple(names),
        lasting_ms=(*held_ms, clear.lasting_ms) if clear else tuple(held_ms),
        tiers=tuple(int(rung.tier) for rung in rule.ladder),
        has_clear=clear is not None,
        keep_ms=lives.keep_ms,
        cooldown_ms=lives.cooldown_ms,
        step_down_ms=lives.step_down_ms,
        escalate=lives.escalate,
    )


def _fingerprint(rule: CheckedRule, checked: Checked) -> str:
    """Return the fingerprint of what decides about a rule, texts apart."""
    parts = [checked.timezone, checked.currency, rule.mode, *sorted(rule.streams)]
    lives = rule.lifetime
    parts += [str(lives.keep_ms), str(lives.cooldown_ms), str(rule.unknown_is_met)]
    if rule.is_state:
        clear = lives.clear
        parts += [str(lives.lasting_ms), str(lives.step_down_ms), str(lives.escalate)]
        parts += [str(rung.lasting_ms) for rung in rule.ladder]
        parts += [canonical(clear.condition), str(clear.lasting_ms)] if clear else []
    parts += [str(rule.first_day), str(rule.last_day), canonical(rule.when)]
    for rung in rule.ladder:
        condition = canonical(rung.condition) if rung.condition is not None else ""
        parts += [rung.tier.word, str(rung.hard), condition]
    for exemption in rule.exceptions:
        parts += [canonical(exemption.condition), str(exemption.until)]
    used = {
        part.name
        for condition in rule.conditions()
        for part in walk(condition)
        if isinstance(part, Parameter)
    }
    for name in sorted(used):
        param = checked.params[name]
        parts += [name, canonical(param.default)]
        parts += [f"{key}: {canonical(each)}" for key, each in sorted(param.segments.items())]
    return digest(*parts)


def _clears(rule: CheckedRule, checked: Checked) -> Text:
    """Say what ends an episode: a rule about single events ends by their absence."""
    if rule.is_state:
        return Text(en=ends(checked, rule, "en"), zh=ends(checked, rule, "zh"))
    kept = length(rule.lifetime.keep_ms)
    return Text(
        en=f"clears when no event has met this rule for {kept.en}",
        zh=f"连续{kept.zh}没有事件再触发本规则时解除",
    )


def digest(*parts: str) -> str:
    """Return 12 hexadecimal digits of a hash over the parts."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:12]
