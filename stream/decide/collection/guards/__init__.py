"""The sixteen guards, in the order in which they are asked (domain.md 4.7).

Each is a function of an `Ask`; all are asked, and the first that does not allow decides.
"""

from collections.abc import Callable, Mapping
from typing import Final

from schemas.collection_trigger import Guard
from stream.decide.collection.ask import Ask, Ruling
from stream.decide.collection.guards import holds, money, often, reach

GUARDS: Final[Mapping[Guard, Callable[[Ask], Ruling]]] = {
    Guard.KILL_SWITCH: holds.kill_switch,
    Guard.LEGAL_HOLD: holds.legal_hold,
    Guard.DECEASED: holds.deceased,
    Guard.COMPLIANCE_HOLD: holds.compliance_hold,
    Guard.DISPUTE: holds.dispute,
    Guard.HARDSHIP: holds.hardship,
    Guard.DATA_HEALTH: money.data_health,
    Guard.AMOUNT_CHECK: money.amount_check,
    Guard.RETRY_CAP: money.retry_cap,
    Guard.CONSENT: reach.consent,
    Guard.IDENTITY: reach.identity,
    Guard.QUIET_HOURS: reach.quiet_hours,
    Guard.FREQUENCY_CAP: often.frequency_cap,
    Guard.PUBLIC_HOLIDAY: reach.public_holiday,
    Guard.RATE_LIMIT: often.rate_limit,
    Guard.APPROVAL: often.approval,
}
