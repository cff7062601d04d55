"""Holds what was said of a simulated book against what was planted in it.

`Told` listens to a fold, or takes what stands on the topics; `failures` names every expectation
that does not hold, for a person to read. An odd amount (D2) is news of itself alone: lifelike
tickets are odd now and then, so it is not held against an expectation that names no rule.
"""

from bisect import bisect_right
from collections import defaultdict

import msgspec

from schemas.alert import Alert, Tier, Transition
from schemas.collection_trigger import CollectionTrigger
from schemas.health import Health
from schemas.instants import HOUR_MS, parse, wire
from schemas.tier import TierChange
from stream.evaluate.fold import Now
from stream.evaluate.watch import RISING
from tests.flow import contacts

FOREVER = 2**62
KINDS = {"H01": "source_silent", "H05": "broken_totals", "H11": "calendar_unknown"}
ODD_AMOUNT = "D2"
ENDED = {Transition.CLEARED, Transition.WITHDRAWN}

ONE_IN = 5
"""Of the members of a segment so many may be worse off than the segment explains."""

TICK_MS = HOUR_MS
"""What happens at an instant is said at the next tick."""


class Told:
    """What was said, and when; `tiers` are each borrower's changes as (instant, tier after)."""

    def __init__(self):
        self.alerts, self.health, self.triggers, self.refused = [], [], [], []
        self.restricted = []
        self.tiers = defaultdict(list)
        self._now = Now()

    def record(self, value, outputs):
        """Take one journal record and what came out of it."""
        now_ms = self._now.at(Now.head(value))
        for output in outputs:
            self.output(output.topic, output.value, now_ms)

    def output(self, topic, value, said_ms=None):
        """Take one message; without a time it was said when it is stamped."""
        if topic == "alerts":
            alert = msgspec.json.decode(value, type=Alert)
            self.alerts.append((said_ms or parse(alert.detected_at), alert))
        elif topic == "alerts-restricted":
            self.restricted.append(msgspec.json.decode(value, type=Alert))
        elif topic == "tier-changes":
            change = msgspec.json.decode(value, type=TierChange)
            at_ms = said_ms or parse(change.at)
            self.tiers[change.borrower_id].append((at_ms, Tier[change.to.upper()]))
        elif topic == "health":
            found = msgspec.json.decode(value, type=Health)
            self.health.append((parse(found.at), found))
        elif topic == "collection-triggers":
            trigger = msgspec.json.decode(value, type=CollectionTrigger)
            self.triggers.append((parse(trigger.at), trigger))
        elif topic == "decisions" and contacts.RELEASE in value:
            self.refused.append(msgspec.json.decode(value, type=contacts.Refused))

    def rises(self, borrower_id, *, from_ms=0, until_ms=FOREVER):
        """The warnings of a borrower that open or rise within a time."""
        return [
            (at_ms, alert)
            for at_ms, alert in self.alerts
            if alert.borrower_id == borrower_id
            and alert.transition in RISING
            and from_ms <= at_ms < until_ms
        ]

    def tier(self, borrower_id, at_ms):
        """The tier at an instant."""
        changes = self.tiers[borrower_id]
        index = bisect_right(changes, at_ms, key=lambda change: change[0])
        return changes[index - 1][1] if index else Tier.NONE

    def tiers_in(self, borrower_id, from_ms, until_ms):
        """The tiers that a borrower has within a time."""
        within = [tier for at, tier in self.tiers[borrower_id] if from_ms < at < until_ms]
        return [self.tier(borrower_id, from_ms), *within]


def failures(planted, told):
    """Return what does not hold, a sentence each."""
    return [
        f"{row.case} {row.borrower_id or row.subject} {row.rule or 'any rule'} {row.expect}"
        f" {row.tier} from {row.at}: {problem}"
        for row in planted
        if (problem := _check(row, planted, told))
    ]


def _check(row, planted, told):
    if row.expect not in OF_MANY:
        return CHECKS[row.expect](row, told)
    members = {each.borrower_id for each in planted if each.case == row.case} - {""}
    most, instant = max(OF_MANY[row.expect](row, members, told), default=(0, row.at))
    return f"{most} of {len(members)} at {instant}" if ONE_IN * most > len(members) else ""


