"""Each guard by a table of named cases: what it is asked, and what it answers until when."""

from datetime import UTC, date

import pytest

from schemas.collection_trigger import Answer, Channel, CollectionAction, Guard
from schemas.control import RegionDays
from schemas.instants import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.reference import Consent, HoldKind
from stream.decide.calendar import Calendar
from stream.decide.collection.ask import Rate
from stream.decide.collection.guards import GUARDS
from stream.decide.collection.state import Attempt, Contact, Held
from stream.ledger import Cause
from tests.decide.collection.world import ms

ALLOW, DEFER, SUPPRESS, APPROVAL = Answer.ALLOW, Answer.DEFER, Answer.SUPPRESS, Answer.NEED_APPROVAL
NOON = ms("2026-03-11T12:00")


def held(kind, since=0, until=None, loan="", *, reviewed=False):
    return Held(
        kind=HoldKind(kind), since_ms=since, until_ms=until, loan_id=loan, reviewed=reviewed
    )


def contact(hours_ago, channel=Channel.MESSAGE, *, talked=False):
    at_ms = NOON - round(hours_ago * HOUR_MS)
    return Contact(channel=channel, at_ms=at_ms, until_ms=at_ms, talked=talked)


def attempt(hours_ago, reason="INSUFFICIENT_FUNDS", no=1, scheme=""):
    at_ms = NOON - round(hours_ago * HOUR_MS)
    return Attempt(at_ms=at_ms, instalment_no=no, scheme=scheme, reason=reason)


def case(guard, answer, until=None, *, id, **how):  # noqa: A002
    return pytest.param(guard, how, answer, until, id=f"{guard.value}: {id}")


CALL, DEBIT, LETTER = (
    {"channel": Channel.CALL},
    {"channel": Channel.DEBIT},
    {"channel": Channel.LETTER},
)
TODAY = "2026-03-11"

