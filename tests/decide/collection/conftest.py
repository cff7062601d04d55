"""A question to the guards in which nothing stands in the way; a case changes one thing."""

from datetime import date

import pytest

from schemas.collection_trigger import Channel, CollectionAction
from schemas.reference import Consent
from stream.decide.calendar import Calendar
from stream.decide.collection.ask import Ask, Person, Rate
from stream.decide.collection.profiles import Conduct
from stream.decide.collection.state import Intent
from stream.ledger import LoanView, State
from tests.decide.collection.world import ms

NOON = ms("2026-03-11T12:00")
"""A Wednesday."""

INTENT = Intent(
    trigger_id="brw_1/ln_1/dpd-1/2026-03-10",
    action=CollectionAction.REMIND,
    channel=Channel.MESSAGE,
    loan_id="ln_1",
    legal_entity="default",
    rung_dpd=1,
    sequence_no=0,
    level=1,
    amount=100_000,
    currency="CNY",
)
VIEW = LoanView(
    loan_id="ln_1",
    on=date(2026, 3, 11),
    counted_on=date(2026, 3, 11),
    state=State.OVERDUE,
    currency="CNY",
    overdue=100_000,
    tier_dpd=1,
    oldest_unpaid_no=1,
)
PERSON = Person(
    zones=("Asia/Shanghai",),
    days=Calendar({}).of("CN"),
    consents=tuple(Consent(channel=each) for each in Channel),
    verified=frozenset(Channel),
)


def asked(profile="DEFAULT", **how):
    """A question; fields of the intent, the view and the person may be given by their names."""
    intent = {key: how.pop(key) for key in list(how) if key in INTENT.__struct_fields__}
    view = {key: how.pop(key) for key in list(how) if key in VIEW.__struct_fields__}
    person = {key: how.pop(key) for key in list(how) if key in PERSON._fields}
    chosen = Conduct(None).choose(profile)
    known = {
        "borrower_id": "brw_1",
        "now_ms": NOON,
        "intent": _replace(INTENT, intent),
        "edition": chosen.edition_at(NOON),
        "is_accepted": chosen.accepted,
        "is_switched_off": False,
        "resumed_ms": 0,
        "holds": (),
        "view": _replace(VIEW, view),
        "blind": False,
        "pending_ms": None,
        "paid_ms": None,
        "attempts": (),
        "person": PERSON._replace(**person),
        "contacts": (),
        "proposed": (),
        "rate": Rate(0, 0, NOON + 3_600_000, NOON + 12 * 3_600_000),
        "approvals": (),
    }
    return Ask(**(known | how))


def _replace(struct, changes):
    return type(struct)(**{f: getattr(struct, f) for f in struct.__struct_fields__} | changes)


@pytest.fixture
def ask():
    """The maker of questions."""
    return asked


@pytest.fixture
def noon():
    """When they are asked, epoch ms."""
    return NOON
