"""The Kafka key of what a source sends: records of one key stay in one partition, in order.

What a source says of its own feed has no key: it goes into every partition.

For the three streams it is what an event is about; for a reference record it is `kind:id`, so
that compaction keeps the latest of each. A party link has two parts, since accounts are shared.
"""

from typing import Final, assert_never

from schemas.envelope import Body, ClockData, FeedBody
from schemas.feed import BusinessDateClosed, Heartbeat
from schemas.pos_clearing import PosClearing
from schemas.reference import (
    BorrowerProfile,
    ContactState,
    LoanContract,
    LoanPosition,
    PartyLink,
    ReferenceData,
    RepaymentSchedule,
    TokenAlias,
)
from schemas.repayment import Repayment
from schemas.settlement import Settlement
from schemas.topics import STREAM_TOPICS

OF_BORROWERS: Final[dict[type, str]] = {
    BorrowerProfile: "borrower_profile",
    ContactState: "contact_state",
}


def record_key(data: Body) -> str | None:
    """Return the key of the record with this body; what is said of a feed has none.

    Examples:
        >>> from schemas.reference import Relation
        >>> record_key(PartyLink(token="acc_1", borrower_id="brw_1", relation=Relation.ACCOUNT))
        'party_link:acc_1:brw_1'
    """
    match data:
        case Repayment():
            return data.loan_id or data.borrower_id
        case Settlement():
            return data.account_token
        case PosClearing():
            return data.merchant_id
        case ClockData() | Heartbeat() | BusinessDateClosed():
            return None
        case _:
            return _reference_key(data)


def feed_topics(data: Body) -> tuple[str, ...]:
    """Return the topics that have to hear what a source says of its feed; none for the rest.

    Examples:
        >>> feed_topics(Heartbeat(stream="settlement"))
        ('settlements',)
    """
    if not isinstance(data, FeedBody):
        return ()
    said = getattr(data, "stream", None)
    return tuple(topic for topic, stream in STREAM_TOPICS.items() if said in (None, stream))


def _reference_key(data: ReferenceData) -> str:
    match data:
        case LoanContract():
            return f"loan_contract:{data.loan_id}"
        case RepaymentSchedule():
            return f"repayment_schedule:{data.loan_id}:{data.schedule_version}"
        case LoanPosition():
            return f"loan_position:{data.loan_id}"
        case BorrowerProfile() | ContactState():
            return f"{OF_BORROWERS[type(data)]}:{data.borrower_id}"
        case PartyLink():
            return f"party_link:{data.token}:{data.borrower_id}"
        case TokenAlias():
            return f"token_alias:{data.token}"
        case _ as never:
            assert_never(never)