SWITCH = [
    case(Guard.KILL_SWITCH, ALLOW, id="off"),
    case(Guard.KILL_SWITCH, SUPPRESS, id="on", is_switched_off=True),
    case(Guard.KILL_SWITCH, ALLOW, id="taken off long ago", resumed_ms=NOON - HOUR_MS),
]
HOLDS = [
    case(guard, answer, until, id=name, holds=holds)
    for guard, kind in (
        (Guard.LEGAL_HOLD, "LEGAL"),
        (Guard.DECEASED, "DECEASED"),
        (Guard.COMPLIANCE_HOLD, "COMPLIANCE"),
        (Guard.DISPUTE, "DISPUTE"),
        (Guard.DISPUTE, "COMPLAINT"),
        (Guard.HARDSHIP, "HARDSHIP"),
        (Guard.HARDSHIP, "MORATORIUM"),
        (Guard.HARDSHIP, "DISASTER_AREA"),
        (Guard.HARDSHIP, "VULNERABLE"),
    )
    for name, holds, answer, until in (
        (f"{kind}, none", (), ALLOW, None),
        (f"{kind} for good", (held(kind),), SUPPRESS, None),
        (f"{kind} until tomorrow", (held(kind, until=NOON + DAY_MS),), SUPPRESS, NOON + DAY_MS),
        (f"{kind}, over", (held(kind, until=NOON),), ALLOW, None),
        (f"{kind} from tonight on", (held(kind, NOON + HOUR_MS),), ALLOW, NOON + HOUR_MS),
        (f"{kind} of another loan", (held(kind, loan="ln_2"),), ALLOW, None),
        (f"{kind} of this loan", (held(kind, loan="ln_1"),), SUPPRESS, None),
        (f"{kind}, to be reviewed", (held(kind, until=NOON, reviewed=True),), APPROVAL, None),
        (
            f"{kind}, two: the longer counts",
            (held(kind, until=NOON + 1), held(kind, until=NOON + 9)),
            SUPPRESS,
            NOON + 9,
        ),
    )
]
OTHERS = [
    case(Guard.LEGAL_HOLD, ALLOW, id="another kind of hold", holds=(held("HARDSHIP"),)),
    case(
        Guard.HARDSHIP,
        APPROVAL,
        id="reviewed by one",
        holds=(held("HARDSHIP", until=NOON, reviewed=True),),
        approvals=("d",),
    ),
    case(
        Guard.HARDSHIP,
        ALLOW,
        id="reviewed by two",
        holds=(held("HARDSHIP", until=NOON, reviewed=True),),
        approvals=("d", "e"),
    ),
]
DATA = [
    case(Guard.DATA_HEALTH, ALLOW, id="tied out"),
    case(Guard.DATA_HEALTH, SUPPRESS, id="a feed is silent", blind=True),
    case(Guard.DATA_HEALTH, SUPPRESS, id="the core differs", quarantine=(Cause.MISSING_PAYMENT,)),
    case(Guard.DATA_HEALTH, SUPPRESS, id="no position", quarantine=(Cause.NO_POSITION,)),
    case(Guard.DATA_HEALTH, SUPPRESS, id="waits for a source", is_stale=True),
    case(Guard.DATA_HEALTH, SUPPRESS, id="counted without one", is_unverified=True),
]
AMOUNT = [
    case(Guard.AMOUNT_CHECK, ALLOW, id="all that is due"),
    case(Guard.AMOUNT_CHECK, ALLOW, id="less", amount=1),
    case(Guard.AMOUNT_CHECK, SUPPRESS, id="a cent more", amount=100_001),
    case(Guard.AMOUNT_CHECK, SUPPRESS, id="another currency", intent_currency="EUR"),
    case(Guard.AMOUNT_CHECK, SUPPRESS, id="suspense covers it", suspense=100_000),
    case(Guard.AMOUNT_CHECK, SUPPRESS, id="came after the cut-off", incoming=100_000),
    case(Guard.AMOUNT_CHECK, SUPPRESS, id="four parts cover it", suspense=25_000, incoming=25_000,
         advance=25_000, held=25_000),
    case(Guard.AMOUNT_CHECK, ALLOW, id="suspense covers part", suspense=99_999, amount=1),
    case(Guard.AMOUNT_CHECK, DEFER, NOON + 71 * HOUR_MS, id="on its way",
         pending_ms=NOON - HOUR_MS),
    case(Guard.AMOUNT_CHECK, ALLOW, id="on its way too long", pending_ms=NOON - 72 * HOUR_MS),
    case(Guard.AMOUNT_CHECK, DEFER, NOON + 23 * HOUR_MS, id="just paid", paid_ms=NOON - HOUR_MS),
    case(Guard.AMOUNT_CHECK, ALLOW, id="paid yesterday", paid_ms=NOON - 24 * HOUR_MS),
    case(Guard.AMOUNT_CHECK, ALLOW, id="what is due tomorrow", overdue=0, next_amount=100_000),
    case(Guard.AMOUNT_CHECK, SUPPRESS, id="nothing due", overdue=0),
]  # fmt: skip
RETRIES = [
    case(Guard.RETRY_CAP, ALLOW, id="no debit", attempts=(attempt(1),) * 9),
    case(Guard.RETRY_CAP, ALLOW, id="the first", **DEBIT),
    case(Guard.RETRY_CAP, ALLOW, id="the second after a day", attempts=(attempt(24),), **DEBIT),
    case(Guard.RETRY_CAP, DEFER, NOON + HOUR_MS, id="the second too soon",
         attempts=(attempt(23),), **DEBIT),
    case(Guard.RETRY_CAP, SUPPRESS, id="the third, without funds on two days",
         attempts=(attempt(48), attempt(24)), **DEBIT),
    case(Guard.RETRY_CAP, ALLOW, id="the third, the bank was down in between",
         attempts=(attempt(48), attempt(24, "TECHNICAL")), **DEBIT),
    case(Guard.RETRY_CAP, SUPPRESS, id="the fourth",
         attempts=(attempt(72), attempt(48), attempt(24, "TECHNICAL")), **DEBIT),
    case(Guard.RETRY_CAP, ALLOW, id="of another instalment", attempts=(attempt(1, no=7),), **DEBIT),
    case(Guard.RETRY_CAP, SUPPRESS, id="the account is closed",
         attempts=(attempt(48, "ACCOUNT_CLOSED"),), **DEBIT),
    case(Guard.RETRY_CAP, SUPPRESS, id="NACHA: not after a technical failure",
         attempts=(attempt(48, "TECHNICAL", scheme="NACHA"),), **DEBIT),
    case(Guard.RETRY_CAP, ALLOW, id="tried half a year ago",
         attempts=(attempt(24 * 181), attempt(24 * 182, "TECHNICAL"), attempt(24 * 183)), **DEBIT),
]  # fmt: skip
REACH = [
    case(Guard.CONSENT, ALLOW, id="given"),
    case(Guard.CONSENT, SUPPRESS, id="unknown", consents=()),
    case(Guard.CONSENT, SUPPRESS, id="to another channel",
         consents=(Consent(channel=Channel.CALL),)),
    case(Guard.CONSENT, SUPPRESS, id="withdrawn",
         consents=(Consent(channel=Channel.MESSAGE, given=False),)),
    case(Guard.CONSENT, SUPPRESS, id="yes and no",
         consents=(Consent(channel=Channel.MESSAGE), Consent(channel=Channel.MESSAGE, given=False))),
    case(Guard.CONSENT, ALLOW, id="a letter needs none", consents=(), **LETTER),
    case(Guard.CONSENT, SUPPRESS, id="a letter that is not wanted",
         consents=(Consent(channel=Channel.LETTER, given=False),), **LETTER),
    case(Guard.IDENTITY, ALLOW, id="verified"),
    case(Guard.IDENTITY, SUPPRESS, id="nothing is", verified=frozenset()),
    case(Guard.IDENTITY, SUPPRESS, id="another channel is", verified=frozenset({Channel.CALL})),
]  # fmt: skip
NIGHT = (Consent(channel=Channel.MESSAGE, night=True),)
HOURS = [
    case(Guard.QUIET_HOURS, ALLOW, ms(f"{TODAY}T19:00"), id="noon"),
    case(Guard.QUIET_HOURS, ALLOW, ms(f"{TODAY}T19:00"), id="nine sharp", now_ms=ms(f"{TODAY}T09:00")),
    case(Guard.QUIET_HOURS, DEFER, id="a second before", now_ms=ms(f"{TODAY}T09:00") - 1000),
    case(Guard.QUIET_HOURS, DEFER, id="seven sharp", now_ms=ms(f"{TODAY}T19:00")),
    case(Guard.QUIET_HOURS, DEFER, id="a Sunday", now_ms=ms("2026-03-15T12:00")),
    case(Guard.QUIET_HOURS, ALLOW, ms("2026-03-14T19:00"), id="a Saturday",
         now_ms=ms("2026-03-14T12:00")),
    case(Guard.QUIET_HOURS, SUPPRESS, id="no zone", zones=()),
    case(Guard.QUIET_HOURS, SUPPRESS, id="a zone that nobody knows",
         zones=("Asia/Shanghai", "Mars/Olympus")),
    case(Guard.QUIET_HOURS, ALLOW, ms(f"{TODAY}T18:00"), id="the earlier evening counts",
         zones=("Asia/Shanghai", "Asia/Tokyo")),
    case(Guard.QUIET_HOURS, DEFER, id="morning in one zone, night in the other",
         zones=("Asia/Shanghai", "Europe/Berlin")),
    case(Guard.QUIET_HOURS, SUPPRESS, id="no common hour",
         zones=("Asia/Shanghai", "America/New_York")),
    case(Guard.QUIET_HOURS, DEFER, id="DEFAULT knows no night by consent",
         now_ms=ms(f"{TODAY}T23:00"), consents=NIGHT),
    case(Guard.QUIET_HOURS, ALLOW, id="CN does", profile="CN", now_ms=ms(f"{TODAY}T23:00"),
         consents=NIGHT),
    case(Guard.QUIET_HOURS, DEFER, id="CN without it", profile="CN", now_ms=ms(f"{TODAY}T22:00")),
    case(Guard.QUIET_HOURS, ALLOW, ms("2026-03-15T22:00"), id="CN on a Sunday", profile="CN",
         now_ms=ms("2026-03-15T08:00")),
]  # fmt: skip
MESSAGES = (contact(1),)
CAPS = [
    case(Guard.FREQUENCY_CAP, ALLOW, id="nothing yet"),
    case(Guard.FREQUENCY_CAP, DEFER, NOON + 23 * HOUR_MS, id="a message today", contacts=MESSAGES),
    case(Guard.FREQUENCY_CAP, ALLOW, id="one a day ago", contacts=(contact(24),)),
    case(Guard.FREQUENCY_CAP, DEFER, NOON + (168 - 160) * HOUR_MS, id="three in a week",
         contacts=(contact(160), contact(100), contact(50))),
    case(Guard.FREQUENCY_CAP, ALLOW, id="calls are not messages",
         contacts=tuple(contact(h, Channel.CALL) for h in (1, 2, 3))),
    case(Guard.FREQUENCY_CAP, DEFER, NOON + 18 * HOUR_MS, id="three calls today",
         contacts=tuple(contact(h, Channel.CALL) for h in (1, 2, 6)), **CALL),
    case(Guard.FREQUENCY_CAP, DEFER, NOON + 8 * HOUR_MS, id="seven calls in a week",
         contacts=tuple(contact(h, Channel.CALL) for h in (160, 130, 120, 90, 80, 60, 50)), **CALL),
    case(Guard.FREQUENCY_CAP, DEFER, NOON + 68 * HOUR_MS, id="a conversation this week",
         contacts=(contact(100, Channel.CALL, talked=True),), **CALL),
    case(Guard.FREQUENCY_CAP, DEFER, NOON + HOUR_MS, id="an open proposal counts",
         proposed=((Channel.MESSAGE, NOON + HOUR_MS),)),
    case(Guard.FREQUENCY_CAP, ALLOW, id="one by another channel does not",
         proposed=((Channel.CALL, NOON + HOUR_MS),)),
    case(Guard.FREQUENCY_CAP, ALLOW, id="CN: five dials today", profile="CN",
         contacts=tuple(contact(h, Channel.CALL) for h in (1, 2, 3, 4, 5)), **CALL),
    case(Guard.FREQUENCY_CAP, DEFER, NOON + 18 * HOUR_MS, id="CN: six dials today", profile="CN",
         contacts=tuple(contact(h, Channel.CALL) for h in (1, 2, 3, 4, 5, 6)), **CALL),
]  # fmt: skip


