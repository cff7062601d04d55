"""Why a case stands in the queue, in a sentence: what its worst warnings say, the worst first."""

# ruff: noqa: RUF001 - Chinese has a punctuation of its own

from typing import Final

import msgspec

from schemas.alert import Text, Tier
from stream.decide.borrower import Borrower
from stream.decide.tiers.records import Ranked

MOST: Final = 3
"""More sentences than that nobody reads in a row of the queue."""


class _Told(msgspec.Struct):
    """What is needed of the alert that an episode keeps."""

    alert_id: str
    tier: str
    hard: bool
    reason: Text


_told: Final = msgspec.json.Decoder(_Told)


def reason_of(borrower: Borrower, rank: Ranked) -> Text | None:
    """Return what the warnings that count say, `None` if none does any more.

    Args:
        borrower: Whose.
        rank: What the tier says.
    """
    counted = set(rank.present.contributing_alert_ids)
    open_ones = (each for each in borrower.episodes.values() if each.tier and each.alert)
    told = (_told.decode(each.alert) for each in open_ones)
    counting = (one for one in told if one.alert_id in counted)
    worst = sorted(counting, key=lambda one: (-Tier[one.tier.upper()], not one.hard, one.alert_id))
    if not worst:
        return None
    reasons = [one.reason for one in worst[:MOST]]
    return Text(
        en="; ".join(each.en for each in reasons), zh="；".join(each.zh for each in reasons)
    )
