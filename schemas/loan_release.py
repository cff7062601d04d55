"""An operator's release of a loan from quarantine: the body of a signed action (ledger.md 8)."""

from enum import StrEnum
from typing import Literal

import msgspec

from schemas.tokens import LoanId


class InDoubt(StrEnum):
    """What becomes of money and schedules in doubt: they count from now on, or for nothing."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """Let a loan out of quarantine, from all that holds it now."""

    loan_id: LoanId
    in_doubt: InDoubt
    kind: Literal["release_quarantine"] = "release_quarantine"