def _warns(row, told):
    """Up to `until` there may be the instant itself, and the tick that tells of it."""
    from_ms, until_ms = _span(row)
    found = [
        (wire(at), alert.tier)
        for at, alert in told.rises(row.borrower_id, until_ms=until_ms + TICK_MS)
        if alert.signal == row.rule and Tier[alert.tier.upper()] >= row.tier
    ]
    if not found:
        return f"said {_said(told, row)}"
    return "" if found[0][0] >= wire(from_ms) else f"too early, at {found[0][0]}"


def _said(told, row):
    rises = [f"{wire(at)} {a.signal} {a.tier}" for at, a in told.rises(row.borrower_id)]
    return ", ".join(rises) or "nothing"


def _restricted(row, told):
    """Its time is its own: it is told with the next tick, like any other."""
    from_ms, until_ms = _span(row)
    found = [
        alert
        for alert in told.restricted
        if (alert.borrower_id, alert.signal) == (row.borrower_id, row.rule)
        and from_ms <= parse(alert.detected_at) < until_ms
    ]
    return "" if found else f"compliance heard {[alert.signal for alert in told.restricted]}"


def _quiet(row, told):
    from_ms, until_ms = _span(row)
    rises = told.rises(row.borrower_id, from_ms=from_ms, until_ms=until_ms)
    found = [
        f"{wire(at)} {a.signal} {a.tier}"
        for at, a in rises
        if (a.signal == row.rule if row.rule else a.signal != ODD_AMOUNT)
    ]
    return ", ".join(found)


def _at_most(row, told):
    highest = max(told.tiers_in(row.borrower_id, *_span(row)))
    return f"rose to {highest.word}; {_said(told, row)}" if highest > row.tier else ""


def _stays(row, told):
    lowest = min(told.tiers_in(row.borrower_id, *_span(row)))
    return f"fell to {lowest.word}; {_said(told, row)}" if lowest < row.tier else ""


def _clears(row, told):
    from_ms, until_ms = _span(row)
    over = [
        at
        for at, alert in told.alerts
        if alert.borrower_id == row.borrower_id
        and alert.signal == row.rule
        and alert.transition in ENDED
        and from_ms <= at <= until_ms + TICK_MS
    ]
    rises = [at for at, a in told.rises(row.borrower_id) if a.signal == row.rule]
    return "" if over and max(rises) < max(over) else f"not over; said {_said(told, row)}"


def _health(row, told):
    """It is told of once, and if it ends, that once, within two ticks of when it does."""
    from_ms, until_ms = _span(row)
    kind = KINDS.get(row.rule, row.rule)
    found = [
        (at, each) for at, each in told.health if (each.kind, each.subject) == (kind, row.subject)
    ]
    begun = [at for at, each in found if not each.ended]
    ended = [at for at, each in found if each.ended]
    if len(begun) != 1 or not from_ms <= begun[0] < until_ms:
        return f"told {[wire(at) for at in begun]}"
    if row.until and not (len(ended) == 1 and abs(ended[0] - until_ms) <= 2 * TICK_MS):
        return f"ended {[wire(at) for at in ended]}"
    return ""


def _segment(row, told):
    """One warning about the subject, which comes to its tier."""
    from_ms, until_ms = _span(row)
    of = [
        (at, alert)
        for at, alert in told.alerts
        if (alert.subject_id, alert.signal) == (row.subject, row.rule)
        and alert.transition in RISING
    ]
    opened = [at for at, alert in of if alert.transition is Transition.OPENED]
    highest = max((Tier[alert.tier.upper()] for _, alert in of), default=Tier.NONE)
    if len(opened) == 1 and from_ms <= opened[0] < until_ms and highest >= row.tier:
        return ""
    return f"said {[f'{wire(at)} {alert.transition} {alert.tier}' for at, alert in of]}"


def _few(row, members, told):
    """How many of the members are above the tier whenever one changes."""
    from_ms, until_ms = _span(row)
    instants = {at for who in members for at, _ in told.tiers[who] if from_ms < at < until_ms}
    return [(sum(told.tier(who, at) > row.tier for who in members), wire(at)) for at in instants]


OF_MANY = {"few": _few, "few_contacted": contacts.contacted}

CHECKS = {
    "warns": _warns,
    "restricted": _restricted,
    "quiet": _quiet,
    "at_most": _at_most,
    "stays": _stays,
    "clears": _clears,
    "health": _health,
    "segment": _segment,
} | contacts.CHECKS


def _span(row):
    return parse(row.at), parse(row.until) if row.until else FOREVER
