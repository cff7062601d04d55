"""Holds the collection triggers that were told against what was planted: a part of `expected`.

A trigger's time is that of the input clock, at which it was decided.
"""

import msgspec

from schemas.alert import Tier
from schemas.collection_trigger import Answer, Op
from schemas.instants import parse

RELEASE = b"/release_"
"""Stands in what a refused release is about."""

FOREVER = 2**62


class Refused(msgspec.Struct):
    """Of a decision that somebody's signature does not count."""

    subject_id: str
    at: str
    about: str


def _proposes(row, told):
    return _missing(row, told, Op.PROPOSE, lambda each: each.action == row.rule)


def _retracts(row, told):
    return _missing(row, told, Op.RETRACT, lambda each: each.action == row.rule)


def _defers(row, told):
    return _missing(row, told, Op.DEFER, lambda each: _decided_by(each) == row.rule)


def _suppresses(row, told):
    return _missing(row, told, Op.SUPPRESS, lambda each: _decided_by(each) == row.rule)


def _no_trigger(row, told):
    proposed = [each for each in _of(row, told) if each.op is Op.PROPOSE]
    behind = {alert.alert_id for _, alert in told.alerts if alert.signal == row.rule}
    meant = [
        each
        for each in proposed
        if row.rule in ("", each.action) or not behind.isdisjoint(each.alert_ids)
    ]
    return ", ".join(map(_words, meant))


def contacted(row, members, told):
    """How many of the members are to be contacted on each day."""
    by_day = {}
    for each in _of(row, told):
        if each.op is Op.PROPOSE and each.borrower_id in members:
            by_day.setdefault(each.at[:10], set()).add(each.borrower_id)
    return [(len(who), day) for day, who in by_day.items()]


def _refuses(row, told):
    from_ms, until_ms = span(row)
    found = [
        each
        for each in told.refused
        if each.subject_id == row.borrower_id
        and each.about.endswith(f"/{row.rule}")
        and from_ms <= parse(each.at) < until_ms
    ]
    tier = told.tier(row.borrower_id, from_ms)
    return "" if found and tier > Tier.NONE else f"refused {told.refused}, tier {tier.word}"


def _missing(row, told, op, is_meant):
    of = _of(row, told)
    if any(each.op is op and is_meant(each) for each in of):
        return ""
    return "told " + (", ".join(map(_words, of)) or "nothing")


def _of(row, told):
    """The triggers of the row's borrower, or everybody's, within its time."""
    from_ms, until_ms = span(row)
    return [
        trigger
        for at_ms, trigger in told.triggers
        if row.borrower_id in ("", trigger.borrower_id) and from_ms <= at_ms < until_ms
    ]


def _decided_by(trigger):
    """The guard that decided: the first that does not allow."""
    refusing = (each.guard for each in trigger.guards if each.answer is not Answer.ALLOW)
    return next(refusing, "")


def _words(trigger):
    guard = _decided_by(trigger)
    return " ".join(filter(None, (trigger.at, trigger.op, trigger.action, guard)))


def eves(planted):
    """The instants right before what was planted: by then all that is due earlier was told."""
    return {parse(row.at) - 1 for row in planted if row.expect in CHECKS}


def span(row):
    """From when until when a row holds."""
    return parse(row.at), parse(row.until) if row.until else FOREVER


CHECKS = {
    "proposes": _proposes,
    "unreached": _proposes,
    "no_trigger": _no_trigger,
    "defers": _defers,
    "suppresses": _suppresses,
    "retracts": _retracts,
    "refuses": _refuses,
}

KINDS = {*CHECKS, "few_contacted"}
"""What is planted about contacts, and not about warnings."""