def on(day, *words):
    return Calendar(
        {"CN": RegionDays(first=date(2026, 1, 1), last=date(2026, 12, 31), days={day: words})}
    ).of("CN")


HOLIDAYS = [
    case(Guard.PUBLIC_HOLIDAY, ALLOW, ms(f"{TODAY}T19:00"), id="no calendar, a weekday"),
    case(Guard.PUBLIC_HOLIDAY, DEFER, id="no calendar, a Saturday", now_ms=ms("2026-03-14T12:00")),
    case(Guard.PUBLIC_HOLIDAY, ALLOW, ms("2026-03-14T19:00"), id="a calendar, a Saturday",
         now_ms=ms("2026-03-14T12:00"), days=on(date(2026, 5, 1), "HOLIDAY")),
    case(Guard.PUBLIC_HOLIDAY, DEFER, id="a holiday", days=on(date(2026, 3, 11), "HOLIDAY")),
    case(Guard.PUBLIC_HOLIDAY, ALLOW, id="CN says nothing of holidays", profile="CN",
         days=on(date(2026, 3, 11), "HOLIDAY")),
    case(Guard.PUBLIC_HOLIDAY, DEFER, id="after the calendar's end, a Saturday",
         now_ms=ms("2027-01-02T12:00"), days=on(date(2026, 5, 1), "HOLIDAY")),
]  # fmt: skip
RATES = [
    case(Guard.RATE_LIMIT, ALLOW, id="below", rate=Rate(1999, 9999, NOON, NOON)),
    case(Guard.RATE_LIMIT, DEFER, id="the hour's", rate=Rate(2000, 2000, NOON + HOUR_MS, NOON)),
    case(Guard.RATE_LIMIT, DEFER, id="the day's", rate=Rate(0, 10_000, NOON, NOON + HOUR_MS)),
]
EARLY = {"action": CollectionAction.EARLY_COLLECTION, "rung_dpd": None, "sequence_no": 3, **CALL}
APPROVALS = [
    case(Guard.APPROVAL, ALLOW, id="a reminder"),
    case(Guard.APPROVAL, APPROVAL, id="a call that the tier asks for", **EARLY),
    case(Guard.APPROVAL, APPROVAL, id="released by one twice", approvals=("d", "d"), **EARLY),
    case(Guard.APPROVAL, ALLOW, id="released by two", approvals=("d", "e"), **EARLY),
    case(Guard.APPROVAL, ALLOW, id="a call of the ladder", **EARLY | {"rung_dpd": 7}),
    case(Guard.APPROVAL, SUPPRESS, id="a draft", profile="CN"),
    case(Guard.APPROVAL, ALLOW, id="an accepted draft", profile="CN", is_accepted=True),
]


