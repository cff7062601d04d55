"""Failure reasons, normalised: four different things hide behind "the debit failed".

A bank outage, an account limit, an expired card and no money are not the same; only the last
is a credit signal (domain.md 2.7). The table is data with a version (`failure_codes.csv`), since
the code lists of the schemes are published anew every quarter.
"""

import csv
from functools import cache
from importlib import resources

from schemas.header import OpenEnum

TABLE_VERSION = "2026-11"
"""The version of `failure_codes.csv`: change both together."""


class ReasonScheme(OpenEnum):
    """Whose table a raw failure code belongs to; a payment provider's own codes are `OTHER`."""

    ISO20022 = "ISO20022"
    NACHA = "NACHA"
    ISO8583 = "ISO8583"
    CUP = "CUP"
    INTERNAL = "INTERNAL"
    OTHER = "OTHER"


class ReasonClass(OpenEnum):
    """What a failure means, whoever reported it."""

    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    ACCOUNT_INVALID = "ACCOUNT_INVALID"
    ACCOUNT_BLOCKED = "ACCOUNT_BLOCKED"
    ACCOUNT_LEGAL = "ACCOUNT_LEGAL"
    MANDATE_MISSING = "MANDATE_MISSING"
    MANDATE_REVOKED = "MANDATE_REVOKED"
    CUSTOMER_DISPUTE = "CUSTOMER_DISPUTE"
    DECEASED = "DECEASED"
    SUSPECTED_FRAUD = "SUSPECTED_FRAUD"
    CARD_INVALID = "CARD_INVALID"
    ISSUER_DECLINE = "ISSUER_DECLINE"
    TECHNICAL = "TECHNICAL"
    DUPLICATE = "DUPLICATE"
    CUTOFF_MISSED = "CUTOFF_MISSED"
    OTHER = "OTHER"


@cache
def _table() -> dict[tuple[str, str], ReasonClass]:
    text = resources.files("schemas").joinpath("failure_codes.csv").read_text("utf-8")
    return {
        (row["scheme"], row["code"]): ReasonClass(row["reason_class"])
        for row in csv.DictReader(text.splitlines())
    }


def normalise(scheme: str | None, code: str | None) -> ReasonClass:
    """Return the class of a raw failure code, `OTHER` where the table does not know it.

    Examples:
        >>> normalise("CUP", "51").value, normalise("NACHA", "R01").value
        ('INSUFFICIENT_FUNDS', 'INSUFFICIENT_FUNDS')
        >>> normalise("CUP", "91").value, normalise(None, "51").value
        ('TECHNICAL', 'OTHER')
    """
    return _table().get((scheme or "", code or ""), ReasonClass.OTHER)
