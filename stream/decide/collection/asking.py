"""Puts the question to the guards: everything that they may know of one intended contact."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.collection_trigger import Answer, Channel, Guard
from schemas.instants import DAY_MS, HOUR_MS, to_ms
from schemas.reference import Hold
from stream.decide.borrower import Borrower
from stream.decide.collection.ask import Ask, Person, Rate, Ruling
from stream.decide.collection.guards import GUARDS
from stream.decide.collection.profiles import Chosen
from stream.decide.collection.state import Held, Intent, Trigger
from stream.decide.turn import Turn
from stream.ledger import LoanView

FUND_STREAM = ("repayment",)


class Asked(NamedTuple):
    """What the guards say of one contact.

    Attributes:
        chosen: By which profile.
        rulings: Of each guard, in order.
        ask: What they were asked.
    """

    chosen: Chosen
    rulings: dict[Guard, Ruling]
    ask: Ask

    @property
    def decided(self) -> tuple[Guard | None, Ruling]:
        """The first guard that does not allow, and its ruling; else none, and until when."""
        for guard, ruling in self.rulings.items():
            if ruling.answer is not Answer.ALLOW:
                return guard, ruling
        ends_ms = [each.until_ms for each in self.rulings.values() if each.until_ms is not None]
        return None, Ruling(Answer.ALLOW, "allowed", min(ends_ms, default=None))


def put(borrower: Borrower, trigger: Trigger, view: LoanView, turn: Turn) -> Asked:
    """Ask all guards about a trigger."""
    chosen = chosen_for(borrower, trigger.intent.loan_id, turn)
    ask = _ask(borrower, trigger, view, chosen, turn)
    return Asked(chosen, {guard: asked(ask) for guard, asked in GUARDS.items()}, ask)


def chosen_for(borrower: Borrower, loan_id: str, turn: Turn) -> Chosen:
    """Return the profile that the loan's contract names."""
    name, _ = borrower.collection.profiles.get(loan_id, ("", 0))
    return turn.broadcast.conduct.choose(name)


def _ask(borrower: Borrower, trigger: Trigger, view: LoanView, chosen: Chosen, turn: Turn) -> Ask:
    state, intent, governance = borrower.collection, trigger.intent, turn.broadcast.governance
    others = [each for each in state.open if each is not trigger]
    streams = None if intent.is_by_tier else FUND_STREAM
    return Ask(
        borrower_id=borrower.borrower_id,
        now_ms=turn.now_ms,
        intent=intent,
        edition=chosen.edition_at(turn.now_ms),
        is_accepted=chosen.accepted,
        is_switched_off=governance.kill_switch,
        resumed_ms=governance.resumed_ms,
        holds=holds_of(borrower),
        view=view,
        blind=turn.broadcast.is_blind(borrower, streams),
        pending_ms=max(_pending_ms(borrower, intent), default=None),
        paid_ms=max(_paid_ms(borrower, intent), default=None),
        attempts=state.attempts.get(intent.loan_id, ()),
        person=_person(borrower, turn),
        contacts=[c for c in state.contacts.values() if c.trigger_id != intent.trigger_id],
        proposed=_proposed(others, turn.now_ms),
        rate=_rate(turn),
        approvals=trigger.approvals,
    )


def _paid_ms(borrower: Borrower, intent: Intent) -> list[int]:
    paid_ms = borrower.collection.paid_ms
    return [paid_ms[each] for each in (intent.loan_id, "") if each in paid_ms]


def _pending_ms(borrower: Borrower, intent: Intent) -> list[int]:
    pending = borrower.collection.pending
    return [at_ms for each in (intent.loan_id, "") for at_ms in pending.get(each, {}).values()]


def _proposed(others: Sequence[Trigger], now_ms: int) -> list[tuple[Channel, int]]:
    return [
        (each.intent.channel, each.until_ms)
        for each in others
        if each.is_proposed
        and not each.permit_ids
        and each.until_ms is not None
        and now_ms < each.until_ms
    ]


def _rate(turn: Turn) -> Rate:
    hour, day = turn.now_ms // HOUR_MS, turn.now_ms // DAY_MS
    made = turn.broadcast.position.proposals
    return Rate(
        in_hour=made.in_hour if made.hour == hour else 0,
        in_day=made.in_day if made.day == day else 0,
        next_hour_ms=(hour + 1) * HOUR_MS,
        next_day_ms=(day + 1) * DAY_MS,
    )


def _person(borrower: Borrower, turn: Turn) -> Person:
    references, wrong_ms = borrower.references, borrower.collection.wrong_ms
    profile, contact = references.profile, references.contact
    region = profile.region if profile else None
    zones = (profile.tz,) if profile and profile.tz else ()
    if contact is None:
        return Person(zones, turn.broadcast.calendar.of(region))
    verified = {
        channel
        for channel in contact.verified
        if wrong_ms.get(channel, -1) < references.contact_at_ms
    }
    return Person(
        zones=contact.zones or zones,
        days=turn.broadcast.calendar.of(contact.region or region),
        consents=contact.consents,
        verified=frozenset(verified),
    )


def holds_of(borrower: Borrower) -> list[Held]:
    """Return the holds of the latest contact state, and those that were set here."""
    contact = borrower.references.contact
    said = [_held(each) for each in contact.holds] if contact else []
    return [*said, *borrower.collection.holds]


def _held(hold: Hold) -> Held:
    return Held(
        kind=hold.kind,
        since_ms=to_ms(hold.since) if hold.since else 0,
        until_ms=to_ms(hold.until) if hold.until else None,
        loan_id=hold.loan_id or "",
    )