@pytest.mark.parametrize(
    ("guard", "how", "answer", "until"),
    SWITCH + HOLDS + OTHERS + DATA + AMOUNT + RETRIES + REACH + HOURS + CAPS + HOLIDAYS + RATES
    + APPROVALS,
)  # fmt: skip
def test_what_a_guard_answers(ask, guard, how, answer, until):
    how = dict(how)
    currency = how.pop("intent_currency", None)
    question = ask(**how)
    if currency:
        intent = {f: getattr(question.intent, f) for f in question.intent.__struct_fields__}
        question = question._replace(
            intent=type(question.intent)(**intent | {"currency": currency})
        )

    ruling = GUARDS[guard](question)

    assert ruling.answer is answer, ruling
    if until is not None or answer is ALLOW:
        assert ruling.until_ms == until


def test_all_sixteen_are_asked_in_their_order():
    assert list(GUARDS) == list(Guard)


def test_after_the_kill_switch_each_borrower_waits_for_a_time_of_its_own(ask):
    rulings = [
        GUARDS[Guard.KILL_SWITCH](ask(borrower_id=f"brw_{n}", resumed_ms=NOON)) for n in range(200)
    ]
    until = sorted(each.until_ms - NOON for each in rulings if each.answer is DEFER)

    assert len(until) == 200
    assert until[-1] < 45 * MINUTE_MS
    thirds = [sum(lo <= each / MINUTE_MS < lo + 15 for each in until) for lo in (0, 15, 30)]
    assert all(40 < third < 95 for third in thirds), thirds


@pytest.mark.parametrize(
    ("now", "day"),
    [
        pytest.param("2026-03-11T03:00", "2026-03-11", id="this morning"),
        pytest.param("2026-03-11T20:00", "2026-03-12", id="tomorrow"),
        pytest.param("2026-03-14T20:00", "2026-03-16", id="Monday"),
    ],
)
def test_what_waited_for_the_hours_is_let_go_little_by_little(ask, now, day):
    rulings = [
        GUARDS[Guard.QUIET_HOURS](ask(borrower_id=f"brw_{n}", now_ms=ms(now))) for n in range(100)
    ]
    opens = ms(f"{day}T09:00")

    assert all(opens <= each.until_ms < opens + 45 * MINUTE_MS for each in rulings)
    assert len({each.until_ms for each in rulings}) > 95


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        pytest.param("2026-03-29T12:00", "2026-03-30T07:00Z", id="summer time has begun"),
        pytest.param("2026-10-25T12:00", "2026-10-26T08:00Z", id="winter time has begun"),
    ],
)
def test_the_hours_are_those_of_the_clock_on_the_wall(ask, now, opens):
    ruling = GUARDS[Guard.QUIET_HOURS](ask(zones=("Europe/Berlin",), now_ms=ms(now)))
    opens = ms(opens.removesuffix("Z"), zone=UTC)

    assert opens <= ruling.until_ms < opens + 45 * MINUTE_MS
